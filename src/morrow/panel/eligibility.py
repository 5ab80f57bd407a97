"""Decide which symbols are forecast at a cutoff, by the model or by a fallback, and why others are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.config import ZERO_SHOT, Forecast
from morrow.features import REGISTRY
from morrow.panel.bars import SHORTEST
from morrow.panel.panel import Panel
from morrow.panel.training_range import explain_outliers

OUTSIDE, PARTIAL, PEGGED, STALE, YOUNG = "outside", "partial", "pegged", "stale", "young"


@dataclass(frozen=True)
class Fallback:
    """A row that every model answers in the same way, with its flags and the reason.

    With the flag ``zero-shot`` a pretrained network answers it, else its own unconditional quantiles.
    """

    row: int
    flags: tuple[str, ...]
    reason: str

    @property
    def is_zero_shot(self) -> bool:
        """Whether a pretrained network answers the row."""
        return ZERO_SHOT in self.flags


@dataclass(frozen=True)
class Eligibility:
    """Which symbols are forecast at a cutoff.

    Attributes:
        eligible: rows (N,) for the model.
        fallback: the other rows that are forecast; a stale one is its symbol's last before the cutoff.
        left_out: symbols that are not forecast, with the reason.
        last_bars: the last session of each symbol left out for lack of a bar at the cutoff.
    """

    eligible: NDArray[np.int64]
    fallback: tuple[Fallback, ...]
    left_out: dict[str, str]
    last_bars: Mapping[str, date]

    @property
    def symbol_count(self) -> int:
        """Number of symbols that are forecast."""
        return len(self.eligible) + len(self.fallback)

    @property
    def pegged_rows(self) -> NDArray[np.int64]:
        """Rows of the pegged symbols."""
        return np.array([one.row for one in self.fallback if PEGGED in one.flags], dtype=np.int64)


def assess_eligibility(
    panel: Panel,
    forecast: Forecast,
    *,
    training_range: Mapping[str, Any] | None = None,
    leave_gaps_out: bool = False,
    untrained: str = "",
) -> Eligibility:
    """Classify the symbols at the panel's last session as eligible, fallback or left out.

    Args:
        panel: through the cutoff.
        forecast: window and longest gap.
        training_range: the model's, from :func:`morrow.panel.measure_range`; if empty, no row is an outlier.
        leave_gaps_out: leave out a symbol without a bar at the cutoff, instead of using its last price.
        untrained: why there is no model; then every row that would be eligible is answered zero-shot.
    """
    last = len(panel.sessions) - 1
    eligible = np.flatnonzero((panel.session == last) & panel.eligible)
    forecast_codes = set(panel.symbol[eligible])
    last_rows = np.searchsorted(panel.symbol, np.arange(len(panel.symbols)), side="right") - 1
    reasons = explain_outliers(training_range, panel, eligible)
    off = reasons != ""
    fallback = [
        Fallback(int(row), (OUTSIDE,), text) for row, text in zip(eligible[off], reasons[off], strict=True)
    ]
    if untrained:
        fallback, off = [Fallback(int(row), (ZERO_SHOT,), untrained) for row in eligible], eligible >= 0
    left_out: dict[str, str] = {}
    last_bars: dict[str, date] = {}
    for code, name in enumerate(panel.symbols):
        if code in forecast_codes:
            continue
        if name in panel.outsiders:
            left_out[name] = panel.outsiders[name]
            continue
        result = _find_fallback(panel, int(last_rows[code]), forecast, leave_gaps_out=leave_gaps_out)
        if isinstance(result, Fallback):
            fallback.append(result)
        else:
            left_out[name] = result
            newest = panel.session[last_rows[code]]
            if newest < last:
                last_bars[name] = panel.sessions[newest].astype(date)
    return Eligibility(eligible[~off], tuple(fallback), left_out, last_bars)


def _find_fallback(panel: Panel, row: int, forecast: Forecast, *, leave_gaps_out: bool) -> Fallback | str:
    """Build a symbol's fallback from its last row, or explain why it has none."""
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
    if not enough:
        return f"{age} sessions of unbroken history; {SHORTEST} are needed for a forecast"
    if shortage := _why_young(panel, row, forecast.window):
        return Fallback(row, _add_zero_shot(panel, row, YOUNG), shortage)
    missing = [n for n, v in zip(panel.names, panel.features[row], strict=True) if not np.isfinite(v)]
    why = f"features {', '.join(missing[:3])} are not known at the cutoff"
    return Fallback(row, _add_zero_shot(panel, row, PARTIAL), why)


def _add_zero_shot(panel: Panel, row: int, flag: str) -> tuple[str, ...]:
    """The flags of a row that lacks features: a pretrained network needs its volatility alone."""
    return (flag, ZERO_SHOT) if np.isfinite(panel.unit[row]) else (flag,)


def _why_young(panel: Panel, row: int, window: int) -> str | None:
    """Why a row's series is too short for a window of known features; None if that is not what it lacks."""
    age, reach = int(panel.position[row]) + 1, int(panel.reach[row])
    warm_up = max(REGISTRY[name].warm_up if name in REGISTRY else 0 for name in panel.names)
    if reach >= window or not (panel.ready[row] or age <= warm_up + window):
        return None
    if reach >= 0:
        return f"its features have been known for {reach} sessions; {window} are needed"
    return f"{age} sessions of unbroken history; its features need {warm_up}, and then a window of {window}"
