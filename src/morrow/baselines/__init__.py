"""Simple forecasters with the networks' interface: each file has a kind's options, fit and forecast.

The configuration imports every file here to discover the kinds, so none may import the configuration, the
panel or a large library at module level.
"""

from morrow.baselines.base import Baseline, FitSettings, index_symbols

__all__ = ["Baseline", "FitSettings", "index_symbols"]
