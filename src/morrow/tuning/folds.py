"""Inner folds: fit, stop and score sessions that end before a night's calibrate sessions begin."""

from dataclasses import dataclass

from morrow.errors import HistoryError
from morrow.panel import Parts


@dataclass(frozen=True)
class Fold:
    """Half-open ranges of session numbers, with one horizon purged between consecutive ranges."""

    fit: tuple[int, int]
    stop: tuple[int, int]
    score: tuple[int, int]


def inner_folds(parts: Parts, horizon: int, count: int) -> tuple[Fold, ...]:
    """Build walk-forward folds from the fit and stop sessions, oldest fold first.

    Args:
        parts: the night's parts; no fold extends past the stop sessions.
        horizon: number of sessions to purge.
        count: number of folds.

    Raises:
        HistoryError: the first fold would have too few sessions to fit on.
    """
    length = parts.stop[1] - parts.stop[0]
    folds = []
    for place in range(count):
        end = parts.stop[1] - (count - 1 - place) * length
        stop = end - length - horizon
        folds.append(Fold((0, stop - length - horizon), (stop - length, stop), (end - length, end)))
    if folds[0].fit[1] <= length:
        raise HistoryError(
            f"{count} inner folds of {length} sessions leave {max(folds[0].fit[1], 0)} to fit on, and "
            f"more than {length} are needed; lower [tune].folds or time.minimum, or bring more history"
        )
    return tuple(folds)
