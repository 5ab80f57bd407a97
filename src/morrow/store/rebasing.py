"""Rebased histories: a source that divides all of a symbol's earlier prices by one number overnight.

Downloads with adjusted prices do so at every split and dividend. The stored prices stay; the number becomes a
step of a factor at the first bar on the new basis.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_BARS = 5  # that must agree on the ratio
LATEST_STEP = 10  # stored bars back, at most, at which a source puts an action that it missed
_NOISE = 2e-5  # of the logarithm: prices that went through float32, and products of such
_AGREEING = 0.9  # share of the bars; the others are corrections, which are judged one by one
_SAME = 1e-9  # of the logarithm
_DIGITS = range(2, 9)  # decimals of prices
_OFF_SPLIT = 5e-4  # how far a ratio may be off a split's
_SMALL, _LARGE = 1.2, 0.02  # a ratio that only a split has, without volumes; log of one that volumes can show
_LARGEST_PAYOUT = 0.5  # of the price
_LARGEST_REVERSAL = 1.25  # dividends that are taken back multiply the history
_OLD_SHARES, _FEW_OLD_SHARES, _MOST_SHARES = 20, 4, 1000
_UNITS = (10.0, 100.0, 1000.0)  # minor units of a currency, and lots
_SURELY_A_UNIT = 99.0


@dataclass(frozen=True, eq=False)
class History:
    """One symbol's common bars in the order of their sessions: C bars.

    Attributes:
        close: (C,) in the batch.
        stored_close: (C,) as stored.
        volume: (C,) in the batch, NaN if there is none.
        stored_volume: (C,) as stored.
        factors: (2, C) stored split and dividend factors.
        last_factors: (2,) those of the symbol's newest stored bar.
        following: close of the batch's first bar after the newest stored one, NaN without one.
    """

    close: Floats
    stored_close: Floats
    volume: Floats
    stored_volume: Floats
    factors: Floats
    last_factors: Floats
    following: float


@dataclass(frozen=True, eq=False)
class Rebasing:
    """How a batch's prices of one symbol differ from the stored ones.

    Attributes:
        undone: which of the two stored factors the batch's prices have been divided by.
        level: log of the batch's price over the stored one, less that of the undone factors relative to the
            newest bar's, for bars before ``start``.
        split: step of the split factor at the first bar on the new basis; 1 for none.
        dividend: the same for the dividend factor.
        start: index of the first common bar on the new basis; the number of common bars if there is none.
        moves_volume: the batch's volumes have been multiplied by the splits.
        bars: how many bars agree.
        noise: (C,) relative difference of prices that rounding explains.
    """

    undone: tuple[bool, bool]
    level: float
    split: float
    dividend: float
    start: int
    moves_volume: bool
    bars: int
    noise: Floats

    @property
    def ratio(self) -> float:
        """What earlier prices have been divided by, since they were stored."""
        return self.split * self.dividend

    @property
    def is_noise(self) -> bool:
        """Whether the prices are the stored ones, but for their last digits."""
        return self.level == 0 and not any(self.undone)


def find_rebasing(history: History) -> Rebasing | None:
    """Find the one ratio between a batch and the stored bars; None where there is none, or none is needed.

    The ratio counts relative to the stored factors, so that earlier actions need not be undone first. It must
    hold for nine bars in ten, and for all that follow; a ratio that no action has is none.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.log(history.close / history.stored_close)
    usable = np.isfinite(moved)
    noise = _NOISE + _rounding(history.close) + _rounding(history.stored_close)
    as_stored = int((usable & (np.abs(moved) <= _SAME)).sum())
    if int(usable.sum()) - as_stored < FEWEST_BARS:
        return None
    best, most = None, as_stored
    for undone in ((True, True), (True, False), (False, False)):  # stored factors explain before new ones do
        expected = _log_factors(history, undone)
        if any(undone) and not expected.any():
            continue
        rebasing = _fit(history, moved - expected, usable, noise, undone)
        # Prices that merely wobble are equal where most of them do; a few small changes are corrections.
        needed = 2 * as_stored if rebasing and rebasing.is_noise else most
        if rebasing is not None and rebasing.bars > needed:
            best, most = rebasing, rebasing.bars
    return best


def _log_factors(history: History, undone: tuple[bool, bool]) -> Floats:
    """(C,) log of the undone stored factors, relative to the newest bar's."""
    rows = np.array(undone)
    relative: Floats = np.log(history.factors / history.last_factors[:, None])[rows].sum(axis=0)
    return relative


def _fit(
    history: History, off: Floats, usable: NDArray[np.bool_], noise: Floats, undone: tuple[bool, bool]
) -> Rebasing | None:
    """The rebasing that ``off`` comes from, if one ratio explains nearly all of it."""
    start, level = _read_level(off, usable, noise)
    before = usable & (np.arange(len(off)) < start)
    agrees = before & (np.abs(off - level) <= noise)
    count = int(agrees.sum())
    newest = agrees[before][-FEWEST_BARS:]
    if count < max(FEWEST_BARS, _AGREEING * int(before.sum())) or 2 * newest.sum() <= len(newest):
        return None
    traded = _volume_step(history, agrees, undone)
    steps = (1.0, 1.0) if level == 0 else _name_action(-level, traded)
    if steps is None or not _is_continued(history, level, start):
        return None
    moves_volume = _moves_volume(history, steps[0], undone, agrees)
    bars = count + int(usable[start:].sum())
    return Rebasing(undone, level, *steps, start, moves_volume, bars, noise)


