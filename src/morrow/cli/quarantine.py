"""The commands on refused rows: list them, show one, and decide to store them or to keep them out."""

import getpass
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.complaints import printable_line
from morrow.cli.output import table
from morrow.cli.universes import Done, Found, answer, every
from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.steps import Night, decisions, waiting
from morrow.steps.decisions import Decision
from morrow.steps.waiting import STATES, UNDECIDED, Refused, Wanted

State = Literal["undecided", "accepted", "dropped", "released", "all"]
SHOWN, REASON_WIDTH = 50, 90
NEIGHBOURS = 3


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which refused rows are meant."""

    rule: Annotated[str | None, Parameter(help="Rows that this rule refused.")] = None
    symbol: Annotated[str | None, Parameter(help="Rows of this symbol.")] = None
    session: Annotated[date | None, Parameter(help="Rows of this session, YYYY-MM-DD.")] = None

    def wanted(self, ids: tuple[str, ...] = (), states: Sequence[str] = STATES) -> Wanted:
        """The same, with ids and states."""
        return Wanted(ids, self.rule, self.symbol, self.session, tuple(states))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Said:
    """Who decides, and why."""

    reason: Annotated[str | None, Parameter(help="Why; kept with the decision.")] = None
    by: Annotated[str | None, Parameter(help="Who decides; default: the user of this process.")] = None

    @property
    def who(self) -> str:
        """The name that is kept."""
        try:
            return self.by or getpass.getuser()
        except (OSError, KeyError, ImportError):  # a container's user often has no name
            raise UserError("the user of this process has no name; say who decides: --by NAME") from None


ANY, SAID = Which(), Said()
Id = Annotated[str, Parameter(help="An id of a row, such as 3fa2c1d0:1245; several may follow.")]


def listed(
    *,
    which: Which = ANY,
    state: Annotated[State, Parameter(help="What was decided; default: undecided.")] = "undecided",
    asked: Asked = ALL,
) -> int:
    """List the refused rows."""
    wanted = which.wanted(states=STATES if state == "all" else (state,))
    done = every(asked, lambda night: _found(night, waiting.refused(night, wanted)))
    return answer(asked, done, lambda found: "\n\n".join(_list_words(each, state) for each in found))


def show(
    row: Annotated[str, Parameter(name="ID", help="The id of a row, such as 3fa2c1d0:1245.")],
    /,
    *,
    asked: Asked = ALL,
) -> int:
    """Show one refused row."""
    wanted = Wanted((row,))
    done = every(asked, lambda night: _found(night, waiting.refused(night, wanted), around=True))
    known = tuple(each for each in done.found if each["rows"])
    if not known and not done.code:
        raise _unknown([row])
    return answer(asked, Done(known, done.code), lambda found: "\n\n".join(map(_show_words, found)))


def accept(*ids: Id, which: Which = ANY, said: Said = SAID, asked: Asked = ALL) -> int:
    """Store refused rows."""

    def act(night: Night, rows: Sequence[Refused]) -> Sequence[Decision]:
        return decisions.accept(night, rows, said.who, said.reason, which.rule)

    return _decide(asked, which.wanted(ids), act)


def drop(*ids: Id, which: Which = ANY, said: Said = SAID, asked: Asked = ALL) -> int:
    """Keep refused rows out."""
    return _decide(
        asked, which.wanted(ids), lambda night, rows: decisions.drop(night, rows, said.who, said.reason)
    )


def _decide(
    asked: Asked, wanted: Wanted, act: Callable[[Night, Sequence[Refused]], Sequence[Decision]]
) -> int:
    """Find the rows in all universes first, so that nothing is decided where an id is mistyped."""
    if not wanted.names_any:
        raise UserError("name rows by their ids, or by --rule, --symbol or --session")
    if not wanted.ids:
        wanted = Wanted((), wanted.rule, wanted.symbol, wanted.session, (UNDECIDED,))
    rows: dict[str, tuple[Refused, ...]] = {}

    def find(night: Night) -> Found:
        rows[night.universe] = waiting.refused(night, wanted)
        return {}

    done = every(asked, find)
    if done.code:
        return done.code
    together = [each for found in rows.values() for each in found]
    if unknown := waiting.missing(wanted.ids, together):
        raise _unknown(unknown)
    if not together:
        raise UserError("no undecided row is like that; see: morrow quarantine list")

    def decide(night: Night) -> Found:
        found = rows[night.universe]
        made = act(night, found) if found else ()
        return {"universe": night.universe, "decisions": [vars(each) for each in made]}

    return answer(asked, every(asked, decide), _decision_words)


def _unknown(ids: Sequence[str]) -> UserError:
    return UserError(f"no refused row has the id {', '.join(ids)}; see: morrow quarantine list --state all")


def _found(night: Night, rows: Sequence[Refused], *, around: bool = False) -> dict[str, Any]:
    found = [_plain(each) for each in rows]
    if around:
        found = [plain | {"around": _around(night, each)} for plain, each in zip(found, rows, strict=True)]
    return {"universe": night.universe, "rows": found}


def _plain(one: Refused) -> dict[str, Any]:
    return {
        **vars(one),
        "rules": [{"rule": rule, "reason": reason} for rule, reason in one.rules],
        "received": json.loads(one.received),
    }


def _around(night: Night, one: Refused) -> list[dict[str, Any]]:
    """The stored bars nearest to a row, its own session's among them."""
    if one.symbol is None or one.session is None:
        return []
    names = ["session", *PRICE_FIELDS]
    bars = night.store().read(PRICES, night.universe, columns=names, where=[("symbol", "=", one.symbol)])
    day = pd.Timestamp(one.session)
    own = bars[bars["session"] == day]
    near = [bars[bars["session"] < day].tail(NEIGHBOURS), own, bars[bars["session"] > day].head(NEIGHBOURS)]
    return [
        {str(name): value for name, value in each.items()} | {"session": each["session"].date()}
        for each in pd.concat(near).to_dict("records")
    ]


