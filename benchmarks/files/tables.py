"""Tables of one row per bar, as texts: a list of columns, each with what it holds, in a style."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.files.cases import FIELDS, Case, Question, draw_market, register, truth_of
from benchmarks.files.market import PRICES, Market
from benchmarks.files.styles import DEFAULT, Style, volume_as_written, write_days, write_price, write_volume

Cells = Callable[[pd.DataFrame, dict[str, int], Style], list[str]]


def _prices(name: str) -> Cells:
    def write(bars: pd.DataFrame, digits: dict[str, int], style: Style) -> list[str]:
        return [
            write_price(value, digits[symbol], style)
            for symbol, value in zip(bars["symbol"], bars[name], strict=True)
        ]

    return write


def _adjusted_prices(name: str) -> Cells:
    def write(bars: pd.DataFrame, digits: dict[str, int], style: Style) -> list[str]:
        ratio = bars["factor"] / bars.groupby("symbol")["factor"].transform("last")
        return [
            write_price(value, digits[symbol] + 4, style)
            for symbol, value in zip(bars["symbol"], bars[name] * ratio, strict=True)
        ]

    return write


def _volumes(bars: pd.DataFrame, _digits: dict[str, int], style: Style) -> list[str]:
    return [write_volume(value, style) for value in bars["volume"]]


def _changes(bars: pd.DataFrame, _digits: dict[str, int], style: Style) -> list[str]:
    change = bars.groupby("symbol")["close"].pct_change().fillna(0.0) * 100
    return [f"{value:.2f}".replace(".", style.decimal) for value in change]


def _previous(bars: pd.DataFrame, digits: dict[str, int], style: Style) -> list[str]:
    before = bars.groupby("symbol")["close"].shift().fillna(bars["open"])
    return _prices("close")(bars.assign(close=before), digits, style)


def _differences(bars: pd.DataFrame, digits: dict[str, int], style: Style) -> list[str]:
    change = bars.groupby("symbol")["close"].diff().fillna(0.0)
    return _prices("close")(bars.assign(close=change), digits, replace(style, before="", after=""))


def _middle(bars: pd.DataFrame, digits: dict[str, int], style: Style) -> list[str]:
    return _prices("close")(bars.assign(close=(bars["high"] + bars["low"]) / 2), digits, style)


def _turnover(bars: pd.DataFrame, _digits: dict[str, int], style: Style) -> list[str]:
    return [write_volume(float(round(value)), style) for value in bars["volume"] * bars["close"]]


def _format_numbers(name: str, pattern: str) -> Cells:
    return lambda bars, _digits, style: [
        pattern.format(value).replace(".", style.decimal) for value in bars[name]
    ]


def _texts(name: str, change: Callable[[Any], str]) -> Cells:
    return lambda bars, _digits, _style: [change(text) for text in bars[name]]


def isin_of(symbol: str) -> str:
    """A made-up ISIN that is the symbol's own."""
    return f"US{sum(ord(letter) * 131**place for place, letter in enumerate(symbol)) % 10**10:010}"


CELLS: Mapping[str, Cells] = {
    **{name: _prices(name) for name in PRICES},
    **{f"adj {name}": _adjusted_prices(name) for name in PRICES},
    "volume": _volumes,
    "date": lambda bars, _digits, style: write_days(bars["session"], style),
    "symbol": _texts("symbol", str),
    "lower": _texts("symbol", str.lower),
    "company": _texts("symbol", lambda symbol: f"{symbol.title()} Holdings Inc"),
    "isin": _texts("symbol", isin_of),
    "number": _texts("symbol", lambda symbol: str(10_000 + sum(map(ord, symbol)) * 7 % 80_000)),
    "dividend": _format_numbers("dividend", "{:.4f}"),
    "split": _format_numbers("split", "{:.1f}"),
    "split 6": _format_numbers("split", "{:.6f}"),
    "change%": _changes,
    "change%%": lambda bars, digits, style: [text + "%" for text in _changes(bars, digits, style)],
    "change": _differences,
    "previous": _previous,
    "middle": _middle,
    "turnover": _turnover,
    "count": lambda bars, _digits, _style: [str(int(value) % 9973 + 40) for value in bars["volume"] / 90],
    "index": lambda bars, _digits, _style: [str(number) for number in range(len(bars))],
    "weekday": lambda bars, _digits, _style: [str(day.dayofweek) for day in bars["session"]],
    "next midnight ms": lambda bars, _digits, _style: [
        str(value + 86_399_999) for value in pd.DatetimeIndex(bars["session"]).as_unit("ms").asi8.tolist()
    ],
    "epoch": lambda bars, _digits, _style: [
        str(value) for value in pd.DatetimeIndex(bars["session"]).as_unit("s").asi8.tolist()
    ],
    "year": _texts("session", lambda day: f"{day:%Y}"),
    "month": _texts("session", lambda day: str(day.month)),
    "day": _texts("session", lambda day: str(day.day)),
    "kept symbol": _texts("symbol", lambda symbol: f'="{symbol}"'),
    "expiry": lambda bars, _digits, _style: [
        (day + pd.Timedelta(days=90)).strftime("%Y-%m-%d") for day in bars["session"]
    ],
    "empty": lambda bars, _digits, _style: [""] * len(bars),
}


