"""Where a request is led: a few redirects on one host, and no further."""

from urllib.parse import urlsplit

import httpx

from morrow.sources.http.reply import FetchError, Reply

MOST = 3
LEADING = (301, 302, 303, 307, 308)


class Trail:
    """The address that is to be asked next.

    Attributes:
        url: that address.
    """

    def __init__(self, url: str) -> None:
        """Begin at the address that somebody wants."""
        self.url, self._left = url, MOST

    def leads_on(self, reply: Reply) -> bool:
        """Whether a reply sends somewhere else, which is then ``url``.

        Raises:
            FetchError: to another host, or once more than three times in a row.
        """
        if reply.status not in LEADING:
            return False
        if not self._left:
            raise FetchError(f"more than {MOST} redirects in a row", everyone=True)
        self._left -= 1
        self.url = _redirected(self.url, reply)
        return True


def _redirected(url: str, reply: Reply) -> str:
    target = httpx.URL(url).join(reply.headers.get("location", ""))
    here = urlsplit(url)
    stays = target.host == here.hostname and (target.scheme, target.port) in (
        (here.scheme, here.port),
        ("https", None),
    )
    if not stays:
        raise FetchError(f"a redirect to {target.scheme}://{target.host}, which is refused", everyone=True)
    return str(target)
