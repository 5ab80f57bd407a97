"""The gate of forecasts: forecasts must pass its suite before they are stored and exported."""

from datetime import date

import pandas as pd

from morrow import checks
from morrow.steps import gate_pages
from morrow.steps.context import Night
from morrow.steps.results import Gate


def add_lineage(
    night: Night, frame: pd.DataFrame, version: str, run_id: str, data_version: str
) -> pd.DataFrame:
    """Add the columns that say which model made the rows, and from which data."""
    return frame.assign(
        universe=night.universe,
        model_version=version,
        run_id=run_id,
        data_version=data_version,
        created_at=night.now,
    )


def check_forecasts(
    night: Night, frame: pd.DataFrame, expected: int, gate: str, day: date
) -> tuple[Gate, str | None]:
    """Run forecasts through their suite.

    Args:
        night: of one universe.
        frame: the forecasts, as they would be stored.
        expected: how many rows there should be.
        gate: forecasts, or refit for those of a version that is not registered yet.
        day: the cutoff.

    Returns:
        The run with its page, and what is wrong with them; None if they pass.
    """
    verdict = checks.check_forecasts(frame, expected, gate_pages.suite(night, "forecasts"))
    run = gate_pages.keep(night, verdict, gate, day, facts={"Forecast rows": f"{len(frame):,}"})
    if verdict.passed:
        return run, None
    return run, "; ".join((*verdict.stops, *verdict.refusals["reason"].head(1)))
