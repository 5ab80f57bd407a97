"""Where prices come from: one protocol, one adapter a file, and the one call that a night makes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from morrow.config import BundledSource, FileSource, Section, Universe
from morrow.sources import bundled, files
from morrow.sources.batch import Batch, Start, received
from morrow.sources.inspect import Inspection, inspect

__all__ = ["Batch", "Inspection", "Source", "Start", "fetch", "inspect", "received"]


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


_ADAPTERS: dict[type[Section], Callable[[Any, Path], Source]] = {
    BundledSource: bundled.source,
    FileSource: files.source,
}


def fetch(universe: Universe, root: Path, as_of: date | None = None, *, start: Start = None) -> Batch:
    """Read a universe's source as far as it was known at the end of a day.

    Args:
        universe: where its prices come from, and which symbols are wanted.
        root: the folder that the source's path is relative to.
        as_of: last session to return; None for all. Rows without a readable session always come along.
        start: first session to return, for all symbols or by symbol; where there is none, all history.

    Raises:
        SourceError: the source is missing or unreadable, or a wanted symbol is not in it.
        HistoryError: it has nothing up to ``as_of``.
    """
    adapter = _ADAPTERS[type(universe.source)](universe.source, root)
    return adapter.fetch(universe.symbols, start, None, as_of)
