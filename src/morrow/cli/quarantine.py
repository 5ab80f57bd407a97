"""``morrow quarantine``: list the rows that the raw gate refused, show one, accept or drop them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from cyclopts import Parameter

from morrow.cli.each_universe import Document, Outcome, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import escape_line
from morrow.cli.refused_rows import format_list, format_rows, sum_up_rows
from morrow.cli.user import name_user
from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.steps import Night
from morrow.steps.intake import refusal_listing, row_decisions
from morrow.steps.intake.refusal_listing import STATES, UNDECIDED, RefusedRow, RowQuery
from morrow.steps.intake.row_decisions import Decision
from morrow.steps.intake.step_readings import Reading, accept_all_as, accept_as, parse_reading

State = Literal["undecided", "accepted", "dropped", "released", "all"]
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
        return self.by or name_user()


AS = "What the step at a symbol's hold is: split N:M, spin-off, new-level or move (a true return)."
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
        options, outcome, lambda documents: "\n\n".join(format_list(each, state) for each in documents)
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
        raise _unknown_ids(options, [row])
    return print_outcome(
        options,
        Outcome(matches, outcome.exit_code),
        lambda documents: "\n\n".join(map(format_rows, documents)),
    )


def accept(
    *ids: Id,
    which: RowFilter = ANY_ROW,
    reading: Annotated[tuple[str, ...], Parameter(name="--as", consume_multiple=True, help=AS)] = (),
    decider: Decider = THIS_USER,
    options: Options = DEFAULTS,
) -> int:
    """Store refused rows, or say what the step is at which a symbol is held."""
    if reading:
        return _accept_as(options, ids, which, parse_reading(reading), decider)

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


def _accept_as(
    options: Options, ids: tuple[str, ...], which: RowFilter, reading: Reading, decider: Decider
) -> int:
    """Read the step of a symbol in every universe that has the symbol, or those of all that a rule holds."""
    if ids or (which.symbol is None) == (which.rule is None) or (which.rule and which.session):
        raise UserError(
            "with --as, name one symbol by --symbol, and its step by --session if it is not held; "
            "or all symbols that a rule holds by --rule"
        )

    def read_steps(night: Night) -> Document:
        if which.rule:
            outcomes = accept_all_as(night, which.rule, reading, decider.name, decider.reason)
        elif which.symbol and _has_bars(night, which.symbol):
            outcomes = accept_as(night, which.symbol, which.session, reading, decider.name, decider.reason)
        else:
            outcomes = ()
        return {"universe": night.universe, "decisions": [vars(each) for each in outcomes]}

    outcome = run_each(options, read_steps)
    if not outcome.exit_code and not any(document["decisions"] for document in outcome.documents):
        if which.rule:
            see = options.command_line("status")
            raise UserError(f'no symbol is held by the rule "{which.rule}"; see: {see}')
        see = options.command_line("symbols list")
        raise UserError(f'no universe has a bar of "{which.symbol}"; see: {see}')
    return print_outcome(options, outcome, _format_decisions)


def _has_bars(night: Night, symbol: str) -> bool:
    return bool(
        len(night.store.read(PRICES, night.universe, columns=["session"], where=[("symbol", "=", symbol)]))
    )


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
        raise _unknown_ids(options, unknown)
    if not all_rows:
        raise UserError(f"no undecided row matches; see: {options.command_line('quarantine list')}")

    def decide(night: Night) -> Document:
        universe_rows = rows[night.universe]
        outcomes = act(night, universe_rows) if universe_rows else ()
        return {"universe": night.universe, "decisions": [vars(each) for each in outcomes]}

    return print_outcome(options, run_each(options, decide), _format_decisions)


def _unknown_ids(options: Options, ids: Sequence[str]) -> UserError:
    see = options.command_line("quarantine list --state all")
    return UserError(f"no refused row has the id {', '.join(ids)}; see: {see}")


def _describe_rows(rows: Sequence[RefusedRow], night: Night, *, with_bars: bool = False) -> dict[str, Any]:
    """The rows as JSON has them; with the stored bars around each if asked for."""
    documents = [
        {
            **vars(row),
            "rules": [{"rule": rule, "reason": reason} for rule, reason in row.rules],
            "received": json.loads(row.received),
            **(_describe_decision(night, row) if with_bars else {}),
        }
        for row in rows
    ]
    return {"universe": night.universe, "summary": sum_up_rows(rows), "rows": documents}


def _describe_decision(night: Night, row: RefusedRow) -> dict[str, Any]:
    """What a person needs to decide on a row: the stored bars around it, and the command that accepts it."""
    command = night.command_line(f"quarantine accept {row.id}")
    return {"around": _read_neighbours(night, row), "accept": command}


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


def _format_decisions(documents: Sequence[Document]) -> str:
    return "\n".join(
        f"{decision['id']}  {escape_line(decision['outcome'])}"
        for document in documents
        for decision in document["decisions"]
    )
