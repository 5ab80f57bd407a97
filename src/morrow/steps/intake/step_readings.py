"""Readings of a step: a person says what a level change is, and the bars after it are stored accordingly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from morrow.errors import UserError
from morrow.steps.context import Night
from morrow.steps.intake import row_decisions
from morrow.steps.intake.accepted_bars import to_rows
from morrow.steps.intake.holds import find_holds
from morrow.steps.intake.level_changes import MOVE, NEW_LEVEL, SPIN_OFF
from morrow.steps.intake.price_steps import PriceStep, find_steps
from morrow.steps.intake.row_decisions import Decision
from morrow.store.actions import DIVIDEND, SPLIT, Action, describe_split, net_actions, read_ledger

READINGS = ("split N:M", SPIN_OFF, "new-level", MOVE)
_MOST_LEFT = 0.35  # of a split's log ratio may be a true return
_NOTHING = 1e-12  # log of a ratio that is none


@dataclass(frozen=True)
class Reading:
    """What a step is: its name, and new shares for an old one where it is a split."""

    name: str
    split: float | None = None


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
    if session is None:
        held = [hold.since for hold in find_holds(night) if hold.symbol == symbol and hold.lasting]
        if not held:
            raise UserError(f"{symbol} is not held; name the session of the step with --session")
        session = held[0]
    return _accept_steps(night, find_steps(night, {symbol: session}), reading, by, why)


def accept_all_as(
    night: Night, rule: str, reading: Reading, by: str, why: str | None
) -> tuple[Decision, ...]:
    """Say what the step is at which each symbol is held by a rule: all are stored, or none.

    Args:
        night: of a universe.
        rule: that holds the symbols.
        reading: what each of their steps is.
        by: who decides.
        why: what is kept with the decision.

    Returns:
        One decision a symbol; none where the rule holds no symbol.

    Raises:
        UserError: the reading does not explain a step; nothing was stored.
        StoreError: a table cannot be read or written.
    """
    night.restart()
    starts = {hold.symbol: hold.since for hold in find_holds(night) if hold.lasting and hold.rule == rule}
    return _accept_steps(night, find_steps(night, starts), reading, by, why) if starts else ()


def _accept_steps(
    night: Night, steps: Sequence[PriceStep], reading: Reading, by: str, why: str | None
) -> tuple[Decision, ...]:
    """Judge the rows after all steps at once under the reading, and store them in one transaction."""
    ratios = {
        (action.symbol, action.session, action.field): action.ratio
        for action in net_actions(read_ledger(night.store, night.universe, None))
    }
    explained = [_explain(night, step, reading, ratios, by) for step in steps]
    waiting = [row for step in steps for row in step.waiting]
    rows = pd.concat([each.rows for each in explained], ignore_index=True).assign(row=range(len(waiting)))
    stored = pd.concat([each.stored for each in explained], ignore_index=True)
    waived = [names for step in steps for names in _list_waived(reading, step)]
    passing = row_decisions.find_passing(night, rows, stored, waived)
    ends = np.cumsum([len(step.waiting) for step in steps])[:-1]
    chosen = [int(own.sum()) for own in np.split(passing, ends)]
    for step, each, count in zip(steps, explained, chosen, strict=True):
        if not len(each.stored) and not count:
            raise UserError(
                f"{step.symbol} would still be refused from {step.session:%Y-%m-%d} on; nothing was accepted"
            )
    actions = tuple(action for each in explained for action in each.actions)
    row_decisions.store_reading(night, pd.concat([stored, rows[passing]], ignore_index=True), actions, by)
    accepted = [row for row, good in zip(waiting, passing, strict=True) if good]
    row_decisions.mark_accepted(night, accepted, by, "; ".join(filter(None, (reading.name, why))))
    return tuple(
        Decision(f"{step.symbol} {step.session:%Y-%m-%d}", _word_outcome(reading, step, each, count))
        for step, each, count in zip(steps, explained, chosen, strict=True)
    )


@dataclass(frozen=True, eq=False)
class _ExplainedStep:
    """A step under a reading: its actions, and the bars from its session on with their factors.

    Attributes:
        actions: what changes against what was said of the step before.
        rows: the waiting rows.
        stored: the stored bars.
    """

    actions: tuple[Action, ...]
    rows: pd.DataFrame
    stored: pd.DataFrame


def _explain(
    night: Night,
    step: PriceStep,
    reading: Reading,
    ratios: Mapping[tuple[str, pd.Timestamp, str], float],
    by: str,
) -> _ExplainedStep:
    """Work out what a reading changes.

    Raises:
        UserError: the step ended, or the reading does not explain it.
    """
    factors = {name: ratios.get((step.symbol, step.session, name), 1.0) for name in (SPLIT, DIVIDEND)}
    already = float(np.log(list(factors.values())).sum())
    if reading.name != MOVE:
        step.refuse_ended(night, already)
    wanted = _factors(reading, step.size - already, step)
    changes = {name: wanted[name] / factors[name] for name in factors}
    text = f"{reading.name}, accepted by {by}"
    actions = tuple(
        Action(step.symbol, step.session, name, ratio, text)
        for name, ratio in changes.items()
        if abs(np.log(ratio)) > _NOTHING
    )
    rows = to_rows(step.waiting)
    stored = step.stored[step.stored["session"] >= step.session]
    return _ExplainedStep(
        actions,
        rows.assign(**{name: rows[name] * ratio for name, ratio in wanted.items()}),
        stored.assign(**{name: stored[name] * ratio for name, ratio in changes.items()}),
    )


def _list_waived(reading: Reading, step: PriceStep) -> list[frozenset[str]]:
    """The rules that a reading answers, for each waiting row: those that refused the bar after a true return.

    They do not count for a later row that they refused because of that bar.
    """
    at_step = [row for row in step.waiting if row.session == step.session.date()]
    answered = frozenset(rule for row in at_step for rule, _ in row.rules) if reading.name == MOVE else ()
    return [answered & {rule for rule, _ in row.rules} if answered else frozenset() for row in step.waiting]


def _word_outcome(reading: Reading, step: PriceStep, explained: _ExplainedStep, stored: int) -> str:
    left = len(step.waiting) - stored
    rows = "1 waiting row is" if stored == 1 else f"{stored:,} waiting rows are"
    outcome = f"{reading.name}: {rows} stored, {left:,} still {'waits' if left == 1 else 'wait'}"
    changed = len(explained.stored) if explained.actions else 0
    if not changed:
        return outcome
    bars = "1 stored bar" if changed == 1 else f"{changed:,} stored bars"
    if reading.name == MOVE:
        return f"{outcome}, and the factor of {bars} is taken back"
    return f"{outcome}, and {bars} {'has' if changed == 1 else 'have'} its factor"


def _factors(reading: Reading, size: float, step: PriceStep) -> dict[str, float]:
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
