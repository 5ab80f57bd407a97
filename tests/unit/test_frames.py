"""Frames: what the one declaration refuses, the way to Arrow and back, and the version of a content."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from morrow import frames
from morrow.errors import ShapeError
from morrow.frames import PRICE_FIELDS, PRICES, QUARANTINE, REVISIONS, SCORES
from tests.conftest import bars, market

LEVELS = (0.025, 0.5, 0.975)
NOON = pd.Timestamp("2020-01-01 12:00")


def small() -> pd.DataFrame:
    """Four bars of two symbols, close only."""
    return bars({"A": [1.0, 2.0], "B": [3.0, 4.5]})


def test_round_trip() -> None:
    """A prices frame goes to Arrow and back with every value, dates as midnights and texts as text."""
    prices = market(2, 30)
    again = frames.from_arrow(frames.to_arrow(prices, PRICES))
    pd.testing.assert_frame_equal(again, prices[PRICES.names], check_dtype=False)
    assert again["session"].dtype == np.dtype("datetime64[us]")
    assert again["symbol"].dtype == "str"
    assert again["close"].to_numpy().tobytes() == prices["close"].to_numpy().tobytes()


def test_columns_are_put_in_order_and_others_dropped() -> None:
    """The table has the schema's columns in its order, whatever else the frame holds."""
    table = frames.to_arrow(small()[PRICES.names[::-1]].assign(extra=1), PRICES)
    assert table.column_names == PRICES.names
    assert table.schema == PRICES.arrow()


@pytest.mark.parametrize("column", ["close", "session", "known_at"])
def test_a_missing_column_is_named(column: str) -> None:
    """A frame without one of the columns is refused by its name."""
    with pytest.raises(ShapeError, match=rf"prices: columns \['{column}'\] are missing"):
        frames.to_arrow(small().drop(columns=column), PRICES)


@pytest.mark.parametrize("column", [c.name for c in PRICES.columns if not c.nullable])
def test_an_empty_value_is_refused_where_it_must_not_be(column: str) -> None:
    """A column that may not be empty is refused, by its name, when one value is."""
    odd = small()
    odd[column] = odd[column].where(odd.index != 1)
    with pytest.raises(ShapeError, match=column):
        frames.to_arrow(odd, PRICES)


def test_an_empty_value_is_kept_where_it_may_be() -> None:
    """Open, high, low and volume may be empty and come back so."""
    again = frames.from_arrow(frames.to_arrow(small(), PRICES))
    assert again[["open", "high", "low", "volume"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("close", ["a", "b", "c", "d"]),
        ("symbol", [1, 2, 3, 4]),
        ("session", ["x"] * 4),
        ("close", [{"a": 1}] * 4),
        ("ingested_at", ["soon"] * 4),
    ],
)
def test_a_mistyped_column_is_refused(column: str, values: list[Any]) -> None:
    """Values that a column's type cannot hold exactly are refused, never bent."""
    odd = small()
    odd[column] = pd.Series(values, dtype=object)
    with pytest.raises(ShapeError, match=r"^prices: "):
        frames.to_arrow(odd, PRICES)


def test_a_session_has_no_time_of_day() -> None:
    """A session at noon is refused rather than cut to its day."""
    with pytest.raises(ShapeError, match=r"^prices: "):
        frames.to_arrow(small().assign(session=NOON), PRICES)


def test_an_empty_frame_has_the_schema() -> None:
    """A frame without rows still has every column and goes to Arrow."""
    for schema in (PRICES, REVISIONS, QUARANTINE, SCORES, frames.forecasts_schema(LEVELS)):
        blank = frames.empty(schema)
        assert list(blank.columns) == schema.names
        assert frames.to_arrow(blank, schema).num_rows == 0


def test_keys_are_columns_that_are_never_empty() -> None:
    """Whatever identifies a row is a column of its table and must be there."""
    for schema in (PRICES, REVISIONS, QUARANTINE, SCORES, frames.forecasts_schema(LEVELS)):
        must = {column.name for column in schema.columns if not column.nullable}
        assert set(schema.key) <= must


def test_forecasts_have_a_column_a_level() -> None:
    """Levels are columns named by level × 10,000, between the target's session and the mean."""
    names = frames.forecasts_schema(LEVELS).names
    assert names[5:10] == ["session", "q0250", "q5000", "q9750", "mean"]
    assert frames.quantile_column(0.0001) == "q0001"


def test_dates_are_dates_in_arrow() -> None:
    """A session is stored as a date, without a time of day or zone."""
    table = frames.to_arrow(small(), PRICES)
    assert table.column("session").type == pa.date32()
    assert table.column("session")[0].as_py() == dt.date(2020, 1, 1)


def test_content_version_ignores_order_and_stamps() -> None:
    """Row order, row labels, source and stamps are not part of what a run saw."""
    prices = market(2, 30)
    version = frames.content_version(prices)
    assert len(version) == 16
    stamped = prices.assign(
        ingested_at=pd.Timestamp("2030-01-01", tz="UTC"), known_at=pd.Timestamp("2031-01-01"), source="other"
    )
    assert frames.content_version(stamped) == version
    assert frames.content_version(prices.sample(frac=1, random_state=1)) == version
    assert frames.content_version(prices.sample(frac=1, random_state=1).reset_index(drop=True)) == version


def test_content_version_survives_the_store() -> None:
    """Going to Arrow and back changes no version."""
    prices = market(2, 30)
    assert frames.content_version(frames.from_arrow(frames.to_arrow(prices, PRICES))) == (
        frames.content_version(prices[PRICES.names])
    )


@pytest.mark.parametrize("field", PRICE_FIELDS)
def test_content_version_sees_every_value(field: str) -> None:
    """The smallest change of any price, volume or factor, or an empty one, changes the version."""
    prices = market(2, 30)
    version = frames.content_version(prices)
    nudged, emptied = prices.copy(), prices.copy()
    value = float(prices[field].to_numpy()[7])
    nudged[field] = prices[field].where(prices.index != 7, np.nextafter(value, np.inf))
    emptied[field] = prices[field].where(prices.index != 7)
    assert len({version, frames.content_version(nudged), frames.content_version(emptied)}) == 3


def test_content_version_sees_keys_and_rows() -> None:
    """Another symbol, another session, or a row less changes the version."""
    prices = small()
    moved = prices.assign(session=prices["session"] + pd.Timedelta(days=1))
    versions = {
        frames.content_version(each)
        for each in (prices, moved, prices.replace({"symbol": {"B": "C"}}), prices.iloc[:-1], prices.iloc[:0])
    }
    assert len(versions) == 5
