"""The commands that run a night without Prefect: all steps, or some."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import print_warning, report_error, worst_exit_code
from morrow.cli.what_if import judge_again
from morrow.config import ZERO_SHOT
from morrow.errors import NightError
from morrow.frames import QUARANTINE
from morrow.steps import STEPS, Night, play, report, summary
from morrow.steps.alarms import raise_failure
from morrow.steps.deliver.board import deliver_board
from morrow.steps.preflight import refuse_early
from morrow.steps.report_text import word_action, word_answer
from morrow.steps.results import IngestResult

RULES_IN_WORDS, SYMBOLS_IN_WORDS = 4, 5


def nightly(*, options: Options = DEFAULTS) -> int:
    """Run all steps, and write the board."""
    return _run_steps(options, tuple(step.name for step in STEPS), with_board=True)


def ingest(
    *,
    since: Annotated[
        date | None, Parameter(help="A date, YYYY-MM-DD: fetch from there on, however long it is stored.")
    ] = None,
    options: Options = DEFAULTS,
) -> int:
    """Run the first step alone."""
    return _run_steps(options, ("ingest",), since=since)


def train(*, options: Options = DEFAULTS) -> int:
    """Train, due or not."""
    return _run_steps(options, ("plan", "train"), forced=True)


def judge(
    *,
    what_if: Annotated[
        tuple[str, ...],
        Parameter(help="A limit of [contest], NAME=VALUE: show what it would have decided; repeatable."),
    ] = (),
    options: Options = DEFAULTS,
) -> int:
    """Run a whole retraining, due or not; with --what-if only judge the last one under other limits."""
    if what_if:
        return judge_again(options, what_if)
    return _run_steps(options, ("plan", "train", "judge", "refit"), forced=True)


def forecast(*, options: Options = DEFAULTS) -> int:
    """Forecast alone."""
    return _run_steps(options, ("plan", "forecast"))


def export(*, options: Options = DEFAULTS) -> int:
    """Forecast and export."""
    return _run_steps(options, ("plan", "forecast", "export"))


def monitor(*, options: Options = DEFAULTS) -> int:
    """Run the last step alone."""
    return _run_steps(options, ("monitor",))


def _run_steps(
    options: Options,
    names: tuple[str, ...],
    *,
    forced: bool = False,
    since: date | None = None,
    with_board: bool = False,
) -> int:
    def run(night: Night) -> dict[str, Any]:
        tonight = replace(night, since=since)
        document = play_steps(tonight, names, set())
        if with_board:
            deliver_board(tonight, document)
        return document

    outcome = run_each(options, run, forced=forced)
    code = print_outcome(options, outcome, _format_reports)
    codes = [code, *(_report_failure(document, options) for document in outcome.documents)]
    return worst_exit_code([each for each in codes if each])


def _report_failure(document: Document, options: Options) -> int:
    """Print the alarms that fail a finished night as an error; returns the exit code."""
    try:
        raise_failure(document)
    except NightError as error:
        return report_error(error, debug=options.debug, universe=document["universe"])
    return 0


def play_steps(night: Night, names: Collection[str], warned: set[str]) -> dict[str, Any]:
    """Run the steps on a universe, print warnings, and report.

    Args:
        night: of one universe.
        names: of the steps.
        warned: the subjects of earlier warnings, which are not repeated; tonight's are added.
    """
    refuse_early(night, names)
    results, seconds = play(night, [step for step in STEPS if step.name in names])
    document = report(night, results, seconds)
    for subject, line in (*_refusal_warnings(night, results.get("ingest")), *_report_warnings(document)):
        if subject not in warned:
            warned.add(subject)
            print_warning(f"{night.universe}: {line}")
    trained = results.get("train")
    if trained is not None:
        document["train"] = {"recipes": list(trained.recipes), "failed": dict(trained.failed)}
    return document


def _refusal_warnings(night: Night, ingested: IngestResult | None) -> Iterator[tuple[str, str]]:
    """A warning of the rows that were refused tonight, by rule and symbol."""
    if ingested is None or not ingested.quarantined:
        return
    rows = night.store.read(QUARANTINE, night.universe, where=[("batch", "=", ingested.batch)])
    rows = rows[rows["first_seen"] == night.now]
    if rows.empty:  # the same rows were refused in an earlier reading of the source
        return
    number = f"{ingested.quarantined:,} rows are" if ingested.quarantined > 1 else "1 row is"
    words = "; ".join(_describe_refusals(rows))
    yield ingested.batch, f"{number} refused: {words}; see: {night.command_line('quarantine list')}"


def _describe_refusals(rows: pd.DataFrame) -> Iterator[str]:
    """The refusals by rule, the commonest first: how many, of which symbols, and the first reason."""
    groups = sorted(rows.groupby("rule"), key=lambda group: -len(group[1]))
    for rule, own in groups[:RULES_IN_WORDS]:
        symbols = own["symbol"].dropna().unique().tolist()
        more = f" and {len(symbols) - SYMBOLS_IN_WORDS} more" if len(symbols) > SYMBOLS_IN_WORDS else ""
        owners = f" of {', '.join(symbols[:SYMBOLS_IN_WORDS])}{more}" if symbols else ""
        first = own.iloc[0]
        yield f"{rule}: {len(own):,}{owners}, the first, row {first['row']}: {first['reason']}"
    if len(groups) > RULES_IN_WORDS:
        yield f"and {len(groups) - RULES_IN_WORDS} more rules"


def _report_warnings(document: Document) -> Iterator[tuple[str, str]]:
    ingested, forecasts = document["ingest"] or {}, document["forecast"] or {}
    for one in (*document.get("holds", ()), *document.get("newest_refused", ())):
        state = "held" if one["lasting"] else "refused, not held,"
        rows = f"{one['rows']:,} {'row waits' if one['rows'] == 1 else 'rows wait'}"
        line = f"{one['symbol']} is {state} since {one['since']} ({one['rule']}), {rows}"
        yield f"{state} {one['symbol']} {one['since']}", f"{line}; {one['purpose']}: {one['command']}"
    for one in ingested.get("inferred", ()):
        line = f"{one['symbol']}: inferred {word_action(one)}; undo: {one['undo']}"
        yield f"inferred {one['symbol']} {one['session']}", line
    yield from ((note, note) for note in ingested.get("notes", ()))
    for one in ingested.get("left_out", ()):
        yield f"left out {one['symbol']}", f"{one['symbol']} is left out: {one['reason']}"
    for one in forecasts.get("fallback", ()):
        why = "" if one["flags"] == "pegged" else f": {one['reason']}"
        if one["flags"] == ZERO_SHOT:  # a line for all of them: nothing is unusual about any
            yield ZERO_SHOT, f"no champion yet{why}: {word_answer(ZERO_SHOT)}"
        else:
            line = f"{one['symbol']} is {one['flags']}{why}: {word_answer(one['flags'])}"
            yield f"{one['flags']} {one['symbol']}", line


def _format_reports(documents: Sequence[Document]) -> str:
    lines = []
    for document in documents:
        if "train" in document:
            train = document["train"]
            lines.append(f"{document['universe']}  trained {', '.join(train['recipes'])}")
            lines += [f"  failed     {name}: {why}" for name, why in train["failed"].items()]
    return "\n".join([*lines, summary(documents)])
