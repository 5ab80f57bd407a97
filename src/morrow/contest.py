"""Decide which recipe is champion from losses on the same rows, and state the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from morrow.errors import ShapeError

KEY = ["symbol", "session", "step"]
SELECT, TEST = "select", "test"
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
    """

    name: str
    baseline: bool
    losses: pd.DataFrame
    can_win: bool = True


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

    On the first night, or if the champion's recipe is no longer trained, the recipe with the lowest pinball
    loss on the select sessions wins, baselines included. Otherwise a challenger must have a lower loss there
    than both the champion and the best baseline, and must not be worse than the champion on the test
    sessions.

    Raises:
        ShapeError: no entry can win, or the entries were not scored on the same rows.
    """
    _same_rows(entries)
    barred = sorted(entry.name for entry in entries if not entry.can_win)
    entries = [entry for entry in entries if entry.can_win]
    if not entries:
        raise ShapeError(
            f"only {', '.join(barred)} could be trained, and a recipe with the head direction cannot be "
            "champion; name others in training.recipes"
        )
    verdict = _decide(entries, champion)
    if not barred:
        return verdict
    reason = (
        f"{verdict.reason}; not compared, because the head direction cannot be champion: {', '.join(barred)}"
    )
    return replace(verdict, reason=reason)


def _decide(entries: list[Entry], champion: str | None) -> Verdict:
    """Decide between the entries that can win."""
    select = {entry.name: _mean(entry, SELECT) for entry in entries}
    ranked = sorted(entries, key=lambda entry: (select[entry.name], entry.name))
    if champion not in select:
        return _first(ranked, select, champion)
    rivals = [entry for entry in ranked if entry.name != champion]
    if not rivals:
        return Verdict(champion, False, None, champion, f"{champion} stays: no other recipe was trained")
    return _challenge(rivals[0], entries, select, champion)


def _first(ranked: list[Entry], select: Mapping[str, float], champion: str | None) -> Verdict:
    best = ranked[0].name
    runner_up = ranked[1].name if len(ranked) > 1 else None
    before = "there was no champion" if champion is None else f"the champion {champion} is no longer a recipe"
    against = f", ahead of {runner_up} with {_figure(select[runner_up])}" if runner_up else ""
    reason = (
        f"{best} becomes champion: {before}, and its pinball on the select sessions is the lowest, "
        f"{_figure(select[best])}{against}"
    )
    return Verdict(best, True, runner_up, champion, reason)


def _challenge(rival: Entry, entries: list[Entry], select: Mapping[str, float], champion: str) -> Verdict:
    test = {entry.name: _mean(entry, TEST) for entry in entries}
    name = rival.name
    baselines = [entry.name for entry in entries if entry.baseline and entry.name not in (name, champion)]
    best_baseline = min(baselines, key=lambda each: select[each], default=None)
    figures = f"{_figure(select[name])} against {_figure(select[champion])} on the select sessions"
    if select[name] >= select[champion]:
        return Verdict(champion, False, name, champion, f"{champion} stays: {name} is not better, {figures}")
    if best_baseline and select[name] >= select[best_baseline]:
        reason = f"{champion} stays: {name} is no better than the baseline {best_baseline}, {figures}"
        return Verdict(champion, False, name, champion, reason)
    if test[name] > test[champion]:
        reason = (
            f"{champion} stays: {name} is better, {figures}, but worse on the test sessions, "
            f"{_figure(test[name])} against {_figure(test[champion])}"
        )
        return Verdict(champion, False, name, champion, reason)
    reason = f"{name} takes over from {champion}: {figures}, and not worse on the test sessions"
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
