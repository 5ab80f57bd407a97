"""Which bars fail an expectation: conditions at their limits."""

import pandas as pd
import pytest

from morrow.checks.bar_conditions import find_missed_splits, find_stale_prices, find_volume_spikes

SPLIT = {"least_scales": 7.5, "most_unrest": 2.8, "most_after": 2.0, "most_gap": 20, "sure_fall": 0.75}


@pytest.mark.parametrize(
    ("times", "range_after", "unrest", "follows", "fails"),
    [
        (0.5, 1.9, 0.0, "stays", True),
        (0.5, 2.1, 0.0, "stays", False),  # the bars after it are as wide as after a crash
        (0.5, 2.1, 0.0, "unknown", True),  # none is known yet
        (0.25, 2.1, 0.0, "stays", True),
        (20.0, 9.0, 0.0, "stays", True),  # nothing true goes to twenty times its price on a calm day
        (0.26, 2.1, 0.0, "stays", False),
        (20.0, 9.0, 3.6, "stays", False),
    ],
)
def test_a_split_is_missed_unless_a_crash_explains_the_step(
    times: float, range_after: float, unrest: float, follows: str, fails: bool
) -> None:
    """Wide bars afterwards speak for a crash, but not for one to a quarter on a calm day."""
    bar = {"sign": "split missed", "scales": 30.0, "gap": 1.0, "times": times, "range_after": range_after,
           "unrest": unrest, "follows": follows}  # fmt: skip
    assert find_missed_splits(pd.DataFrame([bar]), **SPLIT).tolist() == [fails]


def test_a_peg_is_not_stale() -> None:
    """Unchanged bars are stale where the symbol moved before, alone, and is no peg."""
    bars = pd.DataFrame({
        "unchanged": [9, 10, 10, 10, 10], "unmoved": [0, 0, 0.5, 0, 0], "pegged": [0, 0, 0, 0.5, 0],
        "market_moved": [1, 1, 1, 1, 0],
    })  # fmt: skip
    limits = {"least_unchanged": 10, "most_unmoved": 0.1, "most_pegged": 0.1, "least_market": 0.5}
    assert find_stale_prices(bars, **limits).tolist() == [False, True, False, False, False]


def test_a_volume_that_moves_the_price_or_lasts_is_no_spike() -> None:
    """Only a volume that is alone, unmatched and without a move is one."""
    bars = pd.DataFrame({
        "volume_times": [99, 200, 200, 200, 200], "volume_highest": [99, 99, 9, 99, 99],
        "volume_lasting": [1, 1, 1, 50, 1], "moved": [0, 0, 0, 0, 9],
    })  # fmt: skip
    limits = {"least_times": 100, "least_highest": 20, "most_lasting": 0.1, "most_moved": 4}
    assert find_volume_spikes(bars, **limits).tolist() == [False, True, False, False, False]
