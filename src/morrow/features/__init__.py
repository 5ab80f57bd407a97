"""Features of bars: causal, unit-free, comparable between symbols. Scaling is fitted elsewhere in time.

A feature at a bar uses that bar and earlier ones only. Moves are divided by the volatility known at the
bar, so that a quiet currency and a wild share read alike.
"""

from morrow.features.choice import DEFAULT, dropped, named, select
from morrow.features.computing import compute
from morrow.features.declared import Feature, feature
from morrow.features.nightly import from_folder
from morrow.features.registry import GROUPS, REGISTRY, comes_with_morrow, load, may_be_unknown
from morrow.features.scaling import Scaling
from morrow.features.volatility import unit_volatility

__all__ = [
    "DEFAULT",
    "GROUPS",
    "REGISTRY",
    "Feature",
    "Scaling",
    "comes_with_morrow",
    "compute",
    "dropped",
    "feature",
    "from_folder",
    "load",
    "may_be_unknown",
    "named",
    "select",
    "unit_volatility",
]
