"""One contest of the league: recipes meet the champion, evidence adds up, and the verdict follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from morrow import metrics
from morrow.config import Contest
from morrow.contest.confidence_set import measure_confidence, measure_errors
from morrow.contest.entries import SELECT, TEST, Entry, check_same_rows, loss_by_date, mean_loss
from morrow.contest.evidence import BACKTEST, LATER, Evidence, Pair, name_pair, share_budget
from morrow.contest.rules import Contestant
from morrow.contest.verdict import Verdict, judge

Meet = Callable[[str, str, str | None], pd.DataFrame]


@dataclass(frozen=True)
class Look:
    """What a contest knows beside the recipes' losses.

    Attributes:
        horizon: sessions ahead of the longest forecast.
        today: last session of the data, YYYY-MM-DD.
        through: last session whose outcomes are all known, YYYY-MM-DD.
        meet: gives, for the names of champion and challenger and a session, the frame of
            :meth:`morrow.contest.evidence.Pair.meet` of all later sessions up to ``through``; for None, of
            the select sessions.
        age_sessions: since the champion's version was last refitted; None if unknown.
        audited: whether features and scalers were proven to see no future.
    """

    horizon: int
    today: str
    through: str
    meet: Meet
    age_sessions: int | None = None
    audited: bool = True


@dataclass(frozen=True)
class Contestation:
    """A verdict, what it was made of, and the evidence that the next contest carries forward."""

    verdict: Verdict
    contestants: tuple[Contestant, ...]
    evidence: Evidence


def hold_contest(
    entries: Sequence[Entry], champion: str | None, evidence: Evidence, look: Look, settings: Contest
) -> Contestation:
    """Hold one contest.

    A recipe that no contest has seen begins with its select sessions, once. Afterwards each look uses only
    the sessions that were not known when it last met this champion. Where a champion is crowned tonight, the
    evidence against it begins tonight.

    Raises:
        ShapeError: no entry can win, or the entries were not scored on the same rows.
    """
    check_same_rows(entries)
    contestants = _measure(entries, look)
    reigning = _find_reigning(entries, champion, look, settings)
    verdict = None
    if reigning is None:
        verdict = judge(contestants, champion, settings, look.age_sessions)
        reigning = next(each for each in entries if each.name == verdict.winner)
    evidence = _meet_all(entries, reigning, evidence, look, settings)
    contestants = _weigh(contestants, entries, reigning, evidence, look)
    if verdict is None:
        verdict = judge(contestants, champion, settings, look.age_sessions)
        if verdict.promoted:
            winner = next(each for each in entries if each.name == verdict.winner)
            evidence = _open_pairs(entries, winner, evidence, look)
    seen = {each.key: look.through for each in entries} | dict(evidence.seen)
    return Contestation(verdict, tuple(contestants), replace(evidence, seen=seen))


def _find_reigning(
    entries: Sequence[Entry], champion: str | None, look: Look, settings: Contest
) -> Entry | None:
    """The champion's entry, if it is a candidate and has not expired."""
    if champion is None or (look.age_sessions or 0) > settings.expire_after:
        return None
    return next((each for each in _candidates(entries) if each.name == champion), None)


def _candidates(entries: Sequence[Entry]) -> list[Entry]:
    able = [each for each in entries if each.can_win]
    return [each for each in able if each.answers_as is None] or able


def _measure(entries: Sequence[Entry], look: Look) -> list[Contestant]:
    """What can be measured of each recipe without a champion."""
    select = pd.DataFrame({each.name: loss_by_date(each, SELECT) for each in _candidates(entries)})
    confidence = measure_confidence(select, look.horizon) if len(select.columns) else {}
    errors = measure_errors(select, look.horizon)
    return [
        Contestant(
            name=each.name,
            baseline=each.baseline,
            parameters=each.parameters,
            select=mean_loss(each, SELECT),
            test=mean_loss(each, TEST),
            can_win=each.can_win,
            answers_as=each.answers_as,
            error=errors.get(each.name, 0.0),
            confidence=confidence.get(each.name, 0.0),
            coverage=each.coverage,
            invalid=each.invalid,
            audited=look.audited,
        )
        for each in entries
    ]


