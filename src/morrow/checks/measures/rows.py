"""All measures of the judged rows, computed once for the rules to compare with their limits."""

import numpy as np
import pandas as pd

from morrow.checks.measures import comparison, ratios
from morrow.checks.measures.bars import Bars, Counts, Flags, Reals, arrange_bars, find_sound_rows
from morrow.checks.measures.copies import Copies, find_copies
from morrow.checks.measures.date_shifts import Shifts, find_shifts
from morrow.checks.measures.levels import measure_levels
from morrow.checks.measures.moves import Moves, name_moves
from morrow.checks.measures.repeats import Repeats, find_repeats
from morrow.checks.measures.tails import Tails, measure_tails
from morrow.checks.measures.usual import Usual, track_usual
from morrow.checks.measures.volumes import Volumes, measure_volumes

Measure = tuple[Counts, np.ndarray]  # (K,) bars, and (K,) the value of each
_FOLLOWS = {
    "back": "the old level is back after it",
    "stays": "it stays",
    "unknown": "nothing follows it yet",
}
_MOST_LOG_ODDS = float(np.log(1e12))
_REVISED = 0.005  # relative; a stored bar whose price changed by more is compared with nothing else

# Meaning of each measure; it is missing for rows where it does not apply.
MEASURES: dict[str, str] = {
    "sign": "the fault that a loud step of prices looks like most",
    "follows": "back, stays or unknown: whether the next bars reverse that step",
    "follows_reason": "the same in words",
    "until": "session on which the old level is back",
    "times": "adjusted price over the bar before, without the day's market",
    "quotient": "close over the bar before, as traded",
    "explained": "the part of that quotient that factors and the day's market explain; the rest is times",
    "scales": "size of that step in the symbol's usual moves",
    "gap": "sessions since the bar before",
    "whole": "1 if open, range and volume are given",
    "stands_out": "size of the step, the market in it, in the largest of the usual moves of 60 and 250 bars",
    "rarity": "sessions in which the symbol moves that far once, by its other moves",
    "rarity_reason": "the same in words",
    "unrest": "range and volume above the symbol's usual, in usual deviations",
    "range_after": "range over the usual, median of this bar and the next 29",
    "level": "adjusted price over the bar before, less the day's market",
    "split_ratio": "new shares for an old one, where that step looks like a split's most",
    "split_odds": "log of how much likelier a split is than any other ratio",
    "split_reason": "the same in words",
    "ordinary": "longest run of bars after that step whose returns are ordinary",
    "following": "correlation with the other symbols after it, where there was one before",
    "together": "share of the symbols that make the same step on that session",
    "before": "close of the bar before",
    "partner": "symbol whose bar this seems to be",
    "unchanged": "number of bars in a row up to this one that are unchanged, with volume",
    "unmoved": "share of the 60 bars before those whose close did not change, at least 20 of them",
    "pegged": "share of the symbol's other bars in runs of five unchanged closes and more",
    "market_moved": "share of the other symbols whose close changed on that session",
    "twin": "session that has the same bar",
    "twin_odds": "how many times likelier that session is, by the market and the bars beside it",
    "twin_reason": "the same in words",
    "twin_chance": "such pairs that come about by chance in the symbol's history",
    "volume_times": "volume over the median of 60 bars, where it is far above",
    "volume_highest": "volume over the highest of them",
    "volume_lasting": "the next bar's volume over that median",
    "moved": "size of the price's step in the symbol's usual moves, where volume_times is given",
    "traded": "bars with volume in a row before one without, on which the price moved",
    "shifted": "1 if the stretch follows the next session's market, -1 for the session before",
    "shifted_to": "the same in words, next or previous",
    "shifted_evidence": "log of how much likelier that is",
    "shifted_hole": "1 if a session is missing alone at the end that a shift would leave open",
    "missing": "sessions without a bar of the symbol before this one",
    "revised": "largest relative difference from the stored prices of the same bar",
    "apart": "log difference from the second source's close less the usual",
    "apart_usual": "how wide that difference usually is",
    "other_close": "the second source's close",
    "future": "whether the session is later than any that can have traded",
    "off_calendar": "whether the session is not on the calendar",
}


