"""Holds and refused newest bars: which symbols wait, why, and the command that ends it, while it lasts."""

import shlex
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from morrow.frames import PRICE_FIELDS, PRICES, QUARANTINE
from morrow.steps.context import Night
from morrow.steps.intake.accepted_bars import find_fault
from morrow.steps.intake.level_changes import HELD_SINCE, is_hold
from morrow.steps.intake.likely_readings import Suggestion, suggest_reading
from morrow.steps.intake.refusal_listing import RefusedRow, merge_records

NO_BAR, HELD, REFUSED = "no bar at the cutoff", "held since", "refused from"
_KEY = ["batch", "row"]
_MOST_IDS = 5  # in a command
_RIVALS, _COPIES, _JUMP = "conflicting duplicate", "duplicated session", "jump"


@dataclass(frozen=True)
class Hold:
    """A symbol whose newest rows wait: none of its stored bars is later.

    Attributes:
        symbol: its name.
        rule: that refused the first of them.
        since: their first session.
        rows: how many wait.
        reason: why the first was refused.
        lasting: whether rows wait because an earlier one does; if not, the next good bar ends it.
        purpose: what the command does, in the imperative.
        command: a line to run.
        advice: what else can be done.
    """

    symbol: str
    rule: str
    since: date
    rows: int
    reason: str
    lasting: bool
    purpose: str
    command: str
    advice: str


def find_holds(night: Night) -> tuple[Hold, ...]:
    """Find the symbols of a universe whose newest rows are held or refused, as long as it lasts.

    Rows before a stored bar of their symbol are none: what refused them is over. The tables are read once a
    night, as long as the night does not change them.

    Raises:
        StoreError: a table cannot be read.
    """
    return night.find_once("holds", lambda: _read_holds(night))


def _read_holds(night: Night) -> tuple[Hold, ...]:
    narrow = night.store.read(QUARANTINE, night.universe, columns=["symbol", "session", "decision"])
    narrow = narrow[narrow["decision"].isna() & narrow["symbol"].notna() & narrow["session"].notna()]
    lasts = _read_last_bars(night, sorted(narrow["symbol"].unique())) if len(narrow) else pd.DataFrame()
    names = _select_newest(night, narrow, lasts)["symbol"].unique().tolist()
    if not names:
        return ()
    table = night.store.read(QUARANTINE, night.universe, where=[("symbol", "in", tuple(sorted(names)))])
    waiting = _select_newest(night, table[table["decision"].isna() & table["session"].notna()], lasts)
    bars = {str(symbol): bar for symbol, bar in lasts.to_dict("index").items()}
    return tuple(
        _sum_up(night, str(symbol), rows, bars.get(str(symbol))) for symbol, rows in waiting.groupby("symbol")
    )


def word_reason(symbol: str, reason: str, holds: Sequence[Hold]) -> str:
    """Why a symbol has no usual forecast: where it has no bar at the cutoff because it waits, say so."""
    for hold in holds:
        if hold.symbol == symbol and reason.startswith(NO_BAR):
            state = HELD if hold.lasting else REFUSED
            return reason.replace(NO_BAR, f"{state} {hold.since} by the rule {hold.rule}", 1)
    return reason


def describe_holds(night: Night, holds: Sequence[Hold]) -> dict[str, Any]:
    """The symbols that are held, and those whose newest bars are refused without holding any, as JSON.

    With them stands the command that lists all refused rows.
    """
    documents = [vars(hold) | {"since": str(hold.since)} for hold in holds]
    return {
        "holds": [each for each in documents if each["lasting"]],
        "newest_refused": [each for each in documents if not each["lasting"]],
        "list_refused": night.command_line("quarantine list"),
    }


