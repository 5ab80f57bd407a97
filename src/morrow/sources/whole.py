"""Sources that are read whole, whatever is asked of them: files, and what packages carry."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from morrow.errors import HistoryError, SourceError, did_you_mean
from morrow.sources.batch import Batch, Content, Start
from morrow.sources.gathering import Window

_SHOWN = 8


@dataclass(frozen=True)
class Whole:
    """A source whose content is at hand.

    Attributes:
        name: kind and name.
        read: takes its content in, of large files as far as the window reaches.
    """

    name: str
    read: Callable[[Window], Content]

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Slice the content; see ``sources.Source``.

        Raises:
            SourceError: it is missing or unreadable, or a wanted symbol is not in it.
            HistoryError: it has nothing up to ``as_of``.
        """
        last = min((day for day in (end, as_of) if day is not None), default=None)
        content = self.read(Window(symbols, start, last))
        passed = {symbol for symbol, _ in content.failed}
        for symbol in symbols or ():
            if content.whole and symbol not in content.symbols and symbol not in passed:
                shown = ", ".join(content.symbols[:_SHOWN]) + (
                    ", ..." if len(content.symbols) > _SHOWN else ""
                )
                raise SourceError(
                    f'symbol "{symbol}" is not in {self.name}; '
                    f"it has {shown}{did_you_mean(symbol, content.symbols)}"
                )
        batch = content.batch(self.name, symbols, last, start)
        if batch.rows["session"].notna().any() or start is not None:
            return batch
        if last is None:
            raise SourceError(
                f"{self.name} has no dated row for {', '.join(symbols or ())}; choose other symbols"
            )
        days = content.batch(self.name, symbols, None).rows["session"].dropna()
        known = f"its first session is {days.min():%Y-%m-%d}" if len(days) else "ask for a later one"
        raise HistoryError(f"{self.name} has nothing up to {last}; {known}")
