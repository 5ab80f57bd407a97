"""Dates that slipped by a session are named, and markets that close before others are not."""

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from tests.market import PRICES, Market, market
from tests.named_faults import name_faults

SESSIONS = 1259
NEW_YORK = [f"NYSE{number}" for number in range(5)]


def follow(on: Market, symbol: str, weights: dict[int, float], rng: np.random.Generator) -> None:
    """Let a symbol's returns follow the others' mean of other sessions: −1 is the session before."""
    close = on.bars.pivot_table(index="session", columns="symbol", values="close")[NEW_YORK]
    common = np.log(close).diff().mean(axis=1).fillna(0.0).to_numpy()
    returns = 0.008 * rng.standard_normal(SESSIONS)
    for lag, weight in weights.items():
        returns += weight * np.roll(common, -lag)
    old = on.bars.loc[on.rows(symbol, 0), "close"].to_numpy()
    new = 1000 * np.exp(np.cumsum(returns))
    for name in PRICES:
        on.bars.loc[on.rows(symbol, 0), name] *= new / old
    opened = np.concatenate([new[:1], new[:-1]])
    on.bars.loc[on.rows(symbol, 0), "open"] = opened
    on.bars.loc[on.rows(symbol, 0), "high"] = np.maximum(opened, new) * 1.002
    on.bars.loc[on.rows(symbol, 0), "low"] = np.minimum(opened, new) * 0.998


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weights", [{-1: 0.8}, {-1: 0.5, 0: 0.3}, {1: 0.7}], ids=str)
def test_a_market_that_closes_before_the_others_keeps_its_history(
    weights: dict[int, float], seed: int
) -> None:
    """A lead or lag that holds all along is the market's clock, in history and on the newest night."""
    on = market([*NEW_YORK, "TOKYO"], SESSIONS, seed=seed)
    follow(on, "TOKYO", weights, np.random.default_rng([seed, 1]))
    assert name_faults(on.bars, on.sessions).empty
    newest = on.bars["session"] >= on.sessions[-20]
    stored = on.bars[~newest].drop(columns=["row", "malformed"])
    assert name_faults(on.bars[newest], on.sessions, stored).empty


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("weights", [{-1: 1.0}, {0: 1.0}], ids=str)
def test_a_change_of_the_clock_is_named_in_whatever_market(
    weights: dict[int, float], by: int, seed: int
) -> None:
    """A block under a neighbouring date is found, whatever clock the symbol keeps."""
    on = market([*NEW_YORK, "INDEX"], SESSIONS, seed=seed)
    follow(on, "INDEX", weights, np.random.default_rng([seed, 1]))
    block = on.rows("INDEX", 500, 600)
    on.bars = on.bars.drop(index=block[-1] + 1 if by > 0 else block[0] - 1)
    on.bars.loc[block, "session"] = on.sessions[500 + by : 600 + by].to_numpy()
    refused = name_faults(on.bars, on.sessions)
    assert set(refused) == {"shifted dates"}
    assert len(set(refused.index) & set(block)) >= 90
    assert len(set(refused.index) - set(block)) <= 12


@pytest.mark.parametrize("seed", range(3))
def test_markets_of_two_time_zones_in_one_file_keep_their_histories(seed: int) -> None:
    """Three that close early, follow the others a session late and have holidays of their own."""
    early = ["TOKYO", "SYDNEY", "SEOUL"]
    on = market([*NEW_YORK, *early], SESSIONS, seed=seed + 10)
    rng = np.random.default_rng([seed, 1])
    for name in early:
        follow(on, name, {-1: 0.7, 0: 0.1}, rng)
    holidays = pd.DatetimeIndex(on.sessions[rng.choice(SESSIONS, 40, replace=False)])
    on.bars = on.bars[~(on.bars["symbol"].isin(early) & on.bars["session"].isin(holidays))]
    assert name_faults(on.bars, on.sessions).empty


@pytest.mark.parametrize(("by", "words"), [(1, "of the previous session,"), (-1, "of the next session,")])
def test_the_reason_says_whose_market_a_block_follows(by: int, words: str) -> None:
    """A block under the next session's dates follows the market of the session before them."""
    on = market([*NEW_YORK, "INDEX"], SESSIONS, seed=1)
    block = on.rows("INDEX", 500, 600)
    on.bars = on.bars.drop(index=block[-1] + 1 if by > 0 else block[0] - 1)
    on.bars.loc[block, "session"] = on.sessions[500 + by : 600 + by].to_numpy()
    verdict = check_raw(on.bars, on.sessions, load_suite("raw", None))
    reasons = verdict.refusals.loc[verdict.refusals["rule"] == "shifted dates", "reason"]
    assert len(reasons) >= 90
    assert reasons.str.startswith(f"INDEX follows the market {words} not that of its own date").all()
