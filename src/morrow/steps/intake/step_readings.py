"""Readings of a step: a person says what a level change is, and the bars after it are stored accordingly."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.steps.context import Night
from morrow.steps.intake import row_decisions
from morrow.steps.intake.accepted_bars import find_fault, to_rows
from morrow.steps.intake.holds import find_holds
from morrow.steps.intake.level_changes import MOVE, NEW_LEVEL, SPIN_OFF
from morrow.steps.intake.refusal_listing import UNDECIDED, RefusedRow, RowQuery, find_rows
from morrow.steps.intake.row_decisions import Decision
from morrow.store.actions import DIVIDEND, SPLIT, Action, describe_split, net_actions, read_ledger

READINGS = ("split N:M", SPIN_OFF, "new-level", MOVE)
_LEAST_COMPANY = 3  # symbols that make a market
_MOST_LEFT = 0.35  # of a split's log ratio may be a true return
_WIDEST_MARKET = 0.5  # no market moves further in a session


@dataclass(frozen=True)
class Reading:
    """What a step is: its name, and new shares for an old one where it is a split."""

    name: str
    split: float | None = None


@dataclass(frozen=True, eq=False)
class _Step:
    """A step of a symbol.

    Attributes:
        symbol: its name.
        session: first session after the step.
        stored: all stored bars of the symbol.
        waiting: its rows that wait from that session on.
        size: log of the adjusted price over the bar before, less the market's move.
        left: log by which the first stored bar after that session stands above the bar before; None if there
            is none.
    """

    symbol: str
    session: pd.Timestamp
    stored: pd.DataFrame
    waiting: tuple[RefusedRow, ...]
    size: float
    left: float | None


def parse_reading(words: Sequence[str]) -> Reading:
    """Parse the words after ``--as``.

    >>> parse_reading(["split", "3:2"])
    Reading(name='split 3:2', split=1.5)

    Raises:
        UserError: they are none of ``READINGS``.
    """
    match list(words):
        case ["split", shares]:
            try:
                new, old = (Fraction(part) for part in shares.split(":"))
                if min(new, old) > 0 and new != old:
                    return Reading(describe_split(float(new / old)), float(new / old))
            except (ValueError, ZeroDivisionError):
                pass
        case ["new-level" | "spin-off" | "move" as name]:
            return Reading(NEW_LEVEL if name == "new-level" else name)
    raise UserError(f"--as takes {', '.join(READINGS)}, such as --as split 2:1; got {' '.join(words)}")


def accept_as(
    night: Night, symbol: str, session: date | None, reading: Reading, by: str, why: str | None
) -> tuple[Decision, ...]:
    """Say what the step at a session of a symbol is; replaces what was inferred or said of it before.

    The rows that wait from that session on are judged again, and those that pass are stored.

    Args:
        night: of a universe that has the symbol.
        symbol: its name.
        session: first session after the step; None for the first at which the symbol is held.
        reading: what the step is.
        by: who decides.
        why: what is kept with the decision.

    Raises:
        UserError: there is no such step, the bars after it are back at the old level, or the reading does not
            explain it.
        StoreError: a table cannot be read or written.
    """
    night.restart()
    step = _find_step(night, symbol, session)
    factors = dict.fromkeys((SPLIT, DIVIDEND), 1.0)
    for action in net_actions(read_ledger(night.store, night.universe, None)):
        if (action.symbol, action.session) == (step.symbol, step.session):
            factors[action.field] = action.ratio
    explained = float(np.log(list(factors.values())).sum())
    if reading.name != MOVE:
        _refuse_ended(night, step, explained)
    wanted = _factors(reading, step.size - explained, step)
    changes = {name: wanted[name] / factors[name] for name in factors}
    text = f"{reading.name}, accepted by {by}"
    actions = tuple(
        Action(symbol, step.session, name, ratio, text)
        for name, ratio in changes.items()
        if abs(np.log(ratio)) > 1e-12
    )
    rows = to_rows(step.waiting)
    rows = rows.assign(**{name: rows[name] * ratio for name, ratio in wanted.items()})
    stored = step.stored[step.stored["session"] >= step.session].copy()
    for name, ratio in changes.items():
        stored[name] *= ratio
    passing = row_decisions.find_passing(night, step.waiting, rows, stored, _list_waived(reading, step))
    chosen = [row for row, good in zip(step.waiting, passing, strict=True) if good]
    if not len(stored) and not chosen:
        raise UserError(
            f"{symbol} would still be refused from {step.session:%Y-%m-%d} on; nothing was accepted"
        )
    row_decisions.store_reading(night, pd.concat([stored, rows[passing]], ignore_index=True), actions, by)
    row_decisions.mark_accepted(night, chosen, by, "; ".join(filter(None, (reading.name, why))))
    changed = len(stored) if actions else 0
    outcome = _word_outcome(reading, len(chosen), len(step.waiting) - len(chosen), changed)
    return (Decision(f"{symbol} {step.session:%Y-%m-%d}", outcome),)


def _refuse_ended(night: Night, step: _Step, explained: float) -> None:
    """Refuse a step that ended: the first stored bar after it is nearer to the old level than to the new.

    Raises:
        UserError: it ended.
    """
    if step.left is None or abs(step.left - explained) >= abs(step.left - step.size):
        return
    rows = night.command_line(f"quarantine list --symbol {shlex.quote(step.symbol)}")
    raise UserError(
        f"{step.symbol} is back at its old level after the step of {step.session.date()}, so that a factor "
        "would make a false return there; nothing was accepted; correct the source, or drop the rows of the "
        f"fault by their ids, see: {rows}"
    )


def _list_waived(reading: Reading, step: _Step) -> tuple[str, ...]:
    """The rules that a reading answers: those that refused the bar after a step that is a true return."""
    if reading.name != MOVE:
        return ()
    return tuple(rule for row in step.waiting if row.session == step.session.date() for rule, _ in row.rules)


def _word_outcome(reading: Reading, stored: int, left: int, changed: int) -> str:
    rows = "1 waiting row is" if stored == 1 else f"{stored:,} waiting rows are"
    outcome = f"{reading.name}: {rows} stored, {left:,} still {'waits' if left == 1 else 'wait'}"
    if not changed:
        return outcome
    bars = "1 stored bar" if changed == 1 else f"{changed:,} stored bars"
    if reading.name == MOVE:
        return f"{outcome}, and the factor of {bars} is taken back"
    return f"{outcome}, and {bars} {'has' if changed == 1 else 'have'} its factor"


def _find_step(night: Night, symbol: str, session: date | None) -> _Step:
    """Find a step with the bars around it.

    Raises:
        UserError: the symbol has no bar before or at it.
    """
    if session is None:
        held = [hold.since for hold in find_holds(night) if hold.symbol == symbol and hold.lasting]
        if not held:
            raise UserError(f"{symbol} is not held; name the session of the step with --session")
        session = held[0]
    day = pd.Timestamp(session)
    bars = night.store.read(PRICES, night.universe, where=[("symbol", "=", symbol)])
    bars = bars.sort_values("session", ignore_index=True)
    waiting = _find_waiting(night, symbol, session, bars)
    first = bars[bars["session"] == day]
    before, after = bars[bars["session"] < day].tail(1), bars[bars["session"] > day].head(1)
    at = first if len(first) else to_rows([row for row in waiting if row.session == session])
    if before.empty or at.empty:
        raise UserError(f"{symbol} has no bar at {session}, or none before it; name the session of a step")
    size = _level(at) - _level(before) - _market(night, symbol, day)
    left = _level(after) - _level(before) if len(after) else None
    return _Step(symbol, day, bars, waiting, size, left)


def _find_waiting(night: Night, symbol: str, session: date, bars: pd.DataFrame) -> tuple[RefusedRow, ...]:
    """The rows of a symbol that wait from a session on and can be stored, one per session without a bar."""
    stored = {each.date() for each in bars["session"]}
    rows = find_rows(night, RowQuery(symbol=symbol, states=(UNDECIDED,)))
    later = [
        row
        for row in rows
        if row.session and row.session >= session and row.session not in stored and not find_fault(row, night)
    ]
    return tuple({row.session: row for row in sorted(later, key=lambda row: row.row)}.values())


def _level(bars: pd.DataFrame) -> float:
    bar = bars.iloc[0]
    return float(np.log(bar["close"] * bar[SPLIT] * bar[DIVIDEND]))


def _market(night: Night, symbol: str, day: pd.Timestamp) -> float:
    """The median log return of the other symbols on a session; 0 where fewer than three have one."""
    near = night.store.read(
        PRICES,
        night.universe,
        columns=["symbol", "session", *PRICE_FIELDS],
        where=[("session", ">=", (day - pd.Timedelta(days=14)).date()), ("session", "<=", day.date())],
    )
    near = near[near["symbol"] != symbol]
    near = near.assign(level=np.log((near["close"] * near[SPLIT] * near[DIVIDEND]).to_numpy(np.float64)))
    moves = near.groupby("symbol")["level"].diff()[near["session"] == day].dropna()
    return (
        float(np.clip(moves.median(), -_WIDEST_MARKET, _WIDEST_MARKET))
        if len(moves) >= _LEAST_COMPANY
        else 0.0
    )


def _factors(reading: Reading, size: float, step: _Step) -> dict[str, float]:
    """The ratio of each factor at a step of a log size.

    Raises:
        UserError: a split does not explain the step.
    """
    if reading.name == MOVE:
        return {SPLIT: 1.0, DIVIDEND: 1.0}
    if reading.split is None:
        return {SPLIT: 1.0, DIVIDEND: float(np.exp(-size))}
    total = float(np.log(reading.split))
    if abs(size + total) > _MOST_LEFT * abs(total):
        raise UserError(
            f"a {reading.name} does not explain the step of {step.symbol} at {step.session:%Y-%m-%d}, where "
            f"its price is {np.exp(size):.4g} times the one before; write the ratio as new shares:old shares"
        )
    return {SPLIT: reading.split, DIVIDEND: 1.0}