def _meet_all(
    entries: Sequence[Entry], champion: Entry, evidence: Evidence, look: Look, settings: Contest
) -> Evidence:
    """Let every candidate meet the champion on what is new to the two."""
    pairs = dict(evidence.pairs)
    for entry in _rivals(entries, champion):
        key = name_pair(champion.key, entry.key)
        pair, after = pairs.get(key), None
        if pair is None:
            began = LATER if entry.key in evidence.seen else BACKTEST
            pairs[key] = pair = Pair.begin(look.horizon, look.through, began, entry.trials)
        else:
            after = pair.through
        if pair.began == BACKTEST and after is None:
            meeting = look.meet(champion.name, entry.name, None)
            # Nothing is open then, so what the backtest has shown counts in full tonight.
            pairs[key] = pair.meet(meeting, settings.effect / 100, look.today)
        elif after is not None and after < look.through:
            meeting = look.meet(champion.name, entry.name, after)
            pairs[key] = pair.meet(meeting, settings.effect / 100, look.through)
    return replace(evidence, pairs=pairs)


def _open_pairs(entries: Sequence[Entry], champion: Entry, evidence: Evidence, look: Look) -> Evidence:
    """Begin a new champion's pairs with the sessions after tonight, where there are none from before."""
    new = {
        name_pair(champion.key, entry.key): Pair.begin(look.horizon, look.through, LATER, entry.trials)
        for entry in _rivals(entries, champion)
    }
    return replace(evidence, pairs=new | dict(evidence.pairs))


def _rivals(entries: Sequence[Entry], champion: Entry) -> list[Entry]:
    return [each for each in _candidates(entries) if each.key != champion.key]


def _weigh(
    contestants: Sequence[Contestant],
    entries: Sequence[Entry],
    champion: Entry,
    evidence: Evidence,
    look: Look,
) -> list[Contestant]:
    """The contestants with what they have shown against the champion."""
    pairs = evidence.against(champion.key)
    e_values = {key: _read_evidence(pair, look) for key, pair in pairs.items()}
    weights = {key: pair.weight for key, pair in pairs.items()}
    adjusted = {
        what: share_budget({key: each[what] for key, each in e_values.items()}, weights)
        for what in ("evidence", "near", "exact")
    }
    losses = {each.name: loss_by_date(each, SELECT) for each in entries}
    keys = {each.name: each.key for each in entries}

    def add(one: Contestant) -> Contestant:
        key = keys[one.name]
        if one.name == champion.name or key not in pairs:
            return one
        pair = pairs[key]
        dm, dm_p = _compare(losses[one.name], losses[champion.name], look.horizon)
        return replace(
            one,
            evidence=adjusted["evidence"][key],
            near=adjusted["near"][key],
            exact=adjusted["exact"][key],
            unadjusted=e_values[key]["evidence"],
            effect=pair.effect,
            sessions=pair.sessions,
            first=pair.first,
            began=pair.began,
            dm=dm,
            dm_p=dm_p,
        )

    return [add(each) for each in contestants]


def _read_evidence(pair: Pair, look: Look) -> dict[str, float]:
    """The e-values of a pair, by the attribute of a contestant that they are for."""
    # The outcome of the last known session became known today.
    exact = pair.bets.evidence(idle=pair.through >= look.today, settled=pair.last == look.through)
    return {
        "evidence": float(pair.better.evidence()),
        "near": float(pair.near.evidence()),
        "exact": float(exact),
    }


def _compare(loss: pd.Series, reference: pd.Series, horizon: int) -> tuple[float | None, float | None]:
    """Diebold-Mariano statistic and one-sided p on the select sessions; None where undefined."""
    one, other = loss.to_numpy(), reference.to_numpy()
    lags = metrics.lags(horizon, len(one))
    statistic, p = metrics.diebold_mariano_small_sample(one, other, lags, horizon)
    return (statistic, p) if np.isfinite(p) else (None, None)


def what_if(contestants: Sequence[Mapping[str, object]], champion: str | None, settings: Contest) -> Verdict:
    """The verdict that other settings would have given, from what the ledger keeps of each recipe.

    The evidence is as it was measured: that of a simpler recipe is for the minimum effect of its night.
    """
    return judge([Contestant(**each) for each in contestants], champion, settings)  # type: ignore[arg-type]
