"""Finds bars that two symbols exchanged."""

import numpy as np

from morrow.checks.signs import ratios
from morrow.checks.signs.bars import Bars, Counts, Reals
from morrow.checks.signs.scale import Usual
from morrow.checks.signs.steps import Steps

_MOST_AT_ONCE = 400  # steps on one session
_LANDING = 8.0  # own moves
_LEAST_RATIO = float(np.log(1.4))
_ALONE = float(np.log(20.0))  # two faults on one session are an exchange, unless there are many


def exchanged(bars: Bars, usual: Usual, steps: Steps) -> Counts:
    """(K,) the step of another symbol with which a bar was exchanged, −1 if none.

    Each of the two must land where the other's price was, within the other's own moves, and bring the other's
    volume; together that must be likelier than what their steps look like one by one.
    """
    partner = np.full(len(steps.bar), -1, dtype=np.int64)
    session = bars.when[steps.bar]
    order = np.argsort(session, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(session[order])) + 1):
        if 2 <= len(group) <= _MOST_AT_ONCE:
            _pair_up(_gain(bars, usual, steps, group), group, partner)
    return partner


def _gain(bars: Bars, usual: Usual, steps: Steps, group: Counts) -> Reals:
    """(g, g) log of how much likelier two steps of a session are an exchange, −∞ if they cannot be one."""
    bar, scale = steps.bar[group], steps.scale[group]
    price = np.log(bars.close)
    was = price[bar - 1]  # (g,)
    landing = price[bar][:, None] - was[None, :]  # (g, g): where one is, less where the other was
    apart = np.abs(was[:, None] - was[None, :])
    near = np.minimum(np.minimum(np.maximum(_LANDING * scale, 0.05), 0.4)[None, :], 0.4 * apart)
    fits = (np.abs(landing) <= near) & (apart >= _LEAST_RATIO)
    level, spread = (usual.usual_volume + bars.split)[bar], usual.volume_spread[bar]  # (g,)
    traded = np.log(np.maximum(bars.volume[bar], 1.0))
    one = ratios.price(landing, scale[None, :])
    one = one + ratios.volume(traded[:, None] - level[None, :], spread[None, :])
    alone = steps.likelihood[group] + ratios.volume(traded - level, spread)
    both = one + one.T - alone[:, None] - alone[None, :] + _ALONE - 3 * np.log(len(group))
    return np.where(fits & fits.T, both, -np.inf)


def _pair_up(gain: Reals, group: Counts, partner: Counts) -> None:
    """Write into ``partner`` who changed places with whom, the likeliest first."""
    for place in np.argsort(-gain.max(axis=1), kind="stable"):
        other = int(gain[place].argmax())
        taken = partner[group[place]] >= 0 or partner[group[other]] >= 0
        if gain[place, other] > 0 and not taken:
            partner[group[place]], partner[group[other]] = group[other], group[place]
