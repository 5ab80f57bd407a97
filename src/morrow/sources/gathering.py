"""Typed blocks of one or several files on their way to one content, within a budget of memory."""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import TableSource
from morrow.errors import SourceError
from morrow.sources import bars
from morrow.sources.batch import Content, Start, chosen
from morrow.sources.columns import Layout, check_days
from morrow.sources.shown import Again, Kept, shown
from morrow.sources.tables import Table

Mark = tuple[int, int, int, int, int]


class BudgetError(SourceError):
    """The rows of a source, all its files together, need more memory than it may take."""


_ROW_BYTES = 320  # of a typed row, with the copies that sorting and naming make


@dataclass(frozen=True)
class Window:
    """What of a source is wanted; rows whose symbol or session cannot be read always are.

    Attributes:
        symbols: None for all.
        start: first session, for all symbols or by symbol.
        last: last session, for sources that can leave later ones out.
    """

    symbols: tuple[str, ...] | None = None
    start: Start = None
    last: date | None = None

    @property
    def first(self) -> date | None:
        """The session before which no row is wanted of any symbol."""
        if self.start is None or isinstance(self.start, date):
            return self.start
        if self.symbols is None or not set(self.symbols) <= self.start.keys():
            return None
        return min((self.start[symbol] for symbol in self.symbols), default=None)


EVERYTHING = Window()
_NO_CODES, _NO_DAYS = np.empty(0, np.int64), np.empty(0, "datetime64[us]")


