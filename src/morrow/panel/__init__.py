"""The panel: a universe's bars with features, units and targets, symbol eligibility, and the time split."""

from morrow.config import ZERO_SHOT
from morrow.panel.assembly import build
from morrow.panel.bars import (
    MOST_DECIMALS,
    PEG_ENTER_RATIO,
    PEG_ENTER_ZEROS,
    PEG_LEAVE_RATIO,
    PEG_LEAVE_ZEROS,
    PEG_WINDOW,
    SHORTEST,
    session_variance,
)
from morrow.panel.eligibility import (
    OUTSIDE,
    PEGGED,
    STALE,
    YOUNG,
    Eligibility,
    Fallback,
    assess_eligibility,
)
from morrow.panel.panel import Panel
from morrow.panel.time_parts import WARM_UP, Parts, join_folds, part_length, split_folds, split_sessions
from morrow.panel.training_range import explain_outliers, measure_range
from morrow.panel.walk_forward import WalkForward

__all__ = [
    "MOST_DECIMALS",
    "OUTSIDE",
    "PEGGED",
    "PEG_ENTER_RATIO",
    "PEG_ENTER_ZEROS",
    "PEG_LEAVE_RATIO",
    "PEG_LEAVE_ZEROS",
    "PEG_WINDOW",
    "SHORTEST",
    "STALE",
    "WARM_UP",
    "YOUNG",
    "ZERO_SHOT",
    "Eligibility",
    "Fallback",
    "Panel",
    "Parts",
    "WalkForward",
    "assess_eligibility",
    "build",
    "explain_outliers",
    "join_folds",
    "measure_range",
    "part_length",
    "session_variance",
    "split_folds",
    "split_sessions",
]
