"""Reading any horizon and levels from the grid that the pretrained networks answer."""

import numpy as np
import pytest
from scipy.stats import t

from morrow.pretraining import grid


def test_the_grid_itself_is_read_exactly() -> None:
    """Its own levels and its first five steps are picked, not mixed."""
    assert grid.level_weights(np.asarray(grid.LEVELS)) == pytest.approx(np.eye(len(grid.LEVELS)), abs=1e-6)
    assert grid.step_weights(5) == pytest.approx(np.eye(len(grid.STEPS))[:5])


def test_steps_between_are_linear() -> None:
    """Step 7 lies two fifths of the way from 5 to 10."""
    weights = grid.step_weights(20)
    assert weights.shape == (20, len(grid.STEPS))
    assert weights[6] == pytest.approx([0, 0, 0, 0, 0.6, 0.4, 0])


def test_other_levels_follow_a_student_t() -> None:
    """Quantiles of a Student t on the grid give those of any other level, also beyond its ends."""
    wanted = np.array([0.001, 0.01, 0.33, 0.5, 0.85, 0.999])
    read = grid.level_weights(wanted) @ t.ppf(grid.LEVELS, grid.FREEDOM)
    assert read == pytest.approx(t.ppf(wanted, grid.FREEDOM), rel=1e-5)
    assert (np.diff(read) > 0).all()
