"""The gates that data passes: suites of expectations in, a verdict on every row out.

The suites are JSON in Great Expectations' own format and run as such; nothing else imports that library.
"""

import logging
import sys

from morrow.checks.importing import bring_in

if logging.getLogger("great_expectations").level == logging.NOTSET:
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it logs 150 lines while it loads

if "great_expectations" not in sys.modules:
    bring_in("great_expectations", without="scipy.stats")

from morrow.checks.gates import check_forecasts, check_raw
from morrow.checks.learnable import check_features, check_panel
from morrow.checks.suites import Suite, load_suite
from morrow.checks.verdicts import Example, Outcome, Verdict

__all__ = [
    "Example", "Outcome", "Suite", "Verdict", "check_features", "check_forecasts", "check_panel", "check_raw",
    "load_suite",
]  # fmt: skip
