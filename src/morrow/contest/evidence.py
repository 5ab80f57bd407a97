"""What recipes have shown against each other so far, carried from night to night.

A recipe is known by the hash of its options, so a refit or another name starts no new test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log2
from typing import Any

import numpy as np
import pandas as pd

from morrow.contest.betting import Wealth
from morrow.contest.mean_test import MeanTest

BETWEEN = "|"
BACKTEST, LATER = "its backtest", "later sessions"


@dataclass(frozen=True)
class Pair:
    """The evidence about one challenger against one champion.

    Attributes:
        better: test that the challenger is better.
        near: test that it is not worse by the margin; what a simpler recipe has to show.
        bets: bets that it is better, whose evidence needs no approximation; kept beside the test.
        through: last session that was known when they last met; what is older is never used again.
        began: with what the bets began: the backtest of a recipe first seen, or sessions since then.
        first, last: the first and the newest session that was weighed; empty before one.
        sessions: number of these.
        champion_loss, challenger_loss: sums over these of the mean loss of a date.
        trials: options tried before this recipe was chosen.
    """

    better: MeanTest
    near: MeanTest
    bets: Wealth
    through: str
    began: str
    first: str = ""
    last: str = ""
    sessions: int = 0
    champion_loss: float = 0.0
    challenger_loss: float = 0.0
    trials: int = 0

    @classmethod
    def begin(cls, horizon: int, through: str, began: str, trials: int = 0) -> "Pair":
        """Two recipes that have not met yet."""
        test = MeanTest.begin(horizon)
        return cls(test, test, Wealth.begin(horizon), through, began, trials=trials)

    @property
    def effect(self) -> float | None:
        """By how much lower the challenger's loss is, a fraction of the champion's; None before they met."""
        return 1 - self.challenger_loss / self.champion_loss if self.champion_loss else None

    @property
    def weight(self) -> float:
        """Share of the budget: a search that tried n counts as 1 + log2(1 + n) recipes."""
        return 1 / (1 + log2(1 + self.trials))

    def meet(self, meeting: pd.DataFrame, margin: float, through: str) -> "Pair":
        """Weigh the sessions of a meeting.

        Args:
            meeting: in time order; session (the cutoff), and of each date the mean over rows of champion and
                challenger (losses) and of bound (the most by which the challenger's could exceed the other).
            margin: fraction of the champion's loss by which a simpler recipe may be worse.
            through: last session whose outcomes are all known.
        """
        champion, challenger, bound = (
            meeting[name].to_numpy(np.float64) for name in ("champion", "challenger", "bound")
        )
        gain = champion - challenger
        days = meeting["session"].dt.strftime("%Y-%m-%d").tolist()
        return replace(
            self,
            better=self.better.add(gain, champion),
            near=self.near.add(gain + margin * champion, champion),
            bets=self.bets.bet(gain, bound, champion),
            through=through,
            first=self.first or "".join(days[:1]),
            last="".join(days[-1:]) or self.last,
            sessions=self.sessions + len(meeting),
            champion_loss=self.champion_loss + float(champion.sum()),
            challenger_loss=self.challenger_loss + float(challenger.sum()),
        )

    def document(self) -> dict[str, Any]:
        """JSON-ready; :meth:`read` reads it."""
        return {**vars(self), **{name: getattr(self, name).document() for name in ("better", "near", "bets")}}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Pair":
        """The pair of a document."""
        tests = {name: MeanTest.read(document[name]) for name in ("better", "near")}
        return cls(**{**document, **tests, "bets": Wealth.read(document["bets"])})


@dataclass(frozen=True)
class Evidence:
    """Everything that is carried from one contest to the next.

    Attributes:
        pairs: by :func:`name_pair`, also of former champions and of recipes that are no longer trained.
        seen: the recipes that a contest has seen, and the session of the first one.
    """

    pairs: Mapping[str, Pair] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)

    def against(self, champion: str) -> dict[str, Pair]:
        """The pairs of one champion, by challenger."""
        head = champion + BETWEEN
        return {name.removeprefix(head): pair for name, pair in self.pairs.items() if name.startswith(head)}

    def without(self, champion: str) -> "Evidence":
        """The evidence without any against one champion; the recipes remain seen, so they begin anew."""
        head = champion + BETWEEN
        return replace(
            self, pairs={name: pair for name, pair in self.pairs.items() if not name.startswith(head)}
        )

    def document(self) -> dict[str, Any]:
        """JSON-ready; :meth:`read` reads it."""
        return {
            "pairs": {name: pair.document() for name, pair in self.pairs.items()},
            "seen": dict(self.seen),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Evidence":
        """The evidence of a document; none of an empty one.

        A pair of a ledger from before the test of the mean is left out: its recipes begin anew, as seen ones.
        """
        pairs = {name: Pair.read(pair) for name, pair in document.get("pairs", {}).items() if "bets" in pair}
        return cls(pairs, document.get("seen", {}))


def name_pair(champion: str, challenger: str) -> str:
    """The key of a pair, from the identities of both recipes."""
    return f"{champion}{BETWEEN}{challenger}"


def share_budget(values: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """E-values adjusted for how many recipes tried: the least weighted mean over all sets with that recipe.

    Whatever recipes are truly no better, the chance that any of them ever reaches 1 / level is at most that
    level. Where all are, each must do so in the mean of all.

    Args:
        values: the e-value of each recipe that was ever tried against this champion.
        weights: of each, positive.

    Source: closed testing of means of e-values, Vovk & Wang (2021), Annals of Statistics 49(3), section 3.
    """
    ascending = sorted(values, key=lambda name: (values[name], name))
    adjusted = {}
    for name, value in values.items():
        total, weight = weights[name] * value, weights[name]
        for other in ascending:
            if other == name:
                continue
            if values[other] * weight >= total:
                break  # it, and all that follow, would only raise the mean
            total, weight = total + weights[other] * values[other], weight + weights[other]
        adjusted[name] = total / weight
    return adjusted
