"""What follows a lasting step."""

import numpy as np

from morrow.checks.measures.bars import arrange_bars
from morrow.checks.measures.levels import measure_levels
from morrow.checks.measures.usual import track_usual
from tests.market import market


def test_the_longest_ordinary_run_ends_at_the_next_step() -> None:
    """Two steps thirty bars apart leave twenty-nine ordinary bars between them."""
    made = market(["A", "B", "C"], 150, 1)
    made.times(made.rows("A", 100), 0.5)
    made.times(made.rows("A", 130), 0.5)
    bars = arrange_bars(made.bars, np.ones(len(made.bars), dtype=bool), made.sessions, None)
    at = np.flatnonzero((bars.symbol == 0) & np.isin(bars.when, [100, 130]))
    levels = measure_levels(bars, track_usual(bars), at, np.log([0.5, 0.5]))
    assert levels.ordinary.tolist() == [29, 19]
    assert levels.following[0] > 0.3
    assert levels.together.tolist() == [1 / 3, 1 / 3]
