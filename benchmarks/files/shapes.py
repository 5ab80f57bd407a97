"""Bars in a shape that is not read: each must be named, with the way to write it anew."""

import numpy as np

from benchmarks.files.cases import Case, Question, case, draw_market
from benchmarks.files.styles import Style
from benchmarks.files.tables import columns_of, rows_of, text_of

_LONG = "symbol=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume"
_SHAPES = "other shapes"


def _other_shape(name: str, words: tuple[str, ...], separator: str = ",", *, is_melted: bool = False) -> None:
    """Bars separated by something else, or with one value a row: a message says how to write them anew."""

    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, symbols=(1, 5))
        names = [name for name, _ in columns_of(_LONG)]
        style = Style(separator=separator)
        rows = rows_of(market.bars, names, market.digits, style)
        if is_melted:
            rows = [[*row[:2], names[at], row[at]] for at in range(2, len(names)) for row in rows]
            names = [*names[:2], "variable", "value"]
        data = text_of(names, rows, style).encode()
        return Case(name, kind, {"prices.csv": data}, "prices.csv", None, Question(words))

    case(name, _SHAPES)(make)


_other_shape("carets between columns", ("separated by", "sep="), "^")
_other_shape("blanks between columns", ("separated by", "sep="), " ")
_other_shape("melted into variable and value", ("variable", "pivot"), is_melted=True)
