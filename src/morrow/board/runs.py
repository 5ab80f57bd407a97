"""The page on runs: how long each step took over the nights, their alarms, and the versions of the model."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from morrow.board import charts
from morrow.board.champions import describe_champion
from morrow.board.charts import Chart
from morrow.board.facts import Document, Facts
from morrow.board.pages import Page, count, format_number

SHOWN, LISTED = 60, 60
TOTAL = "total"
COLOURS = (
    charts.ACCENT, charts.ORANGE, charts.GREEN, charts.PURPLE, charts.SKY, charts.WARM, charts.QUIET,
    charts.INK,
)  # fmt: skip
PATTERNS = ("", "/", "", "x", "", "\\", "", ".")


def make_runs(facts: Facts) -> Page:
    """The page, with the seconds of every kept night as a file."""
    seconds = tabulate_seconds(facts.reports)
    champion = describe_champion(facts)
    values = {
        "durations": _draw_durations(seconds) if len(seconds) else None,
        "nights": [_format_night(report) for report in reversed(facts.reports[-LISTED:])],
        "alarms": list(_list_alarms(facts.reports)),
        "versions": [
            {**each, "champion": bool(champion) and each["version"] == (champion or {})["version"]}
            for each in reversed(facts.versions)
        ],
    }
    return Page("runs.html", "Runs", values, {"data/seconds.csv": charts.write_csv(seconds)})


def tabulate_seconds(reports: Sequence[Document]) -> pd.DataFrame:
    """Seconds of each step: cutoff, recorded_at, and a column a step with its total, oldest run first."""
    rows = [
        {"cutoff": each["cutoff"], "recorded_at": each["recorded_at"], **each["seconds"]} for each in reports
    ]
    return pd.DataFrame(rows)


def _draw_durations(seconds: pd.DataFrame) -> Chart:
    recent = seconds.tail(SHOWN)
    steps = [name for name in recent.columns if name not in ("cutoff", "recorded_at", TOTAL)]
    # Two runs at one cutoff are two bars.
    names = [f"{cutoff} #{at + 1}" if at else cutoff for cutoff, at in _number(recent["cutoff"].tolist())]
    traces = [
        {
            "type": "bar", "name": step, "x": names, "y": recent[step].fillna(0.0).round(3).tolist(),
            "marker": {
                "color": COLOURS[index % len(COLOURS)],
                "pattern": {"shape": PATTERNS[index % len(PATTERNS)], "size": 6, "solidity": 0.25},
            },
            "hovertemplate": "%{y:.1f} s<extra>%{fullData.name}</extra>",
        }
        for index, step in enumerate(steps)
    ]  # fmt: skip
    longest = recent.iloc[int(recent[TOTAL].to_numpy().argmax())]
    return Chart(
        identity="durations",
        title="Duration of each night, by step",
        about=f"In seconds of wall clock; the last {count(len(recent), 'run')}; source: the nights' reports.",
        alternative=f"The longest of them, {longest['cutoff']}, took {format_number(longest[TOTAL], 1)} s; "
        f"the median is {format_number(float(recent[TOTAL].median()), 1)} s.",
        traces=traces,
        across="night (cutoff)",
        up="duration [s]",
        download="data/seconds.csv",
        height=360,
        layout={"barmode": "stack", "xaxis": {"type": "category", "nticks": 8}},
    )


def _number(cutoffs: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each cutoff with the number of earlier runs at it."""
    seen: dict[str, int] = {}
    for cutoff in cutoffs:
        yield cutoff, seen.get(cutoff, 0)
        seen[cutoff] = seen.get(cutoff, 0) + 1


def _format_night(report: Document) -> dict[str, Any]:
    forecast, ingest = report.get("forecast") or {}, report.get("ingest") or {}
    retrained = report.get("retrained") or {}
    return {
        "cutoff": report["cutoff"],
        "ran": report["recorded_at"][:16].replace("T", " "),
        "retrained": "yes" if retrained.get("due") else "no",
        "why": retrained.get("why", ""),
        "model": f"{forecast['model']} v{forecast['version']}" if forecast else "–",
        "accepted": f"{ingest.get('accepted', 0):,}",
        "refused": f"{ingest.get('quarantined', 0):,}",
        "alarms": f"{len(report.get('alarms', ())):,}",
        "seconds": format_number(report["seconds"].get(TOTAL), 1),
    }


def _list_alarms(reports: Sequence[Document]) -> Iterator[dict[str, str]]:
    for report in reversed(reports):
        for alarm in report.get("alarms", ()):
            failed = "failed the night" if alarm.get("fails") else "warned"
            yield {"cutoff": report["cutoff"], "message": alarm["message"], "outcome": failed}
