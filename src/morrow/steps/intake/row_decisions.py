"""Decisions on refused rows: what is stored of each row, and how a person's decision is carried out."""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import sources
from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES, QUARANTINE
from morrow.steps.context import Night
from morrow.steps.intake.accepted_bars import find_fault, to_rows
from morrow.steps.intake.refusal_listing import ACCEPTED, DROPPED, RELEASED, RefusedRow, row_id
from morrow.store.actions import Action

_CONTEXT = pd.Timedelta(days=400)


@dataclass(frozen=True)
class Decision:
    """The effect of a decision on one row: its id, and a sentence."""

    id: str
    outcome: str


def bars_as_text(rows: pd.DataFrame, source: str) -> "pd.Series[str]":
    """Format the bars that rows would become if accepted, as JSON by row number.

    Args:
        rows: row, the price fields on the basis of the stored bars, and malformed.
        source: kind of their source.

    Returns:
        One object per row: source, malformed (null where all could be read) and every price field (null
        where absent, the text "inf" or "-inf" where it is infinite).
    """
    columns = [rows[name].tolist() for name in PRICE_FIELDS]
    malformed = rows["malformed"].astype(object).where(rows["malformed"].notna(), None).tolist()
    texts = [
        json.dumps(
            {
                "source": source,
                "malformed": fault,
                **dict(zip(PRICE_FIELDS, map(_json_number, values), strict=True)),
            }
        )
        for fault, *values in zip(malformed, *columns, strict=True)
    ]
    return pd.Series(texts, index=rows["row"].to_numpy(), dtype="str")


def row_ids(batch: sources.Batch, rows: Collection[int], seen: pd.DataFrame) -> dict[int, str]:
    """Find the id of each refused row: that of an earlier batch if it was received before.

    Args:
        batch: the reading they are in.
        rows: their positions in it.
        seen: batch, row and received of all that waited before tonight.
    """
    first = seen.drop_duplicates("received")
    waiting = dict(
        zip(first["received"], map(row_id, first["batch"].tolist(), first["row"].tolist()), strict=True)
    )
    texts = sources.show_raw_rows(batch, rows)
    return {row: waiting.get(text, row_id(batch.id, row)) for row, text in zip(rows, texts, strict=True)}


def _json_number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def accept(
    night: Night, chosen: Sequence[RefusedRow], by: str, why: str | None = None, rule: str | None = None
) -> tuple[Decision, ...]:
    """Store refused rows of a universe as their source's path would have, and mark them accepted.

    The rules that refused them are waived, and all others judge them again. Either all are stored, in one
    transaction, or none is. The prices come first and the mark after, so that a run killed in between is
    finished by running it again.

    Args:
        night: of their universe; what is accepted becomes known at its ``as_of``, by default the last
            session.
        chosen: the rows; those that are accepted or released already are left as they are.
        by: who decides.
        why: what is kept with the decision.
        rule: the one rule to waive; None for all that refused the row.

    Raises:
        UserError: a row cannot be stored, another rule refuses it, or two rows are for one bar.
        StoreError: a table cannot be read or written.
    """
    done = [each for each in chosen if each.state in (ACCEPTED, RELEASED)]
    rest = [each for each in chosen if each.state not in (ACCEPTED, RELEASED)]
    decisions = [Decision(each.id, _already(each)) for each in done]
    if rest:
        night.restart()
        for each in rest:
            _refuse_unstorable(each, night)
        _refuse_rivals(rest)
        rows = to_rows(rest)
        _refuse_refused(night, rest, rows, rule)
        _store(night, rest, rows, by)
        _mark(night, rest, ACCEPTED, by, why)
        decisions += [Decision(each.id, f"accepted: {each.symbol} {each.session} is stored") for each in rest]
    return tuple(decisions)


def drop(night: Night, chosen: Sequence[RefusedRow], by: str, why: str | None = None) -> tuple[Decision, ...]:
    """Mark refused rows of a universe as dropped: they stay out on later nights, whatever the gate says.

    Raises:
        UserError: a row is accepted or released, so it is stored already.
        StoreError: the table cannot be read or written.
    """
    for each in chosen:
        if each.state in (ACCEPTED, RELEASED):
            raise UserError(
                f"{each.id} {_already(each)}, and a stored bar is not taken back; correct the source"
            )
    rest = [each for each in chosen if each.state != DROPPED]
    _mark(night, rest, DROPPED, by, why)
    return tuple(
        Decision(each.id, _already(each) if each.state == DROPPED else "dropped: it stays out")
        for each in chosen
    )


def _already(each: RefusedRow) -> str:
    when = f" on {each.decided_at:%Y-%m-%d}" if each.decided_at else ""
    who = f" by {each.decided_by}" if each.decided_by else ""
    return f"was {each.state}{who}{when} already"


