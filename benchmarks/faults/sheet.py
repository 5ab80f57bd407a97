"""A vendor's table in the making: true bars, into which faults are written before it becomes a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from benchmarks.market import Market

Floats = NDArray[np.float64]
Cell = tuple[int, int]


@dataclass
class Extra:
    """A row that is not in its place in the grid.

    Attributes:
        symbol: its number.
        day: the date it is written under.
        values: by field, and ``factor``.
        session: text that stands where the date should be, if any.
    """

    symbol: int
    day: np.datetime64
    values: dict[str, float]
    session: str | None = None


@dataclass
class Sheet:
    """What a vendor's file says: bars on a grid (S, T), rows beside it, and texts in place of numbers.

    Attributes:
        symbols: (S,) names.
        days: (T,) sessions.
        values: (S, T) by field, and ``factor``: what the vendor adjusts closes by.
        there: (S, T) whether the file has the bar.
        extras: rows beside the grid; they come last in the file.
        texts: by symbol, session number and field.
    """

    symbols: tuple[str, ...]
    days: NDArray[np.datetime64]
    values: dict[str, Floats]
    there: NDArray[np.bool_]
    extras: list[Extra] = field(default_factory=list)
    texts: dict[tuple[int, int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is numbered before the file is laid out."""
        self._rows: NDArray[np.int64] | None = None

    @property
    def fields(self) -> list[str]:
        """What a bar holds, without the factor."""
        return [name for name in self.values if name != "factor"]

    @property
    def prices(self) -> list[str]:
        """Those of ``fields`` that are prices."""
        return [name for name in self.fields if name != "volume"]

    def bar(self, symbol: int, at: int) -> dict[str, float]:
        """A bar's values, factor included."""
        return {name: float(values[symbol, at]) for name, values in self.values.items()}

    def put(self, symbol: int, at: int, bar: Mapping[str, float]) -> None:
        """Write a bar into the grid."""
        for name, value in bar.items():
            self.values[name][symbol, at] = value
        self.there[symbol, at] = True

    def upto(self, at: int) -> "Sheet":
        """A copy of the sessions up to one, without rows beside the grid and texts."""
        end = at + 1
        copied = {name: values[:, :end].copy() for name, values in self.values.items()}
        return Sheet(self.symbols, self.days[:end], copied, self.there[:, :end].copy())

    def write(self, path: Path) -> None:
        """Write Parquet, sessions in order, with ``adj_close`` on the last session's basis."""
        at, symbol = np.nonzero(self.there.T)
        self._rows = np.full(self.there.shape, -1)
        self._rows[symbol, at] = np.arange(len(at))
        last = _carry_forward(self.values["factor"], self.there)[:, -1]
        extra = {name: [each.values[name] for each in self.extras] for name in self.values}
        columns: dict[str, Floats] = {
            name: np.concatenate([values[symbol, at], extra[name]]) for name, values in self.values.items()
        }
        codes = np.concatenate([symbol, [each.symbol for each in self.extras]]).astype(int)
        columns["adj_close"] = columns["close"] * columns.pop("factor") / last[codes]
        days = np.concatenate([self.days[at], np.array([each.day for each in self.extras], "datetime64[D]")])
        table: dict[str, object] = {
            "symbol": pa.array(self.symbols).take(pa.array(codes)),
            "session": self._dates(days, len(at)),
        }
        table |= {name: self._numbers(name, values) for name, values in columns.items()}
        pa.parquet.write_table(pa.table(table), path)

    def row(self, symbol: int, at: int) -> int:
        """Place of a bar among the rows of the file last written; −1 if it is not there."""
        return -1 if self._rows is None else int(self._rows[symbol, at])

    def row_of_extra(self, number: int) -> int:
        """Place of a row beside the grid in the file last written."""
        return int(self.there.sum()) + number

    def _dates(self, days: NDArray[np.datetime64], first: int) -> pa.Array:
        texts = {first + n: each.session for n, each in enumerate(self.extras) if each.session is not None}
        if not texts:
            return pa.array(days)
        written = days.astype(str).astype(object)
        for row, text in texts.items():
            written[row] = text
        return pa.array(written, pa.string())

    def _numbers(self, name: str, values: Floats) -> pa.Array:
        texts = {
            self.row(symbol, at): text for (symbol, at, which), text in self.texts.items() if which == name
        }
        if not texts:
            return pa.array(values, mask=np.isnan(values))
        written = np.array([repr(float(value)) for value in values], dtype=object)
        written[np.isnan(values)] = None
        for row, text in texts.items():
            written[row] = text
        return pa.array(written, pa.string())


def sheet_of(market: Market) -> Sheet:
    """The file that an honest vendor would sell."""
    values = {name: values.copy() for name, values in market.fields.items()}
    return Sheet(market.symbols, market.days, values | {"factor": market.factor.copy()}, market.trades.copy())


def _carry_forward(factor: Floats, there: NDArray[np.bool_]) -> Floats:
    """Factors as of the last bar there is, (S, T): what is absent tells nobody a factor."""
    last = np.maximum.accumulate(np.where(there, np.arange(factor.shape[1]), 0), axis=1)
    return np.take_along_axis(factor, last, axis=1)
