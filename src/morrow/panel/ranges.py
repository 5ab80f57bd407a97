"""What a bar's open, high and low say of its session's variance."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def day_variance(bars: pd.DataFrame) -> NDArray[np.float32]:
    """Variance of each session's log return: (R,), never below the floor's; NaN without a range.

    The squared move from the close before to the open, and Garman and Klass's estimate from there on.
    A close or an open beyond its bar's range widens the range. The first bar of a series has no move
    before it and is NaN.

    Args:
        bars: sorted by series, then session; columns series, open, high, low, close (adjusted, quote
            currency) and floor (smallest volatility, log return).

    Source: Garman & Klass (1980), Journal of Business 53(1).
    """
    opened, high, low, close = (np.log(bars[name].to_numpy()) for name in ("open", "high", "low", "close"))
    spread = np.maximum(np.maximum(high, opened), close) - np.minimum(np.minimum(low, opened), close)
    inside = 0.5 * np.square(spread) - (2 * np.log(2) - 1) * np.square(close - opened)
    before = opened - np.concatenate([[np.nan], close[:-1]])
    series = bars["series"].to_numpy()
    before[np.concatenate([[True], series[1:] != series[:-1]])] = np.nan
    variance = np.maximum(inside + np.square(before), np.square(bars["floor"].to_numpy()))
    return np.asarray(variance, dtype=np.float32)
