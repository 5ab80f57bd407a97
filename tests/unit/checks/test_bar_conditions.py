"""Which bars fail an expectation: conditions at their limits."""

import pandas as pd

from morrow.checks.bar_conditions import find_stale_prices, find_volume_spikes


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
