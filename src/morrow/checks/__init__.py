"""The gates that data must pass: each runs a suite of expectations and returns a verdict on every row.

The suites are JSON in Great Expectations' own format and are run by that library, which nothing else imports.
"""

import logging
import sys

from morrow.checks.lazy_import import import_without

if logging.getLogger("great_expectations").level == logging.NOTSET:
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it logs 150 lines while it loads

if "great_expectations" not in sys.modules:
    import_without("great_expectations", "scipy.stats", "altair")

from morrow.checks.gates import check_features, check_forecasts, check_panel, check_raw
from morrow.checks.suites import Suite, load_suite
from morrow.checks.verdicts import Example, Outcome, Verdict

__all__ = [
    "Example", "Outcome", "Suite", "Verdict", "check_features", "check_forecasts", "check_panel", "check_raw",
    "load_suite",
]  # fmt: skip
