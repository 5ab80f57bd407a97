"""Volume relative to its own average; averages skip sessions without a volume."""

import numpy as np

from morrow.features.bars import Array, Block
from morrow.features.declaration import make_decorator
from morrow.features.windows import window_sum

feature = make_decorator("volume", "block")

INPUTS = ("volume",)
UNIT = "log of a ratio"
LONG, LONG_LEAST = 60, 40  # sessions in the long average, and the minimum with a volume
SOURCE = "Karpoff (1987), Journal of Financial and Quantitative Analysis 22(1)"


def _log_volume(block: Block) -> Array:
    """(S, T) log of (1 + volume in units), NaN without a volume."""
    return block.compute_once("log_volume", lambda: np.log1p(block.volume))


def _average(block: Block, size: int, least: int) -> Array:
    """(S, T) mean over the window's sessions that have a volume, NaN with fewer than ``least``."""

    def mean() -> Array:
        log_volume = _log_volume(block)
        known = np.isfinite(log_volume)
        # Zeros before the first bar let a series shorter than the window count the bars it has.
        edge = np.zeros((*log_volume.shape[:-1], size - 1))
        counted = window_sum(np.concatenate([edge, known.astype(float)], axis=-1), size)[..., size - 1 :]
        total = window_sum(np.concatenate([edge, np.where(known, log_volume, 0.0)], axis=-1), size)
        return np.where(counted >= least, total[..., size - 1 :] / np.maximum(counted, 1), np.nan)

    return block.compute_once(("volume", size), mean)


@feature(
    warm_up=LONG_LEAST - 1,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="The last session's volume against the usual: trading comes with volatility.",
)
def volume_ratio_1(block: Block) -> Array:
    """Log volume less its mean of sixty sessions: (S, T)."""
    return _log_volume(block) - _average(block, LONG, LONG_LEAST)


@feature(
    warm_up=LONG_LEAST - 1,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="A week's volume against the usual: interest that lasts longer than a session.",
)
def volume_ratio_5(block: Block) -> Array:
    """Mean log volume of five sessions less that of sixty: (S, T)."""
    ratio = _average(block, 5, 3) - _average(block, LONG, LONG_LEAST)
    return np.where(np.isfinite(_log_volume(block)), ratio, np.nan)


@feature(
    warm_up=LONG_LEAST - 1,
    inputs=INPUTS,
    unit=UNIT,
    source=SOURCE,
    why="A month's volume against the usual: interest that comes or goes slowly.",
)
def volume_ratio_20(block: Block) -> Array:
    """Mean log volume of twenty sessions less that of sixty: (S, T)."""
    ratio = _average(block, 20, 10) - _average(block, LONG, LONG_LEAST)
    return np.where(np.isfinite(_log_volume(block)), ratio, np.nan)


@feature(
    warm_up=LONG_LEAST - 1,
    inputs=("close", "volume"),
    unit="volatility of a session",
    source="Campbell, Grossman & Wang (1993), Quarterly Journal of Economics 108(4)",
    why="The last move weighted by its volume: moves on heavy trading tend to turn, or to be news.",
)
def volume_move(block: Block) -> Array:
    """Last move times its volume over the usual, at most three times: (S, T)."""
    ratio = np.exp(np.minimum(_log_volume(block) - _average(block, LONG, LONG_LEAST), np.log(3.0)))
    return np.asarray(block.returns / block.unit * ratio)
