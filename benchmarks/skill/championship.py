"""The champion at each refit, decided as a night decides it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from morrow import contest
from morrow.backtest import Result
from morrow.config import Contest
from morrow.contest import Evidence, Look, Refresh, Verdict


@dataclass(frozen=True)
class Championship:
    """Who is champion, its fitted model, and every recipe's losses at the refit before.

    Attributes:
        champion: recipe; None before the first.
        model: folder of the fitted model; None before the first.
        losses: by recipe.
        evidence: of the contests so far.
    """

    champion: str | None = None
    model: Path | None = None
    losses: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)


def decide_champion(
    championship: Championship,
    results: Sequence[Result],
    failed: Mapping[str, str],
    look: Look,
    settings: Contest,
) -> tuple[Verdict, Refresh, Evidence]:
    """The night's contest: the verdict, whether a refit replaces its old version, and the evidence.

    Args:
        championship: before.
        results: of the recipes that may be champion.
        failed: the others of these, with the reason.
        look: what a contest on these results knows beside their losses.
        settings: the limits.

    Raises:
        ShapeError: no recipe can win.
    """
    champion = championship.champion
    if champion is not None and champion in failed:
        reason = f"{champion} stays: it could not be trained, so nothing was weighed against it"
        verdict = Verdict(champion, False, None, champion, reason)
        return verdict, Refresh(False, failed[champion]), championship.evidence
    entries = [contest.Entry(**each.entry) for each in results]
    held = contest.hold_contest(entries, champion, championship.evidence, look, settings)
    verdict = held.verdict
    now = next(each.losses for each in results if each.name == verdict.winner)
    before = None if verdict.promoted else championship.losses.get(verdict.winner)
    return verdict, contest.refresh(now, before), held.evidence


def best_baseline(results: Sequence[Result]) -> str:
    """The baseline with the lowest pinball on the select sessions."""
    baselines = [each for each in results if each.baseline]
    return min(baselines, key=lambda each: (mean_select_loss(each), each.name)).name


def mean_select_loss(result: Result) -> float:
    """Mean pinball on the select sessions."""
    losses = result.losses
    return float(losses.loc[losses["part"] == contest.SELECT, "loss"].mean())
