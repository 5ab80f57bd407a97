"""Swaps of two symbols: bars that are likelier the other's, and what follows them."""

import numpy as np

from morrow.checks.measures import ratios
from morrow.checks.measures.bars import Bars, Counts, Flags, Reals
from morrow.checks.measures.own_moves import measure_rarity, scale_moves
from morrow.checks.measures.steps import Steps
from morrow.checks.measures.usual import Usual

AFTER_SWAP = 20  # sessions after a lasting swap, in which bars show whose they are
OWN_ODDS = 100.0  # how much likelier their own symbols' they must be
LEAST_RARITY = 1e6  # sessions in which two symbols move so far at once, by their other moves
_MOST_AT_ONCE = 400  # steps on one session
_LANDING = 8.0  # usual moves, or usual deviations of volume
_LEAST_RATIO = float(np.log(1.4))
_ALONE = float(np.log(20.0))  # two faults on one session are a swap, unless there are many
_AGAIN = 60  # bars in which two symbols that are exchanged a second time change back
_VOLUME_DRIFT, _MOVE_DRIFT = 0.1, 0.15  # variance of a log level in that time


def find_swaps(bars: Bars, usual: Usual, steps: Steps) -> Counts:
    """(K,) the step of the symbol with which a bar was swapped, −1 if none.

    Each of the two must land at the other's previous price, within the other's usual moves, and have the
    other's volume, where both are given, within its usual deviations; together that must be likelier than the
    best readings of the two steps alone. Without a volume, two moves that these symbols make at once in fewer
    than ``LEAST_RARITY`` sessions, by chance and by their own tails, are true.
    """
    partner = np.full(len(steps.bar), -1, dtype=np.int64)
    session = bars.when[steps.bar]
    order = np.argsort(session, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(session[order])) + 1):
        if 2 <= len(group) <= _MOST_AT_ONCE:
            _pair_up(_gain(bars, usual, steps, group), group, partner)
    return np.where(_find_common_moves(bars, usual, steps, partner), -1, partner)


def _find_common_moves(bars: Bars, usual: Usual, steps: Steps, partner: Counts) -> Flags:
    """(K,) swaps without a volume that are two true moves more likely, because both symbols move so far."""
    rarity = np.full(len(partner), np.inf)
    bare = (partner >= 0) & np.isnan(usual.volume[steps.bar])
    bare |= (partner >= 0) & bare[partner]
    doubted = np.zeros(len(usual.step), dtype=bool)
    doubted[steps.bar[partner >= 0]] = True
    symbol = bars.symbol[steps.bar]
    for code in np.unique(symbol[bare]).tolist():
        own = slice(bars.start[code] + 1, bars.start[code + 1])
        mine = np.flatnonzero(bare & (symbol == code))
        sizes = scale_moves(usual, own, doubted[own])
        rare = measure_rarity(sizes[~doubted[own]], sizes[steps.bar[mine] - own.start])[0]
        rarity[mine] = np.where(np.isnan(rare), np.inf, rare)
    return np.asarray(bare & (rarity * rarity[partner] < LEAST_RARITY))


def _gain(bars: Bars, usual: Usual, steps: Steps, group: Counts) -> Reals:
    """(g, g) log of how much likelier two steps of a session are a swap, −∞ if they cannot be one."""
    bar, scale = steps.bar[group], steps.scale[group]
    price = np.log(bars.close)
    was = price[bar - 1]  # (g,)
    landing = price[bar][:, None] - was[None, :]  # (g, g): one's price less the other's previous price
    apart = np.abs(was[:, None] - was[None, :])
    near = np.minimum(np.minimum(np.maximum(_LANDING * scale, 0.05), 0.4)[None, :], 0.4 * apart)
    fits = (np.abs(landing) <= near) & (apart >= _LEAST_RATIO)
    level, spread = (usual.usual_volume + bars.split)[bar], usual.volume_spread[bar]  # (g,)
    traded = np.log(np.maximum(bars.volume[bar], 1.0))
    over = traded[:, None] - level[None, :]  # (g, g): one's volume over the other's usual, NaN if not given
    fits &= ~(np.abs(over) > _LANDING * spread[None, :])
    one = ratios.price_likelihood(landing, scale[None, :])
    one = one + ratios.volume_likelihood(over, spread[None, :])
    alone = steps.likelihood[group] + ratios.volume_likelihood(traded - level, spread)
    both = one + one.T - alone[:, None] - alone[None, :] + _ALONE - 3 * np.log(len(group))
    return np.where(fits & fits.T, both, -np.inf)


