"""Measures of faults in bars: arithmetic on arrays, without Great Expectations.

Each module measures one thing of every bar, against what is usual for the symbol, the day's market and the
bars that follow. Which bars are refused is decided by the rules of the suite.
"""

from morrow.checks.measures.bars import ROUNDING, range_holds_prices
from morrow.checks.measures.rows import MEASURES, measure_rows

__all__ = ["MEASURES", "ROUNDING", "measure_rows", "range_holds_prices"]
