"""The price relative to a band of standard deviations around its mean."""

import numpy as np

from morrow.features.bars import Array, Block
from morrow.features.declaration import make_decorator
from morrow.features.windows import window_deviation

feature = make_decorator("bands", "block")

SIZE = 20
SOURCE = "Bollinger (2001), Bollinger on Bollinger Bands"


def _deviation(block: Block) -> Array:
    """(S, T) deviation of 20 log closes, at least a tenth of the unit so that a flat band has a width."""
    return block.compute_once(
        "deviation", lambda: np.maximum(window_deviation(block.log_close, SIZE), block.unit * 0.1)
    )


@feature(
    warm_up=20,
    unit="half widths of the band",
    source=SOURCE,
    why="Where the price stands in its band of 20 sessions: moves beyond it tend to slow.",
)
def bollinger_position(block: Block) -> Array:
    """Distance from the mean of 20 sessions, in two deviations: (S, T)."""
    return np.asarray((block.log_close - block.mean(SIZE)) / (2 * _deviation(block)))


@feature(
    warm_up=20,
    unit="log of a ratio",
    source=SOURCE,
    why="How wide the band is for the current volatility: narrow while moves cancel, wide in a trend.",
)
def bollinger_width(block: Block) -> Array:
    """Log of the deviation of 20 log closes over that of as many sessions' moves: (S, T)."""
    return np.asarray(np.log(_deviation(block) / (block.unit * np.sqrt(SIZE))))
