"""Folders of files, and Parquet."""

import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from benchmarks.files.cases import FIELDS, Case, case, draw_market, truth_of
from benchmarks.files.market import Market
from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import bytes_of, columns_of, rows_of, text_of

_SINGLE = "Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume"
_LONG = "symbol=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume"
_FOLDERS, _PARQUET = "folders", "parquet"


def table_bytes(market: Market, columns: str, style: Style = DEFAULT, symbol: str | None = None) -> bytes:
    """A table of the market, or of one symbol of it, as the bytes of a file."""
    pairs = columns_of(columns)
    bars = market.bars if symbol is None else market.bars[market.bars["symbol"] == symbol]
    rows = rows_of(bars, [content for _, content in pairs], market.digits, style)
    return bytes_of(text_of([header for header, _ in pairs], rows, style), style)


def _folder(name: str, kind: str, market: Market, files: dict[str, bytes], **options: Any) -> Case:
    files = {f"prices/{file}": data for file, data in files.items()}
    return Case(name, kind, files, "prices", options.pop("truth", truth_of(market.bars)), **options)


@case("a file per symbol", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 9))
    return _folder(
        name, kind, market, {f"{s}.csv": table_bytes(market, _SINGLE, symbol=s) for s in market.symbols}
    )


@case("kaggle's stocks and funds", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 9))
    files = {
        f"{s.lower()}.us.txt": table_bytes(market, f"{_SINGLE}|OpenInt='0", symbol=s) for s in market.symbols
    }
    truth = truth_of(market.bars.assign(symbol=market.bars["symbol"] + ".US"))
    return _folder(name, kind, market, files, truth=truth)


@case("kaggle's files with a column of names", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 9))
    files = {f"{s}_data.csv": table_bytes(market, f"{_SINGLE}|Name=symbol", symbol=s) for s in market.symbols}
    return _folder(name, kind, market, files)


@case("files with other headers", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 3))
    layouts = (
        (_SINGLE, Style()),
        ("timestamp=date|close=close|volume=volume|low=low|high=high|open=open", Style(dates="compact")),
        ("Datum=date|Eröffnung=open|Hoch=high|Tief=low|Schluss=close|Volumen=volume", Style(separator=";")),
    )
    files = {
        f"{symbol}.csv": table_bytes(market, columns, style, symbol)
        for symbol, (columns, style) in zip(market.symbols, layouts, strict=True)
    }
    return _folder(name, kind, market, files)


@case("files in other notations", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 3), sessions=(120, 500))
    styles = (
        Style(dates="m/d/y"),
        Style(dates="d.m.y", decimal=",", separator=";"),
        Style(encoding="utf-16", separator="\t"),
    )
    files = {
        f"{symbol}.csv": table_bytes(market, _SINGLE, style, symbol)
        for symbol, style in zip(market.symbols, styles, strict=True)
    }
    return _folder(name, kind, market, files, may_lack=frozenset(market.symbols[1:]))


@case("a page of an error among the files", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 6))
    files = {f"{s}.csv": table_bytes(market, _SINGLE, symbol=s) for s in market.symbols}
    page = b"<!DOCTYPE html>\n<html><head><title>429 Too Many Requests</title></head><body></body></html>\n"
    return _folder(name, kind, market, files | {"AAAA.csv": page})


@case("a file per day", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 9), sessions=(60, 90), calendar="XBOM")
    columns = _LONG.replace("symbol=symbol", "SYMBOL=symbol|SERIES='EQ").replace(
        "date=date", "TIMESTAMP=date"
    )
    files = {
        f"cm{day:%d%b%Y}bhav.csv".upper().replace(".CSV", ".csv"): table_bytes(
            replace(market, bars=bars),
            f"{columns}|PREVCLOSE=previous|ISIN=isin",
            Style(dates="19-Jan-2018", trailing=True),
        )
        for day, bars in market.bars.groupby("session")
    }
    return _folder(name, kind, market, files)


@case("yfinance's files of one symbol", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 5))
    columns = "Price=date|Close=close|High=high|Low=low|Open=open|Volume=volume"
    files = {
        f"{symbol}_1d.csv": table_bytes(
            market, columns, Style(below=(f"Ticker{(',' + symbol) * 5}", "Date,,,,,")), symbol
        )
        for symbol in market.symbols
    }
    return _folder(name, kind, market, files)


