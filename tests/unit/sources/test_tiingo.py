"""Tiingo: what its replies hold."""

import json

from morrow import sources
from tests.live import fetch
from tests.servers import Market


def test_rows_are_shown_as_received(market: Market) -> None:
    """A row is shown in the vendor's words."""
    batch = fetch(market, "tiingo")
    (shown,) = sources.show_raw_rows(batch, [9])
    assert json.loads(shown) == {
        "symbol": "MSFT", "date": "2020-01-07T00:00:00.000Z", "open": 13.0, "high": 13.0, "low": 13.0,
        "close": 13.0, "volume": 1000, "divCash": 0.0, "splitFactor": 1.0, "adjClose": 13.0,
    }  # fmt: skip


def test_what_cannot_be_read_is_in_the_row(market: Market) -> None:
    """A field that is no number makes its row malformed and leaves the others; copies collapse."""
    good = {"date": "2020-01-02T00:00:00.000Z", "close": 100.0, "volume": 5}
    rows = [good, good, good | {"date": "soon"}, good | {"date": "2020-01-06", "close": "1,5", "open": True}]
    market.verbatim["AAPL"] = json.dumps(rows).encode()
    batch = fetch(market, "tiingo", "AAPL")
    assert batch.rows["malformed"].fillna("").tolist() == ["", 'session="soon"', 'open="True", close="1,5"']
    assert batch.rows["row"].tolist() == [0, 2, 3]
    assert batch.duplicates == 1
