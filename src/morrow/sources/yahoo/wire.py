"""One request over curl_cffi, which shakes hands as a browser does: Yahoo turns others away."""

import importlib.util
import math
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Thread
from types import TracebackType
from typing import Any

from morrow.config import YahooSource
from morrow.errors import SourceError
from morrow.sources.http import FetchError, Reply, Trail
from morrow.sources.http.wire import MEGABYTE


def refuse_missing() -> None:
    """Refuse to go on without the packages of the extra.

    Raises:
        SourceError: one is not installed.
    """
    for package in ("yfinance", "curl_cffi"):
        if importlib.util.find_spec(package) is None:
            raise SourceError(
                f"source yahoo needs {package}, which is not installed; install it with: "
                "pip install 'morrow[yahoo]'"
            )


class CurlWire(AbstractContextManager["CurlWire"]):
    """A session of curl_cffi within a deadline, a size and one host; see ``http.Transport``."""

    def __init__(self, options: YahooSource) -> None:
        from curl_cffi import CurlOpt, requests  # noqa: PLC0415 (an extra)

        self._options = options
        self._busy = False
        self._session: Any = requests.Session(
            impersonate="chrome",
            use_thread_local_curl=False,
            curl_options={
                CurlOpt.LOW_SPEED_LIMIT: 1,
                CurlOpt.LOW_SPEED_TIME: max(1, math.ceil(options.timeout_s)),
                CurlOpt.CONNECTTIMEOUT_MS: int(options.timeout_s * 1000),
            },
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._busy:  # else a Ctrl-C left a request behind, which still writes there
            self._session.close()

    def send(self, url: str, parameters: Mapping[str, str]) -> Reply:
        """Send a GET.

        Raises:
            FetchError: no whole reply came within the deadline and the size, or it leads to another host.
        """
        trail, reply = Trail(url), self._aside(url, parameters)
        while trail.leads_on(reply):
            reply = self._aside(trail.url, None)
        return reply

    def _aside(self, url: str, parameters: Mapping[str, str] | None) -> Reply:
        """Send in a thread that may be left behind: while curl waits, nothing hears a Ctrl-C."""
        answer: Future[Reply] = Future()

        def work() -> None:
            try:
                answer.set_result(self._once(url, parameters))
            except BaseException as wrong:  # noqa: BLE001 (raised by result)
                answer.set_exception(wrong)

        self._busy = True
        Thread(target=work, daemon=True).start()
        try:
            return answer.result()
        finally:
            self._busy = not answer.done()

    def _once(self, url: str, parameters: Mapping[str, str] | None) -> Reply:
        from curl_cffi import requests  # noqa: PLC0415 (an extra)
        from curl_cffi.curl import CURL_WRITEFUNC_ERROR  # noqa: PLC0415

        body, cut = bytearray(), False

        def take(chunk: bytes) -> int:
            nonlocal cut
            cut = len(body) + len(chunk) > self._options.largest_mb * MEGABYTE
            if cut:
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(chunk)
            return len(chunk)

        try:
            response = self._session.get(
                url,
                params=parameters,
                timeout=self._options.deadline_s,
                allow_redirects=False,
                http_version=None if url.startswith("https") else "v1",  # no upgrade to HTTP/2 in the clear
                content_callback=take,
            )
        except requests.exceptions.RequestException as error:
            if cut:
                raise FetchError(
                    f"a reply of more than {self._options.largest_mb:g} MB (largest_mb), cut"
                ) from None
            raise FetchError(_said(error), again=True, everyone=True) from None
        headers = {name.lower(): str(value) for name, value in response.headers.items()}
        return Reply(response.status_code, headers, bytes(body))


def _said(error: Exception) -> str:
    """What curl says, without its advice where to read more."""
    return " ".join(str(error).partition(" See http")[0].split()).removeprefix("Failed to perform, ")[:160]
