"""A verdict in words, with what a person should know of the trainings behind it."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from morrow.backtest import Result
    from morrow.contest import Refresh, Verdict


def words(
    verdict: "Verdict",
    refresh: "Refresh",
    failed: Sequence[tuple[str, str]],
    remarks: Sequence[tuple[str, str]],
    cutoff: date,
) -> dict[str, Any]:
    """The verdict as JSON-ready values; ``failed`` and ``remarks`` pair recipes with what is said of them."""
    reason = verdict.reason
    if not verdict.promoted:
        outcome = "is refreshed" if refresh.passed else "keeps its old version"
        reason += f"; it {outcome}: {refresh.reason}"
    if failed:
        reason += "; failed: " + ", ".join(f"{name} ({why})" for name, why in failed)
    if remarks:
        reason += "; of the trainings: " + ", ".join(f"{name} ({what})" for name, what in remarks)
    return {
        "promoted": verdict.promoted,
        "refreshed": not verdict.promoted and refresh.passed,
        "challenger": verdict.challenger,
        "champion_before": verdict.champion_before,
        "reason": reason,
        "judged_at": str(cutoff),
    }


def remarks(finished: "Sequence[Result]") -> list[tuple[str, str]]:
    """Recipes whose training was not what it might have been, with what happened."""
    from morrow import training  # noqa: PLC0415 (torch)

    found = ((each.name, training.remark(training.courses(each.fitted.document))) for each in finished)
    return [(name, said) for name, said in found if said]
