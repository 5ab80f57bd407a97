"""The range of features and volatility that a model was trained on, and the rows that lie far outside it.

A model may answer in a more volatile market than any in its training: units and clipped features allow for
that. It must not answer for a symbol whose data are broken. A row is therefore an outlier only if a feature
lies more than two full training ranges beyond an end (slow features cover little of their range in a short
history), or the volatility more than a factor of four beyond. Features that a session's symbols share do not
count: an unusual market would send every symbol to the fallback on the day when symbols differ most.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.features import REGISTRY
from morrow.panel.panel import Panel

Rows = NDArray[np.int64]

TRIM = 0.001  # share of fit rows trimmed at each end, so that a few bad ones do not widen it
RANGES = 2.0  # full ranges beyond an end
FACTOR = 4.0  # of volatility beyond the fitted ends
CONSTANT = 1e-6  # a range this small relative to its values is that of a constant
SHARED = ("calendar", "market")  # groups of features that are equal for all symbols, or bounded ranks


def measure_range(panel: Panel, rows: Rows) -> dict[str, Any]:
    """Measure the range of features and volatility on the fit rows: a model document's ``range``.

    Returns:
        ``features``: by name, lowest and highest value after trimming a thousandth of the rows at each end;
        ``unit``: the same for volatility.
    """
    features = {
        name: _find_ends(panel.features[rows, column])
        for column, name in enumerate(panel.names)
        if name not in REGISTRY or REGISTRY[name].group not in SHARED
    }
    known = {name: ends for name, ends in features.items() if ends is not None}
    return {"features": known, "unit": _find_ends(panel.unit[rows])}


def explain_outliers(
    training_range: Mapping[str, Any] | None, panel: Panel, rows: Rows
) -> NDArray[np.object_]:
    """Explain why each row lies far outside the training range; "" for a row that does not: (N,).

    Args:
        training_range: from :func:`measure_range`; if empty, no row is an outlier.
        panel: with the model's features.
        rows: (N,).
    """
    reasons = np.full(len(rows), "", dtype=object)
    if training_range is None:
        return reasons
    for column, name in enumerate(panel.names):
        if name not in training_range["features"]:
            continue
        low, high = training_range["features"][name]
        if high - low <= CONSTANT * max(abs(low), abs(high)):
            continue
        value = panel.features[rows, column].astype(np.float64)
        room = RANGES * (high - low)
        off = (value < low - room) | (value > high + room)
        for index in np.flatnonzero(off & (reasons == "")):
            reasons[index] = (
                f"feature {name} {value[index]:.3g} is beyond what training saw, {low:.3g} to {high:.3g}"
            )
    if training_range["unit"] is not None:
        low, high = training_range["unit"]
        unit = panel.unit[rows]
        for index in np.flatnonzero((unit < low / FACTOR) | (unit > high * FACTOR)):
            reasons[index] = (
                f"volatility {_percent(unit[index])} a session is off the scale of training, "
                f"{_percent(low)} to {_percent(high)}"
            )
    return reasons


def _find_ends(values: NDArray[Any]) -> list[float] | None:
    """Lowest and highest known value, trimmed; None if no value is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known.astype(np.float64), [TRIM, 1 - TRIM])
    return [float(low), float(high)]


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
