"""The price against a band of deviations around its mean."""

import numpy as np

from morrow.features.block import Array, Block
from morrow.features.declared import declaring
from morrow.features.windows import window_deviation

feature = declaring("bands", "block")

SIZE = 20
SOURCE = "Bollinger (2001), Bollinger on Bollinger Bands"


def _deviation(block: Block) -> Array:
    """(S, T) of 20 log closes; the unit of volatility keeps a band of closes that did not move open."""
    return block.once(
        "deviation", lambda: np.maximum(window_deviation(block.log_close, SIZE), block.unit * 0.1)
    )


@feature(
    warm_up=20,
    unit="half widths of the band",
    source=SOURCE,
    why="Where the price stands in its band of 20 sessions: outside it moves tend to slow.",
)
def bollinger_position(block: Block) -> Array:
    """Distance from the mean of 20 sessions, in two deviations: (S, T)."""
    return np.asarray((block.log_close - block.mean(SIZE)) / (2 * _deviation(block)))


@feature(
    warm_up=20,
    unit="log of a ratio",
    source=SOURCE,
    why="How wide the band is for the volatility there is: narrow while moves cancel, wide in a trend.",
)
def bollinger_width(block: Block) -> Array:
    """Log of the deviation of 20 log closes over that of as many sessions' moves: (S, T)."""
    return np.asarray(np.log(_deviation(block) / (block.unit * np.sqrt(SIZE))))
