"""Simple forecasters on the networks' terms: each file has a kind's options, its fit and its answer.

The configuration imports every file here to learn the kinds, so none of them may import the configuration,
the panel or a large library at its top.
"""

from morrow.baselines.base import Baseline, FitSettings, index_symbols

__all__ = ["Baseline", "FitSettings", "index_symbols"]
