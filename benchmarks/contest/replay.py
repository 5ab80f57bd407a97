"""A contest every week on a real backtest, and what its champions lost beside simpler policies.

The models stand as the backtest trained them: what is compared is who is asked, not who is refitted. No
policy sees an outcome that was not known at its look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.contest.real_losses import RealLosses
from benchmarks.contest.season import WEEK
from morrow.config import Contest
from morrow.contest import Contestant, judge
from morrow.contest.confidence_set import measure_confidence
from morrow.contest.evidence import share_budget
from morrow.contest.mean_test import MeanTest

Array = NDArray[np.float64]

POLICIES = ("first_recipe", "best_mean", "equal_weights")


@dataclass(frozen=True)
class Replay:
    """One universe, replayed.

    Attributes:
        champions: name of the champion after each look.
        ratios: live pinball of the contest's champions over that of each policy.
    """

    champions: tuple[str, ...]
    ratios: dict[str, float]


@dataclass(frozen=True)
class Meetings:
    """The evidence of all R recipes against one champion.

    :class:`morrow.contest.evidence.Pair` keeps the same of one recipe.

    Attributes:
        better, near: tests (R,) that a recipe is better; that it is not worse by the margin.
        through: last session that was known when they last met.
        sessions: number of cutoffs that were weighed.
        champion: sum of the champion's losses there.
        recipes: (R,) the recipes'.
    """

    better: MeanTest
    near: MeanTest
    through: int
    sessions: int
    champion: float
    recipes: Array

    @classmethod
    def begin(cls, horizon: int, recipes: int, through: int) -> "Meetings":
        """No session yet."""
        test = MeanTest.begin(horizon, (recipes,))
        return cls(test, test, through, 0, 0.0, np.zeros(recipes))

    def meet(
        self, real: RealLosses, champion: int, cutoffs: range, margin: float, through: int
    ) -> "Meetings":
        """Weigh these cutoffs."""
        dates = slice(cutoffs.start, cutoffs.stop)
        own = np.broadcast_to(real.losses[dates, champion, None], real.losses[dates].shape)
        gains = own - real.losses[dates]
        return replace(
            self,
            better=self.better.add(gains, own),
            near=self.near.add(gains + margin * own, own),
            through=through,
            sessions=self.sessions + len(cutoffs),
            champion=self.champion + float(real.losses[dates, champion].sum()),
            recipes=self.recipes + real.losses[dates].sum(axis=0),
        )


def replay(real: RealLosses, part: int, settings: Contest) -> Replay:
    """Hold the contest every week, and score the week after each.

    Args:
        real: of a universe.
        part: number of select and of test sessions.
        settings: of the contest.
    """
    looks = find_looks(real, part)
    champions = decide_champions(real, part, settings)
    weeks = [slice(today + 1, today + 1 + WEEK) for today in looks]
    best = [int(real.losses[: today - real.horizon + 1].mean(axis=0).argmin()) for today in looks]

    def score(recipes: Sequence[int]) -> float:
        chosen = [real.losses[week, recipe] for week, recipe in zip(weeks, recipes, strict=True)]
        return float(np.concatenate(chosen).mean())

    own = score(champions)
    others = (
        score([champions[0]] * len(weeks)),
        score(best),
        float(np.concatenate([real.averaged[week] for week in weeks]).mean()),
    )
    ratios = {name: own / other for name, other in zip(POLICIES, others, strict=True)}
    return Replay(tuple(real.names[each] for each in champions), ratios)


def compare_policies(replays: Sequence[Replay]) -> dict[str, Any]:
    """The policies' keys of the line, geometric means over universes, and each universe by itself."""
    figures: dict[str, Any] = {
        f"policy_vs_{name}": round(float(np.exp(np.mean([np.log(each.ratios[name]) for each in replays]))), 5)
        for name in POLICIES
    }
    figures["replays"] = [
        {
            "weeks": len(each.champions),
            "champions": list(dict.fromkeys(each.champions)),
            **{f"vs_{name}": round(ratio, 5) for name, ratio in each.ratios.items()},
        }
        for each in replays
    ]
    return figures


def find_looks(real: RealLosses, part: int) -> range:
    """The last known session of each look: a week apart, each with a whole week of cutoffs after it."""
    return range(2 * (part + real.horizon) - 1, len(real.losses) - WEEK, WEEK)


def decide_champions(real: RealLosses, part: int, settings: Contest) -> list[int]:
    """The champion after each look; the first is crowned, and its evidence begins with the select sessions.

    The first look's select sessions are the first ones.
    """
    first, *later = find_looks(real, part)
    select = real.losses[:part]
    confidence = measure_confidence(pd.DataFrame(select, columns=list(real.names)), real.horizon)
    contestants = [replace(each, confidence=confidence[each.name]) for each in _measure(real, part, first)]
    champion = real.names.index(judge(contestants, None, settings).winner)
    count, margin = len(real.names), settings.effect / 100
    new = Meetings.begin(real.horizon, count, first)
    meetings = {champion: new.meet(real, champion, range(part), margin, first)}
    champions = [champion]
    for today in later:
        through, known = today - real.horizon, meetings[champion]
        if known.through < through:
            cutoffs = range(known.through + 1, through + 1)
            meetings[champion] = known.meet(real, champion, cutoffs, margin, through)
        contestants = _weigh(_measure(real, part, today), champion, meetings[champion])
        champion = real.names.index(judge(contestants, real.names[champion], settings).winner)
        meetings.setdefault(champion, Meetings.begin(real.horizon, count, through))
        champions.append(champion)
    return champions


def _measure(real: RealLosses, part: int, today: int) -> list[Contestant]:
    """The recipes' means on the newest select and test sessions, a horizon apart."""
    end = today - real.horizon + 1
    test = real.losses[end - part : end].mean(axis=0)
    select = real.losses[end - 2 * part - real.horizon : end - part - real.horizon].mean(axis=0)
    columns = (real.names, real.baselines, real.parameters, select, test)
    return [
        Contestant(name, bool(baseline), int(parameters), float(one), float(other))
        for name, baseline, parameters, one, other in zip(*columns, strict=True)
    ]


def _weigh(contestants: Sequence[Contestant], champion: int, meetings: Meetings) -> list[Contestant]:
    """The contestants with what they have shown against the champion."""
    adjusted = []
    for test in (meetings.better, meetings.near):
        by_name = {
            each.name: float(value)
            for number, (each, value) in enumerate(zip(contestants, test.evidence(), strict=True))
            if number != champion
        }
        adjusted.append(share_budget(by_name, dict.fromkeys(by_name, 1.0)))
    better, near = adjusted
    effects = 1 - meetings.recipes / meetings.champion if meetings.sessions else None
    return [
        replace(
            each,
            evidence=better.get(each.name),
            near=near.get(each.name),
            effect=None if effects is None else float(effects[number]),
            sessions=meetings.sessions,
        )
        for number, each in enumerate(contestants)
    ]
