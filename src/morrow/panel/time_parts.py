"""The time split: a history is divided so that no session belongs to two parts."""

from dataclasses import dataclass

from morrow.config import Forecast, Time
from morrow.errors import HistoryError

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
    """Split a history of ``sessions`` sessions into its parts.

    Raises:
        HistoryError: no session would be left to fit on.
    """
    length = part_length(sessions, time)
    # What is fitted on is no thinner than the three parts that judge it; and features warm up on it first.
    judged = forecast.window + 7 * length + 2 * forecast.horizon
    fitted = forecast.window + 4 * (length + forecast.horizon) + WARM_UP + 1
    needed = max(judged, fitted)
    if sessions < needed:
        raise HistoryError(
            f"{sessions} sessions of history, but to judge recipes with window {forecast.window}, parts of "
            f"{length} and horizon {forecast.horizon} takes {needed}; lower forecast.window or time.minimum, "
            "or bring more history"
        )
    edges: list[tuple[int, int]] = []
    end = sessions
    for _ in range(4):
        edges.append((end - length, end))
        end -= length + forecast.horizon
    test, select, calibrate, stop = edges
    return Parts((0, end), stop, calibrate, select, test)
