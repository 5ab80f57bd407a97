"""Tables of one row per session: a symbol per column, or fields and symbols in two header rows or one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.files.cases import Case, Question, draw_market, register, truth_of
from benchmarks.files.market import Market
from benchmarks.files.styles import DEFAULT, Style, write_days
from benchmarks.files.tables import CELLS, bytes_of, text_of

_TITLES = {
    "close": "Close",
    "high": "High",
    "low": "Low",
    "open": "Open",
    "volume": "Volume",
    "adj close": "Adj Close",
}
_BARS = ("close", "high", "low", "open", "volume")
_ORDERED = ("open", "high", "low", "close", "volume")


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
    cells = [CELLS[field](own[symbol], market.digits, style) for field, symbol in pairs]
    days = write_days(own[symbols[0]]["session"], style)
    if style.newest_first:
        days, cells = days[::-1], [column[::-1] for column in cells]
    return Grid(days, pairs, cells)


def _register(
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
    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, **{"symbols": (2, 8), **(draw or {})})
        zoned = replace(style, zone=market.zone)
        grid = make_grid(market, fields, zoned, by_symbol=by_symbol)
        text = write(grid, zoned)
        truth = truth_of(market.bars, fields, has_factor=options.get("has_factor", False))
        own = {key: value for key, value in options.items() if key in ("question", "is_named")}
        return Case(name, kind, {"prices.csv": bytes_of(text, zoned)}, "prices.csv", truth, **own)

    register(name, kind, make)


def _yahoo(top: str, *, fields_first: bool = True) -> Any:
    def write(grid: Grid, style: Style) -> str:
        fields, symbols = [_TITLES[field] for field, _ in grid.pairs], [symbol for _, symbol in grid.pairs]
        first, second = (fields, symbols) if fields_first else (symbols, fields)
        words = (top, "Ticker") if fields_first else ("Ticker", top)
        below = (style.separator.join([words[1], *second]), "Date" + style.separator * len(fields))
        return text_of([words[0], *first], grid.rows(), replace(style, below=below))

    return write


def _two_rows(grid: Grid, style: Style) -> str:
    """The symbol above its first column alone, the fields below, as a spreadsheet's download has them."""
    above, previous = ["Dates"], ""
    for _, symbol in grid.pairs:
        above.append(f"{symbol} Index" if symbol != previous else "")
        previous = symbol
    names = {"open": "PX_OPEN", "high": "PX_HIGH", "low": "PX_LOW", "close": "PX_LAST", "volume": "PX_VOLUME"}
    below = style.separator.join(["", *(names[field] for field, _ in grid.pairs)])
    return text_of(above, grid.rows(), replace(style, below=(below,)))


def _two_rows_symbols_everywhere(grid: Grid, style: Style) -> str:
    below = style.separator.join(["date", *(field for field, _ in grid.pairs)])
    return text_of(["", *(symbol for _, symbol in grid.pairs)], grid.rows(), replace(style, below=(below,)))


def _dates_beside(grid: Grid, style: Style) -> str:
    above, names, previous = [], [], ""
    for field, symbol in grid.pairs:
        if symbol != previous:
            above += [symbol, ""]
            names += ["Date", field.title()]
        else:
            above.append("")
            names.append(field.title())
        previous = symbol
    return text_of(above, grid.rows(shared=False), replace(style, below=(style.separator.join(names),)))


def _one_name(pattern: str) -> Any:
    def write(grid: Grid, style: Style) -> str:
        names = [pattern.format(field=_TITLES[field], symbol=symbol) for field, symbol in grid.pairs]
        return text_of(["Date", *names], grid.rows(), style)

    return write


def _count_names(grid: Grid, style: Style) -> str:
    seen: dict[str, int] = {}
    names = []
    for field, _ in grid.pairs:
        count = seen.get(field, 0)
        names.append(_TITLES[field] + (f".{count}" if count else ""))
        seen[field] = count + 1
    return text_of(["Date", *names], grid.rows(), style)


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


