"""Adaptive conformal calibration: quantile shifts updated by matured outcomes only.

Quantile tracking per step and level: a shift rises when more than the nominal share of outcomes lie above,
and falls otherwise. Sources: Gibbs & Candès (2021), Adaptive Conformal Inference Under Distribution Shift;
Angelopoulos, Candès & Tibshirani (2023), Conformal PID Control for Time Series Prediction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.calibration.error_modes import split_modes
from morrow.errors import ShapeError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

GROUPS = 3  # terciles of volatility
RATE = 0.002  # floor of the gain if a session is worth one outcome; it grows with the root of the worth
PRIOR = 200.0  # weight of "no shift", in independent outcomes
GROUP_SHARE = 0.5  # speed of a group's own update relative to the common one
SLIDE_SHARE = 1 / 3  # of the speed: one-sided errors are mostly noise, errors of width mostly are not
EDGE_RATE = 0.005  # an edge tracks the universe's volatility within two or three years


@dataclass(frozen=True)
class Adaptive:
    """The calibration state after a session.

    Attributes:
        levels: (Q,).
        common: (H, Q) shifts of every group, in units of the volatility known at the cutoff.
        groups: (G, H, Q) additional shifts of each volatility group, same unit.
        edges: (G − 1,) log volatility between the groups.
        width: log volatility between the outermost edges at the start, at least a tenth.
        spacing: (H, Q) units of volatility per unit of probability near each quantile.
        worth: (H,) independent outcomes that a session is worth.
        seen: (H,) sessions matured so far.
        through: the last session whose outcomes are included; −1 before any.
    """

    levels: Array
    common: Array
    groups: Array
    edges: Array
    width: float
    spacing: Array
    worth: Array
    seen: Whole
    through: int

    @property
    def gains(self) -> Array:
        """Gains (H,) of the next update; they fall as outcomes arrive, to a floor that keeps adapting."""
        return np.asarray(np.maximum(RATE * np.sqrt(self.worth), 1 / (PRIOR / self.worth + self.seen)))

    def document(self) -> dict[str, Any]:
        """Serialise the state to JSON values, exactly."""
        arrays = ("levels", "common", "groups", "edges", "spacing", "worth", "seen")
        arrays_as_lists = {name: getattr(self, name).tolist() for name in arrays}
        return {**arrays_as_lists, "width": self.width, "through": self.through}

    @classmethod
    def restore(cls, document: Mapping[str, Any]) -> "Adaptive":
        """Restore a state written by :meth:`document`, bit for bit."""
        names = ("levels", "common", "groups", "edges", "spacing", "worth")
        arrays = {name: np.array(document[name], dtype=np.float64) for name in names}
        seen = np.array(document["seen"], dtype=np.int64)
        return cls(**arrays, width=float(document["width"]), seen=seen, through=int(document["through"]))


def walk(
    state: Adaptive,
    quantiles: NDArray[np.float32],
    actual: NDArray[np.float32],
    session: Whole,
    volatility: Array,
    levels: Array,
) -> tuple[NDArray[np.float32], Adaptive]:
    """Calibrate forecasts session by session, each from the outcomes that had matured by its cutoff.

    To resume where another walk ended, pass the rows of the last H sessions again: their later steps have
    matured since. Rows before ``state.through`` get NaN, because the state includes later outcomes.

    Args:
        state: from :func:`start`, or from an earlier walk.
        quantiles: (R, H, Q) in units of volatility, rows in any order.
        actual: (R, H) in the same unit, NaN where unknown.
        session: (R,) number of the cutoff session; the target of step h is h sessions later.
        volatility: (R,) known at the cutoff, positive.
        levels: (Q,).

    Returns:
        (R, H, Q) in order, same unit; and the state, which includes all outcomes through the last cutoff.

    Raises:
        ShapeError: the levels or steps differ from the state's.
    """
    steps, count = state.common.shape
    if quantiles.shape[1:] != (steps, count) or not np.array_equal(levels, state.levels):
        raise ShapeError(
            f"quantiles have {quantiles.shape[1:]} steps and levels ({levels.tolist()}); the calibration was "
            f"started with {(steps, count)} ({state.levels.tolist()})"
        )
    if not len(quantiles):
        return quantiles.astype(np.float32), state
    log = np.log(volatility)
    events = _find_outcomes(state.through, quantiles, actual, session)
    first = np.argsort(session, kind="stable")
    clock = np.unique(np.concatenate([session, events.target]))
    cuts = np.searchsorted(events.target, [clock, clock + 1])
    rows = np.searchsorted(session[first], [clock, clock + 1])
    shifts = np.full((len(clock), GROUPS, steps, count), np.nan, dtype=np.float32)
    edges = np.zeros((len(clock), GROUPS - 1))
    tracker = _Tracker(state)
    for place, now in enumerate(clock):
        one = slice(*cuts[:, place])
        if one.start < one.stop:
            tracker.learn(events, one, log)
        if now >= state.through:
            shifts[place], edges[place] = tracker.shifts, tracker.edges
        if now > state.through:
            tracker.follow(log[first[slice(*rows[:, place])]])
    at = np.searchsorted(clock, session)
    group = (log[:, None] > edges[at]).sum(axis=1)
    answers = np.sort(quantiles + shifts[at, group], axis=-1).astype(np.float32)
    return answers, tracker.state(int(clock[-1]))


@dataclass(frozen=True)
class _Events:
    """Outcomes in the order in which they became known: (E,) each."""

    row: Whole
    step: Whole
    target: Whole
    quantiles: NDArray[np.float32]
    actual: NDArray[np.float32]

    def gap(self, one: slice) -> NDArray[np.float32]:
        """Forecast errors (E, Q)."""
        row, step = self.row[one], self.step[one]
        return np.asarray(self.actual[row, step][:, None] - self.quantiles[row, step])


def _find_outcomes(
    through: int, quantiles: NDArray[np.float32], actual: NDArray[np.float32], session: Whole
) -> _Events:
    """Outcomes that became known after a session and by the last cutoff."""
    known = np.isfinite(actual) & np.isfinite(quantiles).all(axis=-1)
    targets = session[:, None] + np.arange(1, actual.shape[1] + 1)
    row, step = np.nonzero(known & (targets > through) & (targets <= session.max()))
    target = targets[row, step]
    order = np.argsort(target, kind="stable")
    return _Events(row[order], step[order], target[order], quantiles, actual)


class _Tracker:
    """The shifts during updates; sums are of integers, so the order of rows does not matter."""

    def __init__(self, start: Adaptive) -> None:
        self.start = start
        self.common, self.groups = start.common.copy(), start.groups.copy()
        self.edges, self.seen = start.edges.copy(), start.seen.copy()
        widen, slide = split_modes(start.levels)
        self.turn = widen + SLIDE_SHARE * slide

    @property
    def shifts(self) -> Array:
        """Total shifts (G, H, Q)."""
        return np.asarray(self.common + self.groups)

    def state(self, through: int) -> Adaptive:
        return replace(
            self.start,
            common=self.common,
            groups=self.groups,
            edges=self.edges,
            seen=self.seen,
            through=max(through, self.start.through),
        )

    def learn(self, events: _Events, one: slice, log: Array) -> None:
        """Update the shifts from one session's outcomes."""
        steps, count = self.common.shape
        group = (log[events.row[one], None] > self.edges).sum(axis=1)
        cell = group * steps + events.step[one]
        hit = events.gap(one) <= self.shifts.reshape(-1, count)[cell]
        known = np.bincount(cell, minlength=GROUPS * steps).astype(np.float64)
        flat = (cell[:, None] * count + np.arange(count))[hit]
        below = np.bincount(flat, minlength=GROUPS * steps * count).astype(np.float64)
        known, below = known.reshape(GROUPS, steps, 1), below.reshape(GROUPS, steps, count)
        total = known.sum(axis=0)
        gains = replace(self.start, seen=self.seen).gains[:, None] * self.start.spacing
        error = self.start.levels - below.sum(axis=0) / np.maximum(total, 1)
        self.common += (np.where(total > 0, error, 0) * gains) @ self.turn
        own = self.start.levels - below / np.maximum(known, 1)
        weight = GROUP_SHARE * np.minimum(1, GROUPS * known / np.maximum(total, 1))
        self.groups += (weight * own * gains) @ self.turn
        self.seen += total[:, 0] > 0

    def follow(self, log: Array) -> None:
        """Move the edges towards the volatility of one session's rows."""
        known = log[np.isfinite(log)]
        if len(known):
            aims = np.arange(1, GROUPS) / GROUPS
            below = (known[:, None] <= self.edges).sum(axis=0) / len(known)
            self.edges += EDGE_RATE * self.start.width * (aims - below)
