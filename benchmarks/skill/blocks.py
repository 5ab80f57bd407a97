"""Which sessions are scored, and at which of them the models are refitted."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.universe import BenchmarkUniverse
from morrow import panel as panels
from morrow.errors import HistoryError


@dataclass(frozen=True)
class Block:
    """The cutoffs between one refit and the next, as session numbers of the history.

    Attributes:
        cutoffs: (C,) ascending; the models are refitted on everything through the first.
        last: the last session whose close is seen when they are scored.
    """

    cutoffs: NDArray[np.int64]
    last: int


class Quarter(IntEnum):
    """The quarter of a history whose cutoffs are scored, from 0."""

    EARLY = 1  # for choices
    JUDGED = 2
    FINAL = 3  # once or twice


def bounds(sessions: int, quarter: Quarter) -> tuple[int, int]:
    """Half-open range of scored cutoffs: a quarter of the history."""
    return quarter * sessions // 4, (quarter + 1) * sessions // 4


def blocks(setting: BenchmarkUniverse, refits: int, quarter: Quarter) -> list[Block]:
    """Equal blocks of the scored window, a refit at the start of each.

    The window starts later where the parts of time need more history, and has fewer refits where it has
    fewer sessions. No close after the window is seen.

    Raises:
        HistoryError: no session of the window has enough history before it.
    """
    forecast, time = setting.config.forecast, setting.config.time
    low, high = bounds(len(setting.sessions), quarter)
    reason = f"{len(setting.sessions)} sessions are too few"
    usable = np.flatnonzero(setting.has_bars[:high])[:-1]
    places = []
    for place in usable[usable >= low]:
        try:
            panels.split_sessions(int(place) + 1, forecast, time)
        except HistoryError as error:
            reason = str(error)
            continue
        places.append(int(place))
    if not places:
        raise HistoryError(f'universe "{setting.universe}" cannot be walked: {reason}')
    before = usable[usable < places[0]]
    walked = np.concatenate([before, np.asarray(places, dtype=np.int64)])
    # A refit sees its own first cutoff, and of labels what has come: nothing is left to purge.
    folds = panels.WalkForward(min(refits, len(places)), start=len(before), horizon=0)
    return [
        Block(walked[test], min(int(walked[test[-1]]) + forecast.horizon, high - 1))
        for _, test in folds.split(walked)
    ]
