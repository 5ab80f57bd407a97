"""A t-test of the mean difference of two recipes that may be looked at again and again.

Its evidence is an e-value where sums over a few weeks are normal and hardly depend on each other: an
approximation, unlike the bets of :mod:`morrow.contest.betting`, and far more powerful. docs/decisions says
how it was checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Array = NDArray[np.float64]

WINDOW = 20  # sessions of a sum, and at least FORECASTS forecasts
FORECASTS = 4
LEAST = 8  # windows of sessions before which nothing counts as evidence
PRIOR = 1 / 3  # variance, before any data, of the mean of a window's sum in its standard deviations
MARGIN = 1.5  # by which the variance counts as larger than estimated
FLOOR = 0.001  # of the champion's mean loss: the least standard deviation of a date, all of a window alike
LIMIT = 690.0  # log evidence that a number can still hold


@dataclass(frozen=True)
class MeanTest:
    """Sums of the differences of one challenger, or of many as further axes of every array.

    Attributes:
        window: sessions of a sum.
        count: sessions so far.
        total: (...) sum of the differences.
        losses: (...) sum of the champion's losses.
        sums: (...) sum of the sums over every window of sessions.
        squares: (...) sum of their squares.
        newest: (window − 1 at most, ...) the newest differences, the oldest first.
    """

    window: int
    count: int
    total: Array
    losses: Array
    sums: Array
    squares: Array
    newest: Array

    @classmethod
    def begin(cls, horizon: int, shape: tuple[int, ...] = ()) -> "MeanTest":
        """No difference yet, of challengers in this shape."""
        zero = np.zeros(shape)
        return cls(max(WINDOW, FORECASTS * horizon), 0, zero, zero, zero, zero, np.zeros((0, *shape)))

    def add(self, gains: Array, losses: Array) -> "MeanTest":
        """Add further sessions, in time order.

        Args:
            gains: (T, ...) by how much the champion's loss exceeds the challenger's, mean over a date's rows.
            losses: (T, ...) of the champion.
        """
        series = np.concatenate([self.newest, gains])
        upto = np.concatenate([np.zeros_like(series[:1]), series.cumsum(axis=0)])
        sums = upto[self.window :] - upto[: -self.window]
        return MeanTest(
            self.window,
            self.count + len(gains),
            self.total + gains.sum(axis=0),
            self.losses + losses.sum(axis=0),
            self.sums + sums.sum(axis=0),
            self.squares + (sums**2).sum(axis=0),
            series[max(0, len(series) - self.window + 1) :],
        )

    def evidence(self) -> Array:
        """Evidence (...) that the mean is above zero: a Bayes factor against zero, its prior on one side.

        For independent normal sums it is an e-process, also where the mean is below zero. Overlapping sums
        estimate their variance as well as half as many more independent ones would.

        Source: Pérez-Ortiz, Lardy, de Heide & Grünwald (2024), Annals of Statistics 52(4) for the e-process;
        Meketon & Schmeiser (1984), Proc. Winter Simulation Conference, for overlapping sums.
        """
        number = self.count / self.window
        if number < LEAST:
            return np.ones_like(self.total)
        t, freedom = self._compare(number), 1.5 * number - 1
        known = number * PRIOR
        scale = freedom + t**2 / (1 + known)
        logs = (freedom + 1) / 2 * np.log((freedom + t**2) / scale) - np.log1p(known) / 2
        positive = 2 * stdtr(freedom + 1, t * np.sqrt(known / (1 + known) * (freedom + 1) / scale))
        return np.asarray(np.exp(np.minimum(logs, LIMIT)) * positive)

    def _compare(self, number: float) -> Array:
        """Mean by standard error (...), of this many windows' worth of sessions."""
        windows = self.count - self.window + 1
        mean = self.window * self.total / self.count
        spread = (self.squares - 2 * mean * self.sums) / windows + mean**2
        least = (FLOOR * self.window * self.losses / self.count) ** 2
        variance = MARGIN * np.maximum(spread * number / (number - 1), least)
        return np.asarray(mean * np.sqrt(number / variance))

    def document(self) -> dict[str, Any]:
        """JSON-ready; :meth:`read` reads it."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "MeanTest":
        """The sums of a document."""
        names = ("total", "losses", "sums", "squares", "newest")
        arrays = (np.asarray(document[name], dtype=np.float64) for name in names)
        return cls(document["window"], document["count"], *arrays)
