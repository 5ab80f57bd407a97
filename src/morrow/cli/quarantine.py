"""``morrow quarantine``: list the rows that the raw gate refused, show one, accept or drop them."""

import getpass
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from cyclopts import Parameter

from morrow.cli.each_universe import Document, Outcome, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import escape_line, format_table
from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.steps import Night
from morrow.steps.intake import refusal_listing, row_decisions
from morrow.steps.intake.refusal_listing import STATES, UNDECIDED, RefusedRow, RowQuery
from morrow.steps.intake.row_decisions import Decision

State = Literal["undecided", "accepted", "dropped", "released", "all"]
LIST_LENGTH, REASON_WIDTH = 50, 90
NEIGHBOURS = 3


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RowFilter:
    """Which refused rows to act on."""

    rule: Annotated[str | None, Parameter(help="Rows that this rule refused.")] = None
    symbol: Annotated[str | None, Parameter(help="Rows of this symbol.")] = None
    session: Annotated[date | None, Parameter(help="Rows of this session, YYYY-MM-DD.")] = None

    def with_ids(self, ids: tuple[str, ...] = (), states: Sequence[str] = STATES) -> RowQuery:
        """Make the query for these rows, by ids and states as well."""
        return RowQuery(ids, self.rule, self.symbol, self.session, tuple(states))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Decider:
    """Who decides, and why."""

    reason: Annotated[str | None, Parameter(help="Why; kept with the decision.")] = None
    by: Annotated[str | None, Parameter(help="Who decides; default: the user of this process.")] = None

    @property
    def name(self) -> str:
        """The name that is kept with the decision."""
        try:
            return self.by or getpass.getuser()
        except (OSError, KeyError, ImportError):  # a container's user often has no name
            raise UserError("the user of this process has no name; say who decides: --by NAME") from None


ANY_ROW, THIS_USER = RowFilter(), Decider()
Id = Annotated[str, Parameter(help="An id of a row, such as 3fa2c1d0:1245; several may follow.")]
Act = Callable[[Night, Sequence[RefusedRow]], Sequence[Decision]]


def list_rows(
    *,
    which: RowFilter = ANY_ROW,
    state: Annotated[State, Parameter(help="What was decided; default: undecided.")] = "undecided",
    options: Options = DEFAULTS,
) -> int:
    """List the refused rows."""
    query = which.with_ids(states=STATES if state == "all" else (state,))
    outcome = run_each(options, lambda night: _describe_rows(refusal_listing.find_rows(night, query), night))
    return print_outcome(
        options, outcome, lambda documents: "\n\n".join(_format_list(each, state) for each in documents)
    )


def show(
    row: Annotated[str, Parameter(name="ID", help="The id of a row, such as 3fa2c1d0:1245.")],
    /,
    *,
    options: Options = DEFAULTS,
) -> int:
    """Show one refused row."""
    query = RowQuery((row,))
    outcome = run_each(
        options, lambda night: _describe_rows(refusal_listing.find_rows(night, query), night, with_bars=True)
    )
    matches = tuple(document for document in outcome.documents if document["rows"])
    if not matches and not outcome.exit_code:
        raise _unknown_ids([row])
    return print_outcome(
        options,
        Outcome(matches, outcome.exit_code),
        lambda documents: "\n\n".join(map(_format_rows, documents)),
    )


def accept(
    *ids: Id, which: RowFilter = ANY_ROW, decider: Decider = THIS_USER, options: Options = DEFAULTS
) -> int:
    """Store refused rows."""

    def act(night: Night, rows: Sequence[RefusedRow]) -> Sequence[Decision]:
        return row_decisions.accept(night, rows, decider.name, decider.reason, which.rule)

    return _decide(options, which.with_ids(ids), act)


def drop(
    *ids: Id, which: RowFilter = ANY_ROW, decider: Decider = THIS_USER, options: Options = DEFAULTS
) -> int:
    """Keep refused rows out."""

    def act(night: Night, rows: Sequence[RefusedRow]) -> Sequence[Decision]:
        return row_decisions.drop(night, rows, decider.name, decider.reason)

    return _decide(options, which.with_ids(ids), act)


def _decide(options: Options, query: RowQuery, act: Act) -> int:
    """Find the rows in all universes first, so that nothing is decided if an id is mistyped."""
    if not query.names_any:
        raise UserError("name rows by their ids, or by --rule, --symbol or --session")
    if not query.ids:
        query = RowQuery((), query.rule, query.symbol, query.session, (UNDECIDED,))
    rows: dict[str, tuple[RefusedRow, ...]] = {}

    def find(night: Night) -> Document:
        rows[night.universe] = refusal_listing.find_rows(night, query)
        return {}

    search = run_each(options, find)
    if search.exit_code:
        return search.exit_code
    all_rows = [row for own in rows.values() for row in own]
    if unknown := refusal_listing.missing(query.ids, all_rows):
        raise _unknown_ids(unknown)
    if not all_rows:
        raise UserError("no undecided row matches; see: morrow quarantine list")

    def decide(night: Night) -> Document:
        universe_rows = rows[night.universe]
        outcomes = act(night, universe_rows) if universe_rows else ()
        return {"universe": night.universe, "decisions": [vars(each) for each in outcomes]}

    return print_outcome(options, run_each(options, decide), _format_decisions)


