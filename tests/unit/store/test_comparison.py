"""A batch beside the stored bars: kinds of change, and factors that continue, are corrected or derived."""

import numpy as np
import pandas as pd
import pytest

from morrow.store import SAME, compare
from morrow.store.comparison import BEYOND, NEW, REVISED

DAYS = pd.bdate_range("2026-01-05", periods=8).as_unit("us")


def bars(
    closes: list[float], symbol: str = "A", start: int = 0, **fields: list[float] | float
) -> pd.DataFrame:
    """Closes on weekdays, flat, factors of one unless they are given."""
    days = DAYS[start : start + len(closes)]
    flat = {"open": closes, "high": closes, "low": closes, "close": closes, "volume": 100.0}
    values = flat | {"split_factor": 1.0, "dividend_factor": 1.0} | fields
    return pd.DataFrame({"symbol": symbol, "session": days, "malformed": None, **values}).astype(
        {"symbol": "str", "malformed": "str"}
    )


def test_equal_changed_and_new_bars_are_told_apart() -> None:
    """A change within the tolerance is a revision, one beyond it is not, and a bar not stored is new."""
    stored = bars([10, 10, 10, 10])
    batch = bars([10, 10.04, 10.06, 10, 11])
    compared = compare(batch, stored, 0.005)
    assert compared.kind.tolist() == [SAME, REVISED, BEYOND, SAME, NEW]
    assert compared.rows_to_judge.tolist() == [False, True, True, False, True]


def test_another_volume_is_a_revision() -> None:
    """A volume may be counted again at any size; a price that becomes known is a revision too."""
    stored = bars([10, 10], open=[np.nan, 10])
    compared = compare(bars([10, 10], volume=[100, 1e6]), stored, 0.005)
    assert compared.kind.tolist() == [REVISED, REVISED]


def test_rivals_in_a_batch_are_judged_together() -> None:
    """Of two rows for one bar, of which one is stored, both must be seen by the gate."""
    batch = pd.concat([bars([10, 10]), bars([12])], ignore_index=True)
    assert compare(batch, bars([10, 10]), 0.005).rows_to_judge.tolist() == [True, False, True]


def test_factors_continue_the_stored_ones() -> None:
    """A window's factors start at one, and go on from what is stored at the earliest common session."""
    stored = bars([10, 10, 10, 10], split_factor=[1, 2, 2, 2], dividend_factor=[1, 1, 1, 1.25])
    batch = bars([10, 10, 5], start=2, split_factor=[1, 1, 2], dividend_factor=[1, 1.25, 1.25])
    compared = compare(batch, stored, 0.005)
    assert compared.rows["split_factor"].tolist() == [2, 2, 4]
    assert compared.rows["dividend_factor"].tolist() == [1, 1.25, 1.25]
    settled = compared.bars_to_store(np.zeros(3, bool))
    assert settled.rows["session"].tolist() == [DAYS[4]]
    assert not compared.corrected.any()


def test_factors_continue_across_a_gap() -> None:
    """Without a common bar no action is taken to lie between; before the first stored bar neither."""
    stored = bars([10, 10], start=3, split_factor=[2, 4])
    after = compare(bars([10, 10], start=5, split_factor=[1, 3]), stored, 0.005)
    assert after.rows["split_factor"].tolist() == [4, 12]
    before = compare(bars([10, 10, 10], start=0, split_factor=[1, 1, 2]), stored, 0.005)
    assert before.rows["split_factor"].tolist() == [1, 1, 2]


def test_a_corrected_factor_rewrites_what_follows() -> None:
    """A split that the source adds in the middle multiplies every later bar, given again or not."""
    stored = pd.concat([bars([10] * 6), bars([7] * 6, "B")], ignore_index=True)
    batch = bars([10] * 5, split_factor=[1, 1, 2, 2, 2])
    compared = compare(batch, stored, 0.005)
    assert compared.corrected.tolist() == [False, False, True, False, False]
    assert compared.corrections(np.zeros(5, bool)) == ("A: factors corrected from 2026-01-07 on",)
    settled = compared.bars_to_store(np.zeros(5, bool))
    assert settled.rows["symbol"].unique().tolist() == ["A"]
    assert settled.rows["session"].tolist() == DAYS[2:6].tolist()
    assert settled.rows["split_factor"].tolist() == [2, 2, 2, 2]
    assert settled.followers == 1
    assert compared.context(np.ones(12, bool))["split_factor"].tolist() == [1, 1, 2, 2, 2, 2] + [1] * 6


def test_a_refused_correction_is_not_made() -> None:
    """A correction whose bar the gate refuses changes nothing, and one after it still counts."""
    batch = bars([10] * 5, split_factor=[1, 2, 2, 6, 6])
    compared = compare(batch, bars([10] * 5), 0.005)
    settled = compared.bars_to_store(np.array([False, True, False, False, False]))
    assert settled.rows["split_factor"].tolist() == [3, 3]
    assert settled.rows["session"].tolist() == DAYS[3:5].tolist()


def test_rounding_of_derived_factors_is_no_action() -> None:
    """Factors out of rounded closes wobble without being rewritten; those of a source's own do not."""
    batch = bars([10] * 3, dividend_factor=[1, 1.0001, 0.9999])
    assert not compare(batch, bars([10] * 3), 0.005, "derived").corrected.any()
    assert compare(batch, bars([10] * 3), 0.005, "traded").corrected.any()


def test_adjusted_closes_that_moved_become_a_factor() -> None:
    """A dividend of 2 % divides an adjusted source's earlier closes; they stay, and the new bar has it."""
    stored = bars([10, 10.2, 10.4])
    batch = bars([round(each / 1.02, 4) for each in (10, 10.2, 10.4)] + [10.3])
    compared = compare(batch, stored, 0.005, "adjusted")
    assert compared.kind.tolist() == [SAME, SAME, SAME, NEW]
    settled = compared.bars_to_store(np.zeros(4, bool)).rows
    assert settled["close"].tolist() == [10.3]
    assert settled["dividend_factor"].to_numpy() == pytest.approx([1.02], rel=1e-4)


def test_adjusted_closes_that_move_late_correct_the_factor() -> None:
    """An action that the adjusted source adds behind stored bars is written into their factors."""
    stored = bars([10, 10, 10, 10])
    batch = bars([9.8, 9.8, 10, 10])
    compared = compare(batch, stored, 0.005, "adjusted")
    settled = compared.bars_to_store(np.zeros(4, bool)).rows
    assert settled["session"].tolist() == DAYS[2:4].tolist()
    assert settled["dividend_factor"].to_numpy() == pytest.approx([1 / 0.98] * 2)
    assert settled["close"].tolist() == [10, 10]


def test_one_changed_adjusted_close_is_a_price() -> None:
    """A single close that differs from its neighbours is a changed price, not two actions."""
    compared = compare(bars([10, 10, 10.3, 10, 10]), bars([10] * 5), 0.005, "adjusted")
    assert compared.kind.tolist() == [SAME, SAME, BEYOND, SAME, SAME]
    assert not compared.corrected.any()


def test_nothing_stored_is_all_new() -> None:
    """A first batch is new as a whole and keeps its factors; unreadable rows are new as well."""
    batch = bars([10, 5], split_factor=[1, 2]).assign(symbol=["A", None])
    compared = compare(batch, bars([])[:0], 0.005)
    assert compared.kind.tolist() == [NEW, NEW]
    assert compared.bars_to_store(np.array([False, True])).rows["split_factor"].tolist() == [1]
