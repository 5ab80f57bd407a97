"""A sample of a table: which columns hold numbers, which words, and which keep repeated days apart."""

import re

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from morrow.source_kinds import TableSource
from morrow.sources.tables.columns import are_days, find_days, is_unnamed
from morrow.sources.tables.days import day_notation, read_days
from morrow.sources.tables.field_names import is_unit
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Notation, read_numbers, to_texts

Floats = NDArray[np.float64]

_SAMPLE_ROWS = 5000
_TIME = re.compile(r"\d{1,2}:\d{2}")
_FEWEST_ROWS_PER_WORD = 3


class TableSample:
    """The first rows of a table.

    Attributes:
        names: of the columns.
        session: the column of days.
        numbers: (R,) values of each other column that holds numbers, by ascending day.
        days: (R,) ascending.
        words: the columns of neither days nor numbers nor times of day.
    """

    def __init__(self, table: RawBlock, options: TableSource, path: str = "the table") -> None:
        """Read the sample.

        Raises:
            SourceError: no column has days.
        """
        self.names = table.names
        self.session = find_days(table, options, path)
        columns = [column[:_SAMPLE_ROWS] for column in table.columns]
        self._texts = [to_texts(column) for column in columns]
        days = read_days(columns[self.session], day_notation(options))[0]
        self._days, order = days, np.argsort(days, kind="stable")
        self._order = order
        self.days = days[order]
        notation = Notation(options.decimal, options.thousands)
        self.numbers: dict[int, Floats] = {}
        self.words: list[int] = []
        for number, column in enumerate(columns):
            if number == self.session or is_unnamed(self.names[number]):
                continue
            written = int(pc.sum(pc.not_equal(self._texts[number], "")).as_py() or 0)
            values, _ = read_numbers(column, notation)
            if written and np.isfinite(values).sum() * 2 > written:
                self.numbers[number] = values[order]
            elif written and not are_days(column, options) and not self._has_times(number):
                self.words.append(number)

    def list_numbers(self, symbol: int) -> dict[int, Floats]:
        """The values of each column of numbers in the rows of the symbol that has most, by ascending day."""
        texts = np.array(self._texts[symbol].to_pylist(), dtype=object)[self._order]
        names, counts = np.unique(texts, return_counts=True)
        is_chosen = texts == names[counts.argmax()]
        return {number: values[is_chosen] for number, values in self.numbers.items()}

    def find_constant(self) -> int | None:
        """The only column that has one and the same word in all rows, which is no unit; None without."""
        distinct = {number: self._texts[number].unique().to_pylist() for number in self.words}
        constant = [n for n, texts in distinct.items() if len(texts) == 1 and not is_unit(texts[0])]
        return constant[0] if len(constant) == 1 else None

    def keeps_days_apart(self, symbol: int | None) -> bool:
        """Whether most rows are the only one of their day and symbol; of all rows, if there is no symbol."""
        names = [""] * len(self._days) if symbol is None else self._texts[symbol].to_pylist()
        rows = pd.DataFrame({"symbol": names, "day": self._days}).dropna()
        return not len(rows) or bool(rows.duplicated(keep=False).mean() <= 0.5)

    def is_repetitive(self, number: int) -> bool:
        """Whether a column has at least three rows for each of its texts."""
        distinct = pc.count_distinct(self._texts[number]).as_py()
        return len(self._days) >= _FEWEST_ROWS_PER_WORD * int(distinct)

    def _has_times(self, number: int) -> bool:
        first = self._texts[number][:1].to_pylist()
        return any(map(_TIME.search, first))
