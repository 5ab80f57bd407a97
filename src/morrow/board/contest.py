"""The page of the contest: leaderboard, skill over time, the last verdict with its rules, and the ledger."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from morrow.board import charts
from morrow.board.champions import describe_champion
from morrow.board.charts import Chart
from morrow.board.facts import Facts
from morrow.board.pages import Page, count, format_number

COLUMNS = (
    "name", "kind", "pinball_select", "pinball", "skill_vs_gjr_garch", "skill_interval_vs_gjr_garch",
    "skill_vs_ewma", "dm_p_vs_gjr_garch", "coverage_80", "coverage_95", "pit_p", "rows", "train_s",
)  # fmt: skip
BASELINE, WORDS = "gjr_garch", "GJR-GARCH-t"
MOST_LINES = 6


def make_contest(facts: Facts) -> Page:
    """The page, with the leaderboard, the skills over time and the ledger as files."""
    board = pd.DataFrame(
        [{name: row.get(name) for name in COLUMNS} for row in facts.leaderboard], columns=COLUMNS
    )
    skills = list_skills(facts)
    values = {
        "leaderboard": list(_format_leaderboard(facts)),
        "windows": facts.windows,
        "verdict": facts.verdict,
        "rules": list(_format_rules(facts)),
        "figures": list(_format_evidence(facts)),
        "skill": _draw_skill(facts),
        "over_time": _draw_over_time(skills),
        "ledger": [_format_entry(entry) for entry in reversed(facts.ledger)],
    }
    files = {
        "data/leaderboard.csv": charts.write_csv(board),
        "data/skills.csv": charts.write_csv(skills),
        "data/ledger.json": json.dumps(list(facts.ledger), default=str, indent=1),
    }
    return Page("contest.html", "Contest", values, files)


def list_skills(facts: Facts) -> pd.DataFrame:
    """Skill of every recipe at each retraining that a kept report tells of.

    Returns:
        judged_at (ISO date), recipe, skill (fraction, against GJR-GARCH-t on that night's test sessions).
    """
    rows = {}
    for report in facts.reports:
        judged = (report.get("verdict") or {}).get("judged_at")
        for row in report.get("leaderboard") or ():
            if judged and row.get(f"skill_vs_{BASELINE}") is not None:
                rows[judged, row["name"]] = row[f"skill_vs_{BASELINE}"]
    return pd.DataFrame(
        [(judged, name, skill) for (judged, name), skill in rows.items()],
        columns=["judged_at", "recipe", "skill"],
    )


def _format_leaderboard(facts: Facts) -> Iterator[dict[str, Any]]:
    champion = describe_champion(facts)
    for row in facts.leaderboard:
        yield {
            "name": row["name"],
            "champion": bool(champion) and row["name"] == (champion or {})["recipe"],
            "select": format_number(row.get("pinball_select"), 3, 1e4),
            "test": format_number(row.get("pinball"), 3, 1e4),
            "skill": _format_interval(row, BASELINE),
            "skill_ewma": _format_interval(row, "ewma"),
            "p": format_number(row.get(f"dm_p_vs_{BASELINE}"), 3),
            "coverage_80": format_number(row.get("coverage_80"), 1, 100),
            "coverage_95": format_number(row.get("coverage_95"), 1, 100),
            "seconds": format_number(row.get("train_s"), 1),
        }


def _format_interval(row: Mapping[str, Any], baseline: str) -> str:
    skill, half = row.get(f"skill_vs_{baseline}"), row.get(f"skill_interval_vs_{baseline}")
    text = format_number(skill, 2, 100)
    return text if skill is None or half is None else f"{text} ± {format_number(half, 2, 100)}"


def _format_rules(facts: Facts) -> Iterator[dict[str, Any]]:
    for rule in (facts.verdict or {}).get("rules", ()):
        yield {"rule": rule["rule"], "held": "held" if rule["held"] else "failed", "about": rule["about"]}


def _format_evidence(facts: Facts) -> Iterator[dict[str, str]]:
    """What the last contest of the ledger measured of each recipe."""
    measured: Mapping[str, Any] = next(
        (entry["figures"] for entry in reversed(facts.ledger) if entry["figures"]), {}
    )
    for name, figures in measured.items():
        yield {
            "name": name,
            "evidence": format_number(figures.get("evidence"), 3),
            "near": format_number(figures.get("near"), 3),
            "effect": format_number(figures.get("effect"), 2, 100),
            "sessions": f"{figures.get('sessions') or 0:,}",
            "confidence": format_number(figures.get("confidence"), 3),
            "dm": format_number(figures.get("dm"), 2),
            "dm_p": format_number(figures.get("dm_p"), 3),
        }


def _format_entry(entry: Mapping[str, Any]) -> dict[str, str]:
    before, after = (
        "none" if entry[f"champion_{when}"] is None
        else f"{entry[f'champion_{when}']} v{entry[f'version_{when}']}"
        for when in ("before", "after")
    )  # fmt: skip
    return {
        "as_of": str(entry["as_of"]),
        "decision": entry["decision"],
        "champion": after if before == after else f"{before} → {after}",
        "by": entry["by"],
        "reason": entry["reason"],
    }


def _draw_skill(facts: Facts) -> Chart | None:
    rows = [row for row in facts.leaderboard if row.get(f"skill_vs_{BASELINE}") is not None]
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: row[f"skill_vs_{BASELINE}"])
    half = [100 * (row.get(f"skill_interval_vs_{BASELINE}") or 0.0) for row in rows]
    skills = [100 * row[f"skill_vs_{BASELINE}"] for row in rows]
    trace = {
        "type": "scatter", "mode": "markers", "x": skills, "y": [row["name"] for row in rows],
        "error_x": {"type": "data", "array": half, "color": charts.QUIET, "thickness": 1.5, "width": 5},
        "marker": {"color": charts.ACCENT, "size": 10}, "name": "skill", "showlegend": False,
        "hovertemplate": "%{y}: %{x:.2f} %<extra></extra>",
    }  # fmt: skip
    best = rows[-1]
    window = facts.windows.get("test", "the last retraining")
    return Chart(
        identity="skill",
        title=f"Skill against {WORDS}, with 95 % intervals",
        about=f"Pinball loss saved, in per cent, on the test sessions {window}; source: the leaderboard.",
        alternative=f"{best['name']} is highest with {format_number(skills[-1], 2)} % ± {half[-1]:.2f}; "
        "an interval that contains 0 is no proof of skill.",
        traces=[trace],
        across="skill [%]",
        up="",
        download="data/leaderboard.csv",
        height=110 + 32 * len(rows),
        layout={"xaxis": {"zeroline": True}, "yaxis": {"type": "category"}},
    )


def _draw_over_time(skills: pd.DataFrame) -> Chart | None:
    if skills.empty:
        return None
    judged = sorted(skills["judged_at"].unique())
    newest = skills[skills["judged_at"] == judged[-1]].sort_values("skill", ascending=False)
    names: Sequence[str] = newest["recipe"].tolist()[:MOST_LINES]
    by_recipe = skills.pivot_table(index="judged_at", columns="recipe", values="skill").reindex(judged)
    traces = [
        charts.line(
            name, judged, [None if pd.isna(value) else 100 * value for value in by_recipe[name]], index
        )
        for index, name in enumerate(names)
    ]
    return Chart(
        identity="over-time",
        title=f"Skill against {WORDS} at each retraining",
        about=f"In per cent of pinball loss, each on its own night's test sessions; "
        f"{count(len(judged), 'retraining')}; source: the reports of past nights.",
        alternative=f"At the newest retraining, {judged[-1]}, the order is {', '.join(names)}.",
        traces=traces,
        across="retraining (cutoff)",
        up="skill [%]",
        download="data/skills.csv",
        layout={"xaxis": {"type": "category", "nticks": 8}},
    )
