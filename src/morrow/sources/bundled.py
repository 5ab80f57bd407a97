"""The real prices that installed packages carry: five US stocks and the ECB's reference rates."""

import hashlib
import importlib
import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from morrow.config import BundledSource, FileSource
from morrow.sources import delimited, long, tables, wide
from morrow.sources.batch import Content
from morrow.sources.whole import Whole

STOCKS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def source(options: BundledSource) -> Whole:
    """The adapter of a shipped universe."""
    return Whole(f"bundled:{options.dataset}", lambda _: us5() if options.dataset == "us5" else ecb_fx())


@cache
def us5() -> Content:
    """Daily bars of five US stocks, 2000 to 2013, with factors out of their adjusted closes."""
    stocks = importlib.import_module("bokeh_sampledata.stocks")
    given = {symbol: getattr(stocks, symbol) for symbol in STOCKS}
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    fields = ("date", "open", "high", "low", "close", "volume", "adj_close")
    columns = [[symbol for symbol in STOCKS for _ in given[symbol]["date"]]]
    columns += [[value for symbol in STOCKS for value in given[symbol][field]] for field in fields]
    table = tables.Table(
        names=("symbol", *fields),
        columns=tuple(pa.chunked_array([column]) for column in columns),
        positions=np.arange(len(columns[0])),
    )
    return long.content(digest, table, FileSource(kind="csv", path="us5"), "us5")


@cache
def ecb_fx() -> Content:
    """Units of each currency for a euro, every ECB day since 1999: closes alone."""
    archive = Path(importlib.import_module("currency_converter").CURRENCY_FILE)
    with zipfile.ZipFile(archive) as opened:
        data = opened.read(opened.namelist()[0])
    digest = hashlib.sha256(data).hexdigest()
    table = delimited.from_csv(data, "ecb-fx")
    return wide.content(
        digest, table, FileSource(kind="csv", path="ecb-fx", layout="wide"), "ecb-fx", noted=False
    )
