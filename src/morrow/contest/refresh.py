"""Whether the champion's refitted version may replace the old one."""

from dataclasses import dataclass

import pandas as pd

from morrow.contest.entries import KEY

TOLERANCE = 0.005  # relative increase in loss allowed for a refitted recipe on the same rows


@dataclass(frozen=True)
class Refresh:
    """Whether the champion's refitted version may replace the old version, and the reason."""

    passed: bool
    reason: str


def refresh(now: pd.DataFrame, before: pd.DataFrame | None) -> Refresh:
    """Decide whether the champion's refitted recipe may replace its old version.

    Args:
        now: the recipe's losses at this retraining, as in :class:`morrow.contest.Entry`.
        before: the same recipe's losses at the previous retraining; None if there are none.

    Returns:
        A pass, unless the loss on the rows common to both retrainings is more than 0.5 % higher.
    """
    if before is None or before.empty:
        return Refresh(True, "no earlier losses of this recipe to compare with")
    both = now.merge(before, on=KEY, suffixes=("_now", "_before"))
    if both.empty:
        return Refresh(True, "no row was scored at both retrainings")
    ratio = both["loss_now"].mean(skipna=False) / both["loss_before"].mean(skipna=False) - 1
    comparison = f"{ratio:+.2%} out of fold on the {len(both):,} rows that both retrainings scored"
    if not ratio <= TOLERANCE:
        return Refresh(False, f"{comparison}, more than the {TOLERANCE:.1%} that is allowed")
    return Refresh(True, comparison)
