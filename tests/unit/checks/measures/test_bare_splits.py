"""Splits of closes alone: asked about where the symbol's own moves are no explanation."""

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from tests.market import Market, market
from tests.named_faults import name_faults

SESSIONS = 500
NAMES = [f"S{number}" for number in range(5)]


def closes_alone(seed: int, symbol: str = "S2") -> Market:
    """Five stocks, of which one has closes alone."""
    on = market(NAMES, SESSIONS, seed)
    on.bare(symbol)
    return on


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("after", [1, 7])
@pytest.mark.parametrize("ratio", [2.0, 0.5, 1 / 3])
def test_a_split_s_ratio_that_stays_is_asked_about(seed: int, after: int, ratio: float) -> None:
    """A stock that doubles, halves or falls to a third is asked about, and the ratio is named."""
    on = closes_alone(seed)
    rows = on.rows("S2", SESSIONS - after)
    on.times(rows, ratio)
    assert name_faults(on.bars, on.sessions).to_dict() == {rows[0]: "split missed"}
    hold = check_raw(on.bars, on.sessions, load_suite("raw", None)).holds.iloc[0]
    assert hold["split_ratio"] == pytest.approx(1 / ratio)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_price_that_jumps_by_itself_is_not_asked_about(seed: int) -> None:
    """The same doubling in a price that has doubled and tripled before is one of its moves."""
    on = closes_alone(seed)
    draw = np.random.default_rng(seed)
    spikes = np.where(draw.random(SESSIONS) < 0.03, draw.normal(0, 0.6, SESSIONS), 0.0)
    spikes[-7:] = 0
    on.bars.loc[on.rows("S2", 0), "close"] *= np.exp(np.cumsum(spikes))
    on.times(on.rows("S2", SESSIONS - 7), 2.0)
    assert not (name_faults(on.bars, on.sessions) == "split missed").any()


def test_a_coin_that_doubles_is_not_asked_about() -> None:
    """What trades on Saturdays and Sundays is no share."""
    on = closes_alone(3)
    on.sessions = pd.date_range("2020-01-01", periods=SESSIONS)
    on.bars["session"] = np.tile(on.sessions.to_numpy("datetime64[us]"), len(NAMES))
    on.times(on.rows("S2", SESSIONS - 7), 2.0)
    assert name_faults(on.bars, on.sessions).empty


def test_a_rise_that_fades_is_not_asked_about() -> None:
    """A price that doubles and gives half of it back over the next sessions is a move."""
    on = closes_alone(4)
    rows = on.rows("S2", SESSIONS - 7)
    on.bars.loc[rows, "close"] *= np.array([2.0, 1.8, 1.6, 1.45, 1.4, 1.35, 1.3])
    assert not (name_faults(on.bars, on.sessions) == "split missed").any()


def test_a_level_that_has_lasted_is_not_asked_about() -> None:
    """A halving with thirty ordinary sessions after it passes in a first load."""
    on = closes_alone(5)
    on.times(on.rows("S2", SESSIONS - 30), 0.5)
    assert name_faults(on.bars, on.sessions).empty
