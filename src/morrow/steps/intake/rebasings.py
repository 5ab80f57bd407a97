"""Rebased histories in words: which action a source has put into its earlier prices."""

from collections.abc import Sequence
from fractions import Fraction

from morrow.steps.intake.level_changes import INFERRED
from morrow.store import InferredStep
from morrow.store.actions import DIVIDEND, SPLIT, Action

_LARGEST = 1000  # shares


def name_step(step: InferredStep) -> str:
    """The action that a step is.

    >>> import pandas as pd
    >>> name_step(InferredStep("A", pd.Timestamp("2026-01-05"), 2.0, 1 / 0.992, 9))
    'split 2:1 and dividend of 0.80 %'
    """
    parts = []
    if step.split != 1:
        shares = Fraction(step.split).limit_denominator(_LARGEST)
        parts.append(f"split {shares.numerator}:{shares.denominator}")
    if step.dividend > 1:
        parts.append(f"dividend of {1 - 1 / step.dividend:.2%}".replace("%", " %"))
    elif step.dividend < 1:
        parts.append(f"dividend of {1 / step.dividend - 1:.2%} taken back".replace("%", " %"))
    return " and ".join(parts)


def list_rebasings(steps: Sequence[InferredStep]) -> tuple[Action, ...]:
    """The actions that steps are, one for each factor."""
    return tuple(
        Action(
            step.symbol, step.session, field, ratio, f"{name_step(step)} in {step.bars:,} bars, {INFERRED}"
        )
        for step in steps
        for field, ratio in ((SPLIT, step.split), (DIVIDEND, step.dividend))
        if ratio != 1
    )