def _unknown_ids(ids: Sequence[str]) -> UserError:
    return UserError(f"no refused row has the id {', '.join(ids)}; see: morrow quarantine list --state all")


def _describe_rows(rows: Sequence[RefusedRow], night: Night, *, with_bars: bool = False) -> dict[str, Any]:
    """The rows as JSON has them; with the stored bars around each if asked for."""
    documents = [
        {
            **vars(row),
            "rules": [{"rule": rule, "reason": reason} for rule, reason in row.rules],
            "received": json.loads(row.received),
            **({"around": _read_neighbours(night, row)} if with_bars else {}),
        }
        for row in rows
    ]
    return {"universe": night.universe, "rows": documents}


def _read_neighbours(night: Night, row: RefusedRow) -> list[dict[str, Any]]:
    """The stored bars nearest to a row, that of its own session among them."""
    if row.symbol is None or row.session is None:
        return []
    names = ["session", *PRICE_FIELDS]
    bars = night.store.read(PRICES, night.universe, columns=names, where=[("symbol", "=", row.symbol)])
    day = pd.Timestamp(row.session)
    own = bars[bars["session"] == day]
    near = [bars[bars["session"] < day].tail(NEIGHBOURS), own, bars[bars["session"] > day].head(NEIGHBOURS)]
    return [
        {str(name): value for name, value in each.items()} | {"session": each["session"].date()}
        for each in pd.concat(near).to_dict("records")
    ]


def _format_list(document: Document, state: str) -> str:
    rows = document["rows"]
    kind = "refused" if state == "all" else state
    head = f"{document['universe']}  {len(rows):,} {kind} {'row' if len(rows) == 1 else 'rows'}"
    if not rows:
        return head
    lines = format_table(
        ["id", "symbol", "session", "state", "refused by"],
        [
            [row["id"], row["symbol"] or "-", str(row["session"] or "-"), row["state"], _format_rules(row)]
            for row in rows[:LIST_LENGTH]
        ],
        left=5,
    )
    if len(rows) > LIST_LENGTH:
        more = len(rows) - LIST_LENGTH
        lines.append(f"  and {more:,} more; narrow with --rule, --symbol or --session, or take --json")
    return "\n".join([head, *lines])


def _format_rules(row: Document) -> str:
    text = escape_line("; ".join(f"{each['rule']}: {each['reason']}" for each in row["rules"]))
    return text if len(text) <= REASON_WIDTH else f"{text[:REASON_WIDTH]}..."


def _format_rows(document: Document) -> str:
    return "\n\n".join(_format_row(document["universe"], row) for row in document["rows"])


def _format_row(universe: str, row: Document) -> str:
    symbol, session = escape_line(row["symbol"] or "no symbol"), row["session"] or "no session"
    lines = [f"{row['id']}  {universe}  {symbol}  {session}"]
    lines += [f"  rule       {each['rule']}: {escape_line(each['reason'])}" for each in row["rules"]]
    lines.append(f"  received   {json.dumps(row['received'], ensure_ascii=False)}")
    lines.append(f"  first seen {row['first_seen']:%Y-%m-%d %H:%M} UTC, batch {row['batch'][:16]}")
    lines.append(f"  state      {_format_state(row)}")
    if row["bar"]:
        bars = [
            [str(bar["session"]), *map(_format_cell, map(bar.get, PRICE_FIELDS))] for bar in row["around"]
        ]
        own = [f"{row['session']} *", *(_format_cell(row["bar"][name]) for name in PRICE_FIELDS)]
        bars = sorted([*bars, own])
        lines += ["  the row (*) among the stored bars", *format_table(["session", *PRICE_FIELDS], bars)]
    if row["state"] == UNDECIDED:
        lines.append(f"Next: morrow quarantine accept {row['id']} --universe {universe}, or drop it")
    return "\n".join(lines)


def _format_state(row: Document) -> str:
    if not row["decided_at"]:
        return str(row["state"])
    why = f": {escape_line(row['decision_reason'])}" if row["decision_reason"] else ""
    return f"{row['state']} by {row['decided_by']} at {row['decided_at']:%Y-%m-%d %H:%M} UTC{why}"


def _format_cell(value: float | str | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return "-"
    return value if isinstance(value, str) else f"{value:.10g}"


def _format_decisions(documents: Sequence[Document]) -> str:
    return "\n".join(
        f"{decision['id']}  {escape_line(decision['outcome'])}"
        for document in documents
        for decision in document["decisions"]
    )
