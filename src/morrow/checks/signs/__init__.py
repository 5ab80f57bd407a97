"""Signs of faults in bars: arithmetic on arrays that knows nothing of Great Expectations.

Each room measures one thing of every bar, from what is usual for the symbol, the day's market and what
follows. What is refused is for the rules of the suite to say.
"""

from morrow.checks.signs.bars import ROUNDING, holds
from morrow.checks.signs.evidence import MEASURES, evidence

__all__ = ["MEASURES", "ROUNDING", "evidence", "holds"]
