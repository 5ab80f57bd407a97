"""The commands that take steps of the night, without Prefect."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.complaints import warning
from morrow.cli.universes import Found, answer, every
from morrow.frames import QUARANTINE
from morrow.steps import STEPS, Night, play, refuse_early, report, summary
from morrow.steps.intake import Ingested
from morrow.steps.retrain import Trained


def nightly(*, asked: Asked = ALL) -> int:
    """All steps."""
    return _steps(asked, tuple(step.name for step in STEPS))


def ingest(
    *,
    since: Annotated[
        date | None, Parameter(help="A date, YYYY-MM-DD: fetch from there on, however long it is stored.")
    ] = None,
    asked: Asked = ALL,
) -> int:
    """The first step alone.

    Args:
        since: fetch from there on; None is only what may be new.
        asked: the command's options.
    """
    return _steps(asked, ("ingest",), since=since)


def train(*, asked: Asked = ALL) -> int:
    """Train though it is not due."""
    return _steps(asked, ("plan", "train"), forced=True)


def judge(*, asked: Asked = ALL) -> int:
    """A whole retraining, though it is not due."""
    return _steps(asked, ("plan", "train", "judge", "refit"), forced=True)


def forecast(*, asked: Asked = ALL) -> int:
    """Forecast alone."""
    return _steps(asked, ("plan", "forecast"))


def export(*, asked: Asked = ALL) -> int:
    """Forecast and export."""
    return _steps(asked, ("plan", "forecast", "export"))


def monitor(*, asked: Asked = ALL) -> int:
    """The last step alone."""
    return _steps(asked, ("monitor",))


def _steps(asked: Asked, names: tuple[str, ...], *, forced: bool = False, since: date | None = None) -> int:
    done = every(asked, lambda night: taken_through(replace(night, since=since), names), forced=forced)
    return answer(asked, done, _words)


def taken_through(night: Night, names: Collection[str], warned: set[str] | None = None) -> dict[str, Any]:
    """Take a universe through steps, warn of what a person should know, and report.

    Args:
        night: of one universe.
        names: of the steps.
        warned: what was warned of before, and is not again; tonight's is added.
    """
    refuse_early(night, names)
    results, seconds = play(night, [step for step in STEPS if step.name in names])
    found = report(night, results, seconds)
    warned = set() if warned is None else warned
    for what, line in (*_refused(night, results.get("ingest")), *_warnings(found)):
        if what not in warned:
            warned.add(what)
            warning(f"{night.universe}: {line}")
    trained = results.get("train")
    if isinstance(trained, Trained):
        found["train"] = {"recipes": list(trained.recipes), "failed": dict(trained.failed)}
    return found


def _refused(night: Night, ingested: object) -> Iterator[tuple[str, str]]:
    """A line on the rows that were refused tonight, which names the first."""
    if not isinstance(ingested, Ingested) or not ingested.quarantined:
        return
    rows = night.store().read(QUARANTINE, night.universe, where=[("batch", "=", ingested.batch)])
    rows = rows[rows["first_seen"] == night.now]
    if rows.empty:  # the same rows were refused in an earlier reading of the source
        return
    first = rows.iloc[0]
    number = f"{ingested.quarantined:,} rows are" if ingested.quarantined > 1 else "1 row is"
    whose = "" if pd.isna(first["symbol"]) else f" of {first['symbol']}"
    line = f"{number} refused; the first, row {first['row']}{whose}: {first['reason']}"
    yield ingested.batch, f"{line}; see: morrow quarantine list"


def _warnings(found: Found) -> Iterator[tuple[str, str]]:
    ingested, made = found["ingest"] or {}, found["forecast"] or {}
    yield from ((note, note) for note in ingested.get("notes", ()))
    for one in ingested.get("left_out", ()):
        yield f"left out {one['symbol']}", f"{one['symbol']} is left out: {one['reason']}"
    for one in made.get("fallback", ()):
        why = "" if one["flags"] == one["reason"] else f": {one['reason']}"
        line = f"{one['symbol']} is {one['flags']}{why}: unconditional quantiles, flagged"
        yield f"{one['flags']} {one['symbol']}", line


def _words(found: Sequence[Found]) -> str:
    lines = []
    for each in found:
        if "train" in each:
            one = each["train"]
            lines.append(f"{each['universe']}  trained {', '.join(one['recipes'])}")
            lines += [f"  failed     {name}: {why}" for name, why in one["failed"].items()]
    return "\n".join([*lines, summary(found)])
