"""Decide which recipe is champion from losses on the same rows, and state the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from morrow.errors import ShapeError

KEY = ["symbol", "session", "step"]
SELECT, TEST = "select", "test"
EQUAL = 1e-6  # relative difference up to which two losses are equal
TOLERANCE = 0.005  # relative increase in loss allowed for a refitted recipe on the same rows


@dataclass(frozen=True)
class Entry:
    """A recipe in the contest.

    Attributes:
        name: the recipe's name.
        baseline: whether the recipe is a baseline.
        losses: out-of-fold losses; columns symbol, session (the cutoff), step, part ("select" or "test"),
            loss (pinball loss of the log return, averaged over levels).
        can_win: whether the recipe may be champion; if not, it is scored but not compared.
        answers_as: the model as which the recipe answers, if it is another's; it is then no candidate.
        parameters: number of fitted values, which decides between equals of one kind.
    """

    name: str
    baseline: bool
    losses: pd.DataFrame
    can_win: bool = True
    answers_as: str | None = None
    parameters: int = 0

    @property
    def complexity(self) -> tuple[bool, int]:
        """Order between entries of equal loss: baselines first, then fewer parameters."""
        return not self.baseline, self.parameters


@dataclass(frozen=True)
class Verdict:
    """The new champion and the reason for the decision.

    Attributes:
        winner: the recipe that becomes or stays champion.
        promoted: whether the champion's recipe changed.
        challenger: the best other recipe, compared with the champion, if any.
        champion_before: the previous champion's recipe, if any.
        reason: one sentence.
    """

    winner: str
    promoted: bool
    challenger: str | None
    champion_before: str | None
    reason: str


@dataclass(frozen=True)
class Refresh:
    """Whether the champion's refitted version may replace the old version, and the reason."""

    passed: bool
    reason: str


def judge(entries: list[Entry], champion: str | None) -> Verdict:
    """Decide which recipe is champion.

    On the first night, or if the champion's recipe is no longer a candidate, the recipe with the lowest
    pinball loss on the select sessions wins, baselines included. Otherwise the best of the others challenges
    it: it must have a lower loss there, and must not be worse than the champion on the test sessions. Of
    entries with equal losses the simplest wins. A network or an ensemble that answers as another model is no
    candidate, unless there is no other.

    Raises:
        ShapeError: no entry can win, or the entries were not scored on the same rows.
    """
    _same_rows(entries)
    barred = sorted(entry.name for entry in entries if not entry.can_win)
    able = [entry for entry in entries if entry.can_win]
    if not able:
        raise ShapeError(
            f"only {', '.join(barred)} could be trained, and a recipe with the head direction cannot be "
            "champion; name others in training.recipes"
        )
    candidates = [entry for entry in able if entry.answers_as is None] or able
    verdict = _decide(candidates, champion, gone=_why_gone(champion, able))
    echoes = [entry for entry in able if entry not in candidates]
    remarks = [verdict.reason]
    if barred:
        names = ", ".join(barred)
        remarks.append(f"not compared, because the head direction cannot be champion: {names}")
    if echoes:
        names = ", ".join(sorted(f"{entry.name} as {entry.answers_as}" for entry in echoes))
        remarks.append(
            f"not compared, because they answer as another recipe: {names}{_advise(echoes, candidates)}"
        )
    return replace(verdict, reason="; ".join(remarks))


def _advise(echoes: list[Entry], candidates: list[Entry]) -> str:
    """What to do where the recipe that others answer as takes no part itself, in words; else nothing."""
    originals = [_mean(entry, SELECT) for entry in candidates]
    loss = _mean(echoes[0], SELECT)
    if any(not _is_lower(loss, other) and not _is_lower(other, loss) for other in originals):
        return ""
    return f" (to let that one compete, add {echoes[0].answers_as} to training.recipes)"


def _why_gone(champion: str | None, able: list[Entry]) -> str:
    """Why the champion is not among the candidates, if it is not."""
    answers_as = next((entry.answers_as for entry in able if entry.name == champion), None)
    if champion is None:
        return "there was no champion"
    if answers_as is None:
        return f"the champion {champion} is no longer a recipe"
    return f"the champion {champion} answers as {answers_as} now"


def _decide(entries: list[Entry], champion: str | None, gone: str) -> Verdict:
    """Decide between the candidates; ``gone`` says why the champion is not one of them, if it is not."""
    select = {entry.name: _mean(entry, SELECT) for entry in entries}
    ranked = _rank(entries, select)
    if champion not in select:
        return _first(ranked, select, champion, gone)
    rivals = [entry for entry in ranked if entry.name != champion]
    if not rivals:
        return Verdict(champion, False, None, champion, f"{champion} stays: no other recipe was trained")
    return _challenge(rivals[0], entries, select, champion)


