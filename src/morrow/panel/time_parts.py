"""The parts of time: a history is split so that no session serves in two parts."""

from dataclasses import dataclass

from morrow.config import Forecast, Time
from morrow.errors import HistoryError

WARM_UP = 60  # bars before every default feature is known


@dataclass(frozen=True)
class Parts:
    """The parts of time: half-open ranges of session indexes, a horizon purged between each two."""

    fit: tuple[int, int]
    stop: tuple[int, int]
    calibrate: tuple[int, int]
    select: tuple[int, int]
    test: tuple[int, int]


def part_length(sessions: int, time: Time) -> int:
    """Sessions in each of the last four parts, of a history of that many sessions."""
    return int(min(max(int(sessions * time.share), time.minimum), time.maximum))


def split_sessions(sessions: int, forecast: Forecast, time: Time) -> Parts:
    """Split a history of so many sessions into its parts.

    Raises:
        HistoryError: nothing would be left to fit on.
    """
    length = part_length(sessions, time)
    # On the first calibrate session a symbol can be eligible: it has a window and four parts behind it.
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
