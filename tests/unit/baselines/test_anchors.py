"""The anchor levels."""

import numpy as np

from morrow.baselines import anchors

NINE = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])


def test_anchors_are_the_nearest_levels() -> None:
    """The boosted levels are those nearest to 0.1, 0.5 and 0.9."""
    assert anchors.anchor_columns(NINE) == [2, 4, 6]
    assert anchors.anchor_columns(np.array([0.2, 0.5, 0.7])) == [0, 1, 2]