def _refuse_unstorable(each: RefusedRow, night: Night) -> None:
    """Refuse a row that no decision can make a bar."""
    if fault := find_fault(each, night):
        raise UserError(
            f"{each.id} cannot be accepted: {fault}; correct it in the source, or drop it; "
            "nothing was accepted"
        )


def _refuse_rivals(chosen: Sequence[RefusedRow]) -> None:
    bars: dict[tuple[str | None, date | None], str] = {}
    for each in chosen:
        rival = bars.setdefault((each.symbol, each.session), each.id)
        if rival != each.id:
            raise UserError(
                f"{rival} and {each.id} are both for {each.symbol} {each.session}; accept the true one alone"
            )


def _refuse_refused(night: Night, chosen: Sequence[RefusedRow], rows: pd.DataFrame, rule: str | None) -> None:
    """Put the rows through the gate again, with the stored bars around them, and waive what is waived."""
    for row, name_of_rule, reason in _judge_again(night, rows).itertuples(index=False):
        each = chosen[row]
        waived = (rule,) if rule else tuple(name for name, _ in each.rules)
        if name_of_rule not in waived:
            raise UserError(
                f'{each.id} cannot be accepted: the rule "{name_of_rule}" refuses it too: {reason}; '
                "nothing was accepted"
            )


def find_passing(
    night: Night, rows: pd.DataFrame, stored: pd.DataFrame, waived: Sequence[Collection[str]]
) -> NDArray[np.bool_]:
    """Whether each of some waiting rows passes the gate beside stored bars: (n,).

    Args:
        night: of their universe.
        rows: n waiting rows as a batch has them, numbered by their position.
        stored: bars of the same symbols, which replace those in the store.
        waived: n collections: the rules that do not count for the row.
    """
    passing = np.ones(len(rows), dtype=bool)
    if len(rows):
        for row, rule, _ in _judge_again(night, rows, stored).itertuples(index=False):
            passing[row] &= rule in waived[row]
    return passing


def _judge_again(night: Night, rows: pd.DataFrame, stored: pd.DataFrame | None = None) -> pd.DataFrame:
    """The refusals of rows by the gate, with the stored bars around them."""
    from morrow.steps.intake.gate import check_rows  # noqa: PLC0415 (Great Expectations: seconds)

    names = ["symbol", "session", *PRICE_FIELDS]
    near = night.store.read(
        PRICES,
        night.universe,
        columns=names,
        where=[
            ("session", ">=", (rows["session"].min() - _CONTEXT).date()),
            ("session", "<=", (rows["session"].max() + _CONTEXT).date()),
        ],
    )
    more = rows if stored is None else pd.concat([rows[names], stored[names]])
    own = pd.MultiIndex.from_frame(more[["symbol", "session"]])
    history = near[~pd.MultiIndex.from_frame(near[["symbol", "session"]]).isin(own)]
    if stored is not None:
        history = pd.concat([history, stored[names]], ignore_index=True)
    batch = sources.Batch("", rows, 0, "quarantine", (), lambda places: [""] * len(places))
    return check_rows(night, batch, rows, history).refusals


def store_reading(night: Night, rows: pd.DataFrame, actions: Sequence[Action], by: str) -> None:
    """Store bars under a reading of the step at which they begin."""
    store = night.store
    newest = store.signature(PRICES, night.universe).newest
    day = night.clock.resolve(newest, *(each.date() for each in rows["session"]))
    store.ingest(
        night.universe,
        rows,
        rows["source"],
        day,
        night.now,
        reason=f"accepted by {by}",
        actions=actions,
    )
    night.forget_market()


def mark_accepted(night: Night, chosen: Sequence[RefusedRow], by: str, why: str) -> None:
    """Mark rows as accepted."""
    _mark(night, chosen, ACCEPTED, by, why)


def _store(night: Night, chosen: Sequence[RefusedRow], rows: pd.DataFrame, by: str) -> None:
    store = night.store
    newest = store.signature(PRICES, night.universe).newest
    day = night.clock.resolve(newest, *(each.session for each in chosen))
    store.ingest(night.universe, rows, rows["source"], day, night.now, reason=f"accepted by {by}")
    night.forget_market()


def _mark(night: Night, chosen: Sequence[RefusedRow], state: str, by: str, why: str | None) -> None:
    if not chosen:
        return
    store = night.store
    table = store.read(QUARANTINE, night.universe)
    wanted = pd.MultiIndex.from_tuples([(each.batch, each.row) for each in chosen])
    rows = table[pd.MultiIndex.from_frame(table[["batch", "row"]]).isin(wanted)]
    decided = rows.assign(decision=state, decided_by=by, decided_at=night.now, decision_reason=why)
    store.upsert(QUARANTINE, decided)
    night.forget_findings()
