"""What a source gives: rows of one reading, and how to show a row as it was received."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NUMBERS = ("open", "high", "low", "close", "volume")
COLUMNS = ("row", "symbol", "session", *NUMBERS, "split_factor", "dividend_factor", "malformed")
_NOTED_SYMBOLS = 10

Start = date | Mapping[str, date] | None
Basis = Literal["traded", "derived", "adjusted"]
Texts = Callable[[NDArray[np.int64]], list[str]]


@dataclass(frozen=True, eq=False)
class Batch:
    """One reading of a source, up to an ``as_of``.

    Attributes:
        id: sha256 of the source's bytes, 64 hex digits; the same whatever the ``as_of``.
        rows: in the source's order: row (int64, position in the whole source, from 0), symbol (str),
            session (datetime64[us]), open, high, low, close, volume, split_factor, dividend_factor
            (float64, NaN where absent; factors are cumulative and 1 at a symbol's first bar of the batch),
            malformed (str, missing where all fields could be read); and adj_close as the source has it,
            where factors come out of it.
        duplicates: exact duplicates that were collapsed.
        source: kind and name, such as "bundled:us5" or "csv:prices.csv".
        notes: what a person should know, a line each.
        texts: shows rows as received, by position.
        failed: (symbol, why) of each wanted symbol that the source could not give this time.
        basis: ``traded``: prices are as traded, and factors, if any, the source's own; ``derived``: factors
            come out of adjusted closes, within their rounding; ``adjusted``: the source gives adjusted
            closes alone, which move with each new action.
    """

    id: str
    rows: pd.DataFrame
    duplicates: int
    source: str
    notes: tuple[str, ...]
    texts: Texts = field(repr=False, compare=False)
    failed: tuple[tuple[str, str], ...] = ()
    basis: Basis = "traded"


@dataclass(frozen=True, eq=False)
class Content:
    """A whole source, read and typed once: what every ``as_of`` takes its batch from.

    Attributes:
        digest: sha256 of the source's bytes.
        rows: as in ``Batch``, for all sessions.
        repeated: symbol and session of each collapsed duplicate.
        symbols: every symbol that the source names, bars or not.
        notes: (symbol or empty, line) pairs.
        texts: as in ``Batch``.
        failed: (symbol, why) of each file among several that cannot be read.
        whole: whether no window cut anything off, so that ``symbols`` are all.
        basis: as in ``Batch``.
    """

    digest: str
    rows: pd.DataFrame
    repeated: pd.DataFrame
    symbols: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    texts: Texts = field(repr=False, compare=False)
    failed: tuple[tuple[str, str], ...] = ()
    whole: bool = True
    basis: Basis = "traded"

    def batch(
        self, source: str, symbols: tuple[str, ...] | None, last: date | None, start: Start = None
    ) -> Batch:
        """Slice by symbol and session; rows whose symbol or session cannot be read are in every slice."""
        mask = chosen(self.rows, symbols, last, start)
        repeated = int(chosen(self.repeated, symbols, last, start).sum())
        lines = [line for name, line in self.notes if not name or symbols is None or name in symbols]
        if len(lines) > _NOTED_SYMBOLS:
            left = len(lines) - _NOTED_SYMBOLS
            lines = [*lines[:_NOTED_SYMBOLS], f"and {left} more like these"]
        rows = self.rows.copy(deep=False) if mask.all() else self.rows[mask].reset_index(drop=True)
        if start is not None:
            rows = _rebased(rows)
        failed = tuple(pair for pair in self.failed if symbols is None or pair[0] in symbols)
        return Batch(self.digest, rows, repeated, source, tuple(lines), self.texts, failed, self.basis)


def received(batch: Batch, rows: Iterable[int]) -> list[str]:
    """Show rows as they were received, each as canonical JSON (sorted keys, no spaces).

    Args:
        batch: the reading they are in.
        rows: values of its column ``row``.
    """
    return batch.texts(np.fromiter(rows, dtype=np.int64))


def chosen(
    rows: pd.DataFrame, symbols: tuple[str, ...] | None, last: date | None, start: Start
) -> NDArray[np.bool_]:
    """Whether each row is wanted, by its symbol and session; where either cannot be read it is."""
    mask = np.ones(len(rows), dtype=bool)
    if symbols is not None:
        mask &= (rows["symbol"].isin(symbols) | rows["symbol"].isna()).to_numpy()
    days = rows["session"].to_numpy("datetime64[us]")
    if last is not None:
        mask &= (days <= np.datetime64(last, "us")) | np.isnat(days)
    if isinstance(start, date):
        mask &= (days >= np.datetime64(start, "us")) | np.isnat(days)
    elif start:
        firsts = rows["symbol"].map({symbol: pd.Timestamp(day) for symbol, day in start.items()})
        mask &= ~(days < firsts.to_numpy("datetime64[us]"))
    return mask


def _rebased(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with factors that are 1 at each symbol's first session."""
    order = rows.sort_values("session", kind="stable")
    changed = {}
    for name in ("split_factor", "dividend_factor"):
        changed[name] = rows[name] / order.groupby("symbol")[name].transform("first").fillna(1.0)
    return rows.assign(**changed)
