"""The features themselves, one series of bars at a time, then what the universe did that session.

Every feature at a bar uses that bar and earlier ones only. Moves are divided by the volatility known
at the bar, so that a quiet currency and a wild share read alike.
"""

import numpy as np
import pandas as pd
import talib
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

DECAY = 0.94  # RiskMetrics (1996), daily
SETTLED = 20  # bars before a volatility is believed
SPANS = (5, 20, 120)
MOMENTA = (1, 5, 20, 60)
AVERAGES = (10, 50)
COVERED = 0.9  # share of bars that must have a field before its features are made
COVERED_BY_SYMBOL = 0.5

CLOSE_FEATURES = (
    *(f"return_{n}" for n in MOMENTA),
    *(f"average_distance_{n}" for n in AVERAGES),
    "rsi_14", "bollinger_position", "bollinger_width",
    *(f"volatility_{n}" for n in SPANS),
    "downside", "absolute_return",
    "universe_return", "universe_volatility", "relative_volatility",
)  # fmt: skip
RANGE_FEATURES = ("atr_14", "parkinson_10", "range_1", "close_in_range", "overnight")
VOLUME_FEATURES = ("volume_ratio_1", "volume_ratio_5")


def feature_names(bars: pd.DataFrame) -> tuple[str, ...]:
    """Features that a universe's bars can carry.

    Those of a field need it on 90 % of all bars and on half of every symbol's, or the symbols without
    it could not be forecast.
    """
    names: tuple[str, ...] = CLOSE_FEATURES
    if _covered(bars, bars[["open", "high", "low"]].notna().all(axis=1)):
        names += RANGE_FEATURES
    if _covered(bars, bars["volume"].gt(0)):
        names += VOLUME_FEATURES
    return names


def _covered(bars: pd.DataFrame, present: pd.Series) -> bool:
    if bars.empty:
        return False
    own = present.groupby(bars["symbol"]).mean()
    return bool(present.mean() >= COVERED and own.min() >= COVERED_BY_SYMBOL)


def unit_volatility(returns: Array, floor: Array) -> Array:
    """EWMA volatility of one series' log returns, per session, never below ``floor``: (T,) -> (T,).

    NaN until ``SETTLED`` returns are known. The first return is NaN and is not used.
    """
    volatility = np.sqrt(_ewma(np.square(returns[1:]), 1 - DECAY))
    volatility[: SETTLED - 1] = np.nan
    return np.concatenate([[np.nan], np.maximum(volatility, floor[1:])])


def compute(bars: pd.DataFrame, names: tuple[str, ...]) -> NDArray[np.float32]:
    """Features of every bar.

    Args:
        bars: sorted by series, then session; columns series, session, open, high, low, close (adjusted,
            quote currency), volume (adjusted, units), unit (volatility known at the bar, log return).
        names: which features, as :func:`feature_names` gives them.

    Returns:
        (R, F) float32; NaN where a feature is not known yet (warm-up) or its field is missing.
    """
    columns: dict[str, Array] = {name: np.full(len(bars), np.nan) for name in names}
    fields = {
        name: bars[name].to_numpy(np.float64) for name in ("open", "high", "low", "close", "volume", "unit")
    }
    returns = np.full(len(bars), np.nan)
    for start, end in _runs(bars["series"].to_numpy()):
        series = {name: values[start:end] for name, values in fields.items()}
        returns[start + 1 : end] = np.diff(np.log(series["close"]))
        for name, values in _of_series(series, names).items():
            columns[name][start:end] = values
    columns |= _of_universe(bars["session"].to_numpy(), returns, fields["unit"])
    return np.stack([columns[name] for name in names], axis=1).astype(np.float32)


def _runs(series: NDArray[np.int64]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(series)) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(series)], strict=True)) if len(series) else []


def _of_series(series: dict[str, Array], names: tuple[str, ...]) -> dict[str, Array]:
    found = _of_closes(series["close"], series["unit"])
    if RANGE_FEATURES[0] in names:
        found |= _of_ranges(series)
    if VOLUME_FEATURES[0] in names:
        found |= _of_volumes(series["volume"])
    return found


