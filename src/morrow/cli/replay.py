"""The command that plays the nights of past sessions, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter, validators

from morrow import sessions, sources
from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.night import play_steps
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import format_number, print_text, print_warning
from morrow.errors import HistoryError
from morrow.frames import SCORES, forecasts_schema
from morrow.sources.carried_rows import without_carried
from morrow.steps import STEPS, Night
from morrow.steps.deliver.board import write_board
from morrow.steps.night_reports import keep_report


def replay(
    *,
    last: Annotated[
        int,
        Parameter(
            help="How many sessions of each universe; default: 10.", validator=validators.Number(gte=1)
        ),
    ] = 10,
    options: Options = DEFAULTS,
) -> int:
    """Play the nights of the last sessions (up to --as-of), and sum up their forecasts' scores."""
    outcome = run_each(options, lambda night: _replay_nights(night, last, print_each=not options.json))
    return print_outcome(options, outcome, lambda documents: "\n".join(["", *map(_format_total, documents)]))


def _replay_nights(night: Night, last: int, *, print_each: bool) -> dict[str, Any]:
    dates = _last_sessions(night, last)
    cutoffs = _forecast_cutoffs(night)
    _refuse_overtaken(dates, cutoffs)
    nights: list[dict[str, Any]] = []

    def tell(event: str, facts: Mapping[str, Any]) -> None:
        if event != "step":  # every night has a line of its own
            night.tell(event, facts)

    warned: set[str] = set()
    for day in dates:
        if cutoffs and day < cutoffs[-1]:
            continue
        one = replace(night, as_of=day, tell=tell)
        document = play_steps(one, [step.name for step in STEPS], warned)
        keep_report(one, document)
        nights.append(_describe_night(document))
        if print_each:
            print_text(_format_night(night.universe, nights[-1]))
    write_board(night)
    skipped = len(dates) - len(nights)
    if skipped:
        print_warning(f"{night.universe}: nights played before, and left as they are: {skipped}")
    return {
        "universe": night.universe,
        "nights": nights,
        "played_before": skipped,
        "total": _sum_up(night, nights),
    }


def _last_sessions(night: Night, last: int) -> list[date]:
    """The source's newest sessions that its calendar has, up to the night's ``as_of``."""
    batch = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw_replies)
    rows = without_carried(batch)[0].rows
    days = pd.DatetimeIndex(rows.loc[rows["close"].notna(), "session"].dropna().unique()).sort_values()
    calendar = sessions.sessions(night.options.trading_calendar, days[0], days[-1], days)
    dates: list[date] = [day.date() for day in days[days.isin(calendar)][-last:]]
    if len(dates) < last:
        raise HistoryError(
            f"{last} nights are asked for, but the source has {len(dates)} sessions; lower --last"
        )
    return dates


def _forecast_cutoffs(night: Night) -> list[date]:
    schema = forecasts_schema(night.config.forecast.levels)
    cutoffs = night.store.read(schema, night.universe, columns=["cutoff"])["cutoff"]
    return sorted(day.date() for day in cutoffs.unique())


def _refuse_overtaken(dates: Sequence[date], cutoffs: Sequence[date]) -> None:
    """Refuse to run a night after a later one: the champion has already seen later sessions."""
    gaps = [day for day in dates if cutoffs and day < cutoffs[-1] and day not in cutoffs]
    if gaps:
        raise HistoryError(
            f"the night of {gaps[0]} can no longer be played, because that of {cutoffs[-1]} is on record; "
            "replay in a folder of its own: morrow init DIR, then morrow replay --config DIR/morrow.toml"
        )


def _describe_night(document: Document) -> dict[str, Any]:
    retrained = document["retrained"]
    return {
        "cutoff": document["cutoff"],
        "retrained": retrained["due"],
        "promoted": bool(retrained["due"] and document["verdict"]["promoted"]),
        "champion": document["champion"],
        "model": document["forecast"]["model"],
        "version": document["forecast"]["version"],
        "export": document["export"],
        "matured": document["scores"]["matured"],
        "seconds": document["seconds"]["total"],
    }


def _sum_up(night: Night, nights: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of these nights, and the means of all scores on record."""
    scores = night.store.read(SCORES, night.universe)
    measures = {"pinball": "pinball", "coverage_80": "in_80", "coverage_95": "in_95"}
    return {
        "retrainings": sum(each["retrained"] for each in nights),
        "exports": len({each["export"]["path"] for each in nights}),
        "scored": len(scores),
        **{
            name: float(scores[column].dropna().astype(float).mean())
            if scores[column].notna().any()
            else None
            for name, column in measures.items()
        },
        "seconds": sum(each["seconds"] for each in nights),
    }


def _format_night(universe: str, night: Mapping[str, Any]) -> str:
    export = night["export"]
    kind = "retrained" if night["retrained"] else "not due"
    return (
        f"{universe}  {night['cutoff']}  {kind:<9}  {night['model']} v{night['version']}  "
        f"{export['path']} ({export['rows']} rows)  {night['matured']} scored  {night['seconds']:.1f} s"
    )


def _format_total(document: Document) -> str:
    total = document["total"]
    narrow, wide = (format_number(total[name], 1, 100, " %") for name in ("coverage_80", "coverage_95"))
    return (
        f"{document['universe']}  retrainings {total['retrainings']}, exports {total['exports']}, "
        f"scored forecasts {total['scored']:,}: pinball {format_number(total['pinball'], 3, 1e4)} bp, "
        f"inside 80 %: {narrow}, inside 95 %: {wide}; {total['seconds']:.0f} s"
    )