def measure_rows(
    rows: pd.DataFrame,
    sessions: pd.DatetimeIndex,
    history: pd.DataFrame | None,
    other: pd.DataFrame | None,
    latest: pd.Timestamp | None,
) -> pd.DataFrame:
    """Measure every judged row, and keep those for which some measure applies.

    Args:
        rows: n judged rows.
        sessions: the calendar over the span of the judged rows.
        history: stored bars.
        other: closes of a second source.
        latest: the last day that can have traded, None if it is not known.

    Returns:
        Columns ``index`` (position in ``rows``, ascending) and ``MEASURES``.
    """
    future, off = _dates(rows["session"], sessions, latest)
    revised = comparison.measure_revisions(rows, history)
    clear = find_sound_rows(rows) & ~future & ~off & ~_have_rivals(rows)
    apart, wide, closes = (np.full(len(rows), np.nan) for _ in range(3))
    apart[clear], wide[clear], closes[clear] = comparison.measure_disagreement(rows[clear], history, other)
    bars = arrange_bars(rows, clear & ~(revised > _REVISED), sessions, history)
    of_bars = _measure_bars(bars) if len(bars.close) else {}
    measured = future | off | (revised > 0) | (np.abs(apart) > 0)
    for at, _ in of_bars.values():
        row = bars.row[at]
        measured[row[row >= 0]] = True
    index = np.flatnonzero(measured)
    measures = {"index": index} | dict.fromkeys(MEASURES)
    measures |= {name: _column(bars, at, values, index, len(rows)) for name, (at, values) in of_bars.items()}
    measures |= {"apart": apart[index], "apart_usual": wide[index], "other_close": closes[index]}
    measures |= {"revised": revised[index], "future": future[index], "off_calendar": off[index]}
    return pd.DataFrame(measures).astype({name: "float64" for name in MEASURES if measures[name] is None})


def _measure_bars(bars: Bars) -> dict[str, Measure]:
    usual = track_usual(bars)
    after_gap = np.flatnonzero(usual.gap > 1)
    moves = name_moves(bars, usual)
    return (
        _of_moves(bars, moves, measure_tails(bars, usual, moves))
        | _of_levels(bars, usual, moves)
        | _of_repeats(find_repeats(bars))
        | _of_copies(bars, find_copies(bars, usual))
        | _of_volumes(measure_volumes(bars, usual), usual)
        | _of_shifts(find_shifts(bars, usual))
        | {"missing": (after_gap, usual.gap[after_gap] - 1.0)}
    )


def _column(bars: Bars, at: Counts, values: np.ndarray, index: Counts, count: int) -> object:
    """A measure of some bars as a column of the judged rows ``index``, empty where it does not apply."""
    row = bars.row[at]
    judged = row >= 0
    position = np.full(count, -1, dtype=np.int64)
    position[index] = np.arange(len(index))
    to = position[row[judged]]
    if values.dtype.kind == "U":
        words = np.full(len(index), None, dtype=object)
        words[to] = values[judged]
        words[words == ""] = None
        return pd.array(words.tolist(), dtype="str")
    kind = np.float64 if values.dtype.kind in "fib" else values.dtype
    column = np.full(len(index), np.nan if kind == np.float64 else np.datetime64("NaT"), dtype=kind)
    column[to] = values[judged]
    return column


def _have_rivals(rows: pd.DataFrame) -> Flags:
    """Which rows share symbol and session with another bar; a row that cannot be read is no bar."""
    is_bar = (rows["malformed"].isna() & rows["close"].notna()).to_numpy()
    bars = rows if is_bar.all() else rows[is_bar]
    rivals = np.zeros(len(rows), dtype=bool)
    rivals[is_bar] = bars.duplicated(["symbol", "session"], keep=False).to_numpy()
    return rivals


def _dates(days: pd.Series, sessions: pd.DatetimeIndex, latest: pd.Timestamp | None) -> tuple[Flags, Flags]:
    """(n,) each: whether a session is in the future, and whether it is not on the calendar."""
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


