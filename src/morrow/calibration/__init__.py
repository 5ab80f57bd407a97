"""Calibration after the model: how far each quantile must move so that it covers its share. Pure arrays."""

from morrow.calibration.adaptive import Adaptive, walk
from morrow.calibration.direction import believed, share
from morrow.calibration.split import apply, fit
from morrow.calibration.starting import start

__all__ = ["Adaptive", "apply", "believed", "fit", "share", "start", "walk"]