def _of_closes(close: Array, unit: Array) -> dict[str, Array]:
    log = np.log(close)
    returns = np.diff(log, prepend=np.nan)
    found = {f"return_{n}": _lagged_difference(log, n) / (unit * np.sqrt(n)) for n in MOMENTA}
    for n in AVERAGES:
        found[f"average_distance_{n}"] = (log - _talib(talib.SMA, log, n)) / (unit * np.sqrt(n))
    found["rsi_14"] = _talib(talib.RSI, close, 14) / 50 - 1
    # A band of closes that did not move has no width: the unit of volatility keeps it open.
    deviation = np.maximum(_talib(talib.STDDEV, log, 20), unit * 0.1)
    found["bollinger_position"] = (log - _talib(talib.SMA, log, 20)) / (2 * deviation)
    found["bollinger_width"] = np.log(deviation / (unit * np.sqrt(20)))
    squares = np.square(returns[1:])
    for span in SPANS:
        found[f"volatility_{span}"] = _log_ratio(_from_second(_ewma(squares, 2 / (span + 1))), unit)
    falls = _from_second(_ewma(np.where(returns[1:] < 0, squares, 0.0), 2 / 21))
    found["downside"] = _log_ratio(falls, unit)
    found["absolute_return"] = np.minimum(np.abs(returns) / unit, 10.0)
    return found


def _of_ranges(series: dict[str, Array]) -> dict[str, Array]:
    """Range features; a bar without high and low lends its close, and is masked afterwards."""
    close, unit = series["close"], series["unit"]
    missing = ~(np.isfinite(series["high"]) & np.isfinite(series["low"]) & np.isfinite(series["open"]))
    log_high, log_low, log_open = (
        np.log(np.where(missing, close, series[name])) for name in ("high", "low", "open")
    )
    log_close = np.log(close)
    previous = np.concatenate([[np.nan], log_close[:-1]])
    spread = log_high - log_low
    found = {
        "atr_14": _log_ratio(np.square(_talib_range(log_high, log_low, log_close)), unit),
        "parkinson_10": _log_ratio(_talib(talib.SMA, spread**2, 10) / (4 * np.log(2)), unit),
        "range_1": np.log(np.maximum(spread, 0.05 * unit) / unit),
        "close_in_range": np.where(spread > 0, (2 * log_close - log_high - log_low), 0.0)
        / np.where(spread > 0, spread, 1.0),
        "overnight": (log_open - previous) / unit,
    }
    return {name: np.where(missing, np.nan, values) for name, values in found.items()}


def _of_volumes(volume: Array) -> dict[str, Array]:
    """Volume against its own average; sessions without a volume are left out of the averages."""
    traded = pd.Series(np.log1p(volume))
    average = traded.rolling(60, min_periods=40).mean()
    week = traded.rolling(5, min_periods=3).mean()
    return {
        "volume_ratio_1": (traded - average).to_numpy(),
        "volume_ratio_5": (week - average).where(traded.notna()).to_numpy(),
    }


def _of_universe(session: NDArray[np.datetime64], returns: Array, unit: Array) -> dict[str, Array]:
    """What the members of that session did together: their mean move and median volatility."""
    table = pd.DataFrame({"session": session, "move": returns / unit, "level": np.log(unit)})
    together = table.groupby("session", sort=True).agg({"move": "mean", "level": "median"})
    level = together["level"]
    usual = level.ewm(span=250, ignore_na=True).mean()
    place = together.index.get_indexer(pd.Index(session))
    own = pd.Series(np.log(unit))
    return {
        "universe_return": together["move"].to_numpy()[place],
        "universe_volatility": (level - usual).to_numpy()[place],
        "relative_volatility": (own.to_numpy() - level.to_numpy()[place]),
    }


def _ewma(values: Array, weight: float) -> Array:
    """Exponentially weighted mean from the first value on, with weights that sum to one: (T,) -> (T,)."""
    if not len(values):
        return values
    decay = [1.0, weight - 1.0]
    mean: Array = lfilter([weight], decay, values) / lfilter([weight], decay, np.ones(len(values)))
    return mean


def _from_second(values: Array) -> Array:
    padded = np.concatenate([[np.nan], values])
    padded[:SETTLED] = np.nan
    return padded


def _log_ratio(variance: Array, unit: Array) -> Array:
    """Log of a volatility over the unit, from below bounded where nothing moved."""
    return 0.5 * np.log(np.maximum(variance, (0.05 * unit) ** 2) / unit**2)


def _lagged_difference(values: Array, lag: int) -> Array:
    return np.concatenate([np.full(min(lag, len(values)), np.nan), values[lag:] - values[:-lag]])


def _talib(indicator: object, values: Array, period: int) -> Array:
    """A TA-Lib indicator of one input; all NaN where the series is shorter than the period."""
    if len(values) <= period:
        return np.full(len(values), np.nan)
    result: Array = indicator(values, timeperiod=period)  # type: ignore[operator]  # TA-Lib has no type for an indicator
    return result


def _talib_range(high: Array, low: Array, close: Array) -> Array:
    if len(close) <= 14:
        return np.full(len(close), np.nan)
    result: Array = talib.ATR(high, low, close, timeperiod=14)
    return result
