"""Plays the last nights of every universe in order, each with only what was known then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter, validators

from morrow import sessions, sources
from morrow.cli.asked import ALL, Asked
from morrow.cli.complaints import warning
from morrow.cli.night import taken_through
from morrow.cli.output import number, say
from morrow.cli.universes import Found, answer, every
from morrow.errors import HistoryError
from morrow.frames import SCORES, forecasts_schema
from morrow.steps import STEPS, Night

AT_LEAST_ONE = validators.Number(gte=1)


def replay(
    *,
    last: Annotated[int, Parameter(help="How many sessions of each universe.", validator=AT_LEAST_ONE)] = 10,
    asked: Asked = ALL,
) -> int:
    """Play the nights of the last sessions (up to --as-of), and sum up what their forecasts were worth."""
    done = every(asked, lambda night: _played(night, last, aloud=not asked.json))
    return answer(asked, done, lambda found: "\n".join(["", *map(_total_words, found)]))


def _played(night: Night, last: int, *, aloud: bool) -> dict[str, Any]:
    dates = _dates(night, last)
    before = _forecast_before(night)
    _refuse_overtaken(dates, before)
    nights: list[dict[str, Any]] = []

    def tell(event: str, facts: Mapping[str, Any]) -> None:
        if event != "step":  # every night has a line of its own
            night.tell(event, facts)

    warned: set[str] = set()
    for day in dates:
        if before and day < before[-1]:
            continue
        found = taken_through(replace(night, as_of=day, tell=tell), [step.name for step in STEPS], warned)
        nights.append(_night(found))
        if aloud:
            say(_night_words(night.universe, nights[-1]))
    skipped = len(dates) - len(nights)
    if skipped:
        warning(f"{night.universe}: nights played before, and left as they are: {skipped}")
    return {
        "universe": night.universe,
        "nights": nights,
        "played_before": skipped,
        "total": _total(night, nights),
    }


def _dates(night: Night, last: int) -> list[date]:
    """The source's newest sessions that its calendar has, up to the night's ``as_of``."""
    rows = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw()).rows
    days = pd.DatetimeIndex(rows.loc[rows["close"].notna(), "session"].dropna().unique()).sort_values()
    known = sessions.sessions(night.options.calendar, days[0], days[-1], days)
    found: list[date] = [day.date() for day in days[days.isin(known)][-last:]]
    if len(found) < last:
        raise HistoryError(
            f"{last} nights are asked for, but the source has {len(found)} sessions; lower --last"
        )
    return found


def _forecast_before(night: Night) -> list[date]:
    schema = forecasts_schema(night.config.forecast.levels)
    cutoffs = night.store().read(schema, night.universe, columns=["cutoff"])["cutoff"]
    return sorted(day.date() for day in cutoffs.unique())


def _refuse_overtaken(dates: Sequence[date], before: Sequence[date]) -> None:
    """Refuse nights that were not played before a later one was: its champion has seen too much."""
    missed = [day for day in dates if before and day < before[-1] and day not in before]
    if missed:
        raise HistoryError(
            f"the night of {missed[0]} can no longer be played, because that of {before[-1]} is on record; "
            "replay in a folder of its own: morrow init DIR, then morrow replay --config DIR/morrow.toml"
        )


def _night(found: Found) -> dict[str, Any]:
    retrained, champion, verdict = found["retrained"], found["champion"], found["verdict"]
    return {
        "cutoff": found["cutoff"],
        "retrained": retrained["due"],
        "promoted": bool(retrained["due"] and verdict["promoted"]),
        "champion": champion,
        "export": found["export"],
        "matured": found["scores"]["matured"],
        "seconds": found["seconds"]["total"],
    }


def _night_words(universe: str, night: Mapping[str, Any]) -> str:
    champion, export = night["champion"], night["export"]
    kind = "retrained" if night["retrained"] else "not due"
    return (
        f"{universe}  {night['cutoff']}  {kind:<9}  {champion['name']} v{champion['version']}  "
        f"{export['path']} ({export['rows']} rows)  {night['matured']} scored  {night['seconds']:.1f} s"
    )


def _total(night: Night, nights: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of these nights, and the means of all scores on record."""
    scores = night.store().read(SCORES, night.universe)
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


def _total_words(found: Found) -> str:
    total = found["total"]
    narrow, wide = (number(total[name], 1, 100, " %") for name in ("coverage_80", "coverage_95"))
    return (
        f"{found['universe']}  retrainings {total['retrainings']}, exports {total['exports']}, "
        f"scored forecasts {total['scored']:,}: pinball {number(total['pinball'], 3, 1e4)} bp, "
        f"inside 80 %: {narrow}, inside 95 %: {wide}; {total['seconds']:.0f} s"
    )
