"""Who may be forecast at a cutoff, and why the others may not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.config import Forecast, Time
from morrow.panel.parts import part_length
from morrow.panel.rows import Panel

SHORTEST = 60  # sessions that unconditional quantiles need


@dataclass(frozen=True)
class Standing:
    """Who is forecast at a cutoff.

    Attributes:
        eligible: rows (N,) for the model.
        pegged: rows for the fallback.
        left_out: symbols that are not forecast, with the reason.
    """

    eligible: NDArray[np.int64]
    pegged: NDArray[np.int64]
    left_out: dict[str, str]


def standing(panel: Panel, forecast: Forecast, time: Time) -> Standing:
    """Sort the symbols at the panel's last session into eligible, pegged and left out."""
    last = len(panel.sessions) - 1
    now = panel.session == last
    length, window = part_length(len(panel.sessions), time), forecast.window
    enough = panel.position + 1 >= SHORTEST
    eligible = np.flatnonzero(now & panel.eligible)
    pegged = np.flatnonzero(now & panel.pegged & enough)
    served = set(panel.symbol[eligible]) | set(panel.symbol[pegged])
    left_out = {}
    for code, name in enumerate(panel.symbols):
        if code in served:
            continue
        newest = int(np.flatnonzero(panel.symbol == code)[-1])
        age = int(panel.position[newest]) + 1
        if panel.session[newest] < last:
            left_out[name] = f"no bar at the cutoff; its last is {panel.sessions[panel.session[newest]]}"
        elif age < window + 4 * length:
            left_out[name] = (
                f"{age} sessions of unbroken history; a window of {window} and four parts of {length} "
                f"need {window + 4 * length}"
            )
        elif panel.ready[newest]:
            left_out[name] = (
                f"its features have been known for {panel.reach[newest]} sessions; {window} are needed"
            )
        else:
            missing = [
                n for n, v in zip(panel.names, panel.features[newest], strict=True) if not np.isfinite(v)
            ]
            left_out[name] = f"features {', '.join(missing[:3])} are not known at the cutoff"
    return Standing(eligible, pegged, left_out)
