"""Audit a panel's features and states: change the future and compare the past."""

from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from morrow.audit import comparison, futures
from morrow.audit.futures import Build, FuturePanels, find_lag
from morrow.audit.result import FEATURE, OUTCOME, STATE, AuditResult, Leak
from morrow.panel import Panel

PERFECT = 0.99  # rank correlation with the outcome
MOST_ROWS = 5_000  # used for the correlation


def audit_features(build: Build, prices: pd.DataFrame, seed: int = 0) -> AuditResult:
    """Audit a function that builds a panel from prices, on those prices.

    At each of a few cutoffs the later bars are removed, and rewritten; an item whose value at a bar through
    the cutoff then changes looks ahead. How far it looks is found by rewriting, or removing, fewer and fewer
    bars. This cannot detect a feature that is not computed from the prices, so such a feature is
    compared with the returns that follow.

    Args:
        build: makes a panel from bars, always with the same features.
        prices: one universe's rows, as :func:`futures.sample_bars` draws them.
        seed: seed of the cutoffs and futures.
    """
    began = perf_counter()
    base = build(prices)
    axis = np.sort(prices["session"].unique()).astype("datetime64[D]")
    panels = FuturePanels(build, prices, base, axis, seed)
    chosen = futures.choose_cutoffs(prices, axis, seed)
    leaks = _find_leaks(panels, chosen)
    leaks += _find_outcomes(base, {leak.what for leak in leaks})
    return AuditResult(
        features=base.names,
        states=(comparison.BARS, *comparison.STATES),
        scalers=(),
        symbols=base.symbols,
        bars=len(prices),
        sessions=len(axis),
        cutoffs=tuple(str(axis[cutoff]) for cutoff in chosen),
        leaks=tuple(leaks),
        seconds=perf_counter() - began,
    )


def _find_leaks(panels: FuturePanels, cutoffs: list[int]) -> list[Leak]:
    """Find a leak for each item that changes at any cutoff."""
    leaks: dict[str, Leak] = {}
    for cutoff in cutoffs:
        short = cutoff < futures.SHORTEST // 2
        for how in (futures.REWRITTEN,) if short else (futures.REWRITTEN, futures.TRUNCATED):
            for what, marks in panels.find_changes(how, cutoff).items():
                if what not in leaks:
                    leaks[what] = _locate_leak(panels, how, cutoff, what, marks)
    order = [comparison.BARS, *comparison.STATES, *panels.base.names]
    return sorted(leaks.values(), key=lambda leak: order.index(leak.what))


def _locate_leak(panels: FuturePanels, how: str, cutoff: int, what: str, marks: comparison.Marks) -> Leak:
    """Find the last bar before the cutoff at which the item changes, and how far ahead it looks there."""
    panel = panels.base
    rows = np.flatnonzero(marks)
    row = int(rows[np.argmax(panel.session[rows])])
    day = panel.sessions[panel.session[row]]

    def sees(after: int) -> bool:
        changed = panels.find_changes(how, after).get(what)
        return changed is not None and bool(changed[row])

    at = int(np.searchsorted(panels.axis, day))
    return Leak(
        FEATURE if what in panel.names else STATE,
        what,
        panel.symbols[panel.symbol[row]],
        str(day),
        find_lag(sees, at, cutoff, len(panels.axis)),
    )


def _find_outcomes(panel: Panel, known: set[str]) -> list[Leak]:
    """Find features that rank the bars exactly as later returns do, whatever they are computed from."""
    leaks = []
    for column, name in enumerate(panel.names):
        if name in known:
            continue
        step = _find_ranked_step(panel, panel.features[:, column].astype(np.float64))
        if step is not None:
            last = int(np.flatnonzero(np.isfinite(panel.target[:, step]))[-1])
            day = str(panel.sessions[panel.session[last]])
            leaks.append(Leak(OUTCOME, name, panel.symbols[panel.symbol[last]], day, step + 1))
    return leaks


def _find_ranked_step(panel: Panel, values: NDArray[np.float64]) -> int | None:
    """The step, from 0, whose return or sign the values rank perfectly; None if there is none."""
    rows = np.flatnonzero(np.isfinite(panel.target).all(axis=1) & np.isfinite(values))[-MOST_ROWS:]
    if len(rows) < futures.SHORTEST or np.ptp(values[rows]) == 0:
        return None
    own = rankdata(values[rows])
    for step in range(panel.horizon):
        target = panel.target[rows, step].astype(np.float64)
        for outcome in (target, target / panel.unit[rows], np.sign(target)):
            usable = np.isfinite(outcome)
            ranks = rankdata(outcome[usable])
            if usable.sum() < futures.SHORTEST or np.ptp(ranks) == 0 or np.ptp(own[usable]) == 0:
                continue
            if abs(np.corrcoef(own[usable], ranks)[0, 1]) >= PERFECT:
                return step
    return None
