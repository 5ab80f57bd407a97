"""Volume against its own average; sessions without a volume are left out of the averages."""

import numpy as np

from morrow.features.block import Array, Block
from morrow.features.declared import declaring
from morrow.features.windows import window_sum

feature = declaring("volume", "block")

INPUTS = ("volume",)
UNIT = "log of a ratio"
WHOLE, ENOUGH = 60, 40  # sessions of the long average, and how many of them must have a volume
SOURCE = "Karpoff (1987), Journal of Financial and Quantitative Analysis 22(1)"


def _traded(block: Block) -> Array:
    """(S, T) log of one and the units traded, NaN without a volume."""
    return block.once("traded", lambda: np.log1p(block.volume))


def _average(block: Block, size: int, enough: int) -> Array:
    """(S, T) mean of the last sessions that had a volume, as soon as there are enough of them."""

    def mean() -> Array:
        traded = _traded(block)
        known = np.isfinite(traded)
        # A series that is shorter than the window counts what it has.
        edge = np.zeros((*traded.shape[:-1], size - 1))
        counted = window_sum(np.concatenate([edge, known.astype(float)], axis=-1), size)[..., size - 1 :]
        total = window_sum(np.concatenate([edge, np.where(known, traded, 0.0)], axis=-1), size)
        return np.where(counted >= enough, total[..., size - 1 :] / np.maximum(counted, 1), np.nan)

    return block.once(("volume", size), mean)


@feature(
    warm_up=ENOUGH - 1,
    reach=WHOLE,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="The last session's volume against the usual: trading comes with volatility.",
)
def volume_ratio_1(block: Block) -> Array:
    """Log volume less its mean of sixty sessions: (S, T)."""
    return _traded(block) - _average(block, WHOLE, ENOUGH)


@feature(
    warm_up=ENOUGH - 1,
    reach=WHOLE,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="A week's volume against the usual: interest that lasts longer than a session.",
)
def volume_ratio_5(block: Block) -> Array:
    """Mean log volume of five sessions less that of sixty: (S, T)."""
    ratio = _average(block, 5, 3) - _average(block, WHOLE, ENOUGH)
    return np.where(np.isfinite(_traded(block)), ratio, np.nan)


@feature(
    warm_up=ENOUGH - 1,
    reach=WHOLE,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="A month's volume against the usual: interest that comes or goes slowly.",
)
def volume_ratio_20(block: Block) -> Array:
    """Mean log volume of twenty sessions less that of sixty: (S, T)."""
    ratio = _average(block, 20, 10) - _average(block, WHOLE, ENOUGH)
    return np.where(np.isfinite(_traded(block)), ratio, np.nan)


@feature(
    warm_up=ENOUGH - 1,
    reach=WHOLE,
    inputs=("close", "volume"),
    unit="volatility of a session",
    source="Campbell, Grossman & Wang (1993), Quarterly Journal of Economics 108(4)",
    why="The last move weighted by its volume: moves on heavy trading tend to turn, or to be news.",
)
def volume_move(block: Block) -> Array:
    """Last move times its volume over the usual, at most thrice: (S, T)."""
    ratio = np.exp(np.minimum(_traded(block) - _average(block, WHOLE, ENOUGH), np.log(3.0)))
    return np.asarray(block.returns / block.unit * ratio)
