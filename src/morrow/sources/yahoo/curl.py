"""One request over curl_cffi, with a browser's TLS handshake: Yahoo refuses others."""

import importlib.util
import math
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Thread
from types import TracebackType
from typing import Any

from morrow.errors import SourceError, one_line
from morrow.source_kinds import LiveSource
from morrow.sources.http.reply import MEGABYTE, FetchError, Reply, size_fault


def refuse_missing_packages() -> None:
    """Raise an error if a package of the extra is missing.

    Raises:
        SourceError: a package is not installed.
    """
    for package in ("yfinance", "curl_cffi"):
        if importlib.util.find_spec(package) is None:
            raise SourceError(
                f"source yahoo needs {package}, which is not installed; install it with: "
                "pip install 'morrow[yahoo]'"
            )


class CurlTransport(AbstractContextManager["CurlTransport"]):
    """A curl_cffi session with a deadline and a size limit; see ``http.client.Transport``."""

    def __init__(self, options: LiveSource) -> None:
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

    def send(self, url: str, seconds_left: float) -> Reply:
        """Send a GET in a thread that may be left behind: Ctrl-C has no effect while curl waits.

        Raises:
            FetchError: no complete reply arrived within the deadline and the size limit.
        """
        answer: Future[Reply] = Future()

        def work() -> None:
            try:
                answer.set_result(self._send(url, seconds_left))
            except BaseException as error:  # noqa: BLE001 (raised by result)
                answer.set_exception(error)

        self._busy = True
        Thread(target=work, daemon=True).start()
        try:
            return answer.result()
        finally:
            self._busy = not answer.done()

    def _send(self, url: str, seconds_left: float) -> Reply:
        from curl_cffi import requests  # noqa: PLC0415 (an extra)
        from curl_cffi.curl import CURL_WRITEFUNC_ERROR  # noqa: PLC0415

        body, is_cut = bytearray(), False

        def take(chunk: bytes) -> int:
            nonlocal is_cut
            is_cut = len(body) + len(chunk) > self._options.largest_mb * MEGABYTE
            if is_cut:
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(chunk)
            return len(chunk)

        try:
            response = self._session.get(
                url,
                timeout=seconds_left,
                allow_redirects=False,
                http_version=None if url.startswith("https") else "v1",  # no upgrade to HTTP/2 in clear text
                content_callback=take,
            )
        except requests.exceptions.RequestException as error:
            if is_cut:
                raise size_fault(self._options) from None
            raise FetchError(_reason(error), again=True, everyone=True) from None
        headers = {name.lower(): str(value) for name, value in response.headers.items()}
        return Reply(response.status_code, headers, bytes(body))


def _reason(error: Exception) -> str:
    """The error that curl reports, without its pointer to further reading."""
    return one_line(str(error).partition(" See http")[0]).removeprefix("Failed to perform, ")[:160]
