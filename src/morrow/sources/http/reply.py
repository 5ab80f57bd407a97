"""A server's reply, what is wrong with it, and whether asking again may help."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_REFUSED = (401, 403)
_SHOWN = 120


class FetchError(Exception):
    """Why a request came to nothing.

    Attributes:
        again: whether asking again may help.
        everyone: whether requests for other symbols would meet the same.
        wait_s: how long the server asks to be left alone, if it says so.
    """

    def __init__(
        self, what: str, *, again: bool = False, everyone: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(what)
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
        """The reply with a secret, should the server have echoed it, blotted out."""
        return replace(self, body=self.body.replace(secret.encode(), b"***")) if secret else self


def judge(reply: Reply) -> None:
    """Let pass only what can be what was asked for.

    Raises:
        FetchError: the status is not 200, or the body is empty or a web page.
    """
    if reply.status == 200:
        if not reply.body.strip():
            raise FetchError("an empty reply", again=True)
        if _is_page(reply):
            raise FetchError("a web page instead of data", again=True, everyone=True)
        return
    said = f"{reply.status} {_phrase(reply.status)}".strip() + explained(reply.body)
    if reply.status in _REFUSED:
        raise FetchError(said, everyone=True)
    again = reply.status in _AGAIN
    raise FetchError(said, again=again, everyone=again, wait_s=_retry_after(reply.headers))


def require_json(reply: Reply) -> Any:
    """The body as JSON.

    Raises:
        FetchError: it is none, for instance because it was cut.
    """
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        shown = " ".join(reply.body[:_SHOWN].decode("utf-8", "replace").split())
        kind = f" ({reply.kind})" if reply.kind else ""
        raise FetchError(f'no readable JSON{kind}: "{shown}"', again=True) from None


def required_start(reply: Reply, starts: Collection[bytes], what: str) -> bytes:
    """The body, if it begins as it must.

    Raises:
        FetchError: it does not.
    """
    if reply.body.startswith(tuple(starts)):
        return reply.body
    raise FetchError(f"{reply.kind or 'something'} that is no {what}", again=True)


def explained(body: bytes) -> str:
    """What a body that is JSON says of an error, after a colon; nothing if it says nothing.

    >>> explained(b'{"detail": "Not found."}')
    ': Not found.'
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(found, dict) and isinstance(found.get("chart"), dict):
        found = found["chart"].get("error")
    if not isinstance(found, dict):
        return ""
    said = next((found[name] for name in ("detail", "description", "message") if found.get(name)), "")
    return f": {' '.join(str(said).split())[:_SHOWN]}" if said else ""


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
