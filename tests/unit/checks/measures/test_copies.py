"""One bar under two dates: the false date is refused where the market tells which, else both wait."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.market import FIELDS, PRICES, Market, market
from tests.named_faults import name_faults

SESSIONS = 1259
STOCKS = [f"STOCK{number}" for number in range(6)]


def copy(on: Market, symbol: str, to: int, of: int) -> tuple[int, int]:
    """Write one session's bar under another session's date; the rows of the false and the true one."""
    false, true = on.row(symbol, to), on.row(symbol, of)
    on.bars.loc[false, FIELDS] = on.bars.loc[true, FIELDS].to_numpy()
    return false, true


def copies(on: Market, ahead: int, seed: int) -> list[tuple[int, int]]:
    """Four copies in each symbol, of the bar so many sessions ahead."""
    rng = np.random.default_rng(seed)
    places = ((symbol, 80 + 290 * part + int(rng.integers(200))) for symbol in STOCKS for part in range(4))
    return [copy(on, symbol, at, at + ahead) for symbol, at in places]


@pytest.mark.parametrize("ahead", [1, -1, 2, -3, 9])
def test_four_copies_in_five_years_are_found_and_the_true_bars_kept_where_the_market_tells(
    ahead: int,
) -> None:
    """All false bars are refused but for one in fifty; a true one waits only beside its copy."""
    kept: Counter[str] = Counter()
    for seed in range(2):
        on = market(STOCKS, SESSIONS, seed=seed)
        pairs = copies(on, ahead, seed)
        named = name_faults(on.bars, on.sessions)
        assert set(named) == {"duplicated session"}
        assert set(named.index) <= {row for pair in pairs for row in pair}
        kept.update(
            "false" if false not in named else "true" if true not in named else "" for false, true in pairs
        )
    assert kept["false"] <= 1
    assert kept["true"] >= (14 if abs(ahead) == 1 else 28)


@pytest.mark.parametrize("seed", range(5))
def test_a_newest_bar_that_repeats_yesterdays_is_refused_or_waits(seed: int) -> None:
    """Both are new tonight: the copy never becomes the cutoff, and the bar before passes or waits with it."""
    on = market(STOCKS, 400, seed=seed)
    copied = [copy(on, symbol, 399, 398) for symbol in STOCKS[:3]]
    tonight = on.bars["session"] >= on.sessions[-2]
    stored = on.bars[~tonight].drop(columns=["row", "malformed"])
    for history, rows in ((stored, on.bars[tonight]), (None, on.bars)):
        named = name_faults(rows, on.sessions, history)
        assert {false for false, _ in copied} <= set(named.index) <= {row for pair in copied for row in pair}


def test_a_stored_bar_is_the_true_one() -> None:
    """Yesterday's bar was taken in last night; tonight's copy of it is refused alone."""
    on = market(STOCKS, 400, seed=1)
    false, _ = copy(on, "STOCK1", 399, 398)
    stored = on.bars["session"] < on.sessions[-1]
    history = on.bars[stored].drop(columns=["row", "malformed"])
    assert name_faults(on.bars[~stored], on.sessions, history).to_dict() == {false: "duplicated session"}


def test_many_equal_bars_come_about_by_chance() -> None:
    """A share of a cent or two, with volumes in hundreds, repeats its bars, and none is a copy."""
    on = market(STOCKS, SESSIONS, seed=3)
    rows, rng = on.rows("STOCK0", 0), np.random.default_rng(1)
    close = 0.01 + 0.01 * rng.integers(0, 3, len(rows))
    on.bars.loc[rows, PRICES] = np.column_stack([close, close + 0.01, close, close])
    on.bars.loc[rows, "volume"] = 100.0 * rng.integers(1, 400, len(rows))
    assert not (name_faults(on.bars, on.sessions) == "duplicated session").any()


def test_a_lone_symbol_is_judged_by_its_neighbours() -> None:
    """Without a market, the bars before and after a copy tell where it does not fit."""
    on = market(["ONLY"], SESSIONS, seed=4)
    false, true = copy(on, "ONLY", 500, 508)
    named = name_faults(on.bars, on.sessions)
    assert false in named
    assert set(named.index) <= {false, true}
    assert pd.Series(named).eq("duplicated session").all()
