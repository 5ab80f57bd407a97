"""A universe's refused rows for people to review: one entry per row, with its id and all reasons."""

import json
import re
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

import pandas as pd

from morrow.errors import UserError
from morrow.frames import QUARANTINE
from morrow.steps.context import Night

ID_DIGITS = 8
UNDECIDED, ACCEPTED, DROPPED, RELEASED = "undecided", "accepted", "dropped", "released"
STATES = (UNDECIDED, ACCEPTED, DROPPED, RELEASED)
_ID = re.compile(r"([0-9a-f]{1,64}):([0-9]{1,18})", re.IGNORECASE)


@dataclass(frozen=True)
class RefusedRow:
    """A row that a gate refused.

    Attributes:
        id: the id that a person types.
        batch: full id of its batch.
        row: its position in the batch.
        universe: its universe.
        symbol: its symbol, None if unreadable.
        session: its session, None if unreadable.
        rules: each rule that refused it, with the reason.
        received: the row as received, JSON.
        bar: the values that would be stored, by name; None if they were not kept.
        first_seen: wall clock.
        state: undecided, accepted, dropped or released.
        decided_by: who decided.
        decided_at: wall clock.
        decision_reason: the reason given with the decision.
    """

    id: str
    batch: str
    row: int
    universe: str
    symbol: str | None
    session: date | None
    rules: tuple[tuple[str, str], ...]
    received: str
    bar: dict[str, Any] | None
    first_seen: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


@dataclass(frozen=True)
class RowQuery:
    """A query for refused rows: rows with these ids (all rows if empty) that meet the other conditions."""

    ids: tuple[str, ...] = ()
    rule: str | None = None
    symbol: str | None = None
    session: date | None = None
    states: Collection[str] = STATES

    @property
    def names_any(self) -> bool:
        """Whether the query has any condition other than the state."""
        return bool(self.ids) or any((self.rule, self.symbol, self.session))


def row_id(batch: str, row: int) -> str:
    """Format the id of a refused row: the first characters of its batch id, and its position.

    >>> row_id("3fa2c1d0e5", 1245)
    '3fa2c1d0:1245'
    """
    return f"{batch[:ID_DIGITS]}:{row}"


def find_rows(night: Night, wanted: RowQuery) -> tuple[RefusedRow, ...]:
    """Find the refused rows that match a query, newest batch first, then by position.

    Raises:
        UserError: an id is malformed, or two batches begin with it.
        StoreError: the table cannot be read.
    """
    heads = [_parse_id(each) for each in wanted.ids]
    table = night.store.read(QUARANTINE, night.universe)
    if night.as_of is not None:
        table = table[~(table["session"] > pd.Timestamp(night.as_of))]
    if heads:
        named = [(table["row"] == row) & table["batch"].str.startswith(head) for head, row in heads]
        table = table[pd.concat(named, axis=1).any(axis=1)]
    if wanted.symbol is not None:
        table = table[(table["symbol"] == wanted.symbol).fillna(False)]
    if wanted.session is not None:
        table = table[table["session"] == pd.Timestamp(wanted.session)]
    if wanted.rule is not None:
        of_rule = pd.MultiIndex.from_frame(table.loc[table["rule"] == wanted.rule, ["batch", "row"]])
        table = table[pd.MultiIndex.from_frame(table[["batch", "row"]]).isin(of_rule)]
    records = table.sort_values(["batch", "row", "rule"]).to_dict("records")
    matches = [
        merge_records(list(rows))
        for _, rows in groupby(records, key=lambda each: (each["batch"], each["row"]))
    ]
    chosen = [each for each in matches if each.state in wanted.states]
    _refuse_ambiguous(heads, chosen)
    return tuple(sorted(chosen, key=lambda one: (-one.first_seen.timestamp(), one.batch, one.row)))


def missing(ids: Iterable[str], rows: Sequence[RefusedRow]) -> list[str]:
    """The ids that match none of the rows."""
    heads = {each: _parse_id(each) for each in ids}
    return [
        each
        for each, (head, row) in heads.items()
        if not any(one.batch.startswith(head) and one.row == row for one in rows)
    ]


def _parse_id(text: str) -> tuple[str, int]:
    match = _ID.fullmatch(text.strip())
    if match is None:
        raise UserError(
            f'"{text}" is not an id of a refused row; an id is written like 3fa2c1d0:1245, '
            "which the list of refused rows shows"
        )
    return match[1].lower(), int(match[2])


def _refuse_ambiguous(heads: Sequence[tuple[str, int]], rows: Sequence[RefusedRow]) -> None:
    for head, row in heads:
        batches = sorted({one.batch for one in rows if one.batch.startswith(head) and one.row == row})
        if len(batches) > 1:
            raise UserError(
                f'id "{head}:{row}" fits several rows; write more of the batch: '
                + ", ".join(f"{batch[:16]}:{row}" for batch in batches)
            )


def merge_records(rows: Sequence[Mapping[Hashable, Any]]) -> RefusedRow:
    """Merge the records of one row, one record per rule."""
    first = rows[0]
    decided = [each for each in rows if not pd.isna(each["decision"])]
    states = {each["decision"] for each in decided}
    state = next((each for each in (ACCEPTED, DROPPED) if each in states), UNDECIDED)
    if state == UNDECIDED and len(decided) == len(rows):
        state = RELEASED
    mark = next((each for each in decided if each["decision"] == state), dict.fromkeys(first))
    return RefusedRow(
        id=row_id(first["batch"], first["row"]),
        batch=first["batch"],
        row=first["row"],
        universe=first["universe"],
        symbol=_text_or_none(first["symbol"]),
        session=None if pd.isna(first["session"]) else first["session"].date(),
        rules=tuple((each["rule"], each["reason"]) for each in rows),
        received=first["received"],
        bar=None if pd.isna(first["bar"]) else json.loads(first["bar"]),
        first_seen=first["first_seen"].to_pydatetime(),
        state=state,
        decided_by=_text_or_none(mark["decided_by"]),
        decided_at=None if pd.isna(mark["decided_at"]) else mark["decided_at"].to_pydatetime(),
        decision_reason=_text_or_none(mark["decision_reason"]),
    )


def _text_or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
