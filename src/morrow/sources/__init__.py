"""Where prices come from: one protocol for the bundled universes and for a person's own files."""

from datetime import date
from pathlib import Path

from morrow.config import BundledSource, Universe
from morrow.errors import HistoryError, SourceError
from morrow.sources import bundled, files
from morrow.sources.batch import Batch, Content, received
from morrow.sources.columns import nearest
from morrow.sources.inspect import Inspection, inspect

__all__ = ["Batch", "Inspection", "fetch", "inspect", "received"]


def fetch(universe: Universe, root: Path, as_of: date | None = None) -> Batch:
    """Read a universe's source as far as it was known at the end of a day.

    Args:
        universe: where its prices come from, and which symbols are wanted.
        root: the folder that the source's path is relative to.
        as_of: last session to return; None for all. Rows without a readable session always come along.

    Raises:
        SourceError: the source is missing or unreadable, or a wanted symbol is not in it.
        HistoryError: it has nothing up to ``as_of``.
    """
    content, name = _content(universe, root)
    wanted = universe.symbols
    for symbol in wanted or ():
        if symbol not in content.symbols:
            shown = ", ".join(content.symbols[:8]) + (", ..." if len(content.symbols) > 8 else "")
            raise SourceError(
                f'symbol "{symbol}" is not in {name}; it has {shown}{nearest(symbol, content.symbols)}'
            )
    batch = content.batch(name, wanted, as_of)
    if batch.rows["session"].notna().any():
        return batch
    if as_of is None:
        raise SourceError(f"{name} has no dated row for {', '.join(wanted or ())}; choose other symbols")
    first = content.batch(name, wanted, None).rows["session"].min()
    raise HistoryError(f"{name} has nothing up to {as_of}; its first session is {first:%Y-%m-%d}")


def _content(universe: Universe, root: Path) -> tuple[Content, str]:
    source = universe.source
    if isinstance(source, BundledSource):
        whole = bundled.us5() if source.dataset == "us5" else bundled.ecb_fx()
        return whole, f"bundled:{source.dataset}"
    return files.content(source, root), f"{source.kind}:{source.path}"
