"""Tables of one row per session and one column of closes per symbol."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.files.cases import Case, Question, draw_market, register, truth_of
from benchmarks.files.grids import Grid, make_grid, register_grid
from benchmarks.files.styles import Style
from benchmarks.files.tables import text_of

_WIDE = "wide"


def _wide(first: str, suffix: str = "") -> Any:
    return lambda grid, style: text_of(
        [first, *(symbol + suffix for _, symbol in grid.pairs)], grid.rows(), style
    )


def _wide_titled(grid: Grid, style: Style) -> str:
    below = ("Date" + style.separator * len(grid.pairs),)
    return text_of(
        ["Ticker", *(symbol for _, symbol in grid.pairs)], grid.rows(), replace(style, below=below)
    )


def _wide_described(grid: Grid, style: Style) -> str:
    """Lines of metadata between header and bars, as central banks put them."""
    width = len(grid.pairs)
    below = tuple(
        style.separator.join([word, *[value] * width])
        for word, value in (("Unit", "USD"), ("Frequency", "daily"), ("Last updated", "2024-01-05 16:00"))
    )
    return text_of(["", *(symbol for _, symbol in grid.pairs)], grid.rows(), replace(style, below=below))


def _days_across(grid: Grid, style: Style) -> str:
    rows = [[symbol, *cells] for (_, symbol), cells in zip(grid.pairs, grid.cells, strict=True)]
    return text_of(["Ticker", *grid.days], rows, style)


register_grid(
    "wide closes, listed one after the other", _WIDE, ("close",), _wide("Date"), draw={"is_ragged": True}
)
register_grid("wide closes", _WIDE, ("close",), _wide("Date"))
register_grid("wide closes without a name of the days", _WIDE, ("close",), _wide(""))
register_grid(
    "wide closes, newest first, semicolons",
    _WIDE,
    ("close",),
    _wide("Datum"),
    Style(separator=";", decimal=",", dates="d.m.y", newest_first=True),
)
register_grid("wide codes", _WIDE, ("close",), _wide("date"), draw={"calendar": "XSHG", "names": "codes"})
register_grid("wide closes with the columns' own name", _WIDE, ("close",), _wide_titled)
register_grid(
    "wide rates",
    _WIDE,
    ("close",),
    _wide("Date"),
    Style(trailing=True),
    draw={"calendar": "XPAR", "names": "rates", "levels": (0.6, 400.0)},
)
register_grid("wide with metadata below", _WIDE, ("close",), _wide_described)
register_grid(
    "wide coins",
    _WIDE,
    ("close",),
    _wide("timestamp"),
    Style(dates="epoch ms"),
    draw={"calendar": "24/7", "names": "coins", "levels": (0.0002, 50_000.0)},
)
register_grid("wide with dollars", _WIDE, ("close",), _wide("Date"), Style(before="$", dates="m/d/y"))


def _with_volumes(joint: str) -> Any:
    """Closes under the symbols' names, and beside them volumes under these names and a word."""

    def write(grid: Grid, style: Style) -> str:
        names = [symbol if field == "close" else f"{symbol}{joint}" for field, symbol in grid.pairs]
        return text_of(["date", *names], grid.rows(), style)

    return write


for _joint in (" Volume", "_vol", "Volume", ".volume", " (Vol)"):
    register_grid(f"closes and NAME{_joint}", _WIDE, ("close", "volume"), _with_volumes(_joint))
register_grid(
    "closes and copies of their names",
    _WIDE,
    ("close", "volume"),
    _with_volumes(".1"),
    question=Question(("groups", 'volume = "1"')),
)
register_grid(
    "symbols down, days across",
    _WIDE,
    ("close",),
    _days_across,
    question=Question(("transpos|across|one row per|row per",), is_final=True),
)


def _make_wide_of_words(rng: np.random.Generator, name: str, kind: str) -> Case:
    """Tickers that are words for fields of a bar: Opendoor, Lowe's, Visa, Volatility."""
    market = draw_market(rng, symbols=(5, 5))
    names = dict(zip(market.symbols, ("OPEN", "LOW", "V", "KO", "MSFT"), strict=True))
    bars = market.bars.assign(symbol=market.bars["symbol"].map(names))
    digits = {names[symbol]: places for symbol, places in market.digits.items()}
    renamed = replace(market, bars=bars, digits=digits)
    grid = make_grid(renamed, ("close",), Style(), by_symbol=False)
    text = text_of(["Date", *(symbol for _, symbol in grid.pairs)], grid.rows(), Style())
    question = Question(("layout",))
    return Case(name, kind, {"prices.csv": text.encode()}, "prices.csv", truth_of(bars, ("close",)), question)


register("tickers that are words of a bar", _WIDE, _make_wide_of_words)


def _closes_of(names: tuple[str, ...], suffix: str = "") -> Any:
    """Closes of symbols of these names, each with the suffix."""

    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, symbols=(len(names), len(names)))
        renamed = dict(zip(market.symbols, names, strict=True))
        bars = market.bars.assign(symbol=market.bars["symbol"].map(renamed))
        digits = {renamed[symbol]: places for symbol, places in market.digits.items()}
        grid = make_grid(replace(market, bars=bars, digits=digits), ("close",), Style(), by_symbol=False)
        text = text_of(["Date", *(symbol + suffix for _, symbol in grid.pairs)], grid.rows(), Style())
        question = Question(("layout",)) if not suffix else None
        return Case(
            name, kind, {"prices.csv": text.encode()}, "prices.csv", truth_of(bars, ("close",)), question
        )

    return make


register(
    "tickers that end in a word of a bar", _WIDE, _closes_of(("S", "SMIN", "I", "IMAX", "A", "AOPEN", "KO"))
)
for _suffix in (" Close", "_close", ".Close"):
    register(f"a ticker DAY and NAME{_suffix}", _WIDE, _closes_of(("DAY", "KO", "TOT", "XOM"), _suffix))


def _make_fred(rng: np.random.Generator, name: str, kind: str) -> Case:
    """One series under the vendor's own name, with points on holidays."""
    market = draw_market(rng, symbols=(1, 1), sessions=(250, 700))
    symbol = "DCOILWTICO"
    bars = market.bars.assign(symbol=symbol)
    weekdays = pd.bdate_range(bars["session"].iloc[0], bars["session"].iloc[-1])
    closes = bars.set_index("session")["close"].reindex(weekdays)
    lines = [f"{day:%Y-%m-%d},{'.' if np.isnan(value) else value}" for day, value in closes.items()]
    data = "\n".join([f"DATE,{symbol}", *lines]) + "\n"
    return Case(name, kind, {"DCOILWTICO.csv": data.encode()}, "DCOILWTICO.csv", truth_of(bars, ("close",)))


register("fred", _WIDE, _make_fred)
