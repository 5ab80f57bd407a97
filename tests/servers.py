"""A server on loopback that speaks Yahoo's, Tiingo's and the ECB's formats, and misbehaves as it is told."""

import io
import json
import socket
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from tests.vendors import Bar, ecb, tiingo, yahoo

PAGE = b"<!DOCTYPE html><html><body>Will be right back...</body></html>"


@dataclass
class Market:
    """What the server knows, what it was asked, and what it shall do wrong.

    Attributes:
        bars: of each symbol, ascending.
        verbatim: by symbol or file, what it sends in the place of the bars.
        faults: by symbol (or file, or "*" for all), what goes wrong with its next requests, in order.
        asked: path, parameters and headers of every request.
    """

    bars: dict[str, list[Bar]]
    verbatim: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _, _ in self.asked]


@contextmanager
def served(market: Market) -> Iterator[Market]:
    """Serve a market on a free port of loopback, and end the server."""

    class Handler(_Handler):
        pass

    Handler.market = market
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    market.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield market
    finally:
        market.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    market: Market

    def do_GET(self) -> None:
        """Answer, rightly or wrongly."""
        parts = urlsplit(self.path)
        pieces = unquote(parts.path).strip("/").split("/")
        key = pieces[-2] if pieces[-1] == "prices" else pieces[-1]
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.market.asked.append((parts.path, parts.query, headers))
        queue = self.market.faults.get(key) or self.market.faults.get("*") or []
        fault = queue.pop(0) if queue else ""
        try:
            if fault:
                FAULTS[fault](self)
            else:
                self._rightly(pieces, key)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _rightly(self, pieces: list[str], key: str) -> None:
        bars = self.market.bars
        if key in self.market.verbatim:
            self.answer(200, self.market.verbatim[key], "application/octet-stream")
        elif pieces[-1].endswith(".zip"):
            self.answer(200, ecb(bars), "application/zip")
        elif key not in bars:
            wrong = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            said: dict[str, object] = {"detail": f"Not found: {key}"}
            if pieces[0] != "tiingo":
                said = {"chart": {"result": None, "error": wrong}}
            self.json(404, said)
        elif pieces[-1] == "prices":
            whole = tiingo(bars[key])
            self.json(200, whole if "startDate" in self.path else whole[-1:])
        elif pieces[0] == "tiingo":
            about = {"ticker": key, "exchangeCode": "NASDAQ", "startDate": bars[key][0].day}
            self.json(200, about)
        else:
            self.json(200, yahoo(key, bars[key]))

    def json(self, status: int, document: object) -> None:
        """Answer JSON."""
        self.answer(status, json.dumps(document).encode(), "application/json")

    def answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        """Answer whole."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def start(self, kind: str, **headers: str) -> None:
        """Send the head of an answer that ends when the connection does."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _silent(handler: _Handler) -> None:
    handler.market.stopped.wait(30)
    handler.close_connection = True


def _truncated(handler: _Handler) -> None:
    handler.start("application/json", Content_Length="5000")
    handler.wfile.write(b'[{"date": "2020-01-0')


def _cut(handler: _Handler) -> None:
    handler.start("application/json")
    handler.wfile.write(b'[{"date": "2020-01-0')


def _reset(handler: _Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    handler.rfile = handler.wfile = io.BytesIO()  # type: ignore[assignment]


def _drip(handler: _Handler) -> None:
    handler.start("application/json", Content_Length="100000")
    while not handler.market.stopped.wait(0.05):
        handler.wfile.write(b" ")


def _dripping_head(handler: _Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.market.stopped.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def _endless(handler: _Handler) -> None:
    handler.start("application/json")
    while not handler.market.stopped.is_set():
        handler.wfile.write(b" " * 65536)


def _bomb(handler: _Handler) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packer.compress(b" " * (8 << 20)) + packer.flush()
    handler.answer(200, body, "application/json", Content_Encoding="gzip")


def _zip_bomb(handler: _Handler) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", b"0" * (8 << 20))
    handler.answer(200, packed.getvalue(), "application/zip")


def _echo(handler: _Handler) -> None:
    said = f"bad token: {handler.headers.get('Authorization')}"
    handler.json(400, {"detail": said})


def _dated(handler: _Handler) -> None:
    later = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    handler.answer(429, b"slow down", "text/plain", Retry_After=later)


def _status(status: int, **headers: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.answer(status, b"trouble", "text/plain", **headers)


def _body(body: bytes, kind: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.answer(200, body, kind)


FAULTS: dict[str, Callable[[_Handler], None]] = {
    "400 echo": _echo,
    "401": _status(401),
    "429": _status(429),
    "429 at once": _status(429, Retry_After="0"),
    "429 in a second": _status(429, Retry_After="1"),
    "429 in an hour": _status(429, Retry_After="3600"),
    "429 dated": _dated,
    "500": _status(500),
    "503": _status(503),
    "silent": _silent,
    "truncated": _truncated,
    "cut": _cut,
    "picture": _body(b"\x89PNG\r\n", "image/png"),
    "page": _body(PAGE, "text/html"),
    "disguised page": _body(PAGE, "application/json"),
    "nothing": _body(b"", "application/json"),
    "empty list": _body(b"[]", "application/json"),
    "run over": _body(b"You have run over your 500 symbol look up for this month.", "text/plain"),
    "reset": _reset,
    "drip": _drip,
    "dripping head": _dripping_head,
    "redirect elsewhere": _status(302, Location="http://example.invalid/prices"),
    "redirect in circles": lambda handler: handler.answer(302, b"", "text/plain", Location=handler.path),
    "endless": _endless,
    "bomb": _bomb,
    "zip bomb": _zip_bomb,
}
