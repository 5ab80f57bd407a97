"""The raw gate's own expectations of bars, without the second that Great Expectations takes to run them."""

import pandas as pd

from morrow.checks import load_suite
from morrow.checks.expectations import BarExpectation
from morrow.checks.measures import MEASURES, measure_rows

_SUITE = load_suite("raw", None)


def name_faults(
    rows: pd.DataFrame, sessions: pd.DatetimeIndex, history: pd.DataFrame | None = None
) -> pd.Series:
    """The rule that refuses each row itself (several joined by "; "), by row; rows that pass are absent.

    Rows held for an earlier row of their symbol, and rules of a row by itself, are left to ``check_raw``.
    """
    measured = measure_rows(rows, sessions, history, None, None)
    at = measured.pop("index").to_numpy()
    bars = pd.concat([rows.iloc[at].reset_index(drop=True), measured[list(MEASURES)]], axis=1)
    named: dict[int, list[str]] = {}
    for each in _SUITE.expectations.expectations:
        if not isinstance(each, BarExpectation) or each.meta["action"] == "warn":
            continue
        limits = {name: getattr(each, name) for name in each.row.limits}
        fails = each.row.fails(bars, **limits).to_numpy(bool)
        for row in bars["row"][fails].tolist():
            named.setdefault(row, []).append(each.meta["rule"])
    joined = {row: "; ".join(sorted(rules)) for row, rules in sorted(named.items())}
    return pd.Series(joined, dtype="str")
