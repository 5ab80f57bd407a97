"""The contest of one night: from training results and the ledger's evidence to a verdict and what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from morrow import backtest, contest
from morrow.backtest import Result
from morrow.contest import Contestation, Evidence, Look, Refresh, Verdict
from morrow.panel import Panel, Parts
from morrow.steps.context import Night
from morrow.steps.ledger_agreement import find_champion
from morrow.steps.results import Plan, TrainingResult
from morrow.store.ledger import LedgerEntry, read_entries, read_evidence
from morrow.store.succession import LOST

COVERAGE = "coverage_80"
CHOICES = ("manual", "rollback")  # a person's decisions that name a champion


@dataclass(frozen=True)
class NightContest:
    """A night's training results on their panel.

    Attributes:
        night, plan, trained: as in the steps.
        panel, parts: that all results were scored on.
        finished: the results.
        board: the leaderboard.
    """

    night: Night
    plan: Plan
    trained: TrainingResult
    panel: Panel
    parts: Parts
    finished: Sequence[Result]
    board: Sequence[Mapping[str, Any]]

    def hold(self) -> Contestation:
        """Hold the contest with the evidence of earlier nights.

        Raises:
            ShapeError: no recipe can win.
            StoreError: the ledger cannot be read.
        """
        coverage = {row["name"]: row[COVERAGE] for row in self.board}
        entries = [contest.Entry(**each.entry, coverage=coverage.get(each.name)) for each in self.finished]
        look = make_look(
            self.panel,
            self.parts,
            self.finished,
            self.night.config.forecast.levels,
            age_sessions=measure_age(self.night, self.panel),
            audited=self.trained.proof is not None,
        )
        champion = next((each.key for each in entries if each.name == self.plan.champion), None)
        evidence = self._read_evidence(champion)
        return contest.hold_contest(entries, self.plan.champion, evidence, look, self.night.config.contest)

    def _read_evidence(self, champion: str | None) -> Evidence:
        """The evidence of earlier nights; none against a champion that a person has chosen since then."""
        store, universe, identity = self.night.store, self.night.universe, self.plan.identity
        evidence = Evidence.read(read_evidence(store, universe, self.plan.cutoff, without=identity))
        if champion is None or not was_chosen_since(read_entries(store, universe), identity):
            return evidence
        return evidence.without(champion)


def was_chosen_since(entries: Sequence[LedgerEntry], identity: str) -> bool:
    """Whether a person chose the champion after the newest contest but that of this identity.

    What the recipes had shown until then did not convince that person, so they have to bring new sessions.
    """
    chosen = [entry.recorded_at for entry in entries if entry.decision in CHOICES or _dethrones(entry)]
    held = [entry.recorded_at for entry in entries if entry.evidence and entry.entry != identity]
    return bool(chosen) and (not held or max(chosen) > max(held))


def _dethrones(entry: LedgerEntry) -> bool:
    """Whether a person retired the champion, and not because its version was lost."""
    retired = entry.decision == "retire" and entry.version_before != entry.version_after
    return retired and not entry.figures.get(LOST)


def make_look(
    panel: Panel,
    parts: Parts,
    finished: Sequence[Result],
    levels: Sequence[float],
    *,
    age_sessions: int | None = None,
    audited: bool = True,
) -> Look:
    """What a contest on these results knows beside their losses."""
    by_name = {each.name: each for each in finished}

    def meet(champion: str, challenger: str, after: str | None) -> pd.DataFrame:
        return backtest.meet(panel, parts, by_name[champion], by_name[challenger], levels, after)

    return Look(
        horizon=panel.horizon,
        today=str(panel.sessions[-1]),
        through=str(panel.sessions[backtest.find_known_through(panel)]),
        meet=meet,
        age_sessions=age_sessions,
        audited=audited,
    )


def measure_age(night: Night, panel: Panel) -> int | None:
    """Sessions since the last one that the champion's version has seen; None without a champion."""
    champion = find_champion(night)
    if champion is None:
        return None
    return int((panel.sessions > np.datetime64(champion.trained_through)).sum())


def has_expired(night: Night, panel: Panel) -> bool:
    """Whether the champion was refitted too long ago to be protected."""
    return (measure_age(night, panel) or 0) > night.config.contest.expire_after


def keep_champion(plan: Plan, why: str) -> tuple[Verdict, Refresh]:
    """The verdict where the champion's recipe could not be trained tonight."""
    reason = f"{plan.champion} stays: it could not be trained tonight, so nothing was weighed against it"
    verdict = Verdict(str(plan.champion), False, None, plan.champion, reason)
    return verdict, Refresh(False, why)


def describe_contest(held: Contestation | None) -> dict[str, Any]:
    """What the ledger keeps of a contest: rules, figures and evidence; nothing of none."""
    if held is None:
        return {}
    return {
        "rules": [vars(rule) for rule in held.verdict.rules],
        "figures": {each.name: each.document() for each in held.contestants},
        "evidence": held.evidence.document(),
    }
