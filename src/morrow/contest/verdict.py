"""The verdict: who is champion, in one sentence and a table of rules, from numbers alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from morrow.config import Contest
from morrow.contest.entries import format_loss, is_lower
from morrow.contest.rules import (
    Contestant,
    Rule,
    rules_for_all,
    rules_for_better,
    rules_for_degraded,
    rules_for_simpler,
)
from morrow.errors import ShapeError


@dataclass(frozen=True)
class Verdict:
    """The new champion and the reason for the decision.

    Attributes:
        winner: the recipe that becomes or stays champion.
        promoted: whether a recipe becomes champion that did not reign, or reigned no longer.
        challenger: the other recipe that the rules are about, if any.
        champion_before: the previous champion's recipe, if any.
        reason: one sentence.
        rules: every rule that was looked at, held or failed.
        expired: whether the champion had reigned too long without a refit.
    """

    winner: str
    promoted: bool
    challenger: str | None
    champion_before: str | None
    reason: str
    rules: tuple[Rule, ...] = ()
    expired: bool = False


def judge(
    contestants: Sequence[Contestant],
    champion: str | None,
    settings: Contest,
    age_sessions: int | None = None,
) -> Verdict:
    """Decide which recipe is champion.

    Without a champion that still reigns, the simplest of the recipes that cannot be told apart on the select
    sessions wins, baselines included, of those whose loss has an upper bound within ``effect`` of the lowest
    one. Otherwise a
    challenger takes over if it keeps every rule of one of these claims: it is better; a baseline, and the
    champion has fallen behind it; simpler and not inferior. A network or an ensemble that answers as another
    model is no candidate, unless there is no other.

    Args:
        contestants: what was measured of each recipe.
        champion: the reigning recipe, if any.
        settings: the limits.
        age_sessions: sessions since the last one that the champion's version has seen; None if unknown.

    Raises:
        ShapeError: no contestant can win.
    """
    barred = sorted(each.name for each in contestants if not each.can_win)
    able = [each for each in contestants if each.can_win]
    if not able:
        raise ShapeError(
            f"only {', '.join(barred)} could be trained, and a recipe with the head direction cannot be "
            "champion; name others in training.recipes"
        )
    candidates = [each for each in able if each.answers_as is None] or able
    expired = champion is not None and (age_sessions or 0) > settings.expire_after
    if expired or all(each.name != champion for each in candidates):
        gone = _say_why_gone(champion, able, age_sessions if expired else None)
        verdict = replace(_crown(candidates, champion, gone, settings), expired=expired)
    else:
        verdict = _challenge(candidates, str(champion), settings)
    remarks = [verdict.reason]
    if barred:
        names = ", ".join(barred)
        remarks.append(f"not compared, because the head direction cannot be champion: {names}")
    if echoes := [each for each in able if each not in candidates]:
        names = ", ".join(sorted(f"{each.name} as {each.answers_as}" for each in echoes))
        advice = _advise(echoes, contestants)
        remarks.append(f"not compared, because they answer as another recipe: {names}{advice}")
    return replace(verdict, reason="; ".join(remarks))


def rank(contestants: Sequence[Contestant]) -> list[Contestant]:
    """The contestants by loss on the select sessions; those of equal loss the simplest first."""
    ranked: list[Contestant] = []
    left = sorted(contestants, key=lambda each: (each.select, each.name))
    while left:
        equals = [each for each in left if not is_lower(left[0].select, each.select)]
        ranked += sorted(equals, key=lambda each: (each.complexity, each.name))
        left = left[len(equals) :]
    return ranked


def _advise(echoes: Sequence[Contestant], contestants: Sequence[Contestant]) -> str:
    """What to do where the recipe that others answer as takes no part itself, in words; else nothing."""
    loss = echoes[0].select
    originals = [each.select for each in contestants if each.answers_as is None and each.can_win]
    if any(not is_lower(loss, other) and not is_lower(other, loss) for other in originals):
        return ""
    return f" (to let that one compete, add {echoes[0].answers_as} to training.recipes)"


def _say_why_gone(champion: str | None, able: Sequence[Contestant], age_sessions: int | None) -> str:
    """Why the champion does not reign any longer."""
    answers_as = next((each.answers_as for each in able if each.name == champion), None)
    if champion is None:
        return "there was no champion"
    if age_sessions is not None:
        return f"the champion {champion} has expired, {age_sessions} sessions after it was last refitted"
    if answers_as is None:
        return f"the champion {champion} is no longer a recipe"
    return f"the champion {champion} answers as {answers_as} now"


def _crown(candidates: Sequence[Contestant], champion: str | None, gone: str, settings: Contest) -> Verdict:
    """Crown the simplest of the confidence set's recipes whose loss has an upper bound near the lowest."""
    sound = [each for each in candidates if _is_sound(each, settings)] or candidates
    ranked = rank(sound)
    equals = [each for each in ranked if each.confidence > settings.set_level] or ranked[:1]
    lowest = min(each.upper_bound(settings.level) for each in equals)
    near = [each for each in equals if _excess(each, lowest, settings) <= settings.effect]
    best = min(near, key=lambda each: (each.complexity, each.select, each.name))
    others = [each for each in ranked if each.name != best.name]
    runner_up = next((each for each in others if each in equals), others[0] if others else None)
    figure = f"{format_loss(best.select)} on the select sessions"
    if len(near) > 1:
        why = f"it is the simplest within {settings.effect:g} % of the lowest upper bound, with {figure}"
    else:
        against = f", ahead of {runner_up.name} with {format_loss(runner_up.select)}" if runner_up else ""
        why = f"its pinball has the lowest upper bound, {figure}{against}"
    if len(equals) > 1:
        names = ", ".join(each.name for each in equals if each.name != best.name)
        why += f"; it cannot be told apart from {names}"
    unsound = [rule for each in candidates for rule in rules_for_all(each, settings) if not rule.held]
    rules = (*_set_rules(ranked, settings), *_near_rules(equals, lowest, settings), *unsound)
    reason = f"{best.name} becomes champion: {gone}, and {why}"
    return Verdict(best.name, True, runner_up.name if runner_up else None, champion, reason, rules)


