"""Tells loud steps that are taken back by a later one from steps that stay."""

import numpy as np

from morrow.checks.signs import ratios
from morrow.checks.signs.bars import Bars, Counts, Flags
from morrow.checks.signs.steps import Steps

_SHORT = 5  # bars: a wrong price of any ratio that lasted longer is a level of its own
_OWN_MOVES = 8.0  # two true returns lie between a step and the one that takes it back
_SHARE, _CLOSE_ONLY_SHARE = 0.5, 0.3


def taken_back(bars: Bars, steps: Steps, faulty: Flags) -> Counts:
    """(K,) the step that takes each one back, −1 if it stays so far, −2 if it is itself the way back.

    Args:
        bars: M bars.
        steps: K loud steps.
        faulty: (K,) steps that could be the start or end of a fault; others are true moves.
    """
    answer = np.full(len(steps.bar), -1, dtype=np.int64)
    symbol = bars.symbol[steps.bar]
    open_: list[int] = []
    for now in range(len(steps.bar)):
        if open_ and symbol[open_[-1]] != symbol[now]:
            open_ = []
        earlier = open_[-1] if open_ else -1
        if earlier >= 0 and _cancels(steps, earlier, now):
            answer[earlier], answer[now] = now, -2
            open_.pop()
        elif faulty[now] or _next_takes_back(bars, steps, now):
            open_.append(now)
    return answer


def _next_takes_back(bars: Bars, steps: Steps, now: int) -> bool:
    """Whether the very next bar is another loud step, so that the two must be compared."""
    if now + 1 >= len(steps.bar):
        return False
    neighbours = steps.bar[now + 1] == steps.bar[now] + 1
    return bool(neighbours and bars.symbol[steps.bar[now]] == bars.symbol[steps.bar[now + 1]])


def _cancels(steps: Steps, earlier: int, now: int) -> bool:
    one, other = steps.size[earlier], steps.size[now]
    if one * other > 0:
        return False
    apart = int(steps.bar[now] - steps.bar[earlier])
    both_known = bool(steps.kind[earlier] != ratios.OTHER and steps.kind[now] == steps.kind[earlier])
    if apart > _SHORT and not (both_known and np.isclose(steps.ratio[earlier], -steps.ratio[now])):
        return False
    own = _OWN_MOVES * max(steps.scale[earlier], min(steps.scale[now], 2 * steps.scale[earlier]))
    share = _SHARE if steps.whole[earlier] else _CLOSE_ONLY_SHARE
    return bool(abs(one + other) <= min(max(own, 0.05), share * min(abs(one), abs(other))))
