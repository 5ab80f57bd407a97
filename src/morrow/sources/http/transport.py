"""One request with httpx, within a deadline and a size."""

import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import anyio
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from morrow.errors import one_line
from morrow.source_kinds import LiveSource
from morrow.sources.http.reply import MEGABYTE, FetchError, Reply, size_fault


class HttpxTransport(AbstractContextManager["HttpxTransport"]):
    """A connection that is kept between requests; see ``client.Transport``.

    It runs on an event loop in a thread of its own, because httpx's timeouts bound one read: only there can
    a deadline end a request whose bytes, or whose headers, come one by one.

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
            verify=_certificates(options),
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

    def send(self, url: str, seconds_left: float) -> Reply:
        """Send a GET.

        Raises:
            FetchError: no whole reply came within the deadline and the size that is allowed.
        """
        assert self._portal is not None  # noqa: S101 (entered)
        return self._portal.call(self._send, url, seconds_left)

    async def _send(self, url: str, seconds_left: float) -> Reply:
        try:
            with anyio.fail_after(seconds_left):
                return await self._read(url)
        except TimeoutError:
            raise FetchError(
                f"no whole reply within {self._options.deadline_s:g} s", again=True, everyone=True
            ) from None
        except httpx.TimeoutException:
            raise FetchError(
                f"no answer for {self._options.timeout_s:g} s", again=True, everyone=True
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = one_line(error)[:160] or type(error).__name__
            raise FetchError(reason, again=True, everyone=True) from None

    async def _read(self, url: str) -> Reply:
        async with self._client.stream("GET", url) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            self._refuse_size(int(headers.get("content-length", "0")))
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                self._refuse_size(len(body))
        return Reply(response.status_code, headers, bytes(body))

    def _refuse_size(self, size: int) -> None:
        if size > self._options.largest_mb * MEGABYTE:
            raise size_fault(self._options)


def _certificates(options: LiveSource) -> ssl.SSLContext | bool:
    """The trusted certificates, loaded only for HTTPS because that takes a moment."""
    return options.base_url.startswith("https") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
