"""When a universe with too short a history for the parts of time can hold its first contest."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from morrow import sessions
from morrow.config import Config, Forecast, Time
from morrow.errors import HistoryError
from morrow.steps.context import Night
from morrow.steps.market import KnownMarket
from morrow.steps.results import FirstContest

if TYPE_CHECKING:
    from morrow.panel import Panel


def find_first_contest(night: Night) -> FirstContest | None:
    """Say what a first contest still needs; None if the history is long enough to hold one.

    The history that counts is that of the symbol which has had bars for longest without a gap of more than
    ``max_gap``, as a member and without a peg, of those with a bar at the cutoff: what ended long ago leaves
    nobody to be judged. Where no such symbol has a bar there, no wait helps, and a training says why.

    Raises:
        HistoryError: no bar is known, or the history is long enough for one fold and too short for all.
    """
    market, config = night.market, night.config
    length, start = len(market.sessions), _find_start(market.panel())
    if start is None:
        return None
    history = length - start
    more = count_sessions_to_wait(length, history, config.forecast, config.time)
    if not more or _can_be_judged(market, config):
        return None
    _refuse_too_many_folds(length, history, config)
    ahead = sessions.next_sessions(
        config.universes[market.universe].trading_calendar, market.sessions[-1], more, market.sessions
    )
    day: date = ahead[-1].date()
    return FirstContest(history, history + more, day)


def count_sessions_to_wait(length: int, history: int, forecast: Forecast, time: Time) -> int:
    """How many more sessions a universe needs for its parts of time, and for somebody to fit on.

    Args:
        length: sessions of the universe.
        history: sessions of the longest history that goes on.
        forecast: window and horizon.
        time: sizes of the parts.
    """
    from morrow import panel as panels  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    more = 0
    while True:
        try:
            parts = panels.split_folds(length + more, forecast, time)[0]
        except HistoryError:
            more += 1
            continue
        # Who goes on has fewer sessions behind it than the universe at each of its ends.
        if parts.fit[1] - (length - history) > forecast.window + panels.WARM_UP:
            return more
        more += 1


def _refuse_too_many_folds(length: int, history: int, config: Config) -> None:
    """Refuse folds that do not fit a history which one would fit: parts grow with it, so no wait helps."""
    from morrow import panel as panels  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    one = config.time.model_copy(update={"folds": 1})
    if config.time.folds > 1 and not count_sessions_to_wait(length, history, config.forecast, one):
        panels.split_folds(length, config.forecast, config.time)


def _find_start(panel: "Panel") -> int | None:
    """Number of the session at which the longest history that reaches the last session began, if any does."""
    takes_part = ~panel.pegged & panel.member
    begins = np.ones(len(takes_part), dtype=bool)
    begins[1:] = (panel.series[1:] != panel.series[:-1]) | ~takes_part[:-1]
    starts = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    going_on = takes_part & (panel.session == len(panel.sessions) - 1)
    return int(panel.session[starts[going_on]].min()) if going_on.any() else None


def _can_be_judged(market: KnownMarket, config: Config) -> bool:
    """Whether the parts of time can be cut and somebody is eligible in each, by symbols that have ended."""
    from morrow import panel as panels  # noqa: PLC0415 (scikit-learn: a quiet night does without)

    try:
        folds = panels.split_folds(len(market.sessions), config.forecast, config.time)
    except HistoryError:
        return False
    from morrow import backtest, training  # noqa: PLC0415 (torch: only a history of this kind needs it)

    panel = market.panel()
    try:
        for parts in folds:
            backtest.refuse_empty(panel, parts)
    except HistoryError:
        return False
    return all(len(training.fit_rows(panel, part)) for parts in folds for part in (parts.fit, parts.stop))
