"""Our own expectations. Importing this room makes them known to Great Expectations by their names.

``ExpectBarsWithoutJump`` is ``expect_bars_without_jump`` in a suite. They compare what
``morrow.checks.signs`` has measured with the lines that the suite gives, and measure nothing themselves.
"""

from morrow.checks.expectations import actions, bars, steps
from morrow.checks.expectations.base import BarExpectation

__all__ = ["BarExpectation", "actions", "bars", "steps"]
