"""Fit one recipe to a panel. What comes out is data; how good it is, others judge."""

from morrow.training.assignment import Assignment, Course, Progress, Trained, courses, fit_rows, remark
from morrow.training.fit import fit, settings
from morrow.training.stepping import STEPS_AN_EPOCH

__all__ = [
    "STEPS_AN_EPOCH",
    "Assignment",
    "Course",
    "Progress",
    "Trained",
    "courses",
    "fit",
    "fit_rows",
    "remark",
    "settings",
]
