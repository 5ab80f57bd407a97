"""What can be said of every judged row, measured once for the rules to compare with their lines."""

import numpy as np
import pandas as pd

from morrow.checks.signs import compared
from morrow.checks.signs.bars import Bars, Counts, Flags, Reals, arrange, sound
from morrow.checks.signs.dates import Shifts, shifts
from morrow.checks.signs.moves import Moves, moves
from morrow.checks.signs.repeats import Repeats, repeats
from morrow.checks.signs.scale import Usual, usual
from morrow.checks.signs.volumes import Volumes, volumes

Measure = tuple[Counts, np.ndarray]  # (K,) bars and what is measured of each
_REVISED = 0.005  # a bar that came again with another price is compared with nothing else

# What each column says of a bar; it is missing where there is nothing to say.
MEASURES: dict[str, str] = {
    "sign": "the fault that a loud step of prices looks like most",
    "follows": "back, stays or unknown: what the next bars say of that step",
    "until": "session on which the old level is back",
    "times": "adjusted price over the bar before",
    "scales": "size of that step in the symbol's usual moves",
    "gap": "sessions since the bar before",
    "whole": "1 if open, range and volume are given",
    "unrest": "range and volume above the symbol's usual, in usual deviations",
    "range_after": "range over the usual, median of this bar and the next 29",
    "before": "close of the bar before",
    "partner": "symbol whose bar this seems to be",
    "unchanged": "how many bars in a row up to this one are unchanged, with volume",
    "unmoved": "share of the 60 bars before those whose close did not change",
    "twin": "session whose bar this copies",
    "volume_times": "volume over the median of 60 bars, where it is far above",
    "volume_highest": "volume over the highest of them",
    "volume_lasting": "the next bar's volume over that median",
    "moved": "size of the price's step in the symbol's usual moves, where volume_times is given",
    "traded": "bars with volume in a row before one without, on which the price moved",
    "shifted": "1 if the stretch follows the next session's market, -1 for the session before",
    "shifted_evidence": "log of how much likelier that is",
    "shifted_hole": "1 if a session is missing alone at the end that a shift would leave open",
    "missing": "sessions without a bar of the symbol before this one",
    "revised": "largest relative difference from the stored prices of the same bar",
    "apart": "log difference from the second source's close less the usual",
    "apart_usual": "how wide that difference usually is",
    "other_close": "the second source's close",
    "future": "whether the session is later than any that can have traded",
    "off_calendar": "whether the session is none of the calendar's",
}


def evidence(
    rows: pd.DataFrame,
    sessions: pd.DatetimeIndex,
    history: pd.DataFrame | None,
    other: pd.DataFrame | None,
    latest: pd.Timestamp | None,
) -> pd.DataFrame:
    """Measure every judged row, and keep those that something can be said of.

    Args:
        rows: n judged rows.
        sessions: the calendar over the span of the judged rows.
        history: stored bars.
        other: closes of a second source.
        latest: the last day that can have traded, None if it is not known.

    Returns:
        Columns ``place`` (position in ``rows``, ascending) and ``MEASURES``.
    """
    future, off = _dates(rows["session"], sessions, latest)
    revised = compared.revised(rows, history)
    clear = sound(rows) & ~future & ~off & ~rows.duplicated(["symbol", "session"], keep=False).to_numpy()
    apart, wide, closes = (np.full(len(rows), np.nan) for _ in range(3))
    apart[clear], wide[clear], closes[clear] = compared.disagreement(rows[clear], history, other)
    bars = arrange(rows, clear & ~(revised > _REVISED), sessions, history)
    found = _of_bars(bars) if len(bars.close) else {}
    said = future | off | (revised > 0) | (np.abs(apart) > 0)
    for at, _ in found.values():
        place = bars.place[at]
        said[place[place >= 0]] = True
    place = np.flatnonzero(said)
    measures = {"place": place} | dict.fromkeys(MEASURES)
    measures |= {name: _at(bars, at, values, place, len(rows)) for name, (at, values) in found.items()}
    measures |= {"apart": apart[place], "apart_usual": wide[place], "other_close": closes[place]}
    measures |= {"revised": revised[place], "future": future[place], "off_calendar": off[place]}
    return pd.DataFrame(measures).astype({name: "float64" for name in MEASURES if measures[name] is None})


def _of_bars(bars: Bars) -> dict[str, Measure]:
    is_usual = usual(bars)
    after_gap = np.flatnonzero(is_usual.gap > 1)
    return (
        _of_moves(bars, moves(bars, is_usual))
        | _of_repeats(bars, repeats(bars))
        | _of_volumes(volumes(bars, is_usual), is_usual)
        | _of_shifts(shifts(bars, is_usual))
        | {"missing": (after_gap, is_usual.gap[after_gap] - 1.0)}
    )


