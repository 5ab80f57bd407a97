"""Batches, windows and readers: the rows of one reading of a source, their selection, and the reader."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import HistoryError, SourceError, did_you_mean

NUMBERS = ("open", "high", "low", "close", "volume")
COLUMNS = ("row", "symbol", "session", *NUMBERS, "split_factor", "dividend_factor", "malformed")
_MOST_NOTES = 10
_LISTED_SYMBOLS = 8

Start = date | Mapping[str, date] | None
Basis = Literal["traded", "derived", "adjusted"]
Texts = Callable[[NDArray[np.int64]], list[str]]


class Reader(Protocol):
    """Reads bars of one source."""

    @property
    def name(self) -> str:
        """Kind and name, such as "bundled:us5" or "csv:prices.csv"."""

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> "Batch":
        """Read bars.

        Args:
            symbols: wanted ones; None for all that the source has.
            start: first session to return, for all symbols or by symbol; all history where it is missing.
            end: last session to return; None for the newest.
            as_of: nothing that became known after the end of this day is returned; None for now.

        Raises:
            SourceError: the source is missing or unreadable, or has none of what is wanted.
            HistoryError: it has nothing up to ``as_of``.
        """


@dataclass(frozen=True, eq=False)
class Batch:
    """One reading of a source, up to an ``as_of``.

    Attributes:
        id: sha256 of the source's bytes, 64 hex digits; the same whatever the ``as_of``.
        rows: in the source's order: row (int64, position in the whole source, from 0), symbol (str),
            session (datetime64[us]), open, high, low, close, volume, split_factor, dividend_factor
            (float64, NaN where absent; factors are cumulative and 1 at a symbol's first bar of the batch),
            malformed (str, missing where all fields could be read); and adj_close as the source has it,
            where factors are derived from it.
        duplicates: exact duplicates that were collapsed.
        source: kind and name, such as "bundled:us5" or "csv:prices.csv".
        notes: what a person should know, one line each.
        texts: shows rows as received, by their number.
        failed: (symbol, reason) of each wanted symbol that the source could not give this time.
        basis: ``traded``: prices are as traded, and factors, if any, the source's own; ``derived``: factors
            come out of adjusted closes, within their rounding; ``adjusted``: the source gives adjusted
            closes alone, which move with each new action.
        noted: the failed symbols that the notes already mention, by name or by count.
    """

    id: str
    rows: pd.DataFrame
    duplicates: int
    source: str
    notes: tuple[str, ...]
    texts: Texts = field(repr=False, compare=False)
    failed: tuple[tuple[str, str], ...] = ()
    basis: Basis = "traded"
    noted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Window:
    """Which rows of a source are wanted; rows whose symbol or session cannot be read always are.

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
        """The session before which no row of any symbol is wanted."""
        if self.start is None or isinstance(self.start, date):
            return self.start
        if self.symbols is None or not set(self.symbols) <= self.start.keys():
            return None
        return min((self.start[symbol] for symbol in self.symbols), default=None)

    def select(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row is wanted, by its symbol and session: (R,)."""
        mask = np.ones(len(rows), dtype=bool)
        if self.symbols is not None:
            mask &= (rows["symbol"].isin(self.symbols) | rows["symbol"].isna()).to_numpy()
        days = rows["session"].to_numpy("datetime64[us]")
        if self.last is not None:
            mask &= (days <= np.datetime64(self.last, "us")) | np.isnat(days)
        if isinstance(self.start, date):
            mask &= (days >= np.datetime64(self.start, "us")) | np.isnat(days)
        elif self.start:
            starts = {symbol: pd.Timestamp(day) for symbol, day in self.start.items()}
            firsts = rows["symbol"].map(starts)
            mask &= ~(days < firsts.to_numpy("datetime64[us]"))
        return mask


EVERYTHING = Window()


@dataclass(frozen=True, eq=False)
class Content:
    """A whole source, read and typed once; the batch of every ``as_of`` is taken from it.

    Attributes:
        digest: sha256 of the source's bytes.
        rows: as in ``Batch``, for all sessions.
        repeated: symbol and session of each collapsed duplicate.
        symbols: every symbol that the source names, with or without bars.
        notes: (symbol or empty, line) pairs.
        texts: as in ``Batch``.
        failed: (symbol, reason) of each file among several that cannot be read.
        is_complete: whether no window cut anything off, so that ``symbols`` are all.
        basis: as in ``Batch``.
        encoding: that was found and reads every file; empty for UTF-8, or where it was declared.
    """

    digest: str
    rows: pd.DataFrame
    repeated: pd.DataFrame
    symbols: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    texts: Texts = field(repr=False, compare=False)
    failed: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True
    basis: Basis = "traded"
    encoding: str = ""

    def batch(self, source: str, window: Window) -> Batch:
        """Slice by symbol and session; rows whose symbol or session cannot be read are in every slice."""
        symbols, mask = window.symbols, window.select(self.rows)
        repeated = int(window.select(self.repeated).sum())
        lines = [line for name, line in self.notes if not name or symbols is None or name in symbols]
        if len(lines) > _MOST_NOTES:
            rest = len(lines) - _MOST_NOTES
            lines = [*lines[:_MOST_NOTES], f"and {rest} more like these"]
        rows = self.rows.copy(deep=False) if mask.all() else self.rows[mask].reset_index(drop=True)
        if window.start is not None:
            rows = _rebase_factors(rows)
        failed = tuple(pair for pair in self.failed if symbols is None or pair[0] in symbols)
        return Batch(self.digest, rows, repeated, source, tuple(lines), self.texts, failed, self.basis)


@dataclass(frozen=True)
class ContentReader:
    """Reads a source whose whole content is available: files, databases and bundled prices.

    Attributes:
        name: kind and name.
        read: reads the content, of large files as far as the window reaches.
    """

    name: str
    read: Callable[[Window], Content]

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Slice the content; see :class:`Reader`.

        A wanted symbol that is not in it is an error where all of history is asked for, and on later nights,
        on which ``start`` says what is stored, a failure of that symbol alone.

        Raises:
            SourceError: it is missing or unreadable, or a wanted symbol is not in it.
            HistoryError: it has nothing up to ``as_of``.
        """
        window = Window(symbols, start, earliest(end, as_of))
        content = self.read(window)
        missing = self._find_missing(symbols or (), content)
        if missing and (start is None or len(missing) == len(symbols or ())):
            raise SourceError(self._describe_missing(missing[0], content))
        batch = content.batch(self.name, window)
        failed = [(symbol, f"it is not in {self.name}") for symbol in missing]
        batch = replace(batch, failed=(*batch.failed, *failed))
        if batch.rows["session"].notna().any() or start is not None:
            return batch
        if window.last is None:
            wanted = f" for {', '.join(symbols)}; choose other symbols" if symbols else "; export it again"
            raise SourceError(f"{self.name} has no dated row{wanted}")
        days = content.batch(self.name, Window(symbols)).rows["session"].dropna()
        hint = f"its first session is {days.min():%Y-%m-%d}" if len(days) else "ask for a later one"
        raise HistoryError(f"{self.name} has nothing up to {window.last}; {hint}")

    def _find_missing(self, symbols: tuple[str, ...], content: Content) -> list[str]:
        """The wanted symbols that the content does not name."""
        if not content.is_complete:
            return []
        named = {*content.symbols, *(symbol for symbol, _ in content.failed)}
        return [symbol for symbol in dict.fromkeys(symbols) if symbol not in named]

    def _describe_missing(self, symbol: str, content: Content) -> str:
        names = ", ".join(content.symbols[:_LISTED_SYMBOLS])
        more = ", ..." if len(content.symbols) > _LISTED_SYMBOLS else ""
        hint = did_you_mean(symbol, content.symbols)
        return f'symbol "{symbol}" is not in {self.name}; it has {names}{more}{hint}'


def earliest(*days: date | None) -> date | None:
    """The earliest of the days that are not None."""
    return min((day for day in days if day is not None), default=None)


def show_raw_rows(batch: Batch, rows: Iterable[int]) -> list[str]:
    """Show rows as they were received, each as canonical JSON (sorted keys, no spaces).

    Args:
        batch: the reading they are in.
        rows: values of its column ``row``.
    """
    return batch.texts(np.fromiter(rows, dtype=np.int64))


def _rebase_factors(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with factors that are 1 at each symbol's first session."""
    order = rows.sort_values("session", kind="stable")
    changed = {}
    for name in ("split_factor", "dividend_factor"):
        changed[name] = rows[name] / order.groupby("symbol")[name].transform("first").fillna(1.0)
    return rows.assign(**changed)
