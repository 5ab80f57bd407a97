"""Where prices come from: one protocol, one adapter a file, and the one call that a night makes."""

import importlib
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Protocol

from morrow.config import (
    BundledSource,
    EcbSource,
    FileSource,
    SqlSource,
    TiingoSource,
    Universe,
    YahooSource,
)
from morrow.errors import SourceError
from morrow.sources import bundled, files
from morrow.sources.batch import Batch, Start, received
from morrow.sources.inspect import Inspection, inspect
from morrow.sources.probe import Probe
from morrow.sources.raw import Raw

__all__ = [
    "Batch", "Inspection", "Probe", "Raw", "Source", "Start",
    "adapter", "fetch", "inspect", "probe", "received",
]  # fmt: skip


class Source(Protocol):
    """What an adapter offers."""

    @property
    def name(self) -> str:
        """Kind and name, such as "bundled:us5" or "csv:prices.csv"."""

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Read bars.

        Args:
            symbols: wanted ones; None for all that the source has.
            start: first session to return, for all symbols or by symbol; where there is none, all history.
            end: last session to return; None for the newest.
            as_of: what is known later than the end of this day may not show; None for now.

        Raises:
            SourceError: the source is missing or unreadable, or has none of what is wanted.
            HistoryError: it has nothing up to ``as_of``.
        """


def fetch(
    universe: Universe, root: Path, as_of: date | None = None, *, start: Start = None, raw: Raw | None = None
) -> Batch:
    """Read a universe's source as far as it was known at the end of a day.

    Args:
        universe: where its prices come from, and which symbols are wanted.
        root: the folder that the source's path is relative to.
        as_of: last session to return; None for all. Rows without a readable session always come along.
        start: first session to return, for all symbols or by symbol; where there is none, all history.
        raw: where a live source's replies are kept; with it, what was read is remembered for the run.

    Raises:
        SourceError: the source is missing or unreadable, or a wanted symbol is not in it; a live one gave
            nothing for any symbol.
        HistoryError: it has nothing up to ``as_of``.
    """
    return adapter(universe, root, raw).fetch(universe.symbols, start, None, as_of)


def adapter(universe: Universe, root: Path, raw: Raw | None = None) -> Source:
    """What reads a universe's source.

    Raises:
        SourceError: it needs a package or a key that is not there.
    """
    options = universe.source
    if isinstance(options, BundledSource):
        return bundled.source(options)
    if isinstance(options, FileSource):
        return files.source(options, root)
    if isinstance(options, SqlSource):
        from morrow.sources import sql  # noqa: PLC0415 (SQLAlchemy, for databases only)

        return sql.source(options, root)
    live = _live(options)
    found: Source = live.source(options, raw)
    return found


def probe(universe: Universe) -> Probe:
    """Ask a live source for one bar of each symbol, and how far back history goes.

    Raises:
        SourceError: it does not answer, or does not know a symbol.
    """
    options = universe.source
    if isinstance(options, BundledSource | FileSource | SqlSource):
        raise SourceError(f"source {options.kind} is not asked over the network; nothing to probe")
    from morrow.sources.http import FetchError  # noqa: PLC0415 (httpx, for live sources only)

    try:
        found: Probe = _live(options).probe(options, universe.symbols or ())
    except FetchError as fault:
        raise SourceError(f"source {options.kind} does not answer as it should: {fault}") from None
    return found


def _live(options: YahooSource | EcbSource | TiingoSource) -> ModuleType:
    """A live source's adapter; httpx and what else it needs is imported with it."""
    return importlib.import_module(f"morrow.sources.{options.kind}")
