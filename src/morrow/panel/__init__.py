"""The panel: bars of a universe with features, units and targets, who may be forecast, and parts of time."""

from morrow.panel.build import (
    MOST_DECIMALS,
    PEG_ENTER_RATIO,
    PEG_ENTER_ZEROS,
    PEG_LEAVE_RATIO,
    PEG_LEAVE_ZEROS,
    PEG_WINDOW,
    build,
)
from morrow.panel.outside import outside, seen
from morrow.panel.parts import Parts, part_length, parts
from morrow.panel.rows import Panel
from morrow.panel.standing import OUTSIDE, PEGGED, SHORTEST, STALE, YOUNG, Fallback, Standing, standing

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
    "YOUNG",
    "Fallback",
    "Panel",
    "Parts",
    "Standing",
    "build",
    "outside",
    "part_length",
    "parts",
    "seen",
    "standing",
]
