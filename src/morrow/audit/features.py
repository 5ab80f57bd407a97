"""Whether a panel's features and states see the future: other futures are tried, and the past compared."""

from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from morrow.audit import comparison, future
from morrow.audit.leaks import FEATURE, OUTCOME, STATE, Audited, Leak
from morrow.audit.sight import Build, Sight, lag
from morrow.panel import Panel

PERFECT = 0.99  # rank correlation with the outcome
MOST_ROWS = 5_000  # of it


def audit_features(build: Build, prices: pd.DataFrame, seed: int = 0) -> Audited:
    """Audit a way from prices to a panel, on those prices.

    At each of a few cutoffs the bars after it are taken away, and rewritten; whatever the panel then says
    differently of a bar through the cutoff has seen the future. How far it sees is found by rewriting, or
    taking away, less and less. A feature that the prices do not make cannot be found so: it is held
    against the returns that follow.

    Args:
        build: from bars to a panel, always with the same features.
        prices: one universe's rows, as :func:`future.sample` draws them.
        seed: of cutoffs and futures.
    """
    began = perf_counter()
    base = build(prices)
    axis = np.sort(prices["session"].unique()).astype("datetime64[D]")
    sight = Sight(build, prices, base, axis, seed)
    chosen = future.cutoffs(prices, axis, seed)
    leaks = _seen(sight, chosen)
    leaks += _outcomes(sight, {leak.what for leak in leaks})
    return Audited(
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


def _seen(sight: Sight, cutoffs: list[int]) -> list[Leak]:
    """A leak for each item that moves at any cutoff."""
    found: dict[str, Leak] = {}
    for cutoff in cutoffs:
        short = cutoff < future.SHORTEST // 2
        for how in (future.REWRITTEN,) if short else (future.REWRITTEN, future.TRUNCATED):
            for what, marks in sight.moved(how, cutoff).items():
                if what not in found:
                    found[what] = _leak(sight, how, cutoff, what, marks)
    order = [comparison.BARS, *comparison.STATES, *sight.base.names]
    return sorted(found.values(), key=lambda leak: order.index(leak.what))


def _leak(sight: Sight, how: str, cutoff: int, what: str, marks: comparison.Marks) -> Leak:
    """Where the item moved last before the cutoff, and how far it sees from there."""
    panel = sight.base
    rows = np.flatnonzero(marks)
    row = int(rows[np.argmax(panel.session[rows])])
    day = panel.sessions[panel.session[row]]

    def sees(after: int) -> bool:
        changed = sight.moved(how, after).get(what)
        return changed is not None and bool(changed[row])

    at = int(np.searchsorted(sight.axis, day))
    return Leak(
        FEATURE if what in panel.names else STATE,
        what,
        panel.symbols[panel.symbol[row]],
        str(day),
        lag(sees, at, cutoff, len(sight.axis)),
    )


def _outcomes(sight: Sight, known: set[str]) -> list[Leak]:
    """Features that rank the bars as the returns to come do, wherever they have it from."""
    panel, found = sight.base, []
    for place, name in enumerate(panel.names):
        if name in known:
            continue
        step = _ranks_as(panel, panel.features[:, place].astype(np.float64))
        if step is not None:
            last = int(np.flatnonzero(np.isfinite(panel.target[:, step]))[-1])
            day = str(panel.sessions[panel.session[last]])
            found.append(Leak(OUTCOME, name, panel.symbols[panel.symbol[last]], day, step + 1))
    return found


def _ranks_as(panel: Panel, values: NDArray[np.float64]) -> int | None:
    """The step whose return, or its sign, the values rank perfectly, counted from 0; None if none."""
    rows = np.flatnonzero(np.isfinite(panel.target).all(axis=1) & np.isfinite(values))[-MOST_ROWS:]
    if len(rows) < future.SHORTEST or np.ptp(values[rows]) == 0:
        return None
    own = rankdata(values[rows])
    for step in range(panel.horizon):
        target = panel.target[rows, step].astype(np.float64)
        for outcome in (target, target / panel.unit[rows], np.sign(target)):
            usable = np.isfinite(outcome)
            ranks = rankdata(outcome[usable])
            if usable.sum() < future.SHORTEST or np.ptp(ranks) == 0 or np.ptp(own[usable]) == 0:
                continue
            if abs(np.corrcoef(own[usable], ranks)[0, 1]) >= PERFECT:
                return step
    return None
