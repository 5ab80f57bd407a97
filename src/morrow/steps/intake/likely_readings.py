"""The likeliest reading of a step at which rows wait, and what else it may be, for a person to decide."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from morrow.steps.intake.level_changes import LEAST_FALL_LEFT, MOVE, SPIN_OFF, UNIT_SHIFT
from morrow.store.actions import DIVIDEND, SPLIT, describe_split

_NEW_LEVEL = "new-level"
_SPLIT = re.compile(r"split of ([0-9.e-]+) shares")
_FIELDS = ("open", "high", "low", "close", "volume")
_CORRECT = "if the source is wrong, correct it there"
_MOVE_TOO = f"--as {MOVE} if it is a true return"
_SPLIT_TOO = "--as split N:M if it is a split"


@dataclass(frozen=True)
class Suggestion:
    """The words after ``--as`` of the likeliest reading, and in words what else can be done."""

    reading: str
    advice: str


def suggest_reading(
    rule: str,
    reason: str,
    bar: Mapping[str, float | str | None] | None,
    last: Mapping[Hashable, Any] | None,
) -> Suggestion:
    """Suggest what a step is.

    Args:
        rule: that refused the first row after it.
        reason: of the refusal.
        bar: what would be stored of that row; None if it was not kept.
        last: the symbol's stored bar before it; None if there is none.
    """
    if rule == "symbol swap":
        words = (
            "correct the source: the bars are another symbol's; the command is for names exchanged for good"
        )
        return Suggestion(_NEW_LEVEL, words)
    if rule == UNIT_SHIFT:
        return Suggestion(_NEW_LEVEL, f"{_CORRECT}; the command is for a unit changed for good; {_SPLIT_TOO}")
    if split := _SPLIT.search(reason):
        return Suggestion(describe_split(float(split[1])), f"{_MOVE_TOO}; {_CORRECT}")
    if rule == "jump" and not _is_whole(bar):
        return Suggestion(MOVE, f"--as {_NEW_LEVEL} if it is no return; {_SPLIT_TOO}; {_CORRECT}")
    left = _measure_level(bar, last)
    reading = SPIN_OFF if left is not None and LEAST_FALL_LEFT <= left < 1 else _NEW_LEVEL
    return Suggestion(reading, f"{_MOVE_TOO}; {_SPLIT_TOO}; {_CORRECT}")


def _is_whole(bar: Mapping[str, float | str | None] | None) -> bool:
    return bar is not None and all(isinstance(bar[name], float | int) for name in _FIELDS)


def _measure_level(
    bar: Mapping[str, float | str | None] | None, last: Mapping[Hashable, Any] | None
) -> float | None:
    """The adjusted close of a bar over that of the bar before it."""
    if bar is None or last is None:
        return None
    level = 1.0
    for name in ("close", SPLIT, DIVIDEND):
        value = bar[name]
        if not isinstance(value, float | int):
            return None
        level *= value / float(last[name])
    return level
