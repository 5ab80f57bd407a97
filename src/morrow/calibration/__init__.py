"""Calibration after the model: how far each quantile must move so that it covers its share. Pure arrays."""

from morrow.calibration.adaptive import Adaptive, walk
from morrow.calibration.split import apply, fit
from morrow.calibration.starting import start

__all__ = ["Adaptive", "apply", "fit", "start", "walk"]
