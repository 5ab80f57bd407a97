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


def test_impossible_actions_are_refused_with_the_reason(market: Market) -> None:
    """A split of zero, a negative dividend and one above the close before it are no bars' actions."""
    good = {"open": 10.0, "close": 10.0, "divCash": 0.0, "splitFactor": 1.0}
    days = [f"2020-01-{day:02d}T00:00:00.000Z" for day in (2, 3, 6, 7)]
    changes: list[dict[str, float]] = [{}, {"splitFactor": 0.0}, {"divCash": -0.5}, {"divCash": 12.0}]
    rows = [good | {"date": day} | change for day, change in zip(days, changes, strict=True)]
    market.verbatim["AAPL"] = json.dumps(rows).encode()
    batch = fetch(market, "tiingo", "AAPL")
    assert batch.rows["malformed"].fillna("").tolist() == [
        "",
        'split="0", which is not above 0',
        'dividend="-0.5", which is below 0',
        'dividend="12", which is not below the close before it',
    ]
    assert (batch.rows[["split_factor", "dividend_factor"]] == 1).all(axis=None)
