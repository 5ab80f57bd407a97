"""Compare two panels on the bars through a cutoff, item by item and bar by bar."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from morrow.panel import Panel

TOLERANCE = 1e-5  # of the value and of the item's standard deviation: rounding is not a leak
BARS = "the bars themselves"
STATES: Mapping[str, str] = {
    "adjusted price": "adjusted",
    "unit volatility": "unit",
    "first known session": "reach",
    "pegged": "pegged",
    "member": "member",
    "eligible": "eligible",
}

Marks = NDArray[np.bool_]


def find_changes(base: Panel, other: Panel, cutoff: np.datetime64) -> dict[str, Marks]:
    """Find the bars through the cutoff at which another panel differs.

    Args:
        base: the reference panel.
        other: a panel of the same universe with the same features.
        cutoff: last session to compare.

    Returns:
        For each feature and state that differs anywhere, (R,) marks of the base's bars. If the bars
        themselves differ, only those are marked.
    """
    mine, others = _through(base, cutoff), _through(other, cutoff)
    if not _same_bars(base, mine, other, others):
        return {BARS: _mark_missing_bars(base, mine, other, others)}
    differences = {}
    columns = {name: column for column, name in enumerate(other.names)}
    for column, name in enumerate(base.names):
        differences[name] = _differ(base.features[mine, column], other.features[others, columns[name]])
    for name, attribute in STATES.items():
        differences[name] = _differ(getattr(base, attribute)[mine], getattr(other, attribute)[others])
    marks = {}
    for name, differs in differences.items():
        if differs.any():
            marks[name] = np.zeros(len(base.session), bool)
            marks[name][np.flatnonzero(mine)[differs]] = True
    return marks


def _through(panel: Panel, cutoff: np.datetime64) -> Marks:
    known: Marks = panel.sessions[panel.session] <= cutoff
    return known


def _keys(panel: Panel, rows: Marks) -> tuple[NDArray[np.str_], NDArray[np.datetime64]]:
    return np.asarray(panel.symbols)[panel.symbol[rows]], panel.sessions[panel.session[rows]]


def _same_bars(base: Panel, mine: Marks, other: Panel, others: Marks) -> bool:
    if mine.sum() != others.sum():
        return False
    pairs = zip(_keys(base, mine), _keys(other, others), strict=True)
    return all(bool((a == b).all()) for a, b in pairs)


def _mark_missing_bars(base: Panel, mine: Marks, other: Panel, others: Marks) -> Marks:
    """Mark bars that the other panel lacks; if it only has extra bars, the last bar."""
    theirs = set(zip(*(key.tolist() for key in _keys(other, others)), strict=True))
    marks = np.zeros(len(base.session), bool)
    rows = np.flatnonzero(mine)
    keys = zip(*(key.tolist() for key in _keys(base, mine)), strict=True)
    marks[rows] = [key not in theirs for key in keys]
    if not marks.any():
        marks[rows[np.argmax(base.session[rows])]] = True
    return marks


def _differ(mine: NDArray[np.generic], others: NDArray[np.generic]) -> Marks:
    one, two = mine.astype(np.float64), others.astype(np.float64)
    finite = one[np.isfinite(one)]
    scale = float(finite.std()) if len(finite) else 0.0
    with np.errstate(invalid="ignore"):
        near = np.abs(one - two) <= TOLERANCE * (np.abs(one) + scale)
    same: Marks = near | (one == two) | (np.isnan(one) & np.isnan(two))
    return ~same
