"""Tables of fields and symbols in two header rows, or in one name."""

from dataclasses import replace
from typing import Any

from benchmarks.files.cases import Question
from benchmarks.files.grids import Grid, register_grid
from benchmarks.files.styles import Style
from benchmarks.files.tables import text_of

_TITLES = {
    "close": "Close",
    "high": "High",
    "low": "Low",
    "open": "Open",
    "volume": "Volume",
    "adj close": "Adj Close",
}
_MNEMONICS = {
    "open": "PX_OPEN",
    "high": "PX_HIGH",
    "low": "PX_LOW",
    "close": "PX_LAST",
    "volume": "PX_VOLUME",
}
_BARS = ("close", "high", "low", "open", "volume")
_ORDERED = ("open", "high", "low", "close", "volume")


def _yahoo(top: str, *, fields_first: bool = True) -> Any:
    def write(grid: Grid, style: Style) -> str:
        fields, symbols = [_TITLES[field] for field, _ in grid.pairs], [symbol for _, symbol in grid.pairs]
        first, second = (fields, symbols) if fields_first else (symbols, fields)
        words = (top, "Ticker") if fields_first else ("Ticker", top)
        below = (style.separator.join([words[1], *second]), "Date" + style.separator * len(fields))
        return text_of([words[0], *first], grid.rows(), replace(style, below=below))

    return write


def _two_rows(ending: str) -> Any:
    """The symbol above its first column alone, the fields below, as a spreadsheet's download has them."""

    def write(grid: Grid, style: Style) -> str:
        above, previous = ["Dates"], ""
        for _, symbol in grid.pairs:
            above.append(symbol + ending if symbol != previous else "")
            previous = symbol
        below = style.separator.join(["", *(_MNEMONICS[field] for field, _ in grid.pairs)])
        return text_of(above, grid.rows(), replace(style, below=(below,)))

    return write


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


_TWO = "two header rows"
register_grid("yfinance, several", _TWO, _BARS, _yahoo("Price"))
register_grid("yfinance, listed one after the other", _TWO, _BARS, _yahoo("Price"), draw={"is_ragged": True})
register_grid("yfinance, one", _TWO, _BARS, _yahoo("Price"), draw={"symbols": (1, 1)})
register_grid("yfinance by ticker", _TWO, _ORDERED, _yahoo("Price", fields_first=False), by_symbol=True)
register_grid("yfinance of some years ago", _TWO, _BARS, _yahoo("Attributes"))
register_grid(
    "yfinance, several, with adjusted closes",
    _TWO,
    ("adj close", *_BARS),
    _yahoo("Price"),
    draw={"actions": True, "sessions": (200, 600), "levels": (20.0, 400.0)},
    has_factor=True,
)
register_grid(
    "yfinance of Tokyo",
    _TWO,
    _BARS,
    _yahoo("Price"),
    Style(dates="local midnight"),
    draw={"calendar": "XTKS"},
)
register_grid(
    "bloomberg, two fields", _TWO, ("open", "close"), _two_rows(" Index"), by_symbol=True, ending=" Index"
)
register_grid(
    "bloomberg, all fields",
    _TWO,
    _ORDERED,
    _two_rows(" Index"),
    Style(dates="m/d/y"),
    by_symbol=True,
    ending=" Index",
)
register_grid(
    "bloomberg, last prices alone",
    _TWO,
    ("close",),
    _two_rows(" Equity"),
    Style(dates="m/d/y"),
    ending=" Equity",
    draw={"is_ragged": True},
)
register_grid("symbols above fields", _TWO, _ORDERED, _two_rows_symbols_everywhere, by_symbol=True)
register_grid(
    "symbols above fields, semicolons",
    _TWO,
    _ORDERED,
    _two_rows_symbols_everywhere,
    Style(separator=";", decimal=",", dates="d.m.y"),
    by_symbol=True,
)
_BESIDE = Question(("date", "symbol|column"))
register_grid("dates beside each symbol", _TWO, ("close",), _dates_beside, by_symbol=True, question=_BESIDE)
register_grid(
    "dates beside each symbol's bars", _TWO, _ORDERED, _dates_beside, by_symbol=True, question=_BESIDE
)

_ONE = "fields in names"
_FLAT = Question(("columns|layout", "symbol"))
register_grid("flattened by hand", _ONE, _BARS, _count_names, question=_FLAT, is_named=False)
register_grid("field_symbol", _ONE, _BARS, _one_name("{field}_{symbol}"), question=_FLAT)
register_grid("symbol_field", _ONE, _ORDERED, _one_name("{symbol}_{field}"), by_symbol=True, question=_FLAT)
register_grid("symbol field", _ONE, _ORDERED, _one_name("{symbol} {field}"), by_symbol=True, question=_FLAT)
register_grid(
    "symbol.field of R", _ONE, _ORDERED, _one_name("{symbol}.{field}"), by_symbol=True, question=_FLAT
)
register_grid("tuples", _ONE, _BARS, _one_name("('{field}', '{symbol}')"), question=_FLAT)
register_grid(
    "symbol.field of R, one",
    _ONE,
    _ORDERED,
    _one_name("{symbol}.{field}"),
    by_symbol=True,
    draw={"symbols": (1, 1)},
)
register_grid("closes named alone", _ONE, ("close",), _one_name("{symbol}_Close"), question=_FLAT)
