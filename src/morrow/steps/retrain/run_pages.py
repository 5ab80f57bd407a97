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
    """The course of a training, with the same names whatever the number of networks.

    Several networks are numbered, as MLflow would plot them as one line, and their means by epoch have the
    plain names. A network that has ended counts with its last epoch. System metrics are not numbered: all
    networks run on one machine. ``stop_change_percent`` is the stop loss over that before the first step,
    which can be compared between targets of different units.

    Args:
        history: ``network`` and ``epoch`` of each row, and any measures.
    """
    networks = sorted({row["network"] for row in history})
    rows = [_rename_measures(row, len(networks) > 1) for row in history]
    if len(networks) > 1:
        rows += _average_networks([[row for row in history if row["network"] == one] for one in networks])
    return rows


def _rename_measures(row: Row, numbered: bool) -> dict[str, float]:
    ending = f"_{int(row['network']) + 1}" if numbered else ""
    return {"epoch": row["epoch"]} | {
        name if name.startswith("system/") else name + ending: value
        for name, value in _add_change(row).items()
        if name not in ("epoch", "network")
    }


def _average_networks(networks: Sequence[Sequence[Row]]) -> list[dict[str, float]]:
    """Means over networks of the measures by epoch that all of them have."""
    courses = [{int(row["epoch"]): _add_change(row) for row in rows} for rows in networks]
    means = []
    for epoch in sorted(set().union(*courses)):
        latest = [course[max((e for e in course if e <= epoch), default=min(course))] for course in courses]
        shared = [name for name in latest[0] if all(name in each for each in latest)]
        means.append(
            {"epoch": float(epoch)}
            | {
                name: sum(each[name] for each in latest) / len(latest)
                for name in shared
                if name not in ("epoch", "network") and not name.startswith("system/")
            }
        )
    return means


def _add_change(row: Row) -> dict[str, float]:
    start = row.get("start_loss")
    change = {"stop_change_percent": 100 * (row["stop_loss"] / start - 1)} if start else {}
    return dict(row) | change


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
    universe: str,
    cutoff: str,
    verdict: Mapping[str, Any],
    table: pd.DataFrame,
    windows: Mapping[str, str],
    folds: int = 1,
) -> str:
    """Markdown for a night's own run: what was decided, and the leaderboard with its sessions."""
    live = f" About live forecasts: {verdict['live']['about']}." if "live" in verdict else ""
    walk = f" of {folds} walk-forward folds, each trained anew on what was before" if folds > 1 else ""
    return (
        f"**{universe}, {cutoff}**: {verdict['reason']}.\n\n{write_markdown(table)}\n\n"
        f"Recipes are chosen on the select sessions ({windows['select']}){walk}; all other measures are of "
        f"the test sessions ({windows['test']}), on which nothing is chosen.{live}\n"
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
