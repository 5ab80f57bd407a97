"""Summaries that the gates of the stored panel and of the features judge: one line per symbol or feature.

Millions of bars are summed up first, so that the cost of a suite does not depend on the length of history.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RECENT = 250  # newest sessions, in which gaps and missing bars count
NEWEST = 60  # newest sessions, whose features are compared with all earlier ones
SAMPLE = 100_000  # bars from which the spread of a feature is computed
FALL = 0.005  # share by which a derived dividend factor may be lower than on the bar before

SYMBOL_COLUMNS = (
    "symbol", "session", "bars", "twice", "bad_prices", "bad_factors", "falling_factors", "known_early",
    "off_calendar", "gap_sessions", "missing_share", "age_sessions",
)  # fmt: skip
FEATURE_COLUMNS = (
    "feature", "infinite", "known_share", "newest_known_share", "least", "most", "spread", "reach",
    "scale_ratio", "moving_share",
)  # fmt: skip


def summarise_symbols(prices: pd.DataFrame, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """One line per symbol of the stored bars.

    Args:
        prices: symbol, session, close, split_factor, dividend_factor, known_at.
        sessions: the calendar's, from the first bar to the cutoff.

    Returns:
        symbol; session (of its last bar); counts of its bars, of those whose key came before (twice), whose
        close is not above zero and finite (bad_prices), whose factors are not (bad_factors), whose dividend
        factor fell (falling_factors), that are known before their session (known_early) and that lie on no
        session (off_calendar); of the last 250 sessions since its first bar the longest run without a bar up
        to its last one (gap_sessions) and the share without (missing_share, in [0, 1]); and the sessions
        since its last bar (age_sessions).
    """
    bars = prices.sort_values(["symbol", "session"], kind="stable", ignore_index=True)
    position = sessions.searchsorted(bars["session"])
    hit = np.minimum(position, len(sessions) - 1)
    same = (bars["symbol"] == bars["symbol"].shift()).to_numpy()
    flags = pd.DataFrame(
        {
            "symbol": bars["symbol"],
            "bars": 1,
            "twice": same & (bars["session"] == bars["session"].shift()).to_numpy(),
            "bad_prices": ~_positive(bars["close"]),
            "bad_factors": ~(_positive(bars["split_factor"]) & _positive(bars["dividend_factor"])),
            "falling_factors": same
            & (bars["dividend_factor"].pct_change(fill_method=None) < -FALL).to_numpy(),
            "known_early": (bars["known_at"] < bars["session"]).to_numpy(),
            "off_calendar": pd.DatetimeIndex(bars["session"]) != sessions[hit],
        }
    )
    sums = flags.groupby("symbol", sort=True).sum()
    ends = pd.DataFrame({"symbol": bars["symbol"], "session": bars["session"], "position": position})
    ends = ends.groupby("symbol", sort=True).agg({"session": "max", "position": ["min", "max"]})
    first, last = ends["position", "min"].to_numpy(), ends["position", "max"].to_numpy()
    gaps, missing = _gaps(bars["symbol"], position, len(sessions), first, last)
    return (
        sums.assign(
            session=ends["session", "max"],
            gap_sessions=gaps,
            missing_share=missing,
            age_sessions=len(sessions) - 1 - last,
        )
        .reset_index()[list(SYMBOL_COLUMNS)]
        .astype({"symbol": "str"})
    )


def _positive(values: pd.Series) -> NDArray[np.bool_]:
    numbers = values.to_numpy(np.float64)
    positive: NDArray[np.bool_] = (numbers > 0) & np.isfinite(numbers)
    return positive


def _gaps(
    symbols: pd.Series,
    position: NDArray[np.int64],
    length: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Longest run of missing sessions, and the share of them, in the last sessions of each symbol's life."""
    start = max(0, length - RECENT)
    code = pd.factorize(symbols, sort=True)[0]
    previous = np.where(np.diff(code, prepend=-1) == 0, np.concatenate([[-1], position[:-1]]), -1)
    since = np.maximum(previous, start - 1)
    run = np.where((previous >= 0) & (position >= start), position - since - 1, 0)
    longest = pd.Series(run).groupby(code).max().to_numpy(np.int64)
    present = pd.Series(position >= start).groupby(code).sum().to_numpy(np.float64)
    expected = np.maximum(last - np.maximum(first, start) + 1, 0).astype(np.float64)
    share = np.where(expected > 0, 1 - np.minimum(present / np.maximum(expected, 1), 1), 0.0)
    return np.maximum(longest, 0), share


def summarise_features(
    values: NDArray[np.float32], names: tuple[str, ...], session: NDArray[np.int64]
) -> pd.DataFrame:
    """One line per feature.

    Args:
        values: (R, F), NaN until known.
        names: F.
        session: (R,) index of each bar's session on the axis.

    Returns:
        feature; infinite (a count); known_share of all bars, and newest_known_share of those of the last
        session; least and most; spread (the middle half's width, from a sample of at most 100,000 bars);
        reach (the greatest distance from the median, in spreads) and scale_ratio (the spread of the last 60
        sessions over that of all before), both 1 where there is no spread to compare with; and moving_share
        of that sample's known values, which differ from the median. A feature may rest in its middle half, as
        the days since the bar before do, which are one four times a week.
    """
    last = int(session.max())
    newest = session == last
    early = _sample(np.flatnonzero(session <= last - NEWEST))
    late = _sample(np.flatnonzero(session > last - NEWEST))
    lines = []
    for index, name in enumerate(names):
        column = values[:, index].astype(np.float64)
        known = np.isfinite(column)
        least, most = (column[known].min(), column[known].max()) if known.any() else (np.nan, np.nan)
        sample = column[_sample(np.arange(len(column)))]
        middle, spread = _spread(sample)
        before, after = _spread(column[early])[1], _spread(column[late])[1]
        comparable = before > 0 and after > 0
        lines.append(
            {
                "feature": name,
                "infinite": int(np.isinf(column).sum()),
                "known_share": known.mean(),
                "newest_known_share": known[newest].mean(),
                "least": least,
                "most": most,
                "spread": spread,
                "reach": max(most - middle, middle - least) / spread if spread > 0 else 1.0,
                "scale_ratio": after / before if comparable else 1.0,
                "moving_share": _share_moving(sample, middle),
            }
        )
    return pd.DataFrame(lines, columns=list(FEATURE_COLUMNS)).astype({"feature": "str"})


def _sample(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[:: max(1, len(rows) // SAMPLE)]


def _share_moving(values: NDArray[np.float64], middle: float) -> float:
    """Share of the known values that differ from the median; 0 where nothing is known."""
    known = values[np.isfinite(values)]
    return float((known != middle).mean()) if len(known) else 0.0


def _spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Median, and width of the middle half; NaN and 0 where nothing is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, 0.0
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return float(middle), float(high - low)
