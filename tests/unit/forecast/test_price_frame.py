"""The frame of prices that others give a served model."""

import numpy as np
import pandas as pd
import pytest

from morrow.errors import ShapeError
from morrow.forecast.price_frame import complete_prices

ROWS = pd.DataFrame(
    {
        "symbol": ["A", "A", "B"],
        "session": ["2013-02-28", "2013-03-01", "2013-03-01"],
        "close": [200, 202, 7],
        "split_factor": [1.0, 1.0, 1.0],
        "dividend_factor": [1.0, 1.0, 1.0],
    }
)


def test_what_a_bar_may_lack_is_added_as_unknown() -> None:
    """Texts become dates, whole numbers become floats, and the four optional fields NaN."""
    whole = complete_prices(ROWS)
    assert whole["session"].iloc[1] == pd.Timestamp("2013-03-01")
    assert whole["close"].tolist() == [200.0, 202.0, 7.0]
    assert whole[["open", "high", "low", "volume"]].isna().all(axis=None)
    assert whole["close"].dtype == np.float64


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            ROWS.drop(columns=["close", "symbol"]),
            "lack the columns symbol, close; they need symbol, session,",
        ),
        (ROWS.head(0), "no row"),
        (ROWS.assign(session="soon"), "session must be dates such as 2013-03-01"),
        (ROWS.assign(session=[None, "2013-03-01", "2013-03-01"]), "a row has no session"),
        (ROWS.assign(symbol=[None, "A", "B"]), "a row has no symbol"),
        (ROWS.assign(close=["a", "b", "c"]), "close must be numbers"),
        (ROWS.assign(close=[200, 0, 7]), 'close of "A" on 2013-03-01 is 0; it must be finite and above 0'),
        (ROWS.assign(close=[200, np.nan, 7]), 'close of "A" on 2013-03-01 is nan'),
        (ROWS.assign(volume=[1, np.inf, 7]), 'volume of "A" on 2013-03-01 is inf; it must be finite$'),
        (ROWS.assign(session="2013-03-01"), '"A" has two bars of 2013-03-01; give one'),
    ],
)
def test_what_is_wrong_is_said(changed: pd.DataFrame, message: str) -> None:
    """One line with the column, and the row where there is one."""
    with pytest.raises(ShapeError, match=message):
        complete_prices(changed)
