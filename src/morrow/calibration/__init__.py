"""Calibration of forecasts: shift each quantile so that it covers its nominal share. Pure arrays."""

from morrow.calibration.adaptive import Adaptive, walk
from morrow.calibration.conformal import apply, fit
from morrow.calibration.direction import fit_share, shrink_probabilities
from morrow.calibration.initial_state import start

__all__ = ["Adaptive", "apply", "fit", "fit_share", "shrink_probabilities", "start", "walk"]
