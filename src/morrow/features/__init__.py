"""Features of bars and their scaling: causal, unit-free and comparable between symbols.

A feature at a bar uses only that bar and earlier ones. Returns are divided by the volatility known at the
bar, so that a calm currency and a volatile stock are on the same scale.
"""

from morrow.features.computation import compute
from morrow.features.declaration import Feature, feature
from morrow.features.registry import (
    DEFAULT,
    GROUPS,
    REGISTRY,
    comes_with_morrow,
    expand_selection,
    load_module,
    may_be_unknown,
    select_features,
)
from morrow.features.scaling import Scaling
from morrow.features.user_module import identify_module
from morrow.features.volatility import unit_volatility

__all__ = [
    "DEFAULT",
    "GROUPS",
    "REGISTRY",
    "Feature",
    "Scaling",
    "comes_with_morrow",
    "compute",
    "expand_selection",
    "feature",
    "identify_module",
    "load_module",
    "may_be_unknown",
    "select_features",
    "unit_volatility",
]
