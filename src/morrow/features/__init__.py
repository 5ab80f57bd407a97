"""Features of bars: causal, unit-free, comparable between symbols. Scaling is fitted elsewhere in time."""

from morrow.features.indicators import (
    RANGE_FEATURES,
    VOLUME_FEATURES,
    compute,
    feature_names,
    unit_volatility,
)
from morrow.features.scaling import Scaling

__all__ = ["RANGE_FEATURES", "VOLUME_FEATURES", "Scaling", "compute", "feature_names", "unit_volatility"]
