"""A small synthetic market for tests of the raw gate: symbols that share a market, whose prices are true."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

PRICES = ["open", "high", "low", "close"]
FIELDS = [*PRICES, "volume"]


@dataclass
class Market:
    """Bars of N symbols on T sessions, in the order of symbol and session.

    Attributes:
        bars: as ``check_raw`` takes them.
        sessions: (T,) weekdays.
    """

    bars: pd.DataFrame
    sessions: pd.DatetimeIndex

    def row(self, symbol: str, session: int) -> int:
        """The row of a symbol on a session, counted from 0; −1 is the last."""
        at = self.bars["session"] == self.sessions[session]
        return int(self.bars.index[at & (self.bars["symbol"] == symbol)][0])

    def rows(self, symbol: str, start: int, stop: int | None = None) -> list[int]:
        """The rows of a symbol from one session to before another."""
        days = self.sessions[start:stop]
        at = self.bars["session"].isin(days) & (self.bars["symbol"] == symbol)
        return [int(row) for row in self.bars.index[at]]

    def times(self, rows: list[int], price: float, volume: float = 1.0) -> None:
        """Multiply the prices and the volume of some rows."""
        self.bars.loc[rows, PRICES] *= price
        self.bars.loc[rows, "volume"] = np.round(self.bars.loc[rows, "volume"] * volume)

    def bare(self, symbol: str) -> None:
        """Leave a symbol nothing but its closes."""
        self.bars.loc[self.bars["symbol"] == symbol, ["open", "high", "low", "volume"]] = np.nan


def market(symbols: list[str], sessions: int, seed: int) -> Market:
    """Draw fat-tailed returns with a common part, ranges and volumes that go with them."""
    rng = np.random.default_rng(seed)
    shape = (len(symbols), sessions)  # (N, T)
    days = pd.bdate_range("2020-01-01", periods=sessions)
    scale = rng.uniform(0.01, 0.02, (len(symbols), 1))
    common = np.clip(rng.standard_t(5, sessions), -4, 4) / 1.3
    own = np.clip(rng.standard_t(5, shape), -4, 4) / 1.3
    returns = scale * (0.75 * common + 0.65 * own)
    close = np.log(rng.uniform(20, 200, (len(symbols), 1))) + np.cumsum(returns, axis=1)
    before = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    opened = before + 0.4 * returns + 0.2 * scale * rng.normal(size=shape)
    high = np.maximum(opened, close) + 0.5 * scale * np.abs(rng.normal(size=shape))
    low = np.minimum(opened, close) - 0.5 * scale * np.abs(rng.normal(size=shape))
    busy = 0.3 * rng.normal(size=shape) + 0.2 * np.abs(returns) / scale
    volume = np.log(rng.uniform(1e5, 1e7, (len(symbols), 1))) + busy
    bars = pd.DataFrame(
        {
            "row": np.arange(shape[0] * shape[1]),
            "symbol": np.repeat(symbols, sessions),
            "session": np.tile(days.to_numpy("datetime64[us]"), len(symbols)),
            **{
                name: np.exp(values).ravel()
                for name, values in zip(PRICES, (opened, high, low, close), strict=True)
            },
            "volume": np.round(np.exp(volume)).ravel(),
            "split_factor": 1.0,
            "dividend_factor": 1.0,
            "malformed": None,
        }
    )
    return Market(bars.astype({"symbol": "str", "malformed": "str"}), days)
