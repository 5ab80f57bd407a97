"""Volatility and the position of the close, from each bar's open, high and low."""

import numpy as np

from morrow.features.bars import Array, Block, wilder_mean
from morrow.features.declaration import make_decorator
from morrow.features.windows import lag_values, window_mean

feature = make_decorator("volatility", "block")

FIELDS = ("open", "high", "low", "close")
SIZES = (10, 20, 60)


def _mask_no_range(block: Block, values: Array) -> Array:
    """Set values to NaN where the bar has no range: (S, T)."""
    return np.asarray(np.where(block.no_range, np.nan, values))


@feature(
    warm_up=20,
    inputs=FIELDS,
    unit="log of a ratio to the unit",
    source="Wilder (1978), New Concepts in Technical Trading Systems",
    why="The true range of about 14 sessions: it sees moves inside a session and gaps between two.",
)
def atr_14(block: Block) -> Array:
    """Average true range of log prices against the unit: (S, T)."""
    before = lag_values(block.log_close, 1)
    above, below = np.abs(block.log_high - before), np.abs(block.log_low - before)
    true_range = np.maximum(np.maximum(block.spread, above), below)
    return _mask_no_range(block, block.log_ratio(np.square(wilder_mean(true_range, 14))))


@feature(
    warm_up=20,
    inputs=FIELDS,
    unit="log of a ratio to the unit",
    why="The range of the last session against the unit: the newest sign of volatility.",
)
def range_1(block: Block) -> Array:
    """Log of the last range over the unit, bounded from below: (S, T)."""
    return _mask_no_range(block, np.log(np.maximum(block.spread, 0.05 * block.unit) / block.unit))


@feature(
    warm_up=0,
    inputs=FIELDS,
    unit="-1 to 1",
    why="Where the session closed in its range: which side ended it.",
)
def close_in_range(block: Block) -> Array:
    """Position of the close between low and high, 0 where they are the same: (S, T)."""
    wide = block.spread > 0
    position = np.where(wide, (2 * block.log_close - block.log_high - block.log_low), 0.0)
    return _mask_no_range(block, position / np.where(wide, block.spread, 1.0))


@feature(
    warm_up=20,
    inputs=FIELDS,
    unit="volatility of a session",
    why="The move from the close before to the open: news while nobody traded.",
)
def overnight(block: Block) -> Array:
    """Log open less the log close before, over the unit: (S, T)."""
    return _mask_no_range(block, (block.log_open - lag_values(block.log_close, 1)) / block.unit)


def _garman_klass(block: Block) -> Array:
    inside = np.square(block.log_close - block.log_open)
    return np.asarray(0.5 * block.spread**2 - (2 * np.log(2) - 1) * inside)


def _rogers_satchell(block: Block) -> Array:
    high, low, close = (each - block.log_open for each in (block.log_high, block.log_low, block.log_close))
    return high * (high - close) + low * (low - close)


def _yang_zhang(block: Block, size: int) -> Array:
    gap = block.log_open - lag_values(block.log_close, 1)
    inside = block.log_close - block.log_open
    share = 0.34 / (1.34 + (size + 1) / (size - 1))
    drift = window_mean(_rogers_satchell(block), size)
    return _variance(gap, size) + share * _variance(inside, size) + (1 - share) * drift


def _variance(values: Array, size: int) -> Array:
    mean = window_mean(values, size)
    return (window_mean(values**2, size) - mean**2) * size / (size - 1)


ESTIMATORS = (
    ("parkinson", 0, "Parkinson (1980), Journal of Business 53(1)", "five times as efficient as closes",
     lambda block, size: window_mean(block.spread**2, size) / (4 * np.log(2))),
    ("garman_klass", 0, "Garman & Klass (1980), Journal of Business 53(1)", "range and close together",
     lambda block, size: window_mean(_garman_klass(block), size)),
    ("rogers_satchell", 0, "Rogers & Satchell (1991), Annals of Applied Probability 1(4)",
     "right in a trend too", lambda block, size: window_mean(_rogers_satchell(block), size)),
    ("yang_zhang", 1, "Yang & Zhang (2000), Journal of Business 73(3)", "with the gaps between sessions",
     _yang_zhang),
)  # fmt: skip


def _declare_estimator(index: int, size: int) -> None:
    name, lag, source, merit, variance = ESTIMATORS[index]

    @feature(
        name=f"{name}_{size}",
        warm_up=max(size - 1 + lag, 20),
        inputs=FIELDS,
        unit="log of a ratio to the unit",
        source=source,
        why=f"Volatility of {size} sessions from their ranges, {merit}.",
    )
    def estimate(block: Block) -> Array:
        return _mask_no_range(block, block.log_ratio(variance(block, size)))

    del estimate


for _index in range(len(ESTIMATORS)):
    for _size in SIZES:
        _declare_estimator(_index, _size)