@case("a list of the symbols beside the files", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 6))
    files = {f"{s}.csv": table_bytes(market, _SINGLE, symbol=s) for s in market.symbols}
    listing = "Symbol,Security Name,Listing Exchange\n" + "".join(f"{s},{s} Inc,N\n" for s in market.symbols)
    return _folder(name, kind, market, files | {"symbols_valid_meta.csv": listing.encode()})


@case("gzipped files", _FOLDERS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 5))
    files = {
        f"{s}.csv.gz": gzip.compress(table_bytes(market, _SINGLE, symbol=s), mtime=0) for s in market.symbols
    }
    return _folder(name, kind, market, files)


def _parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **options)
    return buffer.getvalue()


def _frame(market: Market) -> pd.DataFrame:
    return market.bars[["session", "symbol", *FIELDS]].rename(columns={"session": "date"})


def _parquet_case(name: str, kind: str, data: bytes, truth: pd.DataFrame, **options: Any) -> Case:
    return Case(name, kind, {"prices.parquet": data}, "prices.parquet", truth, is_parquet=True, **options)


@case("long parquet", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng)
    return _parquet_case(name, kind, _parquet(_frame(market), index=False), truth_of(market.bars))


@case("long parquet of categories, dates and decimals", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, digits=2)
    table = pa.Table.from_pandas(_frame(market), preserve_index=False)
    kinds = {"date": pa.date32(), "symbol": pa.dictionary(pa.int32(), pa.string())}
    kinds |= dict.fromkeys(("open", "high", "low", "close"), pa.decimal128(12, 2)) | {"volume": pa.int64()}
    buffer = io.BytesIO()
    pa.parquet.write_table(table.cast(pa.schema(list(kinds.items()))), buffer)
    return _parquet_case(name, kind, buffer.getvalue(), truth_of(market.bars))


@case("parquet with the days in the index", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng)
    return _parquet_case(name, kind, _parquet(_frame(market).set_index("date")), truth_of(market.bars))


@case("parquet with symbols and days in the index", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng)
    frame = _frame(market).set_index(["symbol", "date"])
    return _parquet_case(name, kind, _parquet(frame), truth_of(market.bars))


def _write_zoned_parquet(calendar: str, in_utc: bool) -> Callable[[np.random.Generator, str, str], Case]:
    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, calendar=calendar, sessions=(250, 600))
        frame = _frame(market)
        stamps = frame["date"].dt.tz_localize(market.zone)
        frame["date"] = stamps.dt.tz_convert("UTC") if in_utc else stamps
        return _parquet_case(name, kind, _parquet(frame.set_index("date")), truth_of(market.bars))

    return make


for _calendar in ("XTKS", "XETR", "XNYS"):
    case(f"parquet with {_calendar}'s midnights in its zone", _PARQUET)(
        _write_zoned_parquet(_calendar, False)
    )
    case(f"parquet with {_calendar}'s midnights in UTC", _PARQUET)(_write_zoned_parquet(_calendar, True))


def _levels(fields_first: bool) -> Callable[[np.random.Generator, str, str], Case]:
    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, symbols=(2, 6))
        frame = market.bars.rename(columns={field: field.title() for field in FIELDS})
        titles = [field.title() for field in FIELDS]
        wide = frame.pivot_table(index="session", columns="symbol", values=titles).rename_axis("Date")
        wide = wide if fields_first else wide.swaplevel(axis=1).sort_index(axis=1)
        wide.columns.names = ["Price", "Ticker"] if fields_first else ["Ticker", "Price"]
        return _parquet_case(name, kind, _parquet(wide), truth_of(market.bars))

    return make


case("parquet of fields and symbols in the columns", _PARQUET)(_levels(True))
case("parquet of symbols and fields in the columns", _PARQUET)(_levels(False))


@case("wide parquet", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 9))
    wide = market.bars.pivot_table(index="session", columns="symbol", values="close")[market.symbols]
    return _parquet_case(name, kind, _parquet(wide.rename_axis("date")), truth_of(market.bars, ("close",)))


@case("parquet of epoch milliseconds", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, calendar="24/7", names="coins")
    frame = _frame(market)
    frame["date"] = pd.DatetimeIndex(frame["date"]).as_unit("ms").asi8
    return _parquet_case(name, kind, _parquet(frame, index=False), truth_of(market.bars))


@case("parquet given as CSV", _PARQUET)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng)
    data = _parquet(_frame(market), index=False)
    return Case(name, kind, {"prices.csv": data}, "prices.csv", truth_of(market.bars))
