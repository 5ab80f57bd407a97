"""The real prices that installed packages carry: five US stocks and the ECB's reference rates."""

import hashlib
import importlib
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from morrow.source_kinds import SourceOptions, TableSource, source
from morrow.sources.batch import Content, ContentReader
from morrow.sources.raw_replies import RawReplies
from morrow.sources.tables import delimited_text
from morrow.sources.tables.block_assembly import assemble
from morrow.sources.tables.raw_block import RawBlock

STOCKS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


@source
class BundledSource(SourceOptions):
    """Prices that come with an installed package."""

    is_local: ClassVar[bool] = True

    kind: Literal["bundled"]
    dataset: Literal["us5", "ecb-fx"]

    def open(self, root: Path, replies: RawReplies | None) -> ContentReader:  # noqa: ARG002 (it needs neither)
        """Return what reads the shipped prices."""
        return ContentReader(
            f"bundled:{self.dataset}", lambda _: us5() if self.dataset == "us5" else ecb_fx()
        )

    def may_have_changed(self, root: Path, since: float) -> bool:  # noqa: ARG002 (never)
        """Whether there may be new prices: never, a package does not change overnight."""
        return False


@cache
def us5() -> Content:
    """Daily bars of five US stocks, 2000 to 2013, with factors derived from their adjusted closes."""
    stocks = importlib.import_module("bokeh_sampledata.stocks")
    prices = {symbol: getattr(stocks, symbol) for symbol in STOCKS}
    digest = hashlib.sha256(json.dumps(prices, sort_keys=True).encode()).hexdigest()
    fields = ("date", "open", "high", "low", "close", "volume", "adj_close")
    columns = [[symbol for symbol in STOCKS for _ in prices[symbol]["date"]]]
    columns += [[value for symbol in STOCKS for value in prices[symbol][field]] for field in fields]
    table = RawBlock(
        names=("symbol", *fields),
        columns=tuple(pa.chunked_array([column]) for column in columns),
        positions=np.arange(len(columns[0])),
    )
    return assemble(digest, table, TableSource(kind="bundled"), "us5")


@cache
def ecb_fx() -> Content:
    """Units of each currency for one euro, every ECB day since 1999: closes alone."""
    archive = Path(importlib.import_module("currency_converter").CURRENCY_FILE)
    with zipfile.ZipFile(archive) as opened:
        data = opened.read(opened.namelist()[0])
    return read_rates(data, "ecb-fx")


def read_rates(data: bytes, name: str) -> Content:
    """Read the ECB's file of reference rates, one column per currency.

    Raises:
        SourceError: it is not that file.
    """
    table = delimited_text.read_csv(data, name)
    options = TableSource(kind="bundled", layout="wide")
    return assemble(hashlib.sha256(data).hexdigest(), table, options, name, notes_empty_rows=False)
