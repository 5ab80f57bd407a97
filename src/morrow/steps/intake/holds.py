"""Holds: what is refused of a symbol and why, with the command that ends it, for as long as it lasts."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from morrow.frames import PRICES, QUARANTINE
from morrow.steps.context import Night
from morrow.steps.intake.level_changes import HELD_SINCE, MOVE, is_hold
from morrow.store.actions import describe_split

NO_BAR, HELD = "no bar at the cutoff", "held since"
_SPLIT = re.compile(r"split of ([0-9.e-]+) shares")


@dataclass(frozen=True)
class Hold:
    """A symbol whose rows wait from a session on.

    Attributes:
        symbol: its name.
        rule: that refused the first of them.
        since: their first session.
        rows: how many wait.
        reason: why the first was refused.
        command: that ends the hold; ``|`` separates its choices.
    """

    symbol: str
    rule: str
    since: date
    rows: int
    reason: str
    command: str


def find_holds(night: Night) -> tuple[Hold, ...]:
    """Find the symbols of a universe that are held, or whose newest bars are refused, as long as it lasts.

    Rows whose session is stored by now, because the source was corrected, count no longer.

    Raises:
        StoreError: a table cannot be read.
    """
    table = night.store.read(
        QUARANTINE, night.universe, columns=["symbol", "session", "rule", "reason", "decision"]
    )
    table = table[table["decision"].isna() & table["symbol"].notna() & table["session"].notna()]
    if night.as_of is not None:
        table = table[table["session"] <= pd.Timestamp(night.as_of)]
    if table.empty:
        return ()
    names = tuple(sorted(table["symbol"].unique()))
    stored = night.store.read(
        PRICES, night.universe, columns=["symbol", "session"], where=[("symbol", "in", names)]
    )
    key = ["symbol", "session"]
    waiting = table[~pd.MultiIndex.from_frame(table[key]).isin(pd.MultiIndex.from_frame(stored[key]))]
    last = stored.groupby("symbol")["session"].max()
    holds = (_sum_up(str(symbol), rows, last.get(symbol)) for symbol, rows in waiting.groupby("symbol"))
    return tuple(hold for hold in holds if hold is not None)


def word_reason(symbol: str, reason: str, holds: Sequence[Hold]) -> str:
    """Why a symbol has no usual forecast: where it has no bar at the cutoff because it is held, say so."""
    for hold in holds:
        if hold.symbol == symbol and reason.startswith(NO_BAR):
            return reason.replace(NO_BAR, f"{HELD} {hold.since} by the rule {hold.rule}", 1)
    return reason


def _sum_up(symbol: str, rows: pd.DataFrame, last: pd.Timestamp | None) -> Hold | None:
    lasting = [is_hold(rule, reason) for rule, reason in zip(rows["rule"], rows["reason"], strict=True)]
    held = rows[lasting]
    if held.empty:
        held = rows if last is None else rows[rows["session"] > last]
    if held.empty:
        return None
    held = held.sort_values("session", kind="stable")
    starts = held[~held["reason"].str.contains(HELD_SINCE, regex=False)]
    first = (held if starts.empty else starts).iloc[0]
    rule, reason, since = str(first["rule"]), str(first["reason"]), first["session"].date()
    command = f"morrow quarantine accept --symbol {shlex.quote(symbol)}"
    split = _SPLIT.search(reason)
    if not is_hold(rule, reason):
        command += f" --session {since}"
    elif split:
        command += f" --as {describe_split(float(split[1]))} | {MOVE}"
    else:
        command += " --as spin-off | new-level | split N:M | move"
    return Hold(symbol, rule, since, held["session"].nunique(), reason, command)