def _is_sound(contestant: Contestant, settings: Contest) -> bool:
    """Whether coverage, forecasts and audit allow a contestant to reign at all."""
    return all(rule.held for rule in rules_for_all(contestant, settings))


def _excess(contestant: Contestant, lowest: float, settings: Contest) -> float:
    """By how many per cent the upper bound of a contestant's loss is above the lowest one."""
    return 100 * (contestant.upper_bound(settings.level) / lowest - 1)


def _set_rules(ranked: Sequence[Contestant], settings: Contest) -> list[Rule]:
    """Whether each contestant is in the confidence set."""
    return [
        Rule(
            "cannot be told apart",
            each.confidence > settings.set_level,
            each.confidence,
            settings.set_level,
            f"{each.name} leaves the confidence set with p = {each.confidence:.3g}, "
            f"above {settings.set_level:g} it stays",
        )
        for each in ranked
    ]


def _near_rules(equals: Sequence[Contestant], lowest: float, settings: Contest) -> list[Rule]:
    """Whether the loss of each recipe of the confidence set has an upper bound near the lowest one."""
    return [
        Rule(
            "near the lowest bound",
            (excess := _excess(each, lowest, settings)) <= settings.effect,
            excess,
            settings.effect,
            f"{each.name}'s pinball is at most {format_loss(each.upper_bound(settings.level))} with "
            f"{1 - settings.level:.0%} confidence, {excess:.2f} % above the lowest such bound; "
            f"up to {settings.effect:g} % simplicity decides",
        )
        for each in equals
    ]


def _challenge(candidates: Sequence[Contestant], name: str, settings: Contest) -> Verdict:
    champion = next(each for each in candidates if each.name == name)
    rivals = [each for each in rank(candidates) if each.name != name]
    if not rivals:
        return Verdict(name, False, None, name, f"{name} stays: no other recipe was trained")
    for rival in rivals:
        for merit, rules in _claims(rival, champion, candidates, settings):
            if all(rule.held for rule in rules):
                reason = f"{rival.name} takes over from {name}: {merit}"
                return Verdict(rival.name, True, rival.name, name, reason, rules)
    nearest = max(rivals, key=lambda each: each.evidence or 0.0)
    rules = _claims(nearest, champion, candidates, settings)[0][1]
    failed = "; ".join(f"{rule.rule}: {rule.about}" for rule in rules if not rule.held)
    reason = f"{name} stays: {nearest.name} comes nearest and does not take over ({failed})"
    return Verdict(name, False, nearest.name, name, reason, rules)


def _claims(
    rival: Contestant, champion: Contestant, candidates: Sequence[Contestant], settings: Contest
) -> list[tuple[str, tuple[Rule, ...]]]:
    """The claims by which a rival may take over: each in words, with its rules."""
    baselines = [
        each
        for each in rank(candidates)
        if each.baseline and each.name != rival.name and _is_sound(each, settings)
    ]
    best = baselines[0] if baselines else None
    merit = f"evidence {rival.evidence or 0:.3g} that it is better on {rival.sessions} sessions"
    if rival.effect is not None:
        merit = f"{rival.effect:.2%} lower pinball, {merit} since {rival.first}"
    claims = [(merit, rules_for_better(rival, champion, best, settings))]
    if rival.baseline and not champion.baseline:
        words = f"the champion degraded, evidence {rival.evidence or 0:.3g} that this baseline is better"
        claims.append((words, rules_for_degraded(rival, champion, settings)))
    if rival.complexity < champion.complexity:
        words = f"it is simpler and not inferior, evidence {rival.near or 0:.3g}"
        claims.append((words, rules_for_simpler(rival, champion, best, settings)))
    return claims