def _list_words(found: Found, state: str) -> str:
    rows = found["rows"]
    kind = "refused" if state == "all" else state
    head = f"{found['universe']}  {len(rows):,} {kind} {'row' if len(rows) == 1 else 'rows'}"
    if not rows:
        return head
    lines = table(
        ["id", "symbol", "session", "state", "refused by"],
        [
            [each["id"], each["symbol"] or "-", str(each["session"] or "-"), each["state"], _why(each)]
            for each in rows[:SHOWN]
        ],
        left=5,
    )
    if len(rows) > SHOWN:
        lines.append(
            f"  and {len(rows) - SHOWN:,} more; narrow with --rule, --symbol or --session, or take --json"
        )
    return "\n".join([head, *lines])


def _why(found: Found) -> str:
    text = printable_line("; ".join(f"{each['rule']}: {each['reason']}" for each in found["rules"]))
    return text if len(text) <= REASON_WIDTH else f"{text[:REASON_WIDTH]}..."


def _show_words(found: Found) -> str:
    return "\n\n".join(_block(found["universe"], each) for each in found["rows"])


def _block(universe: str, one: Found) -> str:
    symbol, session = printable_line(one["symbol"] or "no symbol"), one["session"] or "no session"
    lines = [f"{one['id']}  {universe}  {symbol}  {session}"]
    lines += [f"  rule       {each['rule']}: {printable_line(each['reason'])}" for each in one["rules"]]
    lines.append(f"  received   {json.dumps(one['received'], ensure_ascii=False)}")
    lines.append(f"  first seen {one['first_seen']:%Y-%m-%d %H:%M} UTC, batch {one['batch'][:16]}")
    lines.append(f"  state      {_state(one)}")
    if one["bar"]:
        bars = [[str(each["session"]), *map(_cell, map(each.get, PRICE_FIELDS))] for each in one["around"]]
        own = [f"{one['session']} *", *(_cell(one["bar"][name]) for name in PRICE_FIELDS)]
        bars = sorted([*bars, own])
        lines += ["  the row (*) among the stored bars", *table(["session", *PRICE_FIELDS], bars)]
    if one["state"] == UNDECIDED:
        lines.append(f"Next: morrow quarantine accept {one['id']} --universe {universe}, or drop it")
    return "\n".join(lines)


def _state(one: Found) -> str:
    if not one["decided_at"]:
        return str(one["state"])
    why = f": {printable_line(one['decision_reason'])}" if one["decision_reason"] else ""
    return f"{one['state']} by {one['decided_by']} at {one['decided_at']:%Y-%m-%d %H:%M} UTC{why}"


def _cell(value: float | str | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return "-"
    return value if isinstance(value, str) else f"{value:.10g}"


def _decision_words(found: Sequence[Found]) -> str:
    return "\n".join(
        f"{one['id']}  {printable_line(one['outcome'])}" for each in found for one in each["decisions"]
    )