def columns_of(text: str) -> list[tuple[str, str]]:
    """Names and contents of ``Date=date|Open=open``."""
    return [(name, content) for name, _, content in (part.rpartition("=") for part in text.split("|"))]


def rows_of(
    bars: pd.DataFrame, contents: Sequence[str], digits: dict[str, int], style: Style
) -> list[list[str]]:
    """Cells of the table, a list per bar, in the order of the style."""
    bars = sort_bars(bars, style)
    written = [
        [content[1:]] * len(bars) if content.startswith("'") else CELLS[content](bars, digits, style)
        for content in contents
    ]
    return [list(row) for row in zip(*written, strict=True)]


def sort_bars(bars: pd.DataFrame, style: Style) -> pd.DataFrame:
    """The bars in the order in which the style writes them."""
    keys = ["session", "symbol"] if style.by_day else ["symbol", "session"]
    falling = style.newest_first
    return bars.sort_values(
        keys, ascending=[not (falling and key == "session") for key in keys], kind="stable"
    )


def text_of(header: Sequence[str], rows: Iterable[Sequence[str]], style: Style) -> str:
    """The table as text, with what stands above, below and after it."""
    buffer = io.StringIO()
    writer = csv.writer(
        buffer,
        delimiter=style.separator,
        quoting=csv.QUOTE_ALL if style.quoted else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    )
    if style.has_header:
        writer.writerow(header)
    buffer.write("".join(line + "\n" for line in style.below))
    writer.writerows(rows)
    body = buffer.getvalue()
    if style.trailing:
        body = body.replace("\n", style.separator + "\n")
    return "".join(line + "\n" for line in style.above) + body + "".join(line + "\n" for line in style.footer)


def bytes_of(text: str, style: Style) -> bytes:
    """The text in the style's line ends and encoding."""
    return text.replace("\n", style.newline).encode(style.encoding)


def table_truth(
    market: Market, contents: Sequence[str], style: Style, *, has_factor: bool = False
) -> pd.DataFrame:
    """The bars as the table holds them, volumes as far as they are written."""
    fields = [name for name in FIELDS if name in contents]
    truth = truth_of(market.bars, fields, has_factor=has_factor)
    truth["volume"] = [volume_as_written(value, style) for value in truth["volume"]]
    return truth


def table_case(
    market: Market,
    columns: str,
    style: Style,
    name: str,
    kind: str,
    *,
    file: str = "",
    has_factor: bool = False,
    question: Question | None = None,
    is_named: bool | None = None,
    unchecked: Iterable[str] = (),
) -> Case:
    """A case of one file whose columns are listed."""
    pairs = columns_of(columns)
    contents = [content for _, content in pairs]
    rows = rows_of(market.bars, contents, market.digits, style)
    data = bytes_of(text_of([header for header, _ in pairs], rows, style), style)
    says_symbol = {"symbol", "lower", "kept symbol"} & set(contents)
    file = (file or ("prices.csv" if says_symbol else "{symbol}.csv")).format(symbol=market.symbols[0])
    if file.endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    truth = table_truth(market, contents, style, has_factor=has_factor)
    if is_named is None:
        is_named = bool(says_symbol) or file.split(".")[0] == market.symbols[0]
    return Case(
        name,
        kind,
        {file: data},
        file,
        truth,
        question,
        is_named=is_named,
        unchecked=frozenset(unchecked),
        refused=sum(bool(line) for line in style.footer),
    )


def register_table(
    name: str,
    kind: str,
    columns: str,
    style: Style = DEFAULT,
    draw: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Add a file of one table to the catalogue; without a column of symbols it has one symbol."""

    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        contents = {content for _, content in columns_of(columns)}
        alone = {} if contents & {"symbol", "lower", "kept symbol"} else {"symbols": (1, 1)}
        market = draw_market(rng, **{**alone, **(draw or {})})
        return table_case(market, columns, replace(style, zone=market.zone), name, kind, **options)

    register(name, kind, make)
