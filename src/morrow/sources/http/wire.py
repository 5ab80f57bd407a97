"""One request over the wire with httpx, within a deadline, a size and one host."""

import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

import anyio
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from morrow.config import LiveSource
from morrow.errors import one_line
from morrow.sources.http.reply import FetchError, Reply
from morrow.sources.http.trail import Trail

MEGABYTE = 1 << 20


class Transport(Protocol):
    """What can send one request."""

    def send(self, url: str, parameters: Mapping[str, str]) -> Reply:
        """Send a GET.

        Raises:
            FetchError: no whole reply came.
        """


class Wire(AbstractContextManager["Wire"]):
    """A connection that is kept between requests.

    It runs on an event loop in a thread of its own, because only there can a deadline end a request whose
    bytes, or whose headers, come one by one.

    Args:
        options: timeouts and limits.
        headers: sent with every request.
    """

    def __init__(self, options: LiveSource, headers: Mapping[str, str]) -> None:
        self._options = options
        self._client = httpx.AsyncClient(
            headers={"Accept-Encoding": "gzip", **headers},
            timeout=options.timeout_s,
            follow_redirects=False,
            verify=_trust(options),
        )
        self._starting: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> Self:
        self._starting = start_blocking_portal()
        self._portal = self._starting.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._portal is not None and self._starting is not None:
            self._portal.call(self._client.aclose)
            self._starting.__exit__(kind, error, traceback)

    def send(self, url: str, parameters: Mapping[str, str]) -> Reply:
        """Send a GET.

        Raises:
            FetchError: no whole reply came within the deadline and the size, or it leads to another host.
        """
        assert self._portal is not None  # noqa: S101 (entered)
        return self._portal.call(self._send, url, dict(parameters))

    async def _send(self, url: str, parameters: dict[str, str]) -> Reply:
        try:
            with anyio.fail_after(self._options.deadline_s):
                target = httpx.URL(url, params=parameters) if parameters else httpx.URL(url)
                trail = Trail(str(target))
                while trail.leads_on(reply := await self._once(httpx.URL(trail.url))):
                    pass
                return reply
        except TimeoutError:
            raise FetchError(
                f"no whole reply within {self._options.deadline_s:g} s", again=True, everyone=True
            ) from None
        except httpx.TimeoutException:
            raise FetchError(
                f"no answer for {self._options.timeout_s:g} s", again=True, everyone=True
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise FetchError(_said(error), again=True, everyone=True) from None

    async def _once(self, url: httpx.URL) -> Reply:
        async with self._client.stream("GET", url) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            refuse_size(int(headers.get("content-length", "0")), self._options)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                refuse_size(len(body), self._options)
        return Reply(response.status_code, headers, bytes(body))


def refuse_size(size: int, options: LiveSource) -> None:
    """Refuse a reply that is larger than allowed, decoded or not.

    Raises:
        FetchError: it is.
    """
    if size > options.largest_mb * MEGABYTE:
        raise FetchError(f"a reply of more than {options.largest_mb:g} MB (largest_mb), cut")


def _trust(options: LiveSource) -> ssl.SSLContext | bool:
    """Whose certificates count; loading them takes a moment that plain HTTP does not need."""
    return options.base_url.startswith("https") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _said(error: Exception) -> str:
    return one_line(error)[:160] or type(error).__name__
