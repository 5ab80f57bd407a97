"""What befalls symbols: crashes, takeovers, halts, listings and ends, panics, corporate actions."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.market.moves import Floats, Moves

YEAR = 252
_RATIOS = np.array([2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 1.5, 1.25])
_LIKELY = np.array([0.42, 0.14, 0.09, 0.05, 0.04, 0.05, 0.02, 0.14, 0.05])
_REVERSE = 1 / np.array([4.0, 5.0, 8.0, 10.0, 20.0])


def crashes(moves: Moves, per_year: float, smallest: float, rng: np.random.Generator) -> None:
    """Single-symbol falls of 30 % up to 1 − ``smallest``, with range and volume, and a nervous week after."""
    for symbol, day in _struck(moves, per_year, rng):
        fall = np.log(rng.uniform(smallest, 0.7))
        moves.returns[symbol, day] = fall
        moves.overnight[symbol, day] = rng.uniform(0.3, 0.9)
        moves.intraday[symbol, day] = abs(fall) * rng.uniform(0.12, 0.35)
        moves.busy[symbol, day : day + 6] += np.log(rng.uniform(5, 20)) * 0.6 ** np.arange(
            min(6, moves.returns.shape[1] - day)
        )
        moves.intraday[symbol, day + 1 : day + 6] *= 2


def takeovers(moves: Moves, per_year: float, rng: np.random.Generator) -> None:
    """Bids of 20 to 80 % above the price: a gap, hardly any range, huge volume, and calm afterwards."""
    for symbol, day in _struck(moves, per_year, rng):
        moves.returns[symbol, day] = np.log(rng.uniform(1.2, 1.8))
        moves.overnight[symbol, day] = rng.uniform(0.95, 1.02)
        moves.intraday[symbol, day] = 0.004
        moves.busy[symbol, day] += np.log(rng.uniform(10, 40))
        moves.returns[symbol, day + 1 : day + 60] *= 0.2
        moves.intraday[symbol, day + 1 : day + 60] *= 0.2


def panics(moves: Moves, per_year: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Days on which every symbol falls by its limit of 10 % and closes there; (P,) the days."""
    days = np.flatnonzero(rng.random(moves.returns.shape[1]) < per_year / YEAR)
    days = days[days > YEAR]
    moves.returns[:, days] = np.log(0.9)
    moves.overnight[:, days] = rng.uniform(0.3, 1.0, (len(moves.returns), len(days)))
    moves.busy[:, days] += 0.8
    return days


def doublings(moves: Moves, per_year: float, rng: np.random.Generator) -> None:
    """Days on which a symbol doubles, more or less, and stays there."""
    for symbol, day in _struck(moves, per_year, rng):
        moves.returns[symbol, day] = np.log(rng.uniform(1.7, 2.3))
        moves.intraday[symbol, day] = 0.3
        moves.busy[symbol, day] += np.log(rng.uniform(5, 20))


def devaluations(moves: Moves, per_year: float, rng: np.random.Generator) -> None:
    """Days on which a rate moves by 10 to 40 % at once and never comes back."""
    for symbol, day in _struck(moves, per_year, rng):
        moves.returns[symbol, day] = np.log(rng.uniform(1.1, 1.4)) * rng.choice([-1, 1], p=[0.3, 0.7])


def listings(moves: Moves, share: float, rng: np.random.Generator) -> None:
    """Symbols that are listed late or end early, ``share`` of all in each way."""
    symbols, sessions = moves.returns.shape
    for symbol in np.flatnonzero(rng.random(symbols) < share):
        moves.trades[symbol, : rng.integers(1, sessions // 2)] = False
    for symbol in np.flatnonzero(rng.random(symbols) < share):
        moves.trades[symbol, rng.integers(3 * sessions // 4, sessions) :] = False


def halts(moves: Moves, per_year: float, rng: np.random.Generator) -> None:
    """Halts of days to months, each followed by a gap of up to −60 % or +40 % with volume."""
    sessions = moves.returns.shape[1]
    for symbol, day in _struck(moves, per_year, rng):
        length = int(np.exp(rng.uniform(0, np.log(120))))
        back = day + length
        if back >= sessions:
            continue
        moves.trades[symbol, day:back] = False
        moves.returns[symbol, day:back] = 0.0
        if length > 2:
            gap = np.log(rng.uniform(0.4, 1.4))
            moves.returns[symbol, back] = gap
            moves.overnight[symbol, back] = rng.uniform(0.6, 1.0)
            moves.intraday[symbol, back] = max(abs(gap) * 0.2, moves.intraday[symbol, back])
            moves.busy[symbol, back] += np.log(rng.uniform(3, 12))


def missing_bars(moves: Moves, share: float, rng: np.random.Generator) -> None:
    """Single bars that the vendor never had."""
    moves.trades &= rng.random(moves.trades.shape) >= share


def splits(moves: Moves, start: Floats, rng: np.random.Generator) -> Floats:
    """Cumulative split factors, (S, T): a symbol splits when it has become dear, merges when too cheap.

    None splits while it is halted, nor on a wild day.
    """
    adjusted = start[:, None] * np.exp(np.cumsum(moves.returns, axis=1))
    calm = moves.trades & (
        np.abs(moves.returns) < 3 * np.sqrt(np.median(moves.variance, axis=1, keepdims=True))
    )
    factors = np.ones(adjusted.shape)
    for symbol, path in enumerate(adjusted):
        dear, cheap = rng.uniform(90, 400), rng.uniform(0.8, 3)
        day = int(moves.trades[symbol].argmax()) + 1
        while day < len(path):
            price = path[day - 1 : -1] / factors[symbol, day - 1]
            beyond = (price > dear) | (price < cheap)
            beyond[min(max(int(rng.exponential(12 * YEAR)), 20), len(price) - 1) :] = True
            usual = calm[symbol, day:] & moves.trades[symbol, day - 1 : -1]
            chosen = np.flatnonzero(beyond & usual)
            if not len(chosen):
                break
            first = int(chosen[0])
            day += first
            reverse = price[first] < cheap
            ratio = rng.choice(_REVERSE) if reverse else rng.choice(_RATIOS, p=_LIKELY)
            if reverse or price[first] / ratio > cheap * 2:
                factors[symbol, day:] *= ratio
            day += 60
    return factors


def dividends(shape: tuple[int, int], payers: float, rng: np.random.Generator) -> Floats:
    """Cumulative dividend factors, (S, T): quarterly for a share of the symbols, and rare special ones."""
    paid = np.zeros(shape)
    for symbol in np.flatnonzero(rng.random(shape[0]) < payers):
        days = np.arange(rng.integers(1, YEAR // 4), shape[1], YEAR // 4)
        paid[symbol, days] = rng.uniform(0.002, 0.012) * rng.uniform(0.9, 1.1, len(days))
        special = rng.random(shape[1]) < 0.04 / YEAR
        paid[symbol, special] = rng.uniform(0.03, 0.15, int(special.sum()))
    paid[:, 0] = 0
    return np.cumprod(1 / (1 - paid), axis=1).astype(np.float64)


def _struck(moves: Moves, per_year: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Symbols and days, never in a symbol's first quarter of a year."""
    hit = rng.random(moves.returns.shape) < per_year / YEAR
    hit[:, : YEAR // 4] = False
    return [(int(symbol), int(day)) for symbol, day in zip(*np.nonzero(hit & moves.trades), strict=True)]
