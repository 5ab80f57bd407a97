"""The plain table in other formats than text: spreadsheets, archives, JSON, databases."""

import bz2
import io
import json
import lzma
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather

from benchmarks.files.cases import Case, Question, case, draw_market, truth_of
from benchmarks.files.containers import table_bytes
from benchmarks.files.market import Market
from benchmarks.files.workbook import write_workbook

_LONG = "symbol=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume"
_FORMATS = "formats"


def _text_market(rng: np.random.Generator) -> tuple[Market, bytes]:
    market = draw_market(rng)
    return market, table_bytes(market, _LONG)


def _pack_table(
    file: str, pack: Callable[[bytes], bytes], *words: str
) -> Callable[[np.random.Generator, str, str], Case]:
    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market, data = _text_market(rng)
        return Case(
            name, kind, {file: pack(data)}, file, truth_of(market.bars), Question(words, is_final=True)
        )

    return make


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prices.csv", data)
    return buffer.getvalue()


def _records(data: bytes) -> bytes:
    return json.dumps(pd.read_csv(io.BytesIO(data)).to_dict("records")).encode()


def _json_lines(data: bytes) -> bytes:
    return pd.read_csv(io.BytesIO(data)).to_json(orient="records", lines=True).encode()


def _feather(data: bytes) -> bytes:
    buffer = io.BytesIO()
    pyarrow.feather.write_feather(pd.read_csv(io.BytesIO(data)), buffer)
    return buffer.getvalue()


def _sqlite(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prices.db"
        with sqlite3.connect(file) as connection:
            pd.read_csv(io.BytesIO(data)).to_sql("prices", connection, index=False)
        connection.close()
        return file.read_bytes()


def _html(data: bytes) -> bytes:
    return pd.read_csv(io.BytesIO(data)).to_html(index=False).encode()


case("xlsx", _FORMATS)(_pack_table("prices.xlsx", write_workbook, "excel", "CSV|Parquet"))
case("xlsx called csv", _FORMATS)(_pack_table("prices.csv", write_workbook, "excel|xlsx"))
case("old xls", _FORMATS)(
    _pack_table("prices.xls", lambda data: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + data, "excel|xls")
)
case("zip of one CSV", _FORMATS)(_pack_table("prices.zip", _zip, "zip"))
case("zip called csv", _FORMATS)(_pack_table("prices.csv", _zip, "zip"))
case("bz2", _FORMATS)(_pack_table("prices.csv.bz2", bz2.compress, "bz(ip)?2"))
case("xz", _FORMATS)(_pack_table("prices.csv.xz", lzma.compress, "xz"))
case("json records", _FORMATS)(_pack_table("prices.json", _records, "JSON", "CSV|Parquet"))
case("json called csv", _FORMATS)(_pack_table("prices.csv", _records, "JSON", "CSV|Parquet"))
case("json lines", _FORMATS)(_pack_table("prices.jsonl", _json_lines, "JSON", "CSV|Parquet"))
case("feather", _FORMATS)(_pack_table("prices.feather", _feather, "feather", "CSV|Parquet"))
case("sqlite", _FORMATS)(_pack_table("prices.db", _sqlite, "SQLite|database", "sql"))
case("table of HTML", _FORMATS)(_pack_table("prices.csv", _html, "HTML"))