def _rank(entries: list[Entry], select: Mapping[str, float]) -> list[Entry]:
    """The entries by loss; each is followed by the others of equal loss, the simplest first."""
    ranked: list[Entry] = []
    left = sorted(entries, key=lambda entry: (select[entry.name], entry.name))
    while left:
        equals = [entry for entry in left if not _is_lower(select[left[0].name], select[entry.name])]
        ranked += sorted(equals, key=lambda entry: (entry.complexity, entry.name))
        left = left[len(equals) :]
    return ranked


def _is_lower(loss: float, other: float) -> bool:
    """Whether a loss is lower than another by more than what counts as equal."""
    return loss < other * (1 - EQUAL)


def _first(ranked: list[Entry], select: Mapping[str, float], champion: str | None, gone: str) -> Verdict:
    best = ranked[0].name
    runner_up = ranked[1].name if len(ranked) > 1 else None
    against = f", ahead of {runner_up} with {_figure(select[runner_up])}" if runner_up else ""
    reason = (
        f"{best} becomes champion: {gone}, and its pinball on the select sessions is the lowest, "
        f"{_figure(select[best])}{against}"
    )
    return Verdict(best, True, runner_up, champion, reason)


def _challenge(rival: Entry, entries: list[Entry], select: Mapping[str, float], champion: str) -> Verdict:
    test = {entry.name: _mean(entry, TEST) for entry in entries}
    name, reigning = rival.name, next(entry for entry in entries if entry.name == champion)
    figures = f"{_figure(select[name])} against {_figure(select[champion])} on the select sessions"
    better, worse = (
        _is_lower(select[one], select[other]) for one, other in ((name, champion), (champion, name))
    )
    simpler = rival.complexity < reigning.complexity
    if worse or not (better or simpler):
        return Verdict(champion, False, name, champion, f"{champion} stays: {name} is not better, {figures}")
    merit = figures if better else f"it is simpler and as good, {figures}"
    if _is_lower(test[champion], test[name]):
        reason = (
            f"{champion} stays: {name} is {'better' if better else 'simpler and as good'}, {figures}, "
            f"but worse on the test sessions, {_figure(test[name])} against {_figure(test[champion])}"
        )
        return Verdict(champion, False, name, champion, reason)
    reason = f"{name} takes over from {champion}: {merit}, and not worse on the test sessions"
    return Verdict(name, True, name, champion, reason)


def refresh(now: pd.DataFrame, before: pd.DataFrame | None) -> Refresh:
    """Decide whether the champion's refitted recipe may replace its old version.

    Args:
        now: the recipe's losses at this retraining, as in :class:`Entry`.
        before: the same recipe's losses at the previous retraining; None if there are none.

    Returns:
        A pass, unless the loss on the rows common to both retrainings is more than 0.5 % higher.
    """
    if before is None or before.empty:
        return Refresh(True, "no earlier losses of this recipe to compare with")
    both = now.merge(before, on=KEY, suffixes=("_now", "_before"))
    if both.empty:
        return Refresh(True, "no row was scored at both retrainings")
    ratio = both["loss_now"].mean(skipna=False) / both["loss_before"].mean(skipna=False) - 1
    comparison = f"{ratio:+.2%} out of fold on the {len(both):,} rows that both retrainings scored"
    if not ratio <= TOLERANCE:
        return Refresh(False, f"{comparison}, more than the {TOLERANCE:.1%} that is allowed")
    return Refresh(True, comparison)


def _same_rows(entries: list[Entry]) -> None:
    if not entries:
        raise ShapeError(
            "no recipe was trained, so there is nothing to compare; name some in training.recipes"
        )
    first = entries[0]
    expected = first.losses[[*KEY, "part"]].sort_values(KEY, ignore_index=True)
    for entry in entries[1:]:
        rows = entry.losses[[*KEY, "part"]].sort_values(KEY, ignore_index=True)
        if not rows.equals(expected):
            raise ShapeError(
                f"{entry.name} was scored on {len(rows):,} rows and {first.name} on {len(expected):,} "
                "others; all models must be scored on the same rows"
            )


def _mean(entry: Entry, part: str) -> float:
    losses = entry.losses.loc[entry.losses["part"] == part, "loss"].to_numpy()
    if not len(losses) or not np.isfinite(losses).all():
        raise ShapeError(
            f"{entry.name} has {len(losses)} losses on the {part} sessions, not all of them finite"
        )
    return float(losses.mean())


def _figure(loss: float) -> str:
    """Format a pinball loss in basis points."""
    return f"{loss * 10_000:.3f} bp"
