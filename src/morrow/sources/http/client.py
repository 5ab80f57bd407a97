"""Asking for one thing: send, keep the raw reply, judge it, read it, and again where that may help."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from morrow import __version__
from morrow.config import LiveSource
from morrow.sources.http.patience import Patience
from morrow.sources.http.reply import FetchError, Reply, judge
from morrow.sources.http.wire import Transport, Wire
from morrow.sources.raw import Keeper

Found = TypeVar("Found")


@dataclass(frozen=True)
class Client:
    """Asks one server.

    Attributes:
        base_url: what every path follows.
        transport: sends one request.
        patience: waits between them.
        keeper: keeps raw replies.
        secret: blotted out wherever it shows.
    """

    base_url: str
    transport: Transport
    patience: Patience
    keeper: Keeper
    secret: str = ""

    def get(
        self, path: str, parameters: Mapping[str, str], label: str, read: Callable[[Reply], Found]
    ) -> Found:
        """Ask for a path and read the reply; a reply that cannot be read is asked for again.

        Args:
            path: below the base URL, with its slash, quoted.
            parameters: of the query.
            label: names the raw reply.
            read: makes something of a good reply, or raises ``FetchError``.

        Raises:
            FetchError: nothing came of it.
            SourceError: the raw reply cannot be kept.
        """

        def attempt() -> Found:
            reply = self.transport.send(self.base_url.rstrip("/") + path, parameters).without(self.secret)
            self.keeper.keep(label, reply.body)
            judge(reply)
            return read(reply)

        try:
            return self.patience.tried(attempt)
        except FetchError as fault:
            if self.secret and self.secret in str(fault):
                raise FetchError(str(fault).replace(self.secret, "***"), everyone=fault.everyone) from None
            raise


@contextmanager
def opened(
    options: LiveSource, keeper: Keeper, headers: Mapping[str, str] | None = None, secret: str = ""
) -> Iterator[Client]:
    """Open a client over httpx.

    Args:
        options: whom to ask, and within what limits.
        keeper: keeps raw replies.
        headers: sent with every request.
        secret: one that may show nowhere.
    """
    with Wire(options, {"User-Agent": f"morrow/{__version__}", **(headers or {})}) as wire:
        patience = Patience(options.retries, options.wait_s, options.rate_per_s)
        yield Client(options.base_url, wire, patience, keeper, secret)
