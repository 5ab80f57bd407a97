"""The parts of time of several folds."""

from itertools import pairwise

import pytest

from morrow import panel as panels
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.panel import Parts


def test_folds_by_hand() -> None:
    """1000 sessions, a horizon of 5, three folds: each ends a part of 100 after the one before."""
    folds = panels.split_folds(1000, Forecast(horizon=5), Time(folds=3))
    assert folds == (
        Parts((0, 380), (385, 485), (490, 590), (595, 695), (700, 800)),
        Parts((0, 480), (485, 585), (590, 690), (695, 795), (800, 900)),
        Parts((0, 580), (585, 685), (690, 790), (795, 895), (900, 1000)),
    )
    assert folds[-1] == panels.split_sessions(1000, Forecast(horizon=5), Time())
    assert panels.join_folds(folds) == Parts((0, 580), (585, 685), (690, 790), (595, 895), (900, 1000))


def test_no_fold_is_judged_on_what_it_has_seen() -> None:
    """Its last label of calibration is known before its select part, and these parts are adjacent."""
    forecast = Forecast(horizon=7, window=32)
    folds = panels.split_folds(1000, forecast, Time(folds=4, share=0.08))
    for fold in folds:
        assert fold.calibrate[1] - 1 + forecast.horizon < fold.select[0]
    assert all(one.select[1] == other.select[0] for one, other in pairwise(folds))


def test_more_folds_need_more_history() -> None:
    """A part a fold, and the message says so."""
    forecast, time = Forecast(horizon=3, window=16), Time(minimum=20, maximum=20)
    enough = next(n for n in range(100, 1000) if _can_be_cut(n, forecast, time))
    more = Time(minimum=20, maximum=20, folds=3)
    assert panels.split_folds(enough + 40, forecast, more)[0].fit == (
        panels.split_sessions(enough, forecast, time).fit
    )
    with pytest.raises(HistoryError, match=rf"parts of 20, 3 folds and .* {enough + 40}; .*or time.folds"):
        panels.split_folds(enough + 39, forecast, more)
    with pytest.raises(HistoryError, match=r"5 folds .*lower forecast.window, time.share or time.folds"):
        panels.split_folds(1000, forecast, Time(folds=5))


def _can_be_cut(sessions: int, forecast: Forecast, time: Time) -> bool:
    try:
        panels.split_sessions(sessions, forecast, time)
    except HistoryError:
        return False
    return True
