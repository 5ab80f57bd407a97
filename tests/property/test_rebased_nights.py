"""A source that adjusts its whole history anew every night: night by night it gives what it gives at once."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from morrow.frames import PRICE_FIELDS
from morrow.store import compare
from morrow.store.rows import BAR
from tests.market import PRICES, market

SESSIONS, FIRST = 84, 60
FACTORS = ["split_factor", "dividend_factor"]
SPLITS = st.sampled_from([2.0, 3.0, 1.5, 4.0, 10.0, 1 / 8, 1 / 20])
PAYOUTS = st.sampled_from([0.002, 0.008, 0.013, 0.05, 0.26])


@dataclass(frozen=True)
class Action:
    """What happens to a symbol before a session's bar, and how many nights later its source knows of it."""

    symbol: str
    at: int
    split: float
    payout: float
    late: int


actions = st.lists(
    st.builds(
        Action,
        st.sampled_from("AB"),
        st.sampled_from(range(FIRST + 2, SESSIONS - 3, 5)),
        st.one_of(st.just(1.0), SPLITS),
        st.one_of(st.just(0.0), PAYOUTS),
        st.sampled_from([0, 0, 0, 1, 3]),
    ),
    max_size=4,
    unique_by=lambda action: (action.symbol, action.at),
)


def as_traded(events: list[Action], seed: int) -> pd.DataFrame:
    """What was traded: the actions divide the later prices, and splits multiply the later volumes."""
    bars = market(list("ABC"), SESSIONS, seed)
    for event in events:
        rows = bars.rows(event.symbol, event.at)
        bars.times(rows, (1 - event.payout) / event.split, event.split)
    return bars.bars


def as_downloaded(traded: pd.DataFrame, events: list[Action], night: int, digits: int) -> pd.DataFrame:
    """The file of a night: everything before an action divided by it, once the source knows of it."""
    days = pd.bdate_range("2020-01-01", periods=SESSIONS)
    rows = traded[traded["session"] <= days[night]].copy()
    for event in events:
        if event.at + event.late > night:
            continue
        early = (rows["symbol"] == event.symbol) & (rows["session"] < days[event.at])
        rows.loc[early, PRICES] *= (1 - event.payout) / event.split
        rows.loc[early, "volume"] = np.round(rows.loc[early, "volume"] * event.split)
    rows[PRICES] = rows[PRICES].round(digits)
    return rows.reset_index(drop=True)


def take_in(stored: pd.DataFrame, batch: pd.DataFrame) -> pd.DataFrame:
    """The stored bars after a night that refuses nothing; a price beyond the tolerance fails."""
    compared = compare(batch, stored, 0.005)
    assert not compared.beyond.any()
    settled = compared.bars_to_store(np.zeros(len(batch), bool)).rows
    bars = pd.concat([stored, settled]).drop_duplicates(BAR, keep="last")
    return bars.sort_values(BAR, ignore_index=True)


def returns(bars: pd.DataFrame) -> pd.Series:
    """Adjusted log returns of every bar."""
    adjusted = np.log(bars["close"] * bars["split_factor"] * bars["dividend_factor"])
    return adjusted.groupby(bars["symbol"]).diff().fillna(0.0)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(events=actions, seed=st.integers(0, 1000), digits=st.sampled_from([4, 6, 12]), skip=st.integers(1, 4))
def test_night_by_night_equals_read_at_once(events: list[Action], seed: int, digits: int, skip: int) -> None:
    """Returns are those of the last file, and stored prices and volumes those that were traded."""
    if skip > 1:  # an action that comes late beside another one is two ratios, which wait
        events = [replace(event, late=0) for event in events]
    traded = as_traded(events, seed)
    stored = as_downloaded(traded, [], FIRST, digits)[[*BAR, *PRICE_FIELDS]]
    for night in [*range(FIRST + 1, SESSIONS, skip), SESSIONS - 1]:
        stored = take_in(stored, as_downloaded(traded, events, night, digits))
    once = as_downloaded(traded, events, SESSIONS - 1, digits)
    rounding = 3 * 10.0**-digits / once["close"].min() + 1e-9
    assert returns(stored).to_numpy() == pytest.approx(returns(once).to_numpy(), abs=rounding)
    if skip == 1 and not any(event.late for event in events):
        assert stored["volume"].to_numpy() == pytest.approx(traded["volume"].to_numpy(), rel=1e-4)
        assert stored["close"].to_numpy() == pytest.approx(traded["close"].to_numpy(), rel=rounding)
