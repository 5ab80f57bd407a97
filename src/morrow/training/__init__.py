"""Fit one recipe to a panel and return the fitted model as data. Scoring happens elsewhere."""

from morrow.networks import STEPS_AN_EPOCH
from morrow.training.fit import fit, settings
from morrow.training.training_request import Course, FitResult, FitTask, Progress, courses, fit_rows, remark

__all__ = [
    "STEPS_AN_EPOCH",
    "Course",
    "FitResult",
    "FitTask",
    "Progress",
    "courses",
    "fit",
    "fit_rows",
    "remark",
    "settings",
]
