"""The time split: a history is divided so that no session belongs to two parts of a fold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.panel.walk_forward import WalkForward

WARM_UP = 60  # bars before all default features are known


@dataclass(frozen=True)
class Parts:
    """The parts of time: half-open ranges of session indexes, with a horizon purged between neighbours."""

    fit: tuple[int, int]
    stop: tuple[int, int]
    calibrate: tuple[int, int]
    select: tuple[int, int]
    test: tuple[int, int]


def part_length(sessions: int, time: Time) -> int:
    """Number of sessions in each of the last four parts, for a history of ``sessions`` sessions."""
    return int(min(max(int(sessions * time.share), time.minimum), time.maximum))


def split_sessions(sessions: int, forecast: Forecast, time: Time) -> Parts:
    """Split a history of ``sessions`` sessions into its parts; with several folds, those of the last.

    Raises:
        HistoryError: no session would be left to fit on, in the first fold.
    """
    return split_folds(sessions, forecast, time)[-1]


def split_folds(sessions: int, forecast: Forecast, time: Time) -> tuple[Parts, ...]:
    """Split a history into the parts of each of ``time.folds`` expanding folds, oldest first.

    The select parts of the folds are adjacent, and each fold trains and calibrates on what lies before its
    own alone. The last fold's test part ends the history; the others' follow their select part likewise.

    Raises:
        HistoryError: no session would be left to fit on, in the first fold.
    """
    length, horizon = part_length(sessions, time), forecast.horizon
    # What is fitted on is no thinner than the three parts that judge it; and features warm up on it first.
    judged = forecast.window + 7 * length + 2 * horizon
    fitted = forecast.window + 4 * (length + horizon) + WARM_UP + 1
    needed = max(judged, fitted) + (time.folds - 1) * length
    if sessions < needed:
        folds = f", {time.folds} folds" if time.folds > 1 else ""
        size = "time.share" if length > time.minimum and time.folds > 1 else "time.minimum"
        lower = f", {size} or time.folds" if time.folds > 1 else f" or {size}"
        raise HistoryError(
            f"{sessions} sessions of history, but to judge recipes with window {forecast.window}, parts of "
            f"{length}{folds} and horizon {horizon} takes {needed}; lower forecast.window{lower}, "
            "or bring more history"
        )
    splitter = WalkForward(time.folds, test_size=length, horizon=horizon)
    return tuple(
        _divide_training(end, select, length, horizon)
        for (_, end), select in splitter.split_sessions(sessions - length - horizon)
    )


def _divide_training(end: int, select: tuple[int, int], length: int, horizon: int) -> Parts:
    """The parts of one fold, whose training and calibration end before session ``end``."""
    calibrate = (end - length, end)
    stop = (calibrate[0] - horizon - length, calibrate[0] - horizon)
    test = (select[1] + horizon, select[1] + horizon + length)
    return Parts((0, stop[0] - horizon), stop, calibrate, select, test)


def join_folds(folds: Sequence[Parts]) -> Parts:
    """The parts on which the folds are judged together: all select parts, and the last fold's others."""
    return replace(folds[-1], select=(folds[0].select[0], folds[-1].select[1]))
