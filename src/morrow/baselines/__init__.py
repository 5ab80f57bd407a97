"""Simple forecasters on the networks' terms: each fits to arrays, keeps data alone and answers quantiles."""

from morrow.baselines import (
    boosted,
    egarch,
    ewma,
    fhs,
    garch,
    har,
    likelihood,
    linear,
    placed,
    regression,
    statistical,
    unconditional,
)

__all__ = [
    "boosted",
    "egarch",
    "ewma",
    "fhs",
    "garch",
    "har",
    "likelihood",
    "linear",
    "placed",
    "regression",
    "statistical",
    "unconditional",
]
