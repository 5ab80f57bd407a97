"""Fit one recipe to a panel. What comes out is data; how good it is, others judge."""

from morrow.training.assignment import Assignment, Progress, Trained, fit_rows
from morrow.training.fit import fit, settings
from morrow.training.loop import STEPS_AN_EPOCH

__all__ = ["STEPS_AN_EPOCH", "Assignment", "Progress", "Trained", "fit", "fit_rows", "settings"]
