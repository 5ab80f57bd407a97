"""Level changes: the steps at which the gate holds symbols, and the actions that explain them by rule.

A split is inferred where ratio, volume and the bars around it agree. Any other new level is taken for what it
is as soon as it has behaved like a price for a number of sessions: the step stays out of returns.
"""

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from morrow.membership.spells import to_records
from morrow.steps.context import Night
from morrow.store.actions import DIVIDEND, SPLIT, Action, describe_split

SPLIT_ODDS = 20.0  # how much likelier than any other ratio a split must be to be inferred at once
SPLIT_SESSIONS = 1  # ordinary sessions after such a split
FALL_SESSIONS = 1  # after a fall in which open, range and volume are given: a spin-off
LEVEL_SESSIONS = 20  # after any other step
UNIT_SESSIONS = 60  # after a step by a power of ten
LEAST_FALL_LEFT = 0.35  # share of the price that is left after a spin-off
LEAST_FOLLOWING = 0.1  # correlation with the other symbols after a step, where there was one before
MOST_TOGETHER = 0.5  # share of the symbols; a step that more of them make is the source's fault
NEW_LEVEL, SPIN_OFF, MOVE, INFERRED = "new level", "spin-off", "move", "inferred"

UNIT_SHIFT = "unit shift"
HOLD_RULES = (UNIT_SHIFT, "currency switch", "split missed", "split twice", "symbol swap")
HELD_SINCE = "is held since"
_SWAP = "symbol swap"  # ordinary sessions do not say whose bars they are


def infer_actions(holds: pd.DataFrame) -> tuple[Action, ...]:
    """The actions that explain steps at which symbols are held, as far as the evidence is enough.

    Args:
        holds: a verdict's, with the measures of each step.
    """
    if "follows" not in holds:
        return ()
    return tuple(
        infer_action(hold)
        for hold in to_records(holds)
        if hold["follows"] == "stays" and hold["ordinary"] >= count_sessions(hold) and _is_own(hold)
    )


def infer_action(hold: Mapping[str, Any]) -> Action:
    """The action that explains one step: a split, else a level that changes without a return."""
    symbol, session, closes = hold["symbol"], hold["session"], (float(hold["before"]), float(hold["close"]))
    if is_split(hold):
        ratio = float(hold["split_ratio"])
        return Action(symbol, session, SPLIT, ratio, f"{describe_split(ratio)}, {INFERRED}", closes)
    level = float(hold["level"])
    reason = f"{NEW_LEVEL} of {level:.4g} times the price by the rule {hold['rule']}, {INFERRED}"
    return Action(symbol, session, DIVIDEND, 1 / level, reason, closes)


def is_split(hold: Mapping[str, Any]) -> bool:
    """Whether a split's ratio explains price and volume of a step better than any other."""
    return bool(hold["split_ratio"] > 0)


def count_sessions(hold: Mapping[str, Any]) -> int:
    """How many ordinary sessions must follow a step before its level is taken for the symbol's price."""
    if is_split(hold) and hold["whole"] == 1 and hold["split_odds"] >= np.log(SPLIT_ODDS):
        return SPLIT_SESSIONS
    if hold["rule"] == UNIT_SHIFT:
        return UNIT_SESSIONS
    fall = hold["whole"] == 1 and LEAST_FALL_LEFT <= hold["level"] < 1
    return FALL_SESSIONS if fall and hold["rule"] == "currency switch" else LEVEL_SESSIONS


def _is_own(hold: Mapping[str, Any]) -> bool:
    """Whether a step is the symbol's own, and what follows it moves with the others as before."""
    alone = not hold["together"] >= MOST_TOGETHER
    return bool(hold["rule"] != _SWAP and alone and not hold["following"] < LEAST_FOLLOWING)


def describe_action(night: Night, action: Action) -> dict[str, Any]:
    """An action as JSON has it, with the command that takes it back."""
    undo = f"quarantine accept --symbol {shlex.quote(action.symbol)} --session {action.session:%Y-%m-%d}"
    return {
        "symbol": action.symbol,
        "session": f"{action.session:%Y-%m-%d}",
        "reading": action.reason,
        "field": action.field,
        "ratio": action.ratio,
        "closes": action.closes,
        "undo": night.command_line(f"{undo} --as {MOVE}"),
    }


def is_hold(rule: str, reason: str) -> bool:
    """Whether a refusal holds a symbol from its session on."""
    return rule in HOLD_RULES or HELD_SINCE in reason