_TWO, _WIDE = "two header rows", "wide"
_register("yfinance, several", _TWO, _BARS, _yahoo("Price"))
_register("yfinance, one", _TWO, _BARS, _yahoo("Price"), draw={"symbols": (1, 1)})
_register("yfinance by ticker", _TWO, _ORDERED, _yahoo("Price", fields_first=False), by_symbol=True)
_register("yfinance of some years ago", _TWO, _BARS, _yahoo("Attributes"))
_register(
    "yfinance, several, with adjusted closes",
    _TWO,
    ("adj close", *_BARS),
    _yahoo("Price"),
    draw={"actions": True, "sessions": (200, 600), "levels": (20.0, 400.0)},
    has_factor=True,
)
_register(
    "yfinance of Tokyo",
    _TWO,
    _BARS,
    _yahoo("Price"),
    Style(dates="local midnight"),
    draw={"calendar": "XTKS"},
)
_register("bloomberg, two fields", _TWO, ("open", "close"), _two_rows, by_symbol=True)
_register("bloomberg, all fields", _TWO, _ORDERED, _two_rows, Style(dates="m/d/y"), by_symbol=True)
_register("symbols above fields", _TWO, _ORDERED, _two_rows_symbols_everywhere, by_symbol=True)
_register(
    "symbols above fields, semicolons",
    _TWO,
    _ORDERED,
    _two_rows_symbols_everywhere,
    Style(separator=";", decimal=",", dates="d.m.y"),
    by_symbol=True,
)
_BESIDE = Question(("date", "symbol|column"))
_register("dates beside each symbol", _TWO, ("close",), _dates_beside, by_symbol=True, question=_BESIDE)
_register("dates beside each symbol's bars", _TWO, _ORDERED, _dates_beside, by_symbol=True, question=_BESIDE)

_ONE = "fields in names"
_FLAT = Question(("columns|layout", "symbol"))
_register("flattened by hand", _ONE, _BARS, _count_names, question=_FLAT, is_named=False)
_register("field_symbol", _ONE, _BARS, _one_name("{field}_{symbol}"), question=_FLAT)
_register("symbol_field", _ONE, _ORDERED, _one_name("{symbol}_{field}"), by_symbol=True, question=_FLAT)
_register("symbol field", _ONE, _ORDERED, _one_name("{symbol} {field}"), by_symbol=True, question=_FLAT)
_register("symbol.field of R", _ONE, _ORDERED, _one_name("{symbol}.{field}"), by_symbol=True, question=_FLAT)
_register("tuples", _ONE, _BARS, _one_name("('{field}', '{symbol}')"), question=_FLAT)
_register(
    "symbol.field of R, one",
    _ONE,
    _ORDERED,
    _one_name("{symbol}.{field}"),
    by_symbol=True,
    draw={"symbols": (1, 1)},
)
_register("closes named alone", _ONE, ("close",), _one_name("{symbol}_Close"), question=_FLAT)

_register("wide closes", _WIDE, ("close",), _wide("Date"))
_register("wide closes without a name of the days", _WIDE, ("close",), _wide(""))
_register(
    "wide closes, newest first, semicolons",
    _WIDE,
    ("close",),
    _wide("Datum"),
    Style(separator=";", decimal=",", dates="d.m.y", newest_first=True),
)
_register("wide codes", _WIDE, ("close",), _wide("date"), draw={"calendar": "XSHG", "names": "codes"})
_register("wide closes with the columns' own name", _WIDE, ("close",), _wide_titled)
_register(
    "wide rates",
    _WIDE,
    ("close",),
    _wide("Date"),
    Style(trailing=True),
    draw={"calendar": "XPAR", "names": "rates", "levels": (0.6, 400.0)},
)
_register("wide with metadata below", _WIDE, ("close",), _wide_described)
_register(
    "wide coins",
    _WIDE,
    ("close",),
    _wide("timestamp"),
    Style(dates="epoch ms"),
    draw={"calendar": "24/7", "names": "coins", "levels": (0.0002, 50_000.0)},
)
_register("wide with dollars", _WIDE, ("close",), _wide("Date"), Style(before="$", dates="m/d/y"))
_register(
    "symbols down, days across",
    _WIDE,
    ("close",),
    _days_across,
    question=Question(("transpos|across|one row per|row per",)),
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
    question = Question(("layout",), {"layout": "wide"})
    return Case(name, kind, {"prices.csv": text.encode()}, "prices.csv", truth_of(bars, ("close",)), question)


register("tickers that are words of a bar", _WIDE, _make_wide_of_words)


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
