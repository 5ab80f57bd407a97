"""Hyperparameter search on inner folds before the calibrate sessions. It does not promote a recipe."""

from morrow.tuning.folds import Fold, inner_folds
from morrow.tuning.search import Search, Trial, best, search

__all__ = ["Fold", "Search", "Trial", "best", "inner_folds", "search"]