@dataclass(frozen=True)
class Typed:
    """A block whose fields have been read.

    Attributes:
        frame: row (within its file), code (place among ``names``, −1 if unreadable), session,
            ``bars.FIELDS``, malformed.
        names: the block's symbols.
        blank_codes: code of each dated row without any value.
        blank_days: its session.
        undated: rows that hold something and whose session cannot be read.
        hollow: rows that hold nothing.
        layout: where its columns are.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    blank_codes: bars.Codes
    blank_days: NDArray[np.datetime64]
    undated: int
    hollow: int
    layout: Layout


@dataclass(frozen=True)
class Block:
    """A typed block and what it was read from.

    Attributes:
        typed: its rows.
        table: what they were read from, as far as it is wanted.
        size: data rows that it took up, wanted or not.
        again: gives the table whole when rows are to be shown.
        weight: bytes that ``again`` keeps.
    """

    typed: Typed
    table: Table
    size: int
    again: Again
    weight: int = 0


class Gathering:
    """Takes blocks in, in their order, and gives the content."""

    def __init__(
        self,
        source: TableSource,
        path: str,
        window: Window = EVERYTHING,
        *,
        noted: bool = True,
        cut: bool = False,
    ) -> None:
        """Start with nothing.

        Args:
            source: the options it was asked with.
            path: how messages name it.
            window: which rows to keep.
            noted: whether to note empty leading rows.
            cut: whether only rows of the window come, so that shares of them say nothing of the source.
        """
        self._cut = cut
        self._source, self._path, self._window, self._noted = source, path, window, noted
        self._frames: list[pd.DataFrame] = []
        self._kept: list[Kept] = []
        self._blanks: list[tuple[bars.Codes, NDArray[np.datetime64]]] = []
        self._codes: dict[str, int] = {}
        self._base = self._bytes = 0
        self._size = self._ragged = self._repeated = self._lines = self._undated = 0
        self._file = path
        self._adjusted_only = False

    def begin(self, name: str) -> Mark:
        """Begin a file, as messages name it; the mark is what ``back`` goes back to."""
        mark = (len(self._frames), len(self._blanks), self._size, self._ragged, self._repeated)
        self._file, self._lines, self._undated = name, 0, 0
        return mark

    def back(self, mark: Mark) -> None:
        """Forget what came since a mark; its rows keep their numbers."""
        frames, blanks, self._size, self._ragged, self._repeated = mark
        del self._frames[frames:], self._kept[frames:], self._blanks[blanks:]

    def add(self, block: Block) -> None:
        """Take a block in.

        Raises:
            BudgetError: the rows need more memory than is allowed.
            SourceError: most days cannot be read.
        """
        typed, table = block.typed, block.table
        self._size += block.size
        self._ragged += len(table.ragged)
        self._lines += block.size - len(table.ragged) - typed.hollow
        self._undated += typed.undated
        self._repeated += table.repeated
        if self._undated * 2 > self._lines and not self._cut:
            check_days(table, typed.layout.session, self._file)
        codes = [self._codes.setdefault(name, len(self._codes)) for name in typed.names]
        places = np.array([*codes, -1], dtype=np.int64)
        self._blanks.append((places[typed.blank_codes], typed.blank_days))
        prices, width = typed.layout.prices, max(len(typed.layout.wide), 1)
        self._adjusted_only |= bool(prices) and "close" not in prices
        frame = typed.frame.assign(code=places[typed.frame["code"]], row=typed.frame["row"] + self._base)
        frame = self._wanted(frame)
        if len(frame):
            self._frames.append(frame)
            self._kept.append(Kept(self._base, block.again, typed.layout))
            self._weigh(len(frame), block.weight)
        self._base += block.size * width

    def finished(self, digest: str, failed: tuple[tuple[str, str], ...] = ()) -> Content:
        """Give the content.

        Args:
            digest: sha256 of the source's bytes.
            failed: (symbol, why) of files that were passed over.

        Raises:
            SourceError: nothing is left, most rows are broken or undated, or most bars have a rival.
        """
        if not self._cut:
            self._refuse_shape()
        names = self._names
        blank_codes = np.concatenate([_NO_CODES, *(codes for codes, _ in self._blanks)])
        blank_days = np.concatenate([_NO_DAYS, *(sessions for _, sessions in self._blanks)])
        frame = pd.concat(self._frames, ignore_index=True) if self._frames else bars.nothing()
        self._frames.clear()
        notes: list[bars.Note] = []
        if self._adjusted_only:
            notes.append(("", "no close column: adjusted closes stand in, without open, high and low"))
        if self._repeated:
            notes.append(("", f"{self._repeated} repeated header lines skipped"))
        if self._source.layout == "wide":
            frame, said = bars.without_words(frame, names)
            notes += said
            blank = ~np.isin(blank_codes, [names.index(name) for name, _ in said])
            blank_codes, blank_days = blank_codes[blank], blank_days[blank]
            notes = [("", line) for _, line in notes]
        if self._window == EVERYTHING:
            bars.refuse_no_closes(frame, self._path, names if self._source.layout == "wide" else ())
        if self._noted and self._window.start is None:
            notes += bars.empty_rows(names, frame, blank_codes, blank_days)
        read = bars.Read(frame, names, tuple(notes), partial(shown, self._kept), self._adjusted_only)
        content = bars.finished(digest, read, self._path)
        return replace(content, failed=failed, whole=self._window.start is None and self._window.last is None)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._codes)

    def _wanted(self, frame: pd.DataFrame) -> pd.DataFrame:
        window = self._window
        if window == EVERYTHING:
            return frame
        named = frame.assign(symbol=bars.named(frame["code"].to_numpy(), self._names).to_numpy())
        return frame[chosen(named, window.symbols, window.last, window.start)]

    def _weigh(self, rows: int, weight: int) -> None:
        self._bytes += rows * _ROW_BYTES + weight
        if self._bytes > self._source.memory_mb << 20:
            raise BudgetError(
                f'the rows of "{self._path}" need more than the {self._source.memory_mb:,} MiB of memory_mb; '
                "raise source.memory_mb, name fewer symbols, or split the universe"
            )

    def _refuse_shape(self) -> None:
        if not self._size:
            raise SourceError(f'"{self._path}" has a header and no rows, so nothing is left; export it again')
        if self._ragged * 2 > self._size:
            raise SourceError(
                f'{self._ragged} of {self._size} rows of "{self._path}" do not have the fields of its '
                "header; export it again with one separator"
            )
