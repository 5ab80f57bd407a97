"""Bets against the claim that a challenger is not better: what they have won is the evidence that it is.

A bettor stakes a part of its wealth on the challenger at each cutoff, before the outcome is known. If the
challenger is not better, no strategy can be expected to win, so wealth of 20 is as rare as one in 20, however
often one looks. docs/decisions has the derivation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARES = np.array([0.2, 0.5, 0.8, 0.95])  # of its wealth that a bet can lose; each begins with a quarter
HALF = 0.5  # of the mean bound, below which stakes stop growing as the bound falls
LIMIT = 690.0  # log wealth that a number can still hold
FLOOR = 0.01  # of the champion's mean loss: the least that a bound counts as


@dataclass(frozen=True)
class Wealth:
    """What the bets on one challenger have won, and what the next stakes need.

    Forecasts of h steps overlap, so the cutoffs are dealt to h bettors in turn: each has its outcome before
    it bets again. Many challengers may be followed at once, as further axes of every array.

    Attributes:
        logs: (h, ..., 4) log wealth of each bettor by share staked.
        bets: number of cutoffs so far.
        bounds: (...) sum of the bounds of their differences.
        losses: (...) sum of the champion's losses whose outcome was known at the newest cutoff.
        known: how many of those there are.
        open: the champion's losses (...) at the newest cutoffs, h at most, the oldest first.
    """

    logs: Array
    bets: int
    bounds: Array
    losses: Array
    known: int = 0
    open: tuple[Array, ...] = ()

    @classmethod
    def begin(cls, horizon: int, shape: tuple[int, ...] = ()) -> "Wealth":
        """Wealth of one, before the first bet, of challengers in this shape."""
        return cls(np.zeros((horizon, *shape, len(SHARES))), 0, np.zeros(shape), np.zeros(shape))

    def bet(self, gains: Array, bounds: Array, losses: Array) -> "Wealth":
        """Bet on further cutoffs, in time order.

        Args:
            gains: (T, ...) by how much the champion's loss exceeds the challenger's, mean over a date's rows.
            bounds: (T, ...) the most by which the challenger's could have exceeded the champion's.
            losses: (T, ...) of the champion, which set the least bound that counts.
        """
        horizon = len(self.logs)
        logs, sums, total, known = self.logs.copy(), self.bounds, self.losses, self.known
        waiting = list(self.open)
        for number, (gain, bound, loss) in enumerate(zip(gains, bounds, losses, strict=True), self.bets):
            sums = sums + bound
            if len(waiting) == horizon:
                total, known = total + waiting.pop(0), known + 1
            waiting.append(np.asarray(loss))
            if known:
                scale = np.maximum(HALF * sums / (number + 1), FLOOR * total / known)
                returns = np.maximum(gain / np.maximum(scale, bound), -1.0)
                logs[number % horizon] += np.log1p(SHARES * returns[..., None])
        return Wealth(logs, self.bets + len(gains), sums, total, known, tuple(waiting))

    def evidence(self, *, idle: bool, settled: bool) -> Array:
        """An e-value (...): mean wealth if every bet that is still open were lost.

        Args:
            idle: whether no bet is open at this look.
            settled: whether the newest bet's outcome became known at the moment of this look. Its bettor then
                has no open bet that matters; every other one has.
        """
        logs = self.logs if idle else self.logs + np.log1p(-SHARES)
        if settled and self.bets:
            newest = (self.bets - 1) % len(logs)
            logs[newest] = self.logs[newest]
        return np.asarray(np.exp(np.minimum(logs, LIMIT)).mean(axis=(0, -1)))

    def document(self) -> dict[str, Any]:
        """JSON-ready; :meth:`read` reads it."""
        return {
            "logs": self.logs.round(9).tolist(),
            "bets": self.bets,
            "bounds": self.bounds.tolist(),
            "losses": self.losses.tolist(),
            "known": self.known,
            "open": [loss.tolist() for loss in self.open],
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Wealth":
        """The wealth of a document."""
        arrays = {name: np.asarray(document[name], dtype=np.float64) for name in ("logs", "bounds", "losses")}
        waiting = tuple(np.asarray(loss, dtype=np.float64) for loss in document["open"])
        return cls(**{**document, **arrays, "open": waiting})
