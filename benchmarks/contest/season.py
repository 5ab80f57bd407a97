"""Plays leagues week by week, with the contest's own bets, budget and verdict, and with a bare comparison."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.leagues import Leagues
from morrow.config import Contest
from morrow.contest import Contestant, judge
from morrow.contest.betting import Wealth
from morrow.contest.evidence import share_budget

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

    def play(self) -> NDArray[np.int64]:
        """(L, 2) the look of the first promotion and the challenger; −1 in both without one."""
        result = np.full((self.leagues.champion.shape[1], 2), NEVER)
        for look in range(self.weeks + 1):
            for league, values in self._strong(look, result[:, 0] == NEVER):
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
        shape = self.leagues.gains.shape[1:]
        wealth = self._bet(Wealth.begin(self.horizon, shape), slice(0, self.part))
        values = [wealth.evidence(idle=True, settled=False)]
        for week in range(self.weeks):
            # At a look the newest known outcome is that of the cutoff a horizon before.
            wealth = self._bet(wealth, slice(self.live + WEEK * week, self.live + WEEK * (week + 1)))
            values.append(wealth.evidence(idle=False, settled=True))
        return values

    def _bet(self, wealth: Wealth, dates: slice) -> Wealth:
        some = self.leagues
        losses = np.broadcast_to(some.champion[dates][..., None], some.gains[dates].shape)
        return wealth.bet(some.gains[dates], some.bounds[dates], losses)

    def _strong(self, look: int, playing: NDArray[np.bool_]) -> list[tuple[int, Array]]:
        """The leagues that still play in which some e-value is large enough for any verdict but "stays"."""
        values = self._evidence[look]
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
