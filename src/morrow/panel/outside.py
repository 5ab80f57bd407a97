"""Who stands so far outside what training saw that its model must not speak.

A model may be asked about a market wilder than any it has seen: units and clipped features carry it there.
What it must not be asked about is a symbol whose data have come apart. So only what lies two whole fitted
ranges beyond an end counts (slow features show little of their range in a short history), or a volatility
four times beyond; and nothing that a session's symbols share, because a market's own state would send all of
them to the fallback on the very day on which they differ most.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.features import REGISTRY
from morrow.panel.rows import Panel

Rows = NDArray[np.int64]

TRIM = (
    0.001  # share of the fit rows at each end that the range leaves out, so that few bad ones widen nothing
)
RANGES = 2.0  # whole ranges beyond an end
FACTOR = 4.0  # of volatility beyond the fitted ends
TRIFLE = 1e-6  # a range as small as this, relative to its values, is that of a constant
SHARED = (
    "calendar",
    "market",
)  # groups of features that are one for all symbols, or bounded places among them


def seen(panel: Panel, rows: Rows) -> dict[str, Any]:
    """What a model has seen in its fit rows: the document's ``range``.

    Returns:
        ``features``: by name the lowest and highest value, but for a thousandth of the rows at each end;
        ``unit``: the same of volatility.
    """
    features = {
        name: _ends(panel.features[rows, column])
        for column, name in enumerate(panel.names)
        if name not in REGISTRY or REGISTRY[name].group not in SHARED
    }
    found = {name: ends for name, ends in features.items() if ends is not None}
    return {"features": found, "unit": _ends(panel.unit[rows])}


def outside(known: Mapping[str, Any] | None, panel: Panel, rows: Rows) -> NDArray[np.object_]:
    """Why each row lies outside what training saw, or "": (N,).

    Args:
        known: of :func:`seen`; None, of a model that does not say, has nobody outside.
        panel: with the model's features.
        rows: (N,).
    """
    why = np.full(len(rows), "", dtype=object)
    if known is None:
        return why
    for column, name in enumerate(panel.names):
        if name not in known["features"]:
            continue
        low, high = known["features"][name]
        if high - low <= TRIFLE * max(abs(low), abs(high)):
            continue
        value = panel.features[rows, column].astype(np.float64)
        room = RANGES * (high - low)
        off = (value < low - room) | (value > high + room)
        for place in np.flatnonzero(off & (why == "")):
            why[place] = (
                f"feature {name} {value[place]:.3g} is beyond what training saw, {low:.3g} to {high:.3g}"
            )
    if known["unit"] is not None:
        low, high = known["unit"]
        unit = panel.unit[rows]
        for place in np.flatnonzero((unit < low / FACTOR) | (unit > high * FACTOR)):
            why[place] = (
                f"volatility {_percent(unit[place])} a session is off the scale of training, "
                f"{_percent(low)} to {_percent(high)}"
            )
    return why


def _ends(values: NDArray[Any]) -> list[float] | None:
    """Lowest and highest of what is known, trimmed; None where nothing is."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known.astype(np.float64), [TRIM, 1 - TRIM])
    return [float(low), float(high)]


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
