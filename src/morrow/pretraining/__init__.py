"""Networks that have learnt to read volatility from simulated markets alone, and how they are made.

``simulation`` draws markets from ``priors``; ``sequences`` turns them into ``inputs`` and targets on the
``grid``; ``stream`` trains on them; ``network_weights`` reads and writes
the results, from which ``answers`` forecasts;
``fingerprint`` shows that weights and code belong together.
"""

from morrow.pretraining.answers import forecast_zero_shot, replace_features
from morrow.pretraining.network_weights import (
    KINDS,
    PretrainedNetwork,
    build_network,
    load_network,
    make_recipe,
)

__all__ = [
    "KINDS",
    "PretrainedNetwork",
    "build_network",
    "forecast_zero_shot",
    "load_network",
    "make_recipe",
    "replace_features",
]
