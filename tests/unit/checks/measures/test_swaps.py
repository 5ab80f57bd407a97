"""Two symbols whose bars are exchanged, and pairs of true moves that look like it."""

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from morrow.checks.measures.swaps import AFTER_SWAP
from tests.market import PRICES, Market, market

SESSIONS, AT = 400, 300
PAIR = ["BID", "HALTED"]
FIELDS = [*PRICES, "volume"]


def draw_pair() -> Market:
    """BID beside a share at 1.6 times its price and a fifth of its volume, in a market of fourteen."""
    on = market([*PAIR, *(f"PLAIN{number:02}" for number in range(12))], SESSIONS, seed=23)
    on.times(on.rows("HALTED", 0), 1.6 * _before(on, "BID") / _before(on, "HALTED"))
    usual = _usual_volume(on, "BID")
    on.bars.loc[on.rows("HALTED", 0), "volume"] *= 0.2 * usual / _usual_volume(on, "HALTED")
    return on


def move_both(on: Market, busy: float) -> None:
    """Let both make a true move to the other's price, with the other's volume: ``busy`` times BID's usual."""
    usual = _usual_volume(on, "BID")
    on.times(on.rows("BID", AT), 1.6)
    on.times(on.rows("HALTED", AT), 1 / 1.6)
    on.bars.loc[on.row("BID", AT), "volume"] = np.round(busy * usual)
    on.bars.loc[on.row("HALTED", AT), "volume"] = np.round(usual)


def exchange(on: Market, sessions: int) -> None:
    """Exchange the bars of both for a number of sessions."""
    one, other = (on.rows(name, AT, AT + sessions) for name in PAIR)
    values = on.bars.loc[one, FIELDS].to_numpy(copy=True)
    on.bars.loc[one, FIELDS] = on.bars.loc[other, FIELDS].to_numpy()
    on.bars.loc[other, FIELDS] = values


def find_rules(on: Market, known: int) -> set[str]:
    """The rules that refuse a bar of either, while so many sessions after the moves are known."""
    bars = on.bars[on.bars["session"] <= on.sessions[AT + known]]
    axis = pd.DatetimeIndex(on.sessions[: AT + known + 1])
    refused = check_raw(bars, axis, load_suite("raw", None)).refusals
    mine = bars.loc[bars["symbol"].isin(PAIR), "row"]
    return set(refused.loc[refused["row"].isin(mine), "rule"])


@pytest.mark.parametrize(("busy", "swaps"), [(0.2, True), (50.0, False)])
def test_a_bar_whose_volume_is_not_the_others_was_not_swapped(busy: float, swaps: bool) -> None:
    """A bid at the price of a share that comes back from a halt at the bid's old price: two true moves."""
    on = draw_pair()
    move_both(on, busy)
    on.bars = on.bars.drop(index=on.rows("HALTED", AT - 20, AT))
    assert ("symbol swap" in find_rules(on, 5)) is swaps


def test_two_moves_are_a_swap_until_the_volume_after_them_is_their_own() -> None:
    """With one session fewer than AFTER_SWAP both are held; with as many, no rule calls it a swap."""
    on = draw_pair()
    move_both(on, 0.2)
    assert "symbol swap" in find_rules(on, AFTER_SWAP - 1)
    assert "symbol swap" not in find_rules(on, AFTER_SWAP)


@pytest.mark.parametrize("sessions", [1, 10, SESSIONS - AT])
def test_bars_that_were_exchanged_stay_a_swap(sessions: int) -> None:
    """One session, ten and a hundred are refused as a swap, however many follow."""
    on = draw_pair()
    exchange(on, sessions)
    for known in (AFTER_SWAP, SESSIONS - AT - 1):
        assert find_rules(on, known) == {"symbol swap"}


@pytest.mark.parametrize(("wild", "swaps"), [(False, True), (True, False)])
def test_closes_that_often_move_as_far_are_not_swapped(wild: bool, swaps: bool) -> None:
    """Two coins that rise and fall by half four times in a history meet at each other's price once."""
    on = draw_pair()
    move_both(on, 0.2)
    for number, name in enumerate(PAIR):
        on.bare(name)
        for session in (80, 130, 180, 230) if wild else ():
            on.times(on.rows(name, session + number, session + 20 + number), 1.6)
    assert ("symbol swap" in find_rules(on, 5)) is swaps


def _usual_volume(on: Market, symbol: str) -> float:
    return float(on.bars.loc[on.rows(symbol, AT - 100, AT), "volume"].median())


def _before(on: Market, symbol: str) -> float:
    return float(on.bars.loc[on.row(symbol, AT - 1), "close"])
