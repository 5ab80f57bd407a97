"""Sources of prices: one file per source, and the one function that a night calls.

A file here declares the options of one kind of source, and reads it; ``morrow.source_kinds`` finds the file.
The configuration is built from these files, so none of them may import it.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from morrow.errors import SourceError
from morrow.source_kinds import LiveSource
from morrow.sources.batch import Batch, Reader, Start, show_raw_rows
from morrow.sources.http.reply import FetchError
from morrow.sources.inspection import Inspection, QuestionError, inspect
from morrow.sources.raw_replies import RawReplies
from morrow.sources.symbol_by_symbol import Probe

if TYPE_CHECKING:
    from morrow.config import Universe

__all__ = [
    "Batch", "Inspection", "Probe", "QuestionError", "RawReplies", "Reader", "Start",
    "fetch", "inspect", "probe", "show_raw_rows",
]  # fmt: skip


def fetch(
    universe: "Universe",
    root: Path,
    as_of: date | None = None,
    *,
    start: Start = None,
    raw: RawReplies | None = None,
) -> Batch:
    """Read a universe's source as far as it was known at the end of a day.

    Args:
        universe: where its prices come from, and which symbols are wanted.
        root: the folder that the source's path is relative to.
        as_of: last session to return; None for all. Rows without a readable session are always returned.
        start: first session to return, for all symbols or by symbol; all history where it is missing.
        raw: where a live source's replies are kept; with it, what was read is remembered for the run.

    Raises:
        SourceError: the source is missing or unreadable, or a wanted symbol is not in it; a live one gave
            nothing for any symbol.
        HistoryError: it has nothing up to ``as_of``.
    """
    reader: Reader = universe.source.open(root, raw)
    return reader.fetch(universe.symbols, start, None, as_of)


def probe(universe: "Universe") -> Probe:
    """Ask a live source for one bar of each symbol, and how far back history goes.

    Raises:
        SourceError: it does not answer, or does not know a symbol.
    """
    options = universe.source
    if not isinstance(options, LiveSource):
        raise SourceError(f"source {options.kind} is not asked over the network; nothing to probe")
    try:
        result: Probe = options.probe(universe.symbols or ())
    except FetchError as fault:
        raise SourceError(f"source {options.kind} does not answer as it should: {fault}") from None
    return result
