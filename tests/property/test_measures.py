"""A measure must not depend on the order of rows, on a symbol's price level, or on later bars."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morrow.checks.measures import measure_rows
from morrow.checks.measures.bars import arrange_bars, find_sound_rows
from morrow.checks.measures.usual import track_usual
from tests.market import PRICES, Market, market

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

SYMBOLS = [f"S{number}" for number in range(6)]


def faulty(seed: int) -> Market:
    """Six symbols, of which four have a fault."""
    on = market(SYMBOLS, 120, seed)
    on.times(on.rows("S0", 70, 71), 0.5)
    on.times(on.rows("S1", 80), 100)
    on.times(on.rows("S2", 60), 1 / 3, 3)
    on.bars.loc[on.row("S3", 90), "volume"] = 0.0
    return on


def signs(on: Market, rows: pd.DataFrame) -> pd.DataFrame:
    """The signs of rows by symbol and session, without those that quote a price."""
    found = measure_rows(rows.reset_index(drop=True), on.sessions, None, None, None)
    keys = rows.iloc[found["index"].to_numpy()][["symbol", "session"]].reset_index(drop=True)
    found = pd.concat([keys, found.drop(columns=["index", "before"])], axis=1)
    return found.sort_values(["symbol", "session"], ignore_index=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_decides_nothing(seed: int) -> None:
    """Shuffled rows have the signs of sorted ones."""
    on = faulty(seed)
    shuffled = on.bars.sample(frac=1.0, random_state=seed % 1000)
    pd.testing.assert_frame_equal(signs(on, on.bars), signs(on, shuffled))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.25, 8.0, 64.0]), st.sampled_from([0.5, 4.0]))
def test_a_symbols_price_and_lot_decide_nothing(seed: int, price: float, lot: float) -> None:
    """In another currency and another lot from the first bar on, a symbol has the same signs."""
    on = faulty(seed)
    other = on.bars.copy()
    other[PRICES] *= price
    other["volume"] *= lot
    pd.testing.assert_frame_equal(signs(on, on.bars), signs(on, other), rtol=1e-2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(50, 110))
def test_what_is_usual_is_known_before_the_bar(seed: int, cut: int) -> None:
    """Later bars move nothing that an earlier one is compared with."""
    on = faulty(seed)
    early = on.bars[on.bars["session"] < on.sessions[cut]]
    whole, part = (
        track_usual(arrange_bars(rows, find_sound_rows(rows), on.sessions, None))
        for rows in (on.bars, early.reset_index(drop=True))
    )
    kept = (on.bars["session"] < on.sessions[cut]).to_numpy()
    for name in ("move", "usual_range", "usual_volume", "volume_spread"):
        np.testing.assert_allclose(getattr(whole, name)[kept], getattr(part, name))