def _pair_up(gain: Reals, group: Counts, partner: Counts) -> None:
    """Write into ``partner`` the pairs that were swapped, the likeliest first."""
    for one in np.argsort(-gain.max(axis=1), kind="stable"):
        other = int(gain[one].argmax())
        paired = partner[group[one]] >= 0 or partner[group[other]] >= 0
        if gain[one, other] > 0 and not paired:
            partner[group[one]], partner[group[other]] = group[other], group[one]


def find_false_swaps(bars: Bars, usual: Usual, steps: Steps, partner: Counts, lasting: Flags) -> Flags:
    """(K,) steps believed to be swaps whose later bars are their own symbols'.

    What the two symbols have traded since, and how far they have moved, is compared with what was usual for
    each before, and with the same exchanged. Only the difference between the two symbols counts, so that
    what a market does together is no evidence. Two symbols that trade and move alike cannot be told apart.

    Args:
        bars: M bars.
        usual: of the bars.
        steps: K loud steps.
        partner: (K,) step of the other symbol, −1 if there is none.
        lasting: (K,) steps that no later one has reversed.
    """
    false = np.zeros(len(partner), dtype=bool)
    ends = bars.start[bars.symbol[steps.bar] + 1]
    judged = (partner >= 0) & lasting & lasting[partner] & (ends - 1 - steps.bar >= AFTER_SWAP)
    for one in np.flatnonzero(judged & judged[partner] & (np.arange(len(partner)) < partner)).tolist():
        other = int(partner[one])
        pair = int(steps.bar[one]), int(steps.bar[other])
        if not _exchanged_again(bars, steps, partner, one) and _own_odds(bars, usual, pair) >= OWN_ODDS:
            false[[one, other]] = True
    return false


def _exchanged_again(bars: Bars, steps: Steps, partner: Counts, one: int) -> bool:
    """Whether the same two symbols are exchanged at another step nearby."""
    symbol, bar = bars.symbol[steps.bar], steps.bar
    same = (symbol == symbol[one]) & (partner >= 0) & (symbol[partner] == symbol[partner[one]])
    return bool(np.count_nonzero(same & (np.abs(bar - bar[one]) <= _AGAIN)) > 1)


def _own_odds(bars: Bars, usual: Usual, pair: tuple[int, int]) -> float:
    """How much likelier the bars after a step are of their own symbols than of each other's."""
    one, other = pair
    after = [slice(bar + 1, bar + 1 + AFTER_SWAP) for bar in pair]
    traded = [_median(usual.volume[part]) + bars.split[bar] for part, bar in zip(after, pair, strict=True)]
    moved = [_usual_move(usual, part) for part in after]
    level, size = usual.usual_volume + bars.split, np.log(usual.move)
    volume_scale = np.hypot(*usual.volume_spread[[one, other]]) * np.sqrt(2 / AFTER_SWAP + _VOLUME_DRIFT)
    move_scale = np.sqrt(3 / AFTER_SWAP + _MOVE_DRIFT)
    evidence = [
        _compare(traded[0] - traded[1], level[one] - level[other], float(volume_scale)),
        _compare(moved[0] - moved[1], size[one] - size[other], float(move_scale)),
    ]
    return float(np.exp(np.nansum(evidence)))


def _compare(apart: float, own: float, scale: float) -> float:
    """Log of how much likelier a difference is the usual one than its opposite; NaN if not given."""
    off = np.array([apart - own, apart + own])
    own_likelihood, swapped_likelihood = ratios.volume_likelihood(off, np.full(2, scale))
    return float(own_likelihood - swapped_likelihood)


def _usual_move(usual: Usual, part: slice) -> float:
    """Log of the median move a session, without those of zero."""
    moves = np.abs(usual.step[part]) / np.sqrt(np.maximum(usual.gap[part], 1))
    return float(np.log(_median(moves[moves > 0]) / 0.6745))


def _median(values: Reals) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if 2 * len(known) >= AFTER_SWAP else float("nan")
