"""The initial state of adaptive calibration: split conformal shifts on the calibrate sessions, shrunk.

A shift measured on a few hundred sessions is mostly noise, and noise increases pinball loss. It is shrunk
towards zero by the ratio of its size to that of chance, with a prior on the typical errors of models.
Sources: Romano, Patterson & Candès (2019), Conformalized Quantile Regression; Efron & Morris (1973), Stein's
Estimation Rule and Its Competitors; Newey & West (1987) for the variance.
"""

import numpy as np
from numpy.typing import NDArray

from morrow.calibration.adaptive import GROUPS, Adaptive
from morrow.calibration.error_modes import normal, spacing, split_modes
from morrow.metrics import long_run_variances

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST = 50  # minimum sessions with outcomes; with fewer, nothing is shifted
USUAL_WIDTH = 0.05  # typical relative error of width of a model
USUAL_SLIDE = 0.02  # typical one-sided error, in units of one session's volatility
GROUP_USUAL = 1.0  # typical difference of a group from all rows, as a multiple of the typical errors
WORTH = (0.25, 16.0)  # bounds on the worth of a session, divided by the step


def start(
    quantiles: NDArray[np.float32],
    actual: NDArray[np.float32],
    session: Whole,
    volatility: Array,
    levels: Array,
) -> Adaptive:
    """Build the state after the calibrate sessions, using all of their outcomes.

    Args:
        quantiles: (R, H, Q) in units of volatility, rows in any order.
        actual: (R, H) in the same unit, NaN where unknown.
        session: (R,) number of the cutoff session.
        volatility: (R,) known at the cutoff, positive.
        levels: (Q,).
    """
    steps, count = quantiles.shape[1:]
    log = np.log(volatility)
    edges, width = _edges(log)
    group = (log[:, None] > edges).sum(axis=1)
    common, groups = np.zeros((steps, count)), np.zeros((GROUPS, steps, count))
    worth, seen = 1 / np.arange(1.0, steps + 1), np.zeros(steps, dtype=np.int64)
    units = spacing(quantiles, levels)
    through = -1
    for step in range(steps):
        known = np.isfinite(actual[:, step]) & np.isfinite(quantiles[:, step]).all(axis=-1)
        if not known.any():
            continue
        through = max(through, int(session[known].max()) + step + 1)
        seen[step] = len(np.unique(session[known]))
        if seen[step] < FEWEST:
            continue
        gap = (actual[known, step, None] - quantiles[known, step]).astype(np.float64)
        shift = _quantiles(gap, levels)
        worth[step] = _worth(gap <= shift, session[known], step + 1, levels)
        chance = levels * (1 - levels) * units[step] ** 2 / (worth[step] * seen[step])
        common[step] = _shrink_shift(shift, chance, levels, units[step], step + 1, 1.0)
        for one in range(GROUPS):
            mine = gap[group[known] == one] - common[step]
            if len(mine) * GROUPS >= FEWEST:
                more = chance * len(gap) / len(mine)
                own = _quantiles(mine, levels)
                groups[one, step] = _shrink_shift(own, more, levels, units[step], step + 1, GROUP_USUAL)
    return Adaptive(levels.copy(), common, groups, edges, width, units, worth, seen, through)


def _edges(log: Array) -> tuple[Array, float]:
    """Terciles of log volatility and the distance between them; defaults if there are no rows."""
    known = log[np.isfinite(log)]
    if not len(known):
        return np.zeros(GROUPS - 1), 0.1
    edges = np.quantile(known, np.arange(1, GROUPS) / GROUPS)
    return edges, max(float(edges[-1] - edges[0]), 0.1)


def _quantiles(gap: Array, levels: Array) -> Array:
    """Quantile of each column at its own level: (R, Q) -> (Q,)."""
    return np.array([np.quantile(gap[:, column], level) for column, level in enumerate(levels)])


def _worth(hit: NDArray[np.bool_], session: Whole, step: int, levels: Array) -> float:
    """Independent outcomes that a session is worth, from the variance of the hit rate between sessions.

    More than one when many symbols move independently; less when steps overlap or misses cluster. It is
    capped at one per symbol row, divided by the number of steps that overlap on a session: a short
    period, in which a cluster looks like the level itself, would give more.
    """
    _, code, rows = np.unique(session, return_inverse=True, return_counts=True)
    share = np.stack([np.bincount(code, column) for column in hit.T], axis=1) / rows[:, None]
    variance = long_run_variances(share, min(2 * step + 4, len(share) - 1))
    independent = float((levels * (1 - levels)).sum() / max(float(variance.sum()), 1e-9))
    most = min(WORTH[1], max(float(rows.mean()), WORTH[0]))
    return float(np.clip(independent, WORTH[0] / step, most / step))


def _shrink_shift(shift: Array, chance: Array, levels: Array, units: Array, step: int, usual: float) -> Array:
    """Shrink the measured shift: (Q,); its widening and its sliding are each shrunk as a whole."""
    widen, slide = split_modes(levels)
    shrunk = np.zeros_like(shift)
    wide = (usual * USUAL_WIDTH * normal(levels)[0]) ** 2
    aside = np.full(len(levels), (usual * USUAL_SLIDE) ** 2 * step)
    for matrix, prior in ((widen, wide), (slide, aside)):
        part = shift @ matrix
        noise = chance @ matrix**2
        signal = (prior + np.maximum(part**2 - noise, 0)) / 2
        whole = ((signal + noise) / units).sum()
        shrunk += part * ((signal / units).sum() / whole if whole > 0 else 0)
    return shrunk
