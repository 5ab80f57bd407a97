"""A clean synthetic market: whole, correct and surprising, so that whatever is refused of it is a mistake.

It imitates what real prices do (crashes, halts, splits, listings, pegs), and holds no fault of any kind.
"""

from benchmarks.market.bars import OHLCV, Market, log_returns, trade_prices
from benchmarks.market.styles import STYLES, closes, crypto, make, rates, stocks

__all__ = [
    "OHLCV",
    "STYLES",
    "Market",
    "closes",
    "crypto",
    "log_returns",
    "make",
    "rates",
    "stocks",
    "trade_prices",
]  # fmt: skip