def _round(values: np.ndarray) -> Reals:
    """Values rounded to four digits: what a reason shows, and fine enough for any limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
        unit = 10.0 ** (3 - magnitude)
        return np.asarray(np.round(values * unit) / unit)


def _session(bars: Bars, bar: Counts) -> np.ndarray:
    """(K,) sessions of bars, NaT for −1."""
    return np.where(bar >= 0, bars.axis[bars.when[bar]], np.datetime64("NaT", "us"))


def _of_moves(bars: Bars, moves: Moves, tails: Tails) -> dict[str, Measure]:
    steps, named = moves.steps, np.flatnonzero(moves.name != "")
    bar = steps.bar[named]
    names = np.array((*bars.symbols, ""))
    partner = np.where(moves.partner >= 0, bars.symbol[moves.partner], len(bars.symbols))
    quotient = bars.close[steps.bar] / bars.close[steps.bar - 1]
    values = {
        "sign": moves.name,
        "follows": moves.follows,
        "follows_reason": np.array([_FOLLOWS[each] for each in moves.follows.tolist()], dtype="U"),
        "until": _session(bars, moves.until),
        "times": _round(np.exp(steps.size)),
        "quotient": _round(quotient),
        "explained": _round(quotient / np.exp(steps.size)),
        "scales": _round(np.abs(steps.size) / steps.scale),
        "gap": steps.gap,
        "whole": steps.whole,
        "range_after": _round(steps.after_range),
        "unrest": _round(steps.unrest),
        "stands_out": _round(tails.stands_out),
        "rarity": _round(tails.rarity),
        "rarity_reason": np.array([_say_rarity(each) for each in tails.rarity.tolist()], dtype="U"),
        "before": bars.close[steps.bar - 1],
        "partner": names[partner],
    }
    return {name: (bar, each[named]) for name, each in values.items()}


def _of_levels(bars: Bars, usual: Usual, moves: Moves) -> dict[str, Measure]:
    steps, named = moves.steps, np.flatnonzero(moves.name != "")
    bar = steps.bar[named]
    levels = measure_levels(bars, usual, bar, steps.size[named])
    split = np.where(steps.kind == ratios.SPLIT, np.round(np.exp(-steps.ratio), 12), np.nan)
    words = [_say_split(*each) for each in zip(steps.split_odds.tolist(), steps.whole.tolist(), strict=True)]
    values = {"level": np.exp(steps.size), "split_ratio": split, "split_odds": steps.split_odds}
    values["split_reason"] = np.array(words, dtype="U")
    return {name: (bar, each[named]) for name, each in values.items()} | {
        name: (bar, getattr(levels, name)) for name in ("ordinary", "following", "together")
    }


def _say_rarity(sessions: float) -> str:
    if np.isnan(sessions):
        return "in a history too short to say how rare that is"
    return f"which by its other moves it makes once in {sessions:.3g} sessions"


def _say_split(log_odds: float, whole: bool) -> str:
    odds = f"{np.exp(min(log_odds, _MOST_LOG_ODDS)):.3g} times as likely as"
    return (
        f"{odds} any other ratio, by price and volume" if whole else f"{odds} a true move, without a volume"
    )


def _of_repeats(repeats: Repeats) -> dict[str, Measure]:
    again = np.flatnonzero(repeats.unchanged > 0)
    return {
        "unchanged": (again, repeats.unchanged[again]),
        "unmoved": (again, _round(repeats.unmoved[again])),
        "pegged": (again, _round(repeats.pegged[again])),
        "market_moved": (again, _round(repeats.market[again])),
    }


def _of_copies(bars: Bars, copies: Copies) -> dict[str, Measure]:
    bar = np.flatnonzero(copies.twin >= 0)
    odds = _round(copies.odds[bar])
    stored = bars.row[copies.twin[bar]] < 0
    words = [
        "which is stored" if known else f"whose date is {_say_odds(each)}"
        for each, known in zip(odds.tolist(), stored.tolist(), strict=True)
    ]
    return {
        "twin": (bar, _session(bars, copies.twin[bar])),
        "twin_odds": (bar, odds),
        "twin_chance": (bar, _round(copies.chance[bar])),
        "twin_reason": (bar, np.array(words, dtype="U")),
    }


def _say_odds(odds: float) -> str:
    """Odds of a twin's date in words; a bar that is refused with odds below 1 waits beside its twin."""
    if odds >= 1:
        return f"{odds:g} times as likely by the market and the bars beside it"
    return f"no more than {1 / odds:.3g} times less likely than this one, so that both wait"


def _of_volumes(volumes: Volumes, usual: Usual) -> dict[str, Measure]:
    high, none = np.flatnonzero(~np.isnan(volumes.times)), np.flatnonzero(~np.isnan(volumes.traded))
    over = usual.move * np.sqrt(np.maximum(usual.gap, 1))
    return {
        "volume_times": (high, _round(volumes.times[high])),
        "volume_highest": (high, _round(volumes.times_highest[high])),
        "volume_lasting": (high, _round(volumes.lasting[high])),
        "moved": (high, _round(np.abs(usual.step[high]) / over[high])),
        "traded": (none, volumes.traded[none]),
    }


def _of_shifts(shifts: Shifts) -> dict[str, Measure]:
    bar = np.flatnonzero(shifts.evidence > 0)
    return {
        "shifted": (bar, shifts.sessions[bar]),
        "shifted_to": (bar, np.where(shifts.sessions[bar] > 0, "next", "previous")),
        "shifted_evidence": (bar, _round(shifts.evidence[bar])),
        "shifted_hole": (bar, shifts.hole[bar]),
    }
