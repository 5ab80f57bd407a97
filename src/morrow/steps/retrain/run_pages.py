"""What MLflow's pages show of a retraining's runs: metrics in units to read, verdicts, leaderboard, words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
LOSSES = (
    "pinball", "pinball_select", "networks_pinball", "networks_pinball_select", "live_pinball",
    "live_backtest_pinball",
)  # fmt: skip
PERCENTS = (
    "skill_vs_ewma", "skill_vs_gjr_garch", "skill_vs_regression", "networks_skill_vs_regression",
    "coverage_80", "coverage_90", "coverage_95", "worst_coverage_gap", "directional_accuracy", "weight",
)  # fmt: skip
COLUMNS = {
    "pinball select [bp]": "pinball_select_bp",
    "pinball test [bp]": "pinball_bp",
    "skill vs GJR-GARCH-t [%]": "skill_vs_gjr_garch_percent",
    "skill vs EWMA [%]": "skill_vs_ewma_percent",
    "coverage of 80 % [%]": "coverage_80_percent",
    "training [s]": "train_s",
}
PROMOTED, CHAMPION, NOT_PROMOTED, FAILED = "promoted", "champion", "not promoted", "failed"
REFRESHED, KEPT = "refreshed", "kept"


def collect_metrics(row: Row) -> dict[str, float]:
    """Totals of a leaderboard row, the pinball loss of each step, and both again in units to read.

    MLflow's pages show all digits of a number in tables and two decimals in charts: names that end in ``_bp``
    are in basis points, those in ``_percent`` in per cent, both rounded.
    """
    totals = {
        name: float(value)
        for name, value in row.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    steps = {f"pinball_step_{step}": part["pinball"] for step, part in enumerate(row["by_step"], start=1)}
    readable = {f"{name}_bp": round(totals[name] * 10_000, 3) for name in LOSSES if name in totals}
    readable |= {f"{name}_percent": round(totals[name] * 100, 2) for name in PERCENTS if name in totals}
    if "train_s" in totals:
        readable["train_s"] = round(totals["train_s"], 1)
    return totals | readable | {name: value for name, value in steps.items() if value is not None}


def number_epochs(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Number the metrics by network; otherwise MLflow would plot several networks as one line.

    System metrics are not numbered: all networks run on one machine.
    """
    return [
        {"epoch": each["epoch"]}
        | {
            name if name.startswith("system/") else f"{name}_{int(each['network']) + 1}": value
            for name, value in each.items()
            if name not in ("epoch", "network")
        }
        for each in history
    ]


def word_verdict(row: Row, winner: str, verdict: Mapping[str, Any]) -> str:
    """How a recipe ended: "promoted", "champion" (it stays), "as-regression" and the like, "not promoted"."""
    if row["name"] == winner:
        return PROMOTED if verdict["promoted"] else CHAMPION
    return f"as-{row['answers_as']}" if row.get("answers_as") else NOT_PROMOTED


def name_outcome(verdict: Mapping[str, Any]) -> str:
    """How a night ended for its champion: "promoted", "refreshed" or "kept"."""
    if verdict["promoted"]:
        return PROMOTED
    return REFRESHED if verdict["refreshed"] else KEPT


def tabulate(board: Sequence[Row], winner: str, verdict: Mapping[str, Any]) -> pd.DataFrame:
    """The leaderboard with the columns that matter, lowest loss on the select sessions first."""
    rows = []
    for row in sorted(board, key=lambda each: (each["pinball_select"], each["name"])):
        values = collect_metrics(row)
        rows.append(
            {"recipe": row["name"], "verdict": word_verdict(row, winner, verdict)}
            | {head: values.get(name) for head, name in COLUMNS.items()}
        )
    return pd.DataFrame(rows)


def write_markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; numbers with at most three decimals, unknown ones as a dash."""
    lines = [list(table.columns), ["---", "---", *["---:"] * (table.shape[1] - 2)]]
    lines += [
        [f"`{row[0]}`", str(row[1]), *("–" if pd.isna(value) else f"{value:.5g}" for value in row[2:])]
        for row in table.itertuples(index=False, name=None)
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def describe_night(
    universe: str, cutoff: str, verdict: Mapping[str, Any], table: pd.DataFrame, windows: Mapping[str, str]
) -> str:
    """Markdown for a night's own run: what was decided, and the leaderboard with its sessions."""
    live = f" About live forecasts: {verdict['live']['about']}." if "live" in verdict else ""
    return (
        f"**{universe}, {cutoff}**: {verdict['reason']}.\n\n{write_markdown(table)}\n\n"
        f"Recipes are chosen on the select sessions ({windows['select']}); all other measures are of the "
        f"test sessions ({windows['test']}), on which nothing is chosen.{live}\n"
    )


def describe_recipe(row: Row, outcome: str, cutoff: str, windows: Mapping[str, str]) -> str:
    """Markdown for a recipe's run: its verdict and its figures, each with its unit and its sessions."""
    values = collect_metrics(row)
    skills = [
        f"{values[f'skill_vs_{key}_percent']:+.2f} % against {name}"
        for key, name in (("gjr_garch", "GJR-GARCH-t"), ("ewma", "EWMA"), ("regression", "the regression"))
        if f"skill_vs_{key}_percent" in values
    ]
    covered = (
        f"{values['coverage_80_percent']:.1f} % " if "coverage_80_percent" in values else "an unknown share "
    )
    return (
        f"`{row['name']}` at {cutoff}: **{outcome}**. Pinball {values['pinball_select_bp']:.3f} bp on the "
        f"select sessions ({windows['select']}) and {values['pinball_bp']:.3f} bp on the test sessions "
        f"({windows['test']}); there its skill is {', '.join(skills) or 'not known'}, and its 80 % band "
        f"holds {covered}of the outcomes. Trained in {row['train_s']:.0f} s.\n"
    )
