"""What the true bars say about a place, so that no fault is counted that nobody could tell from truth.

Everything here looks at the true market, never at what was planted or found.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.market import Market, log_returns

Floats = NDArray[np.float64]

_SHORT, _LONG, _ENOUGH = 60, 250, 60
_SPLITS = np.array([*range(2, 11), 12, 15, 20, 25, 30, 40, 50, 100, 3 / 2, 4 / 3, 5 / 4, 5 / 2, 5 / 3, 7 / 2])
_SPLIT_LOGS = np.log(np.concatenate([_SPLITS, 1 / _SPLITS]))
_NEAR = 0.03


class Truth:
    """A market's returns and scales, computed once.

    Attributes:
        market: the true bars.
        returns: (S, T) log returns from bar to bar, NaN where there is none.
        volatility: (S, T) standard deviation of the returns *before* each bar: the larger of that of the
            last 60 and of the last 250 bars, NaN with fewer than 60.
        still: (S, T) share of unchanged closes among the 60 bars before.
        common: (T,) mean return of all symbols.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.returns = log_returns(market)
        self.volatility = np.full(self.returns.shape, np.nan)
        self.still = np.full(self.returns.shape, np.nan)
        self._bars = [np.flatnonzero(trades) for trades in market.trades]
        for symbol, at in enumerate(self._bars):
            own = pd.Series(self.returns[symbol, at]).shift(1)
            short, long = (own.rolling(n, min_periods=_ENOUGH).std() for n in (_SHORT, _LONG))
            self.volatility[symbol, at] = np.fmax(short, long)
            self.still[symbol, at] = (own == 0).rolling(_SHORT, min_periods=_ENOUGH).mean()
        known = np.where(np.isnan(self.returns), 0, self.returns)
        count = np.maximum((~np.isnan(self.returns)).sum(axis=0), 1)
        self.common = known.sum(axis=0) / count

    @property
    def has_bars(self) -> bool:
        """Whether there are ranges and volumes."""
        return "volume" in self.market.fields

    def bars(self, symbol: int) -> NDArray[np.int64]:
        """Session numbers of a symbol's bars."""
        return self._bars[symbol]

    def before(self, symbol: int, at: int, count: int) -> NDArray[np.int64]:
        """Session numbers of up to ``count`` bars before one."""
        bars = self._bars[symbol]
        place = int(np.searchsorted(bars, at))
        return bars[max(place - count, 0) : place]

    def after(self, symbol: int, at: int, count: int) -> NDArray[np.int64]:
        """Session numbers of up to ``count`` bars after one."""
        bars = self._bars[symbol]
        place = int(np.searchsorted(bars, at, side="right"))
        return bars[place : place + count]

    def steady(self, symbol: int, at: int, sessions: int = 5) -> bool:
        """Whether a symbol has a bar on each session around one, and no split among them."""
        window = slice(max(at - sessions, 0), at + sessions + 1)
        split = self.market.split[symbol, window]
        return bool(self.market.trades[symbol, window].all() and (split == split[0]).all())

    def move(self, symbol: int, at: int) -> float:
        """The true log return of a bar, 0 where unknown."""
        value = self.returns[symbol, at]
        return 0.0 if np.isnan(value) else float(value)

    def busy(self, symbol: int, at: int) -> float:
        """Log of a bar's volume over the median of the 20 bars before."""
        volume = self.market.fields["volume"][symbol]
        return float(np.log(volume[at] / np.median(volume[self.before(symbol, at, 20)])))

    def ordinary(self, symbol: int, at: int, volume: float = 2.0) -> bool:
        """Whether a bar is an everyday one in move, range and volume, and moves beside it are.

        Args:
            symbol: its number.
            at: session number.
            volume: how many times the usual it may be, or the usual it.
        """
        own = float(self.volatility[symbol, at])
        nearby = [*self.before(symbol, at, 1), at, *self.after(symbol, at, 1)]
        if not self.steady(symbol, at) or not np.isfinite(own) or own == 0:
            return False
        if max(abs(self.move(symbol, int(day))) for day in nearby) > 2.5 * own:
            return False
        if not self.has_bars:
            return True
        fields = self.market.fields
        spans = np.log(fields["high"][symbol] / fields["low"][symbol])
        most = 2 * min(own, float(np.median(spans[self.before(symbol, at, 20)])))
        return bool(spans[at] <= most and abs(self.busy(symbol, at)) <= np.log(volume))

    def alignment_evidence(self, symbol: int, at: NDArray[np.int64], by: int) -> float:
        """Log likelihood ratio of a block under its own dates against dates ``by`` sessions off, in nats.

        Of the residuals of the symbol's returns on the mean of all, Student t with four degrees of freedom,
        so that no single day decides.
        """
        own, known = self.returns[symbol], ~np.isnan(self.returns[symbol])
        beta = float(np.cov(own[known], self.common[known])[0, 1] / np.var(self.common[known]))
        scale = 1.4826 * float(np.median(np.abs(own[known] - beta * self.common[known])))
        returns = np.nan_to_num(own[at])
        right = (returns - beta * self.common[at]) / scale
        wrong = (returns - beta * self.common[at + by]) / scale
        return float(2.5 * (np.log1p(wrong**2 / 4) - np.log1p(right**2 / 4)).sum())

    def likeness(self, symbol: int, at: int) -> float:
        """Correlation with the mean of all, the lesser of that of the bars before and of all bars."""
        own = self.returns[symbol]
        correlations = []
        for end in (at, len(own)):
            known = np.flatnonzero(~np.isnan(own[:end]))
            if len(known) < _ENOUGH:
                return 0.0
            correlations.append(float(np.corrcoef(own[known], self.common[known])[0, 1]))
        return min(correlations)


def is_distinct(size: float, volatility: float) -> bool:
    """Whether a log ratio is neither near a split's nor near a power of ten.

    Near is within 3 %, or within four times the volatility of a split and six times of a power of ten if
    that is more: no day's return is known better.
    """
    tens = size / np.log(10)
    off_tens = abs(tens - round(tens)) * np.log(10)
    near_ten = round(tens) != 0 and off_tens < max(_NEAR, 6 * volatility)
    return not near_ten and bool(np.abs(_SPLIT_LOGS - size).min() >= max(_NEAR, 4 * volatility))
