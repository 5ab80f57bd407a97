"""Simple forecasters on the networks' terms: each fits to arrays, keeps data alone and answers quantiles."""

from morrow.baselines import boosted, ewma, garch, unconditional

__all__ = ["boosted", "ewma", "garch", "unconditional"]
