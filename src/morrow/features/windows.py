"""Rolling sums, extremes and lags; each value depends only on the bars of its own window.

Windows are built by doubling, joining the same bars in the same order wherever the series begins, so that
an earlier start of the history does not change a later value by a single bit.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lag_values(values: Array, lag: int) -> Array:
    """The value ``lag`` bars earlier, NaN before the first: (..., T) -> (..., T)."""
    result = np.full(values.shape, np.nan)
    if lag < values.shape[-1]:
        result[..., lag:] = values[..., : values.shape[-1] - lag]
    return result


def window_sum(values: Array, size: int) -> Array:
    """Sum of the last ``size`` values, NaN until there are that many: (..., T) -> (..., T)."""
    return _join_window(values, size, np.add)


def window_mean(values: Array, size: int) -> Array:
    """Mean of the last ``size`` values, NaN until there are that many: (..., T) -> (..., T)."""
    return window_sum(values, size) / size


def window_max(values: Array, size: int) -> Array:
    """Maximum of the last ``size`` values, NaN until there are that many: (..., T) -> (..., T)."""
    return _join_window(values, size, np.maximum)


def window_min(values: Array, size: int) -> Array:
    """Minimum of the last ``size`` values, NaN until there are that many: (..., T) -> (..., T)."""
    return _join_window(values, size, np.minimum)


def window_deviation(values: Array, size: int) -> Array:
    """Population standard deviation of the last ``size`` values: (..., T) -> (..., T).

    Source: the two-pass algorithm, which avoids subtracting two large squares.
    """
    mean = window_mean(values, size)
    total = np.zeros(values.shape)
    part = np.empty(values.shape)
    for lag in range(min(size, values.shape[-1])):
        np.subtract(values[..., : values.shape[-1] - lag], mean[..., lag:], out=part[..., lag:])
        np.square(part, out=part)
        total[..., lag:] += part[..., lag:]
    return np.sqrt(total / size)


def _join_window(values: Array, size: int, join: Callable[..., Array]) -> Array:
    """Reduce the last ``size`` values by joining windows of powers of two."""
    length = values.shape[-1]
    result = np.full(values.shape, np.nan)
    if size > length:
        return result
    block, width = values, 1  # reductions of the last ``width`` values, from the first full window on
    joined, covered = values[..., :0], 0  # reductions of the last ``covered`` values, likewise
    while covered < size:
        if size & width:
            older = block[..., : length - covered - width + 1]
            joined = join(joined[..., width:], older) if covered else older
            covered += width
        if covered < size:
            block = join(block[..., width:], block[..., :-width])
            width *= 2
    result[..., size - 1 :] = joined
    return result
