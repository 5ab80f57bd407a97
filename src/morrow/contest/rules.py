"""The rules by which a challenger takes over: each with its figure, its limit, and whether it held."""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from morrow.config import Contest
from morrow.contest.entries import format_loss, is_lower

NOMINAL = 0.8


@dataclass(frozen=True)
class Contestant:
    """What was measured of a recipe: all that a verdict needs, in numbers that the ledger keeps.

    Attributes:
        name, baseline, parameters, can_win, answers_as: as in :class:`morrow.contest.Entry`.
        select, test: mean pinball on these sessions.
        error: standard error of ``select`` against the field's median recipe.
        confidence: p-value with which it leaves the model confidence set of the select sessions.
        coverage: share inside the 80 % interval on the test sessions; None if not measured.
        invalid: forecasts that are not finite or whose quantiles cross.
        audited: whether its features and scalers were proven to see no future.
        evidence: e-value that it is better than the champion, adjusted for how many tried; None for the
            champion, and for one that never met it.
        near: the same, that it is not worse by more than the minimum effect.
        exact: what bets have won, adjusted as well: the evidence that it is better by no approximation.
        unadjusted: the e-value that it is better, by itself.
        effect: by how much lower its loss is on the sessions where they met, a fraction of the champion's.
        sessions, first, began: number and first of these sessions, and with what they began.
        dm, dm_p: corrected Diebold-Mariano statistic and one-sided p on the select sessions.
    """

    name: str
    baseline: bool
    parameters: int
    select: float
    test: float
    can_win: bool = True
    answers_as: str | None = None
    error: float = 0.0
    confidence: float = 1.0
    coverage: float | None = None
    invalid: int = 0
    audited: bool = True
    evidence: float | None = None
    near: float | None = None
    exact: float | None = None
    unadjusted: float | None = None
    effect: float | None = None
    sessions: int = 0
    first: str = ""
    began: str = ""
    dm: float | None = None
    dm_p: float | None = None

    @property
    def complexity(self) -> tuple[bool, int]:
        """Order of simplicity: baselines first, then fewer parameters."""
        return not self.baseline, self.parameters

    def upper_bound(self, level: float) -> float:
        """Upper bound of the recipe's loss, one-sided at ``level`` and normal, from the select sessions."""
        return self.select + NormalDist().inv_cdf(1 - level) * self.error

    def document(self) -> dict[str, Any]:
        """JSON-ready; ``Contestant(**document)`` reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Rule:
    """One rule: whether it held, its figure beside the limit, and both in words."""

    rule: str
    held: bool
    figure: float | None
    limit: float | None
    about: str


def rules_for_better(
    rival: Contestant, champion: Contestant, best: Contestant | None, settings: Contest
) -> tuple[Rule, ...]:
    """What a recipe must show to take over because it is better.

    Args:
        rival: the challenger.
        champion: the reigning recipe.
        best: the other baseline with the lowest loss on the select sessions, if any.
        settings: the limits.
    """
    return (
        _evidence("evidence", rival.evidence, f"that it is better{_say_exact(rival)}", settings),
        _effect(rival, settings),
        _not_above("best baseline", rival.select, best.select if best else None, best, "select"),
        _not_above("test sessions", rival.test, champion.test, champion, "test"),
        *rules_for_all(rival, settings),
    )


def rules_for_degraded(rival: Contestant, champion: Contestant, settings: Contest) -> tuple[Rule, ...]:
    """What a baseline must show to take over because a champion that is none fell behind it."""
    return (
        _evidence(
            "champion degraded",
            rival.evidence,
            f"that {champion.name} is worse{_say_exact(rival)}",
            settings,
        ),
        _not_above("test sessions", rival.test, champion.test, champion, "test"),
        *rules_for_all(rival, settings),
    )


def rules_for_simpler(
    rival: Contestant, champion: Contestant, best: Contestant | None, settings: Contest
) -> tuple[Rule, ...]:
    """What a simpler recipe must show to take over because it is as good."""
    margin = settings.effect / 100
    excess = rival.test / champion.test - 1
    return (
        _evidence(
            "simpler and not inferior", rival.near, f"that it is not {settings.effect:g} % worse", settings
        ),
        _not_above("best baseline", rival.select, best.select if best else None, best, "select"),
        Rule(
            "test sessions",
            excess <= margin,
            excess,
            margin,
            f"{excess:+.2%} on the test sessions, at most {margin:+.2%} is allowed",
        ),
        *rules_for_all(rival, settings),
    )


def _say_exact(rival: Contestant) -> str:
    """The evidence that needs no approximation, in words."""
    return "" if rival.exact is None else f" ({rival.exact:.3g} by bets alone)"


def _evidence(rule: str, value: float | None, claim: str, settings: Contest) -> Rule:
    needed = 1 / settings.level
    figure = value or 0.0
    return Rule(rule, figure >= needed, figure, needed, f"{figure:.3g} {claim}, {needed:.3g} is needed")


def _effect(rival: Contestant, settings: Contest) -> Rule:
    least = settings.effect / 100
    if rival.effect is None:
        return Rule("minimum effect", False, None, least, "they have not met yet")
    words = f"{-rival.effect:+.2%} pinball on {rival.sessions} sessions, {-least:+.2%} is needed"
    return Rule("minimum effect", rival.effect >= least, rival.effect, least, words)


def _not_above(rule: str, loss: float, limit: float | None, other: Contestant | None, part: str) -> Rule:
    if limit is None or other is None:
        return Rule(rule, True, loss, None, "there is no other")
    words = f"{format_loss(loss)} against {format_loss(limit)} of {other.name} on the {part} sessions"
    return Rule(rule, not is_lower(limit, loss), loss, limit, words)


def rules_for_all(rival: Contestant, settings: Contest) -> tuple[Rule, ...]:
    """What every recipe must keep to reign: coverage, valid forecasts, and features that see no future."""
    return (_coverage(rival, settings), _valid(rival), _audit(rival))


def _coverage(rival: Contestant, settings: Contest) -> Rule:
    limit = settings.coverage / 100
    if rival.coverage is None:
        return Rule("coverage", True, None, limit, "the levels have no 80 % interval")
    gap = abs(rival.coverage - NOMINAL)
    words = f"{rival.coverage:.1%} inside the 80 % interval, at most {settings.coverage:g} points off"
    return Rule("coverage", gap <= limit, gap, limit, words)


def _valid(rival: Contestant) -> Rule:
    words = f"{rival.invalid:,} forecasts not finite or with crossing quantiles"
    return Rule("valid forecasts", rival.invalid == 0, float(rival.invalid), 0.0, words)


def _audit(rival: Contestant) -> Rule:
    words = "its features see no future" if rival.audited else "its features were not proven to see no future"
    return Rule("audit", rival.audited, float(rival.audited), 1.0, words)