def _at(bars: Bars, at: Counts, values: np.ndarray, place: Counts, count: int) -> object:
    """A measure of some bars in the order of the judged rows ``place``, empty where there is none."""
    row = bars.place[at]
    judged = row >= 0
    position = np.full(count, -1, dtype=np.int64)
    position[place] = np.arange(len(place))
    to = position[row[judged]]
    if values.dtype.kind == "U":
        words = np.full(len(place), None, dtype=object)
        words[to] = values[judged]
        words[words == ""] = None
        return pd.array(words.tolist(), dtype="str")
    kind = np.float64 if values.dtype.kind in "fib" else values.dtype
    column = np.full(len(place), np.nan if kind == np.float64 else np.datetime64("NaT"), dtype=kind)
    column[to] = values[judged]
    return column


def _dates(days: pd.Series, sessions: pd.DatetimeIndex, latest: pd.Timestamp | None) -> tuple[Flags, Flags]:
    """(n,) each: whether a session has not come yet, and whether it is on no calendar."""
    known = days.notna().to_numpy()
    stamps = days.to_numpy("datetime64[us]")
    if latest is not None:
        future = known & (stamps > latest.to_datetime64())
    elif len(sessions):
        weekend = (days.dt.day_of_week >= 5).to_numpy() & (
            stamps <= (sessions[-1] + pd.Timedelta(days=2)).to_datetime64()
        )
        future = known & (stamps > sessions[-1].to_datetime64()) & ~weekend
    else:
        future = np.zeros(len(days), dtype=bool)
    listed = np.isin(stamps, sessions.to_numpy("datetime64[us]"))
    return future, known & ~future & ~listed


def _short(values: np.ndarray) -> Reals:
    """Four digits of each value: what a reason shows, and fine enough for any line."""
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
        unit = 10.0 ** (3 - magnitude)
        return np.asarray(np.round(values * unit) / unit)


def _session(bars: Bars, bar: Counts) -> np.ndarray:
    """(K,) sessions of bars, NaT for −1."""
    return np.where(bar >= 0, bars.axis[bars.when[bar]], np.datetime64("NaT", "us"))


def _of_moves(bars: Bars, found: Moves) -> dict[str, Measure]:
    steps, named = found.steps, np.flatnonzero(found.name != "")
    bar = steps.bar[named]
    names = np.array((*bars.symbols, ""))
    partner = np.where(found.partner >= 0, bars.symbol[found.partner], len(bars.symbols))
    values = {
        "sign": found.name,
        "follows": found.follows,
        "until": _session(bars, found.until),
        "times": _short(np.exp(steps.size)),
        "scales": _short(np.abs(steps.size) / steps.scale),
        "gap": steps.gap,
        "whole": steps.whole,
        "range_after": _short(steps.after_range),
        "unrest": _short(steps.unrest),
        "before": bars.close[steps.bar - 1],
        "partner": names[partner],
    }
    return {name: (bar, each[named]) for name, each in values.items()}


def _of_repeats(bars: Bars, found: Repeats) -> dict[str, Measure]:
    again, copies = np.flatnonzero(found.unchanged > 0), np.flatnonzero(found.twin >= 0)
    return {
        "unchanged": (again, found.unchanged[again]),
        "unmoved": (again, _short(found.unmoved[again])),
        "twin": (copies, _session(bars, found.twin[copies])),
    }


def _of_volumes(found: Volumes, is_usual: Usual) -> dict[str, Measure]:
    high, none = np.flatnonzero(~np.isnan(found.times)), np.flatnonzero(~np.isnan(found.traded))
    over = is_usual.move * np.sqrt(np.maximum(is_usual.gap, 1))
    return {
        "volume_times": (high, _short(found.times[high])),
        "volume_highest": (high, _short(found.times_highest[high])),
        "volume_lasting": (high, _short(found.lasting[high])),
        "moved": (high, _short(np.abs(is_usual.step[high]) / over[high])),
        "traded": (none, found.traded[none]),
    }


def _of_shifts(found: Shifts) -> dict[str, Measure]:
    bar = np.flatnonzero(found.evidence > 0)
    return {
        "shifted": (bar, found.sessions[bar]),
        "shifted_evidence": (bar, _short(found.evidence[bar])),
        "shifted_hole": (bar, found.hole[bar]),
    }
