"""How a column writes its days."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from morrow.sources.tables.day_detection import describe_orders, detect_order

DAYS = pd.date_range("2017-01-02", "2017-12-29", freq="B")
SECONDS = DAYS.to_numpy("datetime64[s]").astype(np.int64)
SERIALS = (DAYS - pd.Timestamp("1899-12-30")).days.to_numpy()


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (DAYS.strftime("%Y-%m-%d"), None), (DAYS.strftime("%b %d, %Y"), None),
        (DAYS.strftime("%d/%m/%Y"), "day-first"),
        (DAYS.strftime("%m-%d-%y"), "month-first"), (DAYS.strftime("%y/%m/%d"), "year-first"),
        (DAYS[:5].strftime("%d/%m/%Y"), None), (SERIALS, "excel"), (SERIALS.astype(float), "excel"),
        (SERIALS.astype(str), "excel"), (SECONDS, "epoch"), (SECONDS * 1000, "epoch"),
        ((SECONDS * 1000.0).astype(str), "epoch"), (SERIALS - 25569, None), (np.arange(1, 200), None),
        (DAYS.strftime("%Y%m%d").astype(int), None), (SECONDS[0] + 3600 * np.arange(100), "epoch"),
    ],
)  # fmt: skip
def test_the_only_order_is_detected(values: object, order: str | None) -> None:
    """An order is detected where it alone reads all days; sizes decide about numbers."""
    assert detect_order(pa.chunked_array([pa.array(values)]), is_named=True) == order


def test_numbers_of_an_unnamed_column_are_moments_only() -> None:
    """Without a name for it, 42738 may be a price; milliseconds a day apart are days."""
    assert detect_order(pa.chunked_array([SERIALS]), is_named=False) is None
    assert detect_order(pa.chunked_array([SECONDS * 1000]), is_named=False) == "epoch"
    hours = SECONDS[0] * 1000 + 3_600_000 * np.arange(100)
    assert detect_order(pa.chunked_array([hours]), is_named=False) is None


def test_both_readings_of_a_day_are_described() -> None:
    """An example of the file stands beside what each order makes of it."""
    described = describe_orders(["x", "03/04/2024"])
    assert described == (
        '03/04/2024 is 2024-04-03 with dates = "day-first" or 2024-03-04 with dates = "month-first"'
    )
