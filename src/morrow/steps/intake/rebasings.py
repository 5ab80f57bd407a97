"""Rebased histories in words: which action a source has put into its earlier prices."""

from collections.abc import Sequence
from fractions import Fraction

from morrow.store import InferredStep

_NAMED = 10
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


def describe_rebasings(steps: Sequence[InferredStep]) -> tuple[str, ...]:
    """One line per step: at most ten, then how many more."""
    lines = [
        f"{step.symbol}: {name_step(step)} inferred, from {step.session:%Y-%m-%d} on: the source has divided "
        f"{step.bars:,} earlier bars by {step.split * step.dividend:.6g}; the stored ones stay"
        for step in steps[:_NAMED]
    ]
    more = len(steps) - _NAMED
    return (*lines, *([f"and {more} more symbols' actions inferred"] if more > 0 else []))