def _read_level(off: Floats, usable: NDArray[np.bool_], noise: Floats) -> tuple[int, float]:
    """First bar on the new basis, and the level of those before it; 0 where there is no new basis."""
    fits = ~usable | (np.abs(off) <= noise)
    trailing = len(off) if fits.all() else int(np.argmin(fits[::-1]))
    start = len(off) - trailing if trailing <= LATEST_STEP else len(off)
    before = off[:start][usable[:start]]
    if not len(before) or LATEST_STEP < trailing < len(off):
        return len(off), 0.0
    # Rounding may hide a small ratio in each bar, and not in all of them together.
    level = float(np.mean(before) if trailing == len(off) else np.median(before))
    least = _NOISE + 3 * float(np.median(noise[usable])) / np.sqrt(len(before))
    return (start, level) if abs(level) > least else (len(off), 0.0)


def _name_action(size: float, traded: float | None) -> tuple[float, float] | None:
    """Steps of the split and of the dividend factor that explain a log ratio; None if no action does."""
    ratio, larger = float(np.exp(size)), float(np.exp(abs(size)))
    if traded is not None and traded * np.sign(size) > max(abs(size) / 2, _LARGE):
        split = _as_split(float(np.exp(traded)), _OLD_SHARES)
        if split is not None and 1 - _OFF_SPLIT <= ratio / split <= 1 / (1 - _LARGEST_PAYOUT):
            rest = ratio / split
            return split, rest if abs(np.log(rest)) > _OFF_SPLIT else 1.0
    is_unit = min(abs(np.log(larger / unit)) for unit in _UNITS) <= _OFF_SPLIT
    if is_unit and (traded is not None or larger > _SURELY_A_UNIT):
        return None
    split = _as_split(ratio, _FEW_OLD_SHARES) if larger > _SMALL else None
    if split is not None:
        return split, 1.0
    is_payout = 1 / _LARGEST_REVERSAL <= ratio <= 1 / (1 - _LARGEST_PAYOUT)
    return (1.0, ratio) if is_payout else None


def _as_split(ratio: float, old_shares: int) -> float | None:
    """The split that a ratio is: new shares for at most so many old ones, or the reverse; None for none."""
    shares = Fraction(max(ratio, 1 / ratio)).limit_denominator(old_shares)
    if shares == 1 or shares.numerator > _MOST_SHARES:
        return None
    split = float(shares) if ratio > 1 else 1 / float(shares)
    return split if abs(np.log(ratio / split)) <= _OFF_SPLIT else None


def _volume_step(history: History, agrees: NDArray[np.bool_], undone: tuple[bool, bool]) -> float | None:
    """Log of the batch's volume over the stored one, earlier splits undone; None without enough volumes."""
    known = agrees & (history.volume > 0) & (history.stored_volume > 0)
    if int(known.sum()) < FEWEST_BARS:
        return None
    moved = np.log(history.volume[known] / history.stored_volume[known])
    split = np.log(history.factors[0][known] / history.last_factors[0]) * undone[0]
    middles = [(float(np.median(each)), each) for each in (moved, moved + split)]
    return min(middles, key=lambda pair: float(np.mean(np.abs(pair[1] - pair[0]))))[0]


def _moves_volume(
    history: History, split: float, undone: tuple[bool, bool], agrees: NDArray[np.bool_]
) -> bool:
    """Whether the bars that a split lies between have volumes that it has multiplied."""
    expected = np.full(len(agrees), np.log(split))
    if undone[0]:
        expected -= np.log(history.factors[0] / history.last_factors[0])
    known = agrees & (history.volume > 0) & (history.stored_volume > 0) & (np.abs(expected) > _NOISE)
    if not known.any():
        return False
    moved = np.log(history.volume[known] / history.stored_volume[known])
    return bool(np.median(np.abs(moved - expected[known])) < np.median(np.abs(moved)))


def _is_continued(history: History, level: float, start: int) -> bool:
    """Whether the bar after the overlap stands on the new level, as far as a large ratio lets one tell."""
    if start < len(history.close) or np.isnan(history.following) or abs(level) < np.log(1.2):
        return True
    on_new = abs(np.log(history.following / history.close[-1]))
    on_old = abs(np.log(history.following / history.stored_close[-1]))
    return bool(on_new < on_old)


def _rounding(prices: Floats) -> Floats:
    """(C,) largest relative error that rounding to the decimals that the prices have can explain."""
    finite = prices[np.isfinite(prices)]
    for digits in _DIGITS:
        shifted = finite * 10.0**digits
        if np.allclose(shifted, np.rint(shifted), rtol=1e-12, atol=1e-6):
            break
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(0.5 * 10.0**-digits / np.abs(prices))
