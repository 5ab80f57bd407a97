"""The card of a registered version, in Markdown: data, recipe, results, where it is weak, and its limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from morrow.panel import Panel
from morrow.steps.context import Night
from morrow.steps.lineage import describe_membership
from morrow.steps.results import Judgement, Plan
from morrow.steps.retrain.run_pages import collect_metrics

NAMED = 5  # weakest symbols that are listed
SCORES = ("pinball_bp", "pinball_select_bp", "skill_vs_gjr_garch_percent", "skill_vs_ewma_percent",
          "coverage_80_percent")  # fmt: skip
REFERENCES = (("gjr_garch", "GJR-GARCH-t"), ("ewma", "EWMA"), ("regression", "the volatility regression"))
LIMITS = """Daily returns are close to unpredictable in sign: the median stays near the last close, and what
is forecast is the spread. The quantiles assume that the next sessions resemble those that were learnt from; a
level, a currency or a market that the model never saw is answered by a fallback and flagged."""


def find_row(judged: Judgement) -> Mapping[str, Any]:
    """The winner's row of the leaderboard."""
    return next(row for row in judged.leaderboard if row["name"] == judged.winner)


def select_scores(row: Mapping[str, Any]) -> dict[str, str]:
    """The scores of a leaderboard row that a version carries as tags."""
    values = collect_metrics(row)
    return {name: f"{values[name]:g}" for name in SCORES if name in values}


def write_card(
    night: Night,
    plan: Plan,
    judged: Judgement,
    panel: Panel,
    options: Mapping[str, Any],
    trained_through: str,
) -> str:
    """Write the card of the winner's new version.

    Args:
        night: of one universe.
        plan: of the retraining.
        judged: its judgement.
        panel: that the version was fitted on.
        options: of the winner's recipe that differ from their defaults.
        trained_through: ISO date of the last session that the version used.
    """
    row, windows = find_row(judged), judged.ledger.get("windows", {})
    data = (
        f"**Data.** {len(panel.symbols):,} symbols, {len(panel.sessions):,} sessions from "
        f"{panel.sessions[0]} to {panel.sessions[-1]}, in {night.options.currency}; "
        f"data version `{plan.data_version}`; {describe_membership(night)}."
    )
    described = ", ".join(f"{name} = {value}" for name, value in options.items())
    return "\n".join(
        [
            f"# {night.universe}: {judged.winner}, trained through {trained_through}",
            "",
            f"**Verdict.** {judged.verdict['reason']}.",
            "",
            data,
            "",
            f"**Recipe.** {described}. Features: {', '.join(panel.names) or 'none'}.",
            "",
            f"**Results**, out of fold, before the refit; test sessions {windows.get('test', 'unknown')}:",
            "",
            *_result_lines(row),
            "",
            "**Where it is weak.**",
            "",
            *_weak_lines(row),
            "",
            f"**Limits.** {LIMITS}",
            "",
        ]
    )


def _result_lines(row: Mapping[str, Any]) -> list[str]:
    values = collect_metrics(row)
    lines = [f"- pinball {values['pinball_bp']:.3f} bp"]
    lines += [f"- pinball on the select sessions {values['pinball_select_bp']:.3f} bp"]
    for key, name in REFERENCES:
        skill, width = row.get(f"skill_vs_{key}"), row.get(f"skill_interval_vs_{key}")
        if skill is not None:
            about = "" if width is None else f" ± {width:.2%}"
            lines.append(f"- skill against {name} {skill:+.2%}{about} (95 % interval of the mean over dates)")
    covered = [f"{row[f'coverage_{share}']:.1%} of the {share} % band" for share in (80, 90, 95)
               if row.get(f"coverage_{share}") is not None]  # fmt: skip
    return [*lines, f"- coverage: {', '.join(covered) or 'unknown'}"]


def _weak_lines(row: Mapping[str, Any]) -> list[str]:
    """The symbols and the regimes in which the median misses most, or the band is furthest from its share."""
    symbols = _by_gap(row.get("by_symbol", {}))
    lines = [f"- {name}: its 80 % band holds {covered:.1%}" for name, covered in symbols[:NAMED]]
    lines += [
        f"- {name} sessions: the 80 % band holds {covered:.1%}"
        for name, covered in _by_gap(row.get("by_volatility", {}))[:1]
    ]
    return lines or ["- not known: there are too few outcomes"]


def _by_gap(groups: Mapping[str, Mapping[str, Any]]) -> Sequence[tuple[str, float]]:
    """Groups with their coverage of the 80 % band, furthest from 80 % first."""
    known = [(name, one["coverage_80"]) for name, one in groups.items() if one.get("coverage_80") is not None]
    return sorted(known, key=lambda each: (-abs(each[1] - 0.8), each[0]))
