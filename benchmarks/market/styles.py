"""The markets that are benchmarked: stocks, their closes alone, sleepless coins, and exchange rates."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.market import events
from benchmarks.market.bars import Market, trade_prices
from benchmarks.market.moves import Floats, Moves, Temper, draw
from morrow import sessions as calendars

_STOCKS = Temper(market=0.009, sector=0.005, own=0.014, spread=0.35, tail=5, clustering=0.35)
_COINS = Temper(market=0.03, sector=0.01, own=0.03, spread=0.4, tail=4, clustering=0.35)
_RATES = Temper(market=0.004, sector=0.002, own=0.003, spread=0.4, tail=5, clustering=0.3)


def stocks(
    symbols: int, sessions: int, seed: int, last: str = "2025-06-30", *, whole: bool = False
) -> Market:
    """OHLCV on New York's calendar, with splits, dividends, halts, listings, crashes, and quiet symbols.

    A ``whole`` market has a bar for every symbol on every session.
    """
    rng = np.random.default_rng([seed, 1])
    days = _days("XNYS", sessions, last)
    moves = draw(_STOCKS, symbols, sessions, rng)
    ticks, still = _temperaments(moves, rng)
    events.crashes(moves, 0.04, 0.4, rng)
    events.takeovers(moves, 0.02, rng)
    panics = events.panics(moves, 0.3, rng)
    if not whole:
        events.halts(moves, 0.05, rng)
        events.listings(moves, 0.1, rng)
        events.missing_bars(moves, 3e-4, rng)
    start = np.exp(rng.uniform(np.log(8), np.log(120), symbols))
    start[ticks > 0.02] = rng.uniform(10, 40, int((ticks > 0.02).sum()))
    start[ticks < 0.005] = rng.uniform(0.2, 0.9, int((ticks < 0.005).sum()))
    split = events.splits(moves, start, rng)
    split[still | (ticks != 0.01)] = 1.0
    dividend = events.dividends((symbols, sessions), 0.6, rng)
    dividend[still] = 1.0
    fields = trade_prices(moves, start, split, dividend, ticks, rng)
    limit = np.ix_(~still, panics)
    fields["low"][limit] = np.minimum(fields["open"], fields["close"])[limit]
    return _market("stocks", "XNYS", days, fields, split * dividend, split, moves)


def crypto(symbols: int, sessions: int, seed: int, last: str = "2025-06-30") -> Market:
    """Closes on every day of the week: high volatility, doublings, prices from 1e-4 to 1e5."""
    rng = np.random.default_rng([seed, 2])
    moves = draw(_COINS, symbols, sessions, rng)
    moves.returns = np.clip(moves.returns, -0.6, 0.6)
    events.doublings(moves, 0.3, rng)
    events.crashes(moves, 0.2, 0.5, rng)
    events.listings(moves, 0.2, rng)
    ones = np.ones((symbols, sessions))
    start = np.exp(rng.uniform(np.log(1e-4), np.log(1e5), symbols))
    fields = trade_prices(moves, start, ones, ones, np.zeros(symbols), rng)
    days = _days("24/7", sessions, last)
    return _market("crypto", "24/7", days, {"close": fields["close"]}, ones, ones, moves)


def rates(symbols: int, sessions: int, seed: int, last: str = "2025-06-30") -> Market:
    """Exchange rates on the ECB's days, closes alone: floating, pegged, managed and inflating ones."""
    rng = np.random.default_rng([seed, 3])
    moves = draw(_RATES, symbols, sessions, rng)
    pegged = rng.random(symbols) < 0.2
    moves.returns[pegged] *= 0.02
    inflating = ~pegged & (rng.random(symbols) < 0.15)
    moves.returns[inflating] += 0.0012
    events.devaluations(moves, 0.04, rng)
    ones = np.ones((symbols, sessions))
    start = np.exp(rng.uniform(np.log(0.5), np.log(2000), symbols))
    start[pegged] = rng.uniform(1, 10, int(pegged.sum()))
    ticks = np.where(pegged, 0.0001, 0.0)
    fields = trade_prices(moves, start, ones, ones, ticks, rng)
    days = _days("ECB", sessions, last)
    return _market("rates", "ECB", days, {"close": fields["close"]}, ones, ones, moves)


def closes(symbols: int, sessions: int, seed: int, last: str = "2025-06-30") -> Market:
    """The stocks of another seed as closes alone."""
    return stocks(symbols, sessions, seed + 10_000, last).only_closes()


STYLES: Mapping[str, Callable[[int, int, int], Market]] = {
    "stocks": stocks, "close-only": closes, "crypto": crypto, "rates": rates,
}  # fmt: skip


def make(style: str, symbols: int, sessions: int, seed: int) -> Market:
    """A market of a style; the same arguments give the same market."""
    return STYLES[style](symbols, sessions, seed)


def _temperaments(moves: Moves, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Ticks of all symbols, and which hardly move; a few have coarse ticks, are penny stocks, or calm."""
    symbols = len(moves.returns)
    kind = rng.choice(4, symbols, p=[0.88, 0.04, 0.04, 0.04])
    calm, penny, coarse = kind == 1, kind == 2, kind == 3
    for chosen, factor in ((calm, 0.04), (penny, 1.3), (coarse, 0.7)):
        moves.returns[chosen] *= factor
        moves.intraday[chosen] *= factor
        moves.variance[chosen] *= factor**2
    return np.select([coarse, penny], [0.05, 0.0001], 0.01), calm


def _days(calendar: str, sessions: int, last: str) -> NDArray[np.datetime64]:
    """The ``sessions`` sessions up to a day."""
    end = pd.Timestamp(last)
    first = end - pd.Timedelta(days=int(sessions * 1.6) + 30)
    result = calendars.sessions(calendar, first, end)[-sessions:]
    return result.to_numpy("datetime64[D]")


def _market(
    style: str,
    calendar: str,
    days: NDArray[np.datetime64],
    fields: Mapping[str, Floats],
    factor: Floats,
    split: Floats,
    moves: Moves,
) -> Market:
    names = tuple(f"{style[:2].upper()}{number:04d}" for number in range(len(factor)))
    return Market(style, calendar, names, days, fields, factor, split, moves.trades)
