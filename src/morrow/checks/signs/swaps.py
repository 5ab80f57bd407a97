"""Finds bars that two symbols exchanged."""

import numpy as np

from morrow.checks.signs.bars import Bars, Counts, Reals
from morrow.checks.signs.steps import Steps

_MOST_AT_ONCE = 400  # steps on one session
_LANDING = 8.0  # own moves
_LEAST_RATIO = float(np.log(1.4))


def exchanged(bars: Bars, steps: Steps) -> Counts:
    """(K,) the step of another symbol with which a bar was exchanged, −1 if none.

    Each of the two must land where the other's price was, within the other's own moves.
    """
    partner = np.full(len(steps.bar), -1, dtype=np.int64)
    price = np.log(bars.close)
    session = bars.when[steps.bar]
    order = np.argsort(session, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(session[order])) + 1):
        if 2 <= len(group) <= _MOST_AT_ONCE:
            _pair_up(price, steps, group, partner)
    return partner


def _pair_up(price: Reals, steps: Steps, group: Counts, partner: Counts) -> None:
    """Write into ``partner`` who of the g steps of one session changed places, the best fit first."""
    bar = steps.bar[group]
    now, was = price[bar], price[bar - 1]  # (g,)
    landing = np.abs(now[:, None] - was[None, :])  # (g, g): where one is, and the other was
    apart = np.abs(was[:, None] - was[None, :])
    scale = steps.scale[group]
    near = np.minimum(np.maximum(_LANDING * scale, 0.05), 0.4)
    fits = (landing <= np.minimum(near[None, :], 0.4 * apart)) & (apart >= _LEAST_RATIO)
    fits &= fits.T
    misfit = landing / scale[None, :]
    misfit = np.where(fits, misfit + misfit.T, np.inf)
    for place in np.argsort(misfit.min(axis=1), kind="stable"):
        other = int(misfit[place].argmin())
        taken = partner[group[place]] >= 0 or partner[group[other]] >= 0
        if np.isfinite(misfit[place, other]) and not taken:
            partner[group[place]], partner[group[other]] = group[other], group[place]
