"""The position of the price between the extremes of recent sessions."""

import numpy as np

from morrow.features.bars import Array, Block, wilder_mean
from morrow.features.declaration import make_decorator
from morrow.features.windows import lag_values, window_max, window_min

feature = make_decorator("oscillators", "block")

PERIODS = (5, 14, 28)


def _declare_rsi(period: int) -> None:
    @feature(
        name=f"rsi_{period}",
        warm_up=period,
        unit="-1 to 1",
        source="Wilder (1978), New Concepts in Technical Trading Systems",
        why=f"Rises against falls of about {period} sessions: strength that may be overdone.",
    )
    def strength(block: Block) -> Array:
        moves = block.compute_once("price_moves", lambda: block.close - lag_values(block.close, 1))
        rise = wilder_mean(np.maximum(moves, 0), period)
        fall = wilder_mean(np.maximum(-moves, 0), period)
        total = rise + fall
        still = total <= 0
        return np.asarray(np.where(still, 0.0, 2 * rise / np.where(still, 1.0, total) - 1))

    del strength


for _period in PERIODS:
    _declare_rsi(_period)


@feature(
    warm_up=13,
    inputs=("open", "high", "low", "close"),
    unit="-1 to 1",
    source="Lane (1984), Technical Analysis of Stocks & Commodities 2(3)",
    why="The close between the low and the high of 14 sessions: near an end it may break out or revert.",
)
def stochastic_14(block: Block) -> Array:
    """Position of the close in the range of 14 sessions: (S, T)."""
    position = _position(block.log_close, window_min(block.log_low, 14), window_max(block.log_high, 14))
    return np.asarray(np.where(block.no_range, np.nan, position))


@feature(
    warm_up=19,
    unit="-1 to 1",
    source="Lane (1984), Technical Analysis of Stocks & Commodities 2(3)",
    why="The close between the least and the greatest of 20 closes, for series without ranges.",
)
def stochastic_close_20(block: Block) -> Array:
    """Position of the close among 20 closes: (S, T)."""
    return _position(block.log_close, window_min(block.log_close, 20), window_max(block.log_close, 20))


def _position(value: Array, least: Array, most: Array) -> Array:
    """Position from -1 at the minimum to 1 at the maximum, 0 where nothing moved."""
    wide = most - least
    return np.asarray(
        np.where(wide > 0, (2 * value - most - least) / np.where(wide > 0, wide, 1.0), 0 * wide)
    )
