"""The price relative to its own moving averages."""

import numpy as np

from morrow.features.bars import Array, Block, mask_warm_up
from morrow.features.declaration import make_decorator

feature = make_decorator("trend", "block")

AVERAGES = (10, 20, 50, 100, 200)
FAST, SLOW, SIGNAL = 12, 26, 9


def declare_distance(size: int) -> None:
    """Declare the distance from the average of the last ``size`` closes."""

    @feature(
        name=f"average_distance_{size}",
        warm_up=max(size - 1, 20),
        unit="volatility of as many sessions",
        source="Brock, Lakonishok & LeBaron (1992), Journal of Finance 47(5)",
        why=f"How far the price is above its mean of {size} sessions: trend, or room to revert.",
    )
    def above(block: Block) -> Array:
        return np.asarray((block.log_close - block.mean(size)) / (block.unit * np.sqrt(size)))

    del above


for _size in AVERAGES:
    declare_distance(_size)


def _macd(block: Block) -> Array:
    """Fast minus slow moving average of log closes: (S, T)."""
    fast, slow = (block.ewma("log_close", lambda: block.log_close, span, 0) for span in (FAST, SLOW))
    return block.compute_once("macd", lambda: fast - slow)


@feature(
    warm_up=SLOW + SIGNAL,
    unit="volatility of 12 sessions",
    source="Appel (1979), The Moving Average Convergence-Divergence Method",
    why="A fast average above a slow one: the trend of about a month in one number.",
)
def macd(block: Block) -> Array:
    """MACD line of log closes: (S, T)."""
    return mask_warm_up(_macd(block) / (block.unit * np.sqrt(FAST)), SLOW + SIGNAL)


@feature(
    warm_up=SLOW + SIGNAL,
    unit="volatility of 12 sessions",
    source="Appel (1979), The Moving Average Convergence-Divergence Method",
    why="MACD above its own average: whether the trend gains or fades.",
)
def macd_histogram(block: Block) -> Array:
    """MACD line less its signal line: (S, T)."""
    line = _macd(block)
    signal = block.ewma("macd", lambda: line, SIGNAL, 0)
    return mask_warm_up((line - signal) / (block.unit * np.sqrt(FAST)), SLOW + SIGNAL)
