"""The HTTP client: send a request, keep the raw reply, validate and read it, retry if that may help."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from morrow import __version__
from morrow.source_kinds import LiveSource
from morrow.sources.http.reply import FetchError, Reply, judge
from morrow.sources.raw_replies import Keeper

Result = TypeVar("Result")

_LONGEST_WAIT_S = 60.0
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}


class Transport(Protocol):
    """Sends one request, and follows no redirect."""

    def send(self, url: str, seconds_left: float) -> Reply:
        """Send a GET.

        Args:
            url: complete, with its query.
            seconds_left: until the deadline of the whole reply.

        Raises:
            FetchError: no whole reply came within the deadline and the size that is allowed.
        """


@dataclass
class Pacing:
    """Waits between requests, and between tries of one.

    Attributes:
        retries: further tries where one may help.
        wait_s: before the first of them.
        rate_per_s: requests per second at most, tries included.
        clock: seconds that only ever grow.
        sleep: waits that many seconds.
        scatter: a random number from 0 to 1.
    """

    retries: int
    wait_s: float
    rate_per_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    scatter: Callable[[], float] = random.random
    _next: float = field(default=float("-inf"), init=False)

    def retry(self, attempt: Callable[[], Result]) -> Result:
        """Make an attempt until it succeeds, another try cannot help, or no try is left.

        A wait doubles with each try, scattered between a half and the whole of it, and is never shorter
        than the server asks for. A server that asks for more than a minute is not waited for.

        Raises:
            FetchError: the last one, with the number of tries in its words.
        """
        for tries in range(self.retries + 1):
            self._keep_distance()
            try:
                return attempt()
            except FetchError as fault:
                wait = self._wait(fault, tries)
                if wait is None:
                    raise _with_tries(fault, tries + 1) from None
                self.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _keep_distance(self) -> None:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.rate_per_s

    def _wait(self, fault: FetchError, tries: int) -> float | None:
        """Seconds to wait after a fault; None to give up."""
        requested = fault.wait_s or 0.0
        if not fault.again or tries >= self.retries or requested > _LONGEST_WAIT_S:
            return None
        doubled = min(self.wait_s * 2**tries, _LONGEST_WAIT_S)
        return float(max(requested, doubled * (0.5 + self.scatter() / 2)))


@dataclass(frozen=True)
class Client:
    """Asks one server.

    Attributes:
        base_url: every path is below it.
        transport: sends one request.
        pacing: waits between them.
        keeper: keeps raw replies.
        deadline_s: of one whole reply, redirects included.
        secret: starred wherever it shows.
    """

    base_url: str
    transport: Transport
    pacing: Pacing
    keeper: Keeper
    deadline_s: float = 90.0
    secret: str = ""

    def get(
        self, path: str, parameters: Mapping[str, str], label: str, read: Callable[[Reply], Result]
    ) -> Result:
        """Ask for a path and read the reply; a reply that cannot be read is asked for again.

        Args:
            path: below the base URL, with its slash, quoted.
            parameters: of the query.
            label: names the raw reply.
            read: reads a good reply, or raises ``FetchError``.

        Raises:
            FetchError: there is no readable reply.
            SourceError: the raw reply cannot be kept.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""

        def attempt() -> Result:
            reply = self._follow(f"{self.base_url.rstrip('/')}{path}{query}").without(self.secret)
            self.keeper.keep(label, reply.body)
            judge(reply)
            return read(reply)

        try:
            return self.pacing.retry(attempt)
        except FetchError as fault:
            if self.secret and self.secret in str(fault):
                raise FetchError(str(fault).replace(self.secret, "***"), everyone=fault.everyone) from None
            raise

    def _follow(self, url: str) -> Reply:
        """The reply at the end of a few redirects on one host."""
        ends = time.monotonic() + self.deadline_s
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self.transport.send(url, max(ends - time.monotonic(), 0.001))
            if reply.status not in _REDIRECTS:
                return reply
            url = _redirect_target(url, reply.headers.get("location", ""))
        raise FetchError(f"more than {_MOST_REDIRECTS} redirects in a row", everyone=True)


@contextmanager
def open_client(
    options: LiveSource, keeper: Keeper, headers: Mapping[str, str] | None = None, secret: str = ""
) -> Iterator[Client]:
    """Open a client over httpx.

    Args:
        options: the server, and the limits.
        keeper: keeps raw replies.
        headers: sent with every request.
        secret: a text that may not show anywhere.
    """
    from morrow.sources.http.transport import HttpxTransport  # noqa: PLC0415 (httpx)

    with HttpxTransport(options, {"User-Agent": f"morrow/{__version__}", **(headers or {})}) as transport:
        yield new_client(options, transport, keeper, secret)


def new_client(options: LiveSource, transport: Transport, keeper: Keeper, secret: str = "") -> Client:
    """A client over a transport that is open."""
    pacing = Pacing(options.retries, options.wait_s, options.rate_per_s)
    return Client(options.base_url, transport, pacing, keeper, options.deadline_s, secret)


def _redirect_target(url: str, location: str) -> str:
    """Where a redirect leads.

    Raises:
        FetchError: to another host, or to no address.
    """
    try:
        target = urljoin(url, location)
        (scheme, host, port), here = _origin(target), _origin(url)
    except ValueError:
        raise FetchError("a redirect to no readable address", everyone=True) from None
    if host != here[1] or (scheme, port) not in (here[::2], ("https", 443)):
        raise FetchError(f"a redirect to {scheme}://{host}, which is refused", everyone=True)
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _with_tries(fault: FetchError, tries: int) -> FetchError:
    """The fault with the number of tries, and how long the server asks to be left alone."""
    words = [str(fault)]
    if fault.wait_s and fault.wait_s > _LONGEST_WAIT_S:
        words.append(f"asks to wait {fault.wait_s:,.0f} s")
    if tries > 1:
        words.append(f"after {tries} tries")
    return FetchError(", ".join(words), again=False, everyone=fault.everyone, wait_s=fault.wait_s)
