"""What a source gives: rows of one reading, and how to show a row as it was received."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NUMBERS = ("open", "high", "low", "close", "volume")
COLUMNS = ("row", "symbol", "session", *NUMBERS, "split_factor", "dividend_factor", "malformed")
_NOTED_SYMBOLS = 10

Texts = Callable[[NDArray[np.int64]], list[str]]


@dataclass(frozen=True, eq=False)
class Batch:
    """One reading of a source, up to an ``as_of``.

    Attributes:
        id: sha256 of the source's bytes, 64 hex digits; the same whatever the ``as_of``.
        rows: in the source's order: row (int64, position in the whole source, from 0), symbol (str),
            session (datetime64[us]), open, high, low, close, volume, split_factor, dividend_factor
            (float64, NaN where absent), malformed (str, missing where all fields could be read).
        duplicates: exact duplicates that were collapsed.
        source: kind and name, such as "bundled:us5" or "csv:prices.csv".
        notes: what a person should know, a line each.
        texts: shows rows as received, by position.
    """

    id: str
    rows: pd.DataFrame
    duplicates: int
    source: str
    notes: tuple[str, ...]
    texts: Texts = field(repr=False, compare=False)


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
    """

    digest: str
    rows: pd.DataFrame
    repeated: pd.DataFrame
    symbols: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    texts: Texts = field(repr=False, compare=False)

    def batch(self, source: str, symbols: tuple[str, ...] | None, as_of: date | None) -> Batch:
        """Slice by symbol and session; rows whose symbol or session cannot be read are in every slice."""
        mask = _chosen(self.rows, symbols, as_of)
        repeated = int(_chosen(self.repeated, symbols, as_of).sum())
        lines = [line for name, line in self.notes if not name or symbols is None or name in symbols]
        if len(lines) > _NOTED_SYMBOLS:
            left = len(lines) - _NOTED_SYMBOLS
            lines = [*lines[:_NOTED_SYMBOLS], f"and {left} more like these"]
        rows = self.rows[mask].reset_index(drop=True)
        return Batch(self.digest, rows, repeated, source, tuple(lines), self.texts)


def received(batch: Batch, rows: Iterable[int]) -> list[str]:
    """Show rows as they were received, each as canonical JSON (sorted keys, no spaces).

    Args:
        batch: the reading they are in.
        rows: values of its column ``row``.
    """
    return batch.texts(np.fromiter(rows, dtype=np.int64))


def _chosen(rows: pd.DataFrame, symbols: tuple[str, ...] | None, as_of: date | None) -> NDArray[np.bool_]:
    mask = np.ones(len(rows), dtype=bool)
    if symbols is not None:
        mask &= (rows["symbol"].isin(symbols) | rows["symbol"].isna()).to_numpy()
    if as_of is not None:
        days = rows["session"].to_numpy("datetime64[us]")
        mask &= (days <= np.datetime64(as_of, "us")) | np.isnat(days)
    return mask
