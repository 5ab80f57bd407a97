"""A server's reply, its fault if any, and whether a retry may help."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from morrow.errors import one_line
from morrow.source_kinds import LiveSource

MEGABYTE = 1 << 20
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_REFUSED = (401, 403)
_LONGEST_EXCERPT = 120


class FetchError(Exception):
    """Why a request gave nothing.

    Attributes:
        again: whether asking again may help.
        everyone: whether requests for other symbols would meet the same.
        wait_s: how long the server asks to be left alone, if it says so.
    """

    def __init__(
        self, reason: str, *, again: bool = False, everyone: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.again, self.everyone, self.wait_s = again, everyone, wait_s


@dataclass(frozen=True)
class Reply:
    """What a server answered, whole.

    Attributes:
        status: of HTTP.
        headers: names in small letters.
        body: decoded bytes.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The content type without its parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def without(self, secret: str) -> "Reply":
        """The reply with a secret starred, should the server have echoed it."""
        return replace(self, body=self.body.replace(secret.encode(), b"***")) if secret else self


def size_fault(options: LiveSource) -> FetchError:
    """What is raised when a reply is larger than allowed, decoded or not."""
    return FetchError(f"a reply of more than {options.largest_mb:g} MB (largest_mb), cut")


def judge(reply: Reply) -> None:
    """Refuse replies that cannot be the requested data.

    Raises:
        FetchError: the status is not 200, or the body is empty or a web page.
    """
    if reply.status == 200:
        if not reply.body.strip():
            raise FetchError("an empty reply", again=True)
        if _is_page(reply):
            raise FetchError("a web page instead of data", again=True, everyone=True)
        return
    reason = f"{reply.status} {_phrase(reply.status)}".strip() + explanation(reply.body)
    if reply.status in _REFUSED:
        raise FetchError(reason, everyone=True)
    again = reply.status in _AGAIN
    raise FetchError(reason, again=again, everyone=again, wait_s=_retry_after(reply.headers))


def read_json(reply: Reply) -> Any:
    """The body as JSON.

    Raises:
        FetchError: it is not JSON, for instance because it was cut.
    """
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        excerpt = one_line(reply.body[:_LONGEST_EXCERPT].decode("utf-8", "replace"))
        kind = f" ({reply.kind})" if reply.kind else ""
        raise FetchError(f'no readable JSON{kind}: "{excerpt}"', again=True) from None


def body_that_starts(reply: Reply, starts: Collection[bytes], format_name: str) -> bytes:
    """The body, if it begins as its format does.

    Raises:
        FetchError: it does not.
    """
    if reply.body.startswith(tuple(starts)):
        return reply.body
    raise FetchError(f"{reply.kind or 'something'} that is no {format_name}", again=True)


def explanation(body: bytes) -> str:
    """What a body that is JSON says about an error, after a colon; nothing if it says nothing.

    >>> explanation(b'{"detail": "Not found."}')
    ': Not found.'
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, dict) and isinstance(document.get("chart"), dict):
        document = document["chart"].get("error")
    if not isinstance(document, dict):
        return ""
    text = next((document[name] for name in ("detail", "description", "message") if document.get(name)), "")
    return f": {one_line(text)[:_LONGEST_EXCERPT]}" if text else ""


def _is_page(reply: Reply) -> bool:
    start = reply.body[:512].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        reply.kind in ("text/html", "application/xhtml+xml") and start.startswith(b"<")
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _retry_after(headers: dict[str, str]) -> float | None:
    """Seconds of a Retry-After header; a date is taken from the server's own clock."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
        wait = (until - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
    return max(wait, 0.0)
