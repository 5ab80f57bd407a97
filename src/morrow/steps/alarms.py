"""Alarms: what keeps a night from being an ordinary one. They head its report, and some fail it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from morrow.errors import NightError
from morrow.frames import QUARANTINE
from morrow.steps.context import Night
from morrow.steps.intake.holds import find_holds
from morrow.steps.intake.level_changes import UNIT_SHIFT
from morrow.steps.results import IngestResult, Results

NAMES_IN_WORDS = 8
OVERWHELMING = 0.5  # share of the received rows whose refusal fails the night, whatever their sessions


@dataclass(frozen=True)
class Alarm:
    """What is wrong, and what to do about it.

    Attributes:
        kind: ``refused``: everything new was refused; ``held``: symbols have no bar at the cutoff because
            the gate refused theirs tonight; ``old``: the newest session is older than is allowed;
            ``target``: a target of exports did not get them; ``board``: the pages were not written.
        message: in one sentence.
        command: that shows or mends it.
        fails: whether the night ends as failed, though all its steps were taken.
    """

    kind: str
    message: str
    command: str
    fails: bool


def find_alarms(night: Night, results: Results) -> tuple[Alarm, ...]:
    """Find what keeps a night from being ordinary, worst first; nothing on a night that read no prices.

    Raises:
        StoreError: a table cannot be read.
    """
    ingested, plan = results.get("ingest"), results.get("plan")
    if (ingested is None and plan is None) or pd.isna(night.newest):
        return ()
    cutoff = pd.Timestamp(plan.cutoff) if plan else night.newest
    refused = _find_waiting_rows(night)
    alarms = [_check_refusals(night, ingested, refused), _check_age(night)]
    if alarms[0] is None:
        alarms.append(_check_held_symbols(night, refused, cutoff))
    alarms += _check_targets(night, results)
    return tuple(alarm for alarm in alarms if alarm is not None)


def raise_failure(document: Mapping[str, Any]) -> None:
    """Fail a finished night whose report holds an alarm that fails it.

    Args:
        document: a report.

    Raises:
        NightError: it does; the message is that of all such alarms.
    """
    if failures := [_word(alarm) for alarm in document["alarms"] if alarm["fails"]]:
        raise NightError("; ".join(failures))


def alarm_lines(document: Mapping[str, Any]) -> list[str]:
    """A line per alarm of a report, to stand above everything else."""
    return [f"{document['universe']}  ALARM: {_word(alarm)}" for alarm in document.get("alarms", ())]


def _word(alarm: Mapping[str, Any]) -> str:
    verb = (
        "with" if alarm["kind"] in ("target", "board") or "quarantine accept" in alarm["command"] else "see"
    )
    return f"{alarm['message']}; {verb}: {alarm['command']}"


def _find_waiting_rows(night: Night) -> pd.DataFrame:
    """Undecided refused rows later than their symbol's last stored bar: symbol, session, rule, first_seen."""
    columns = ["symbol", "session", "rule", "first_seen", "decision"]
    rows = night.store.read(QUARANTINE, night.universe, columns=columns)
    rows = rows[rows["decision"].isna() & rows["symbol"].notna() & rows["session"].notna()]
    if night.as_of is not None:
        rows = rows[rows["session"] <= pd.Timestamp(night.as_of)]
    if not find_holds(night):  # without one there is none under a newer name either, and no market is needed
        return rows[:0].assign(last=rows["session"][:0])
    market = night.market
    rows = rows.assign(symbol=market.members.newest_names(rows["symbol"], rows["session"]))
    lasts = rows["symbol"].map(market.all_bars.groupby("symbol")["session"].max())
    return rows[lasts.isna() | (rows["session"] > lasts)].assign(last=lasts)


def _check_refusals(night: Night, ingested: IngestResult | None, refused: pd.DataFrame) -> Alarm | None:
    if ingested is None or ingested.accepted or ingested.revised:
        return None
    ahead = refused[refused["session"] > night.newest]
    command = night.command_line("quarantine list")
    if len(ahead):
        days, symbols = ahead["session"].nunique(), ahead["symbol"].nunique()
        rules = ", ".join(ahead["rule"].value_counts().index)
        what = f"{symbols} {_plural('symbol', symbols)} on {days} {_plural('session', days)}"
        message = f"every row newer than {night.newest:%Y-%m-%d} was refused: {what}, for {rules}"
        advice, command = _advise(night, set(ahead["rule"])) or ("", command)
        return Alarm("refused", message + advice, command, fails=True)
    if ingested.quarantined > OVERWHELMING * ingested.received:
        message = f"{ingested.quarantined:,} of {ingested.received:,} rows were refused, and none is new"
        return Alarm("refused", message, command, fails=True)
    return None


def _advise(night: Night, rules: set[str]) -> tuple[str, str] | None:
    """What to do where one rule holds all symbols that wait, in words, and the command; None elsewhere."""
    holds = [hold for hold in find_holds(night) if hold.lasting]
    if len(rules) != 1 or {hold.rule for hold in holds} != rules:
        return None
    if holds[0].rule == UNIT_SHIFT:
        words = "; correct the source, or if these prices are right, store them all as a new level"
        return words, night.command_line(f"quarantine accept --rule {shlex.quote(UNIT_SHIFT)} --as new-level")
    words = f"; correct the source, or if these prices are right, end the hold of {holds[0].symbol}"
    if len(holds) > 1:
        words += f" and likewise of {len(holds) - 1} more"
    return words, holds[0].command


def _check_age(night: Night) -> Alarm | None:
    limit = night.options.max_age_days
    age = age_in_days(night)
    if limit is None or age <= limit:
        return None
    message = f"the newest session is {night.newest:%Y-%m-%d}, {age:,} days ago; max_age_days is {limit}"
    return Alarm("old", message, night.command_line("check"), fails=True)


def age_in_days(night: Night) -> int:
    """Days from the newest session to the date that was asked for, else to the date of the clock."""
    today = night.as_of or night.now.date()
    return int((pd.Timestamp(today) - night.newest).days)


def _check_held_symbols(night: Night, refused: pd.DataFrame, cutoff: pd.Timestamp) -> Alarm | None:
    new = refused[(refused["last"] < cutoff) & (refused["first_seen"] == pd.Timestamp(night.now))]
    names = sorted(new["symbol"].unique())
    if not names:
        return None
    have, theirs = ("have", "theirs") if len(names) > 1 else ("has", "its bar")
    rules = ", ".join(new["rule"].value_counts().index)
    message = f"{_list(names)} {have} no bar at the cutoff: the gate refused {theirs} tonight, for {rules}"
    return Alarm("held", message, night.command_line("quarantine list"), fails=False)


def _check_targets(night: Night, results: Results) -> list[Alarm]:
    """An alarm for each target that did not get every export: its readers have to be told."""
    exported = results.get("export")
    return [
        Alarm(
            "target",
            f'target "{one.target}" lacks {len(one.waiting)} {_plural("export", len(one.waiting))} '
            f"({one.fault}); the next run delivers what it lacks, or do it now",
            night.command_line("export"),
            fails=True,
        )
        for one in (exported.targets if exported else ())
        if one.fault
    ]


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _list(names: Sequence[str]) -> str:
    more = len(names) - NAMES_IN_WORDS
    return ", ".join(names[:NAMES_IN_WORDS]) + (f" and {more} more" if more > 0 else "")
