"""Tables of one row per session and a column per pair of field and symbol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.files.cases import Case, draw_market, register, truth_of
from benchmarks.files.market import Market
from benchmarks.files.styles import DEFAULT, Style, write_days
from benchmarks.files.tables import CELLS, bytes_of


@dataclass(frozen=True)
class Grid:
    """One row per session, and a column per pair of field and symbol.

    Attributes:
        days: texts of the sessions.
        pairs: (field, symbol) of each column.
        cells: its texts, per column.
    """

    days: list[str]
    pairs: list[tuple[str, str]]
    cells: list[list[str]]

    def rows(self, *, shared: bool = True) -> list[list[str]]:
        """Rows of cells, with the day first, or before each symbol's columns."""
        columns: list[list[str]] = [self.days]
        for number, (pair, column) in enumerate(zip(self.pairs, self.cells, strict=True)):
            if not shared and number and pair[1] != self.pairs[number - 1][1]:
                columns.append(self.days)
            columns.append(column)
        return [list(row) for row in zip(*columns, strict=True)]


def make_grid(market: Market, fields: Sequence[str], style: Style, *, by_symbol: bool) -> Grid:
    """Lay the market out by field and then by symbol, or the other way round."""
    symbols = market.symbols
    pairs = [(field, symbol) for field in fields for symbol in symbols]
    if by_symbol:
        pairs = [(field, symbol) for symbol in symbols for field in fields]
    own = dict(iter(market.bars.groupby("symbol")))
    sessions = pd.Series(market.bars["session"].unique()).sort_values()
    cells = []
    for field, symbol in pairs:
        texts = CELLS[field](own[symbol], market.digits, style)
        cells.append(pd.Series(texts, own[symbol]["session"]).reindex(sessions, fill_value="").tolist())
    days = write_days(sessions, style)
    if style.newest_first:
        days, cells = days[::-1], [column[::-1] for column in cells]
    return Grid(days, pairs, cells)


def register_grid(
    name: str,
    kind: str,
    fields: Sequence[str],
    write: Any,
    style: Style = DEFAULT,
    *,
    by_symbol: bool = False,
    draw: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Add a file of a grid to the catalogue; ``ending`` is what the file adds to the symbols."""

    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, **{"symbols": (2, 8), **(draw or {})})
        zoned = replace(style, zone=market.zone)
        grid = make_grid(market, fields, zoned, by_symbol=by_symbol)
        text = write(grid, zoned)
        truth = truth_of(market.bars, fields, has_factor=options.get("has_factor", False))
        truth["symbol"] += options.get("ending", "")
        own = {key: value for key, value in options.items() if key in ("question", "is_named")}
        return Case(name, kind, {"prices.csv": bytes_of(text, zoned)}, "prices.csv", truth, **own)

    register(name, kind, make)
