"""The recipes of a contest: their losses, checked to be of the same rows, and what is measured of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morrow.errors import ShapeError

KEY = ["symbol", "session", "step"]
SELECT, TEST = "select", "test"
EQUAL = 1e-6  # relative difference up to which two losses are equal


@dataclass(frozen=True)
class Entry:
    """A recipe in the contest.

    Attributes:
        name: the recipe's name.
        baseline: whether the recipe is a baseline.
        losses: out-of-fold losses; columns symbol, session (the cutoff), step, part ("select" or "test"),
            loss (pinball loss of the log return, averaged over levels).
        can_win: whether the recipe may be champion; if not, it is scored but not compared.
        answers_as: the model as which the recipe answers, if it is another's; it is then no candidate.
        parameters: number of fitted values, which decides between equals of one kind.
        identity: hash of everything that the recipe is; by default its name.
        trials: options that were tried before this recipe was chosen.
        coverage: share of outcomes inside the 80 % interval on the test sessions; None if not measured.
        invalid: forecasts that are not finite or whose quantiles cross.
    """

    name: str
    baseline: bool
    losses: pd.DataFrame
    can_win: bool = True
    answers_as: str | None = None
    parameters: int = 0
    identity: str = ""
    trials: int = 0
    coverage: float | None = None
    invalid: int = 0

    @property
    def key(self) -> str:
        """What the recipe is known by from night to night."""
        return self.identity or self.name


def check_same_rows(entries: Sequence[Entry]) -> None:
    """Check that all entries were scored on the same rows.

    Raises:
        ShapeError: there is none, or one was not.
    """
    if not entries:
        raise ShapeError(
            "no recipe was trained, so there is nothing to compare; name some in training.recipes"
        )
    first = entries[0]
    expected = first.losses[[*KEY, "part"]].sort_values(KEY, ignore_index=True)
    for entry in entries[1:]:
        rows = entry.losses[[*KEY, "part"]].sort_values(KEY, ignore_index=True)
        if not rows.equals(expected):
            raise ShapeError(
                f"{entry.name} was scored on {len(rows):,} rows and {first.name} on {len(expected):,} "
                "others; all models must be scored on the same rows"
            )


def mean_loss(entry: Entry, part: str) -> float:
    """Mean loss on a part.

    Raises:
        ShapeError: it has no loss there, or one that is not finite.
    """
    losses = entry.losses.loc[entry.losses["part"] == part, "loss"].to_numpy()
    if not len(losses) or not np.isfinite(losses).all():
        raise ShapeError(
            f"{entry.name} has {len(losses)} losses on the {part} sessions, not all of them finite"
        )
    return float(losses.mean())


def loss_by_date(entry: Entry, part: str) -> pd.Series:
    """Mean loss of each cutoff of a part, by session in time order."""
    inside = entry.losses[entry.losses["part"] == part]
    return inside.groupby("session")["loss"].mean()


def is_lower(loss: float, other: float) -> bool:
    """Whether a loss is lower than another by more than what counts as equal."""
    return loss < other * (1 - EQUAL)


def format_loss(loss: float) -> str:
    """Format a pinball loss in basis points."""
    return f"{loss * 10_000:.3f} bp"
