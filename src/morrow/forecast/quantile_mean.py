"""Combine the forecasts of several fitted models: the weighted mean of their quantiles at each level."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def average_quantiles(
    answers: Iterable[NDArray[np.float32]], weights: Sequence[float], scale: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Weighted mean of quantiles of the log return, in units of the scale: (N, H, Q).

    Only one array is held at a time. A mean of ordered quantiles is in order. Unlike a mixture of
    distributions, it is no wider than its members are on average.

    Args:
        answers: (N, H, Q) each, one or more, in the order of the weights; log return.
        weights: one per array, non-negative, summing to one.
        scale: (N, H) log return.

    Source: Vincent (1912); Ratcliff (1979), Psychological Bulletin 86(3).
    """
    total: NDArray[np.float64] | None = None
    for answer, weight in zip(answers, weights, strict=True):
        part = weight * answer.astype(np.float64)
        total = part if total is None else np.add(total, part, out=total)
    if total is None:
        raise ValueError("there is nothing to take the mean of")
    return (total / scale[..., None]).astype(np.float32)
