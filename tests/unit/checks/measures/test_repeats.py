"""Unchanged bars: a source that repeats itself is named, and a peg is a state."""

import numpy as np
import pytest

from tests.market import PRICES, Market, market
from tests.named_faults import name_faults

SESSIONS = 900
STOCKS = [f"STOCK{number}" for number in range(5)]


def peg(on: Market, symbol: str, closes: np.ndarray, rng: np.random.Generator) -> None:
    """Give a symbol these closes, one price a day or a range of a tick around them, and volumes."""
    rows = on.rows(symbol, 0)
    on.bars.loc[rows, PRICES] = np.repeat(closes[:, None], 4, axis=1)
    if rng.random() < 0.5:
        on.bars.loc[rows, "high"] = closes + 0.001
    on.bars.loc[rows, "volume"] = np.round(np.exp(rng.normal(12, 0.5, len(rows))))


def unchanged(rng: np.random.Generator) -> np.ndarray:
    """One price for ever."""
    return np.full(SESSIONS, rng.choice([1.0, 3.75, 7.8]))


def rare_ticks(rng: np.random.Generator) -> np.ndarray:
    """A tick up or down one day in twelve, back on the next."""
    return np.where(rng.random(SESSIONS) < 1 / 12, 1 + rng.choice([-0.001, 0.001], SESSIONS), 1.0)


def coarse_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise of half a tick around a peg."""
    return np.round(1 + 0.00008 * rng.standard_normal(SESSIONS), 4)


def early_noise(rng: np.random.Generator) -> np.ndarray:
    """A lively first week, and one price from then on."""
    closes = np.ones(SESSIONS)
    closes[:6] += 0.01 * rng.standard_normal(6)
    return closes


def lost_peg(rng: np.random.Generator) -> np.ndarray:
    """A peg that is lost for three months in its third year, and found again."""
    closes = np.ones(SESSIONS)
    closes[500:565] *= 1 - 0.02 * rng.random(65)
    return closes


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("state", [unchanged, rare_ticks, coarse_noise, early_noise, lost_peg])
@pytest.mark.parametrize("alone", [False, True])
def test_a_peg_is_a_state(state: object, seed: int, alone: bool) -> None:
    """Closes unchanged for days, with volume, are not stale, beside stocks or alone."""
    assert callable(state)
    rng = np.random.default_rng([seed, 1])
    on = market(["COIN"] if alone else [*STOCKS, "COIN"], SESSIONS, seed=seed)
    peg(on, "COIN", state(rng), rng)
    assert name_faults(on.bars, on.sessions).empty
    newest = on.bars["session"] >= on.sessions[-3]
    stored = on.bars[~newest].drop(columns=["row", "malformed"])
    assert name_faults(on.bars[newest], on.sessions, stored).empty


@pytest.mark.parametrize("seed", range(3))
def test_a_source_that_repeats_itself_is_named_from_the_fifth_bar_on(seed: int) -> None:
    """A symbol that moved before stops while the others move on."""
    on = market([*STOCKS, "STALE"], SESSIONS, seed=seed)
    rows = on.rows("STALE", 400, 409)
    for name in PRICES:
        on.bars.loc[rows, name] = on.bars.loc[rows[0] - 1, "close"]
    assert name_faults(on.bars, on.sessions).to_dict() == dict.fromkeys(rows[4:], "stale price")


def test_a_market_that_stands_still_has_no_stale_symbol() -> None:
    """A week on which nobody's close changes is the source's holiday, not one symbol's fault."""
    on = market([*STOCKS, "STALE"], SESSIONS, seed=1)
    for symbol in [*STOCKS, "STALE"]:
        rows = on.rows(symbol, 400, 409)
        for name in PRICES:
            on.bars.loc[rows, name] = on.bars.loc[rows[0] - 1, "close"]
    assert name_faults(on.bars, on.sessions).empty
