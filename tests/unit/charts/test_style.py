"""Ticks on sessions."""

import pandas as pd

from morrow.charts import style


def test_years_are_named_when_they_change() -> None:
    """The year stands below the first session and the first one of each later year."""
    sessions = pd.DatetimeIndex(["2025-12-30", "2025-12-31", "2026-01-02", "2026-02-03"])
    assert style.dates_and_years(sessions) == ["30 Dec\n2025", "31 Dec", "2 Jan\n2026", "3 Feb"]
    assert style.dates(sessions.to_numpy("datetime64[D]"))[-1] == "3 Feb"
