"""Pages of gates: a verdict as one HTML file, which loads nothing from elsewhere.

The template's engine escapes whatever a source wrote (symbols, reasons).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from shlex import quote
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from morrow import __version__
from morrow.checks.suites import HOLD_SYMBOL, REFUSING, REJECT_ROW, STOP_NIGHT, WARN
from morrow.checks.verdicts import Example, Outcome, Verdict

TITLES = {
    "raw": "Raw batch", "panel": "Stored panel", "features": "Features", "forecasts": "Forecasts",
    "refit": "Forecasts of the new version",
}  # fmt: skip
NOUNS = {"panel": "symbol", "features": "feature"}
ACTION_TEXTS = {
    REJECT_ROW: "refuses the row",
    HOLD_SYMBOL: "holds the symbol",
    STOP_NIGHT: "stops the night",
    WARN: "warns",
}


@dataclass(frozen=True)
class Subject:
    """The head of a gate's page.

    Attributes:
        gate: raw, panel, features, forecasts or refit.
        universe: its universe.
        day: the as_of or cutoff, an ISO date.
        now: wall clock.
        suite: name of the suite's file, for people.
        facts: name and value of further lines of the head.
        ids: of a raw batch: the id of each refused row, to be typed in commands.
    """

    gate: str
    universe: str
    day: str
    now: datetime
    suite: str
    facts: tuple[tuple[str, str], ...] = ()
    ids: Mapping[int, str] = field(default_factory=dict)


def render(verdict: Verdict, subject: Subject) -> str:
    """The page of a gate's run: HTML without references to other files."""
    failed = [each for each in verdict.outcomes if not each.passed]
    rows, noun = int(verdict.refusals["row"].nunique()), NOUNS.get(subject.gate, "row")
    headline, tone = _headline(verdict, rows, noun)
    refusing = [each for each in failed if each.action in REFUSING]
    return _template().render(
        gate=subject.gate,
        gate_title=TITLES.get(subject.gate, subject.gate),
        universe=subject.universe,
        day=subject.day,
        headline=headline,
        tone=tone,
        facts=[
            *subject.facts,
            ("Held" if noun == "symbol" else "Refused", f"{rows:,}"),
            ("Warnings", f"{len(verdict.warnings):,}"),
        ],
        stops=verdict.stops,
        failed=[_failed_fields(each, subject) for each in sorted(failed, key=_sort_key)],
        passed=[_fields(each) for each in verdict.outcomes if each.passed],
        total=len(verdict.outcomes),
        identified=bool(subject.ids),
        named="Feature" if subject.gate == "features" else "Symbol",
        dated=subject.gate != "features",
        commands=_commands(subject, refusing) if subject.ids and refusing else (),
        suite=subject.suite,
        version=__version__,
        now=f"{subject.now:%Y-%m-%d %H:%M %Z}",
    )


@cache
def _template() -> Template:
    text = (resources.files("morrow.checks") / "page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def _headline(verdict: Verdict, rows: int, noun: str) -> tuple[str, str]:
    if verdict.stops:
        return "The night is stopped", "bad"
    if rows:
        does = "held" if noun == "symbol" else "refused"
        return f"{_count(rows, noun)} {'is' if rows == 1 else 'are'} {does}; the others go on", "bad"
    if verdict.warnings:
        return f"Passed with {_count(len(verdict.warnings), 'warning')}", "care"
    return "Passed", "good"


def _sort_key(outcome: Outcome) -> tuple[int, int]:
    order = (STOP_NIGHT, HOLD_SYMBOL, REJECT_ROW, WARN)
    return order.index(outcome.action), -(outcome.failed + outcome.held_rows)


def _fields(outcome: Outcome) -> Mapping[str, Any]:
    return {
        "rule": outcome.rule,
        "description": outcome.description,
        "notes": outcome.notes,
        "severity": outcome.severity,
        "does": ACTION_TEXTS[outcome.action],
        "judged": f"{outcome.evaluated:,}",
    }


def _failed_fields(outcome: Outcome, subject: Subject) -> Mapping[str, Any]:
    whole = all(each.row is None for each in outcome.examples)
    counts = f"{outcome.failed:,} of {_count(outcome.evaluated, NOUNS.get(subject.gate, 'row'))}"
    if outcome.held_rows:
        counts += f", and {_count(outcome.held_rows, 'later row')} held with them"
    examples = len(outcome.examples)
    return {
        **_fields(outcome),
        "tone": "care" if outcome.action == WARN else "bad",
        "counts": "The table as a whole." if whole else f"{counts}.",
        "shown": "All of them" if examples == outcome.failed else f"The first {examples}",
        "rows": () if whole else [each._asdict() | {"id": _id(subject, each)} for each in outcome.examples],
        "lines": [each.reason for each in outcome.examples] if whole else (),
    }


def _commands(subject: Subject, refusing: Sequence[Outcome]) -> Sequence[tuple[str, str]]:
    where = f"--universe {quote(subject.universe)}"
    names = [_id(subject, each) for one in refusing for each in one.examples]
    commands = [("See all that wait:", f"morrow quarantine list {where}")]
    name = next(filter(None, names), "")
    if name:
        commands += [
            ("Look at one, with its neighbours:", f"morrow quarantine show {name} {where}"),
            (
                "Store it, because it is true:",
                f'morrow quarantine accept {name} {where} --reason "checked against the exchange"',
            ),
            ("Keep it out, because it is false:", f"morrow quarantine drop {name} {where}"),
        ]
    return commands


def _id(subject: Subject, example: Example) -> str:
    return "" if example.row is None else subject.ids.get(example.row, "")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