def _read_last_bars(night: Night, names: Sequence[str]) -> pd.DataFrame:
    """The last stored bar of each symbol that has one, by symbol."""
    columns = ["symbol", "session", *PRICE_FIELDS]
    stored = night.store.read(PRICES, night.universe, columns=columns, where=[("symbol", "in", tuple(names))])
    if night.as_of is not None:
        stored = stored[stored["session"] <= pd.Timestamp(night.as_of)]
    return stored.sort_values("session").groupby("symbol").tail(1).set_index("symbol")


def _select_newest(night: Night, rows: pd.DataFrame, lasts: pd.DataFrame) -> pd.DataFrame:
    """The rows that are later than their symbol's last stored bar."""
    if rows.empty:
        return rows
    if night.as_of is not None:
        rows = rows[rows["session"] <= pd.Timestamp(night.as_of)]
    last = pd.to_datetime(rows["symbol"].map(lasts["session"]))
    return rows[last.isna() | (rows["session"] > last)]


def _sum_up(night: Night, symbol: str, rows: pd.DataFrame, last: Mapping[Hashable, Any] | None) -> Hold:
    lasting = [is_hold(rule, reason) for rule, reason in zip(rows["rule"], rows["reason"], strict=True)]
    waiting = (rows[lasting] if any(lasting) else rows).sort_values("session", kind="stable")
    starts = waiting[~waiting["reason"].str.contains(HELD_SINCE, regex=False)]
    first = (waiting if starts.empty else starts).iloc[0]
    rule, reason, since = str(first["rule"]), str(first["reason"]), first["session"].date()
    keys = waiting.loc[waiting["rule"] == rule, _KEY].drop_duplicates()
    refused = [_merge(rows, key) for key in keys.head(_MOST_IDS + 1).itertuples(index=False, name=None)]
    if any(lasting):
        suggestion = suggest_reading(rule, reason, _find_bar(refused, since), last)
        command = f"quarantine accept --symbol {shlex.quote(symbol)} --as {suggestion.reading}"
        purpose, advice = "end it with", suggestion.advice
    else:
        suggestion = suggest_reading(rule, reason, refused[0].bar, last)
        purpose, command, advice = _suggest_decision(night, rule, refused, suggestion)
    command = night.command_line(command)
    rows_waiting = waiting["session"].nunique() if any(lasting) else len(waiting[_KEY].drop_duplicates())
    return Hold(symbol, rule, since, rows_waiting, reason, any(lasting), purpose, command, advice)


def _merge(rows: pd.DataFrame, key: tuple[str, int]) -> RefusedRow:
    """One refused row, of all rules that refused it."""
    same = (rows["batch"] == key[0]) & (rows["row"] == key[1])
    return merge_records(rows[same].to_dict("records"))


def _find_bar(refused: Sequence[RefusedRow], session: date) -> dict[str, float | str | None] | None:
    return next((row.bar for row in refused if row.session == session), None)


def _suggest_decision(
    night: Night, rule: str, refused: Sequence[RefusedRow], suggestion: Suggestion
) -> tuple[str, str, str]:
    """What can be done about refused newest rows that hold nothing: purpose, command and advice."""
    symbol, first = shlex.quote(str(refused[0].symbol)), refused[0]
    ids = " ".join(row.id for row in refused)
    if len(refused) > _MOST_IDS or rule == _RIVALS or (rule == _COPIES and len(refused) > 1):
        listing = f"quarantine list --symbol {symbol} --rule {shlex.quote(rule)}"
        return "see them with", listing, "accept the true one by its id, or correct the source"
    if any(find_fault(row, night) for row in refused):
        return "discard it with", f"quarantine drop {ids}", "better, correct the source"
    if rule == _COPIES:
        return "discard it with", f"quarantine drop {ids}", f"if it is no copy, accept {ids}"
    if rule == _JUMP:
        command = f"quarantine accept --symbol {symbol} --session {first.session}"
        purpose = "the next bar will show whether the price is right; to store it now"
        return purpose, f"{command} --as {suggestion.reading}", suggestion.advice
    return "if it is right, store it with", f"quarantine accept {ids}", f"if it is false, drop {ids}"
