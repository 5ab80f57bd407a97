"""Plays leagues week by week, with the contest's own evidence, budget and verdict, and by bare comparison."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.leagues import Leagues
from morrow.config import Contest
from morrow.contest import Contestant, judge
from morrow.contest.betting import Wealth
from morrow.contest.evidence import share_budget
from morrow.contest.mean_test import MeanTest

Array = NDArray[np.float64]

WEEK = 5
NEVER = -1
CHAMPION = "champion"


@dataclass(frozen=True)
class Season:
    """A first look on the select sessions, then one look a week.

    Attributes:
        leagues: of at least ``sessions`` dates: select, the horizon, test, then the live ones.
        horizon: sessions ahead of the longest forecast.
        part: sessions in each of select and test.
        weeks: of live looks.
        settings: of the contest.
    """

    leagues: Leagues
    horizon: int
    part: int
    weeks: int
    settings: Contest

    @property
    def live(self) -> int:
        """Number of the first session after the first look."""
        return 2 * self.part + 2 * self.horizon

    def play(self, *, exact: bool = False) -> NDArray[np.int64]:
        """(L, 2) the look of the first promotion and the challenger; −1 in both without one.

        Args:
            exact: whether bets alone are the evidence.
        """
        result = np.full((self.leagues.champion.shape[1], 2), NEVER)
        for look, evidence in enumerate(self._exact if exact else self._evidence):
            for league, values in self._strong(evidence, result[:, 0] == NEVER):
                winner = self._judge(league, look, values)
                if winner is not None:
                    result[league] = look, winner
        return result

    def play_bare(self) -> NDArray[np.bool_]:
        """(L,) whether a comparison of means alone ever promotes: lowest on select, not higher on test."""
        promoted = np.zeros(self.leagues.champion.shape[1], bool)
        for look in range(self.weeks + 1):
            select, test = (self._mean_gain(look, part) for part in range(2))
            best = select.argmax(axis=1)[:, None]
            better = np.take_along_axis(select, best, 1) > 0
            promoted |= (better & (np.take_along_axis(test, best, 1) >= 0))[:, 0]
        return promoted

    @cached_property
    def _evidence(self) -> list[Array]:
        """The e-values (L, C) of each look."""
        test = MeanTest.begin(self.horizon, self.leagues.gains.shape[1:])
        values = []
        for dates in self._meetings:
            test = test.add(self.leagues.gains[dates], self._losses(dates))
            values.append(test.evidence())
        return values

    @cached_property
    def _exact(self) -> list[Array]:
        """What bets alone have shown (L, C) at each look."""
        wealth = Wealth.begin(self.horizon, self.leagues.gains.shape[1:])
        values = []
        for look, dates in enumerate(self._meetings):
            wealth = wealth.bet(self.leagues.gains[dates], self.leagues.bounds[dates], self._losses(dates))
            # At a look the newest known outcome is that of the cutoff a horizon before.
            values.append(wealth.evidence(idle=look == 0, settled=look > 0))
        return values

    @property
    def _meetings(self) -> list[slice]:
        """The sessions that are new at each look."""
        weeks = [self.live + WEEK * week for week in range(self.weeks)]
        return [slice(0, self.part), *(slice(first, first + WEEK) for first in weeks)]

    def _losses(self, dates: slice) -> Array:
        some = self.leagues
        return np.broadcast_to(some.champion[dates][..., None], some.gains[dates].shape)

    def _strong(self, values: Array, playing: NDArray[np.bool_]) -> list[tuple[int, Array]]:
        """The leagues that still play in which some e-value is large enough for any verdict but "stays"."""
        leagues = np.flatnonzero(playing & (values.max(axis=1) >= 1 / self.settings.level))
        return [(int(league), values[league]) for league in leagues]

    def _judge(self, league: int, look: int, values: Array) -> int | None:
        """The challenger that the verdict promotes, if any."""
        by_name = {str(number): float(value) for number, value in enumerate(values)}
        adjusted = share_budget(by_name, dict.fromkeys(by_name, 1.0))
        if max(adjusted.values()) < 1 / self.settings.level:
            return None  # every claim needs that much evidence
        champion = np.array([self._mean(look, part, league) for part in range(2)])
        gains = np.stack([self._mean_gain(look, part, league) for part in range(2)])
        bets = self._find_bets(look)
        effect = self.leagues.gains[bets, league].mean(axis=0) / self.leagues.champion[bets, league].mean()
        contestants = [Contestant(CHAMPION, False, 0, float(champion[0]), float(champion[1]))]
        contestants += [
            Contestant(
                name,
                False,
                1,
                float(champion[0] - gains[0, number]),
                float(champion[1] - gains[1, number]),
                evidence=adjusted[name],
                near=0.0,
                effect=float(effect[number]),
                sessions=len(bets),
            )
            for number, name in enumerate(by_name)
        ]
        verdict = judge(contestants, CHAMPION, self.settings)
        return int(verdict.winner) if verdict.promoted else None

    def _find_bets(self, look: int) -> NDArray[np.int64]:
        """Sessions of all bets up to a look."""
        return np.concatenate([np.arange(self.part), self.live + np.arange(WEEK * look)])

    def _window(self, look: int, part: int) -> slice:
        """The select (0) or test (1) sessions of a look; both move on with time."""
        first = WEEK * look + part * (self.part + self.horizon)
        return slice(first, first + self.part)

    def _mean(self, look: int, part: int, league: int) -> float:
        return float(self.leagues.champion[self._window(look, part), league].mean())

    def _mean_gain(self, look: int, part: int, league: int | None = None) -> Array:
        some = self.leagues.gains[self._window(look, part)]
        return np.asarray((some if league is None else some[:, league]).mean(axis=0))
