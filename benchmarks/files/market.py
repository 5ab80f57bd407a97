"""The simulated market behind the files: daily bars as traded, with splits and dividends, and their truth."""

import string
from dataclasses import dataclass, field

import exchange_calendars
import numpy as np
import pandas as pd

PRICES = ("open", "high", "low", "close")
_MIDNIGHT_ZONES = {
    "XNYS": "America/New_York",
    "XTKS": "Asia/Tokyo",
    "XETR": "Europe/Berlin",
    "XPAR": "Europe/Paris",
    "XASX": "Australia/Sydney",
    "XWAR": "Europe/Warsaw",
    "XSHG": "Asia/Shanghai",
    "XHKG": "Asia/Hong_Kong",
    "XBOM": "Asia/Kolkata",
    "XLON": "Europe/London",
    "XSTO": "Europe/Stockholm",
    "24/7": "UTC",
}


@dataclass(frozen=True)
class Draw:
    """What a case asks of the market.

    Attributes:
        calendar: an exchange's MIC, or "24/7".
        symbols: fewest and most.
        sessions: fewest and most.
        levels: lowest and highest first price.
        names: how symbols are called: "letters", "codes" of six digits, "coins", "rates" or "short".
        digits: decimals of prices; None for five significant digits and at least two.
        actions: whether there are splits and dividends.
        is_ragged: whether most symbols begin later than the first.
    """

    calendar: str = "XNYS"
    symbols: tuple[int, int] = (1, 12)
    sessions: tuple[int, int] = (60, 800)
    levels: tuple[float, float] = (4.0, 3_000.0)
    names: str = "letters"
    digits: int | None = None
    actions: bool = False
    is_ragged: bool = False


@dataclass(frozen=True, eq=False)
class Market:
    """Bars of some symbols.

    Attributes:
        bars: symbol, session (naive midnight), open, high, low, close, volume, dividend (0 where none),
            split (1 where none), factor (cumulative, 1 at the first bar), in the order symbol, session.
        digits: decimals of each symbol's prices.
        calendar: as in ``Draw``.
    """

    bars: pd.DataFrame
    digits: dict[str, int]
    calendar: str
    zone: str = field(default="UTC")

    @property
    def symbols(self) -> list[str]:
        """Names in the order of the bars."""
        return list(self.digits)


def simulate(draw: Draw, rng: np.random.Generator) -> Market:
    """Draw a market: correlated returns with fat tails, ranges around open and close, whole volumes."""
    count = int(rng.integers(draw.symbols[0], draw.symbols[1] + 1))
    length = int(rng.integers(draw.sessions[0], draw.sessions[1] + 1))
    days = _sessions(draw.calendar, length, rng)
    shared = 0.008 * rng.standard_t(5, length)
    names = sorted(_names(draw.names, count, rng))
    low, high = np.log(draw.levels[0]), np.log(draw.levels[1])
    frames: list[pd.DataFrame] = []
    digits: dict[str, int] = {}
    for name in names:
        level = float(np.exp(rng.uniform(low, high)))
        places = draw.digits if draw.digits is not None else max(2, 4 - int(np.floor(np.log10(level))))
        digits[name] = places
        listed = int(rng.integers(0, length // 2)) if draw.is_ragged and frames else 0
        frames.append(_bars(name, days, level, places, shared, draw.actions, rng)[listed:])
    zone = _MIDNIGHT_ZONES[draw.calendar]
    return Market(pd.concat(frames, ignore_index=True), digits, draw.calendar, zone)


def _sessions(calendar: str, length: int, rng: np.random.Generator) -> pd.DatetimeIndex:
    first = pd.Timestamp("2012-01-03") + pd.Timedelta(days=int(rng.integers(0, 2800)))
    if calendar == "24/7":
        return pd.date_range(first, periods=length)
    end = first + pd.Timedelta(days=int(length * 1.6) + 30)
    exchange = exchange_calendars.get_calendar(calendar, start="2011-01-03")
    return pd.DatetimeIndex(exchange.sessions_in_range(first, end)[:length])


def _bars(
    name: str,
    days: pd.DatetimeIndex,
    level: float,
    places: int,
    shared: np.ndarray,
    has_actions: bool,
    rng: np.random.Generator,
) -> pd.DataFrame:
    length = len(days)
    returns = shared * rng.uniform(0.6, 1.3) + 0.009 * rng.standard_t(5, length)
    returns = returns.clip(-0.12, 0.12)
    split, paid = np.ones(length), np.zeros(length)
    if has_actions:
        split[length // 2 + int(rng.integers(-9, 10))] = float(rng.choice([2, 3, 1.5, 4]))
        paid[np.arange(int(rng.integers(12, 25)), length, 63)] = 0.006
    close = level * np.exp(np.cumsum(returns) - returns[0]) / np.cumprod(split) * np.cumprod(1 - paid)
    gap = 0.3 * returns + 0.003 * rng.standard_normal(length)
    opening = close * np.exp(-(returns - gap))
    top = np.maximum(opening, close) * np.exp(np.abs(0.004 * rng.standard_normal(length)) + 0.0005)
    bottom = np.minimum(opening, close) * np.exp(-np.abs(0.004 * rng.standard_normal(length)) - 0.0005)
    prices = {
        key: np.round(value, places) for key, value in zip(PRICES, (opening, top, bottom, close), strict=True)
    }
    before = np.r_[prices["close"][0], prices["close"][:-1]] / split
    dividend = np.round(before * paid, max(places, 4))
    ratio = split * before / (before - dividend)
    ratio[0] = 1.0
    volume = np.exp(rng.uniform(10.5, 16) + 0.35 * rng.standard_normal(length) + 12 * np.abs(returns))
    return pd.DataFrame(
        {
            "symbol": name,
            "session": days,
            **prices,
            "volume": np.rint(volume),
            "dividend": dividend,
            "split": split,
            "factor": np.cumprod(ratio),
        }
    )


def _names(style: str, count: int, rng: np.random.Generator) -> list[str]:
    pools = {
        "coins": ["BTC", "ETH", "SOL", "ADA", "XRP", "DOGE", "DOT", "LTC", "LINK", "AVAX", "UNI", "ATOM"],
        "rates": ["USD", "JPY", "GBP", "CHF", "SEK", "NOK", "AUD", "CAD", "NZD", "PLN", "HUF", "CZK"],
    }
    if style in pools:
        return [str(name) for name in rng.choice(pools[style], count, replace=False)]
    names: dict[str, None] = {}
    while len(names) < count:
        if style == "codes":
            head = str(rng.choice(["600", "000", "300", "002", "601"]))
            names[head + "".join(rng.choice(list(string.digits), 3))] = None
        else:
            length = int(rng.integers(3, 5))
            names["".join(rng.choice(list("BCDFGJKQRSTVWXZ"), length))] = None
    return list(names)
