"""Names, tests and circles of earlier days that are still there.

The lists are exact: an entry that is mended is taken out here, so that it cannot come back. Names stand as
``path:name`` with how often the file has them.
"""

CIRCLES = frozenset[tuple[str, ...]]()
UNMIRRORED = frozenset[str]()
FILES = frozenset[str](["src/morrow/baselines/boosted"])
DEFINITIONS = {
    "flows/server.py:_used": 1,
    "src/morrow/audit/scaler_audit.py:changed": 1,
    "src/morrow/baselines/har.py:_transformed": 1,
    "src/morrow/baselines/statistical.py:_lagged": 1,
    "src/morrow/checks/expectations.py:_shifted": 1,
    "src/morrow/checks/measures/date_shifts.py:_moved": 1,
    "src/morrow/checks/measures/repeats.py:_unchanged": 1,
    "src/morrow/checks/measures/steps.py:_expected": 1,
    "src/morrow/checks/measures/usual.py:_centred": 1,
    "src/morrow/checks/measures/usual.py:_followed": 1,
    "src/morrow/checks/measures/volumes.py:_traded": 1,
    "src/morrow/checks/suites.py:_shipped": 1,
    "src/morrow/panel/eligibility.py:pegged": 1,
    "src/morrow/sessions.py:_joined": 1,
    "src/morrow/store/comparison.py:judged": 1,
}
VARIABLES = {
    "src/morrow/calibration/adaptive.py:found": 1,
    "src/morrow/steps/intake/quarantine.py:found": 1,
    "src/morrow/steps/intake/refused_rows.py:found": 3,
    "src/morrow/steps/retrain/record.py:found": 3,
}
