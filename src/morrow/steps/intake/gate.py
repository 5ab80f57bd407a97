"""The gate of raw rows: the rules that rows of a batch must pass before they are stored."""

import pandas as pd

from morrow import checks, sessions, sources
from morrow.checks import Verdict
from morrow.steps.context import Night


def check_rows(
    night: Night,
    batch: sources.Batch,
    rows: pd.DataFrame,
    history: pd.DataFrame | None = None,
    other: pd.DataFrame | None = None,
) -> Verdict:
    """Put rows of a batch through the raw gate.

    Args:
        night: of one universe.
        batch: the reading.
        rows: those of its rows that are to be judged.
        history: stored bars around them, as context.
        other: symbol, session and close of a second source.

    Raises:
        ConfigError: the calendar or the suite cannot be used.
    """
    days = pd.DatetimeIndex(batch.rows["session"].dropna().unique()).sort_values()
    calendar = (
        sessions.sessions(night.options.trading_calendar, days[0], days[-1], days) if len(days) else days
    )
    # Somewhere it is tomorrow already; later than that nothing can have traded.
    latest = pd.Timestamp(night.now.date()) + pd.Timedelta(days=1)
    suite = checks.load_suite("raw", night.config.folder(night.config.paths.expectations))
    return checks.check_raw(rows, calendar, suite, history, other, latest=latest)
