"""Who may be forecast at a cutoff and how, and why the others may not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.config import Forecast, Time
from morrow.panel.outside import outside
from morrow.panel.parts import part_length
from morrow.panel.rows import Panel

SHORTEST = 60  # sessions that unconditional quantiles need
OUTSIDE, PEGGED, STALE, YOUNG = "outside", "pegged", "stale", "young"


@dataclass(frozen=True)
class Fallback:
    """A row that every model answers alike, with unconditional quantiles: its flags, and why."""

    row: int
    flags: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Standing:
    """Who is forecast at a cutoff.

    Attributes:
        eligible: rows (N,) for the model.
        fallback: rows for unconditional quantiles; a stale one is its symbol's last, before the cutoff.
        left_out: symbols that are not forecast, with the reason.
    """

    eligible: NDArray[np.int64]
    fallback: tuple[Fallback, ...]
    left_out: dict[str, str]

    @property
    def forecast(self) -> int:
        """How many symbols are forecast."""
        return len(self.eligible) + len(self.fallback)

    @property
    def pegged(self) -> NDArray[np.int64]:
        """Rows of the pegged."""
        return np.array([one.row for one in self.fallback if PEGGED in one.flags], dtype=np.int64)


def standing(
    panel: Panel,
    forecast: Forecast,
    time: Time,
    *,
    known: Mapping[str, Any] | None = None,
    leave_gaps_out: bool = False,
) -> Standing:
    """Sort the symbols at the panel's last session into eligible, fallback and left out.

    Args:
        panel: through the cutoff.
        forecast: window and longest gap.
        time: sizes of the parts.
        known: what a model has seen in training, of :func:`morrow.panel.seen`; None has nobody outside.
        leave_gaps_out: leave out who has no bar at the cutoff, instead of standing on the last price.
    """
    last = len(panel.sessions) - 1
    eligible = np.flatnonzero((panel.session == last) & panel.eligible)
    served = set(panel.symbol[eligible])
    starts = np.searchsorted(panel.symbol, np.arange(len(panel.symbols)), side="right") - 1
    why = outside(known, panel, eligible)
    off = why != ""
    fallback = [
        Fallback(int(row), (OUTSIDE,), text) for row, text in zip(eligible[off], why[off], strict=True)
    ]
    left_out: dict[str, str] = {}
    for code, name in enumerate(panel.symbols):
        if code in served:
            continue
        if name in panel.outsiders:
            left_out[name] = panel.outsiders[name]
            continue
        found = _fallback(panel, int(starts[code]), forecast, time, leave_gaps_out=leave_gaps_out)
        if isinstance(found, Fallback):
            fallback.append(found)
        else:
            left_out[name] = found
    return Standing(eligible[~off], tuple(fallback), left_out)


def _fallback(
    panel: Panel, row: int, forecast: Forecast, time: Time, *, leave_gaps_out: bool
) -> Fallback | str:
    """The fallback of a symbol by its last row, or why it has none."""
    last, age = len(panel.sessions) - 1, int(panel.position[row]) + 1
    behind, enough = last - int(panel.session[row]), age >= SHORTEST
    flags = (PEGGED,) if panel.pegged[row] else ()
    if behind:
        why = f"no bar at the cutoff; its last is {panel.sessions[panel.session[row]]}"
        return (
            Fallback(row, (*flags, STALE), why)
            if (enough and behind <= forecast.max_gap and not leave_gaps_out)
            else why
        )
    if flags and enough:
        return Fallback(row, flags, "pegged")
    length = part_length(len(panel.sessions), time)
    needed = forecast.window + 4 * length
    if age < needed:
        why = (
            f"{age} sessions of unbroken history; a window of {forecast.window} and four parts of {length} "
            f"need {needed}"
        )
        return Fallback(row, (YOUNG,), why) if enough else why
    if panel.ready[row]:
        return f"its features have been known for {panel.reach[row]} sessions; {forecast.window} are needed"
    missing = [n for n, v in zip(panel.names, panel.features[row], strict=True) if not np.isfinite(v)]
    return f"features {', '.join(missing[:3])} are not known at the cutoff"
