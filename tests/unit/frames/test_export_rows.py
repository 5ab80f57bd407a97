import pytest

from morrow.config import ZERO_SHOT
from morrow.forecast.table import GUESSED
from morrow.frames import export_rows, forecasts_schema
from morrow.panel import eligibility
from tests.exports import rows

LEVELS = (0.025, 0.5, 0.975)


def test_an_export_begins_with_the_columns_of_forecasts() -> None:
    """Consumers find the columns where they were, and new ones after them."""
    names = export_rows.export_schema(LEVELS).names
    assert names[: len(forecasts_schema(LEVELS).names)] == forecasts_schema(LEVELS).names
    assert names[-3:] == ["currency", "recipe", "forecast_id"]


def test_every_flag_has_its_meaning() -> None:
    """The flags that the code gives are those that the manifest explains."""
    given = {eligibility.OUTSIDE, eligibility.PARTIAL, eligibility.PEGGED, eligibility.STALE}
    given |= {eligibility.YOUNG, ZERO_SHOT, GUESSED}
    assert given == set(export_rows.FLAGS)


@pytest.mark.parametrize("column", ["symbol", "step", "model_version", "data_version", "cutoff"])
def test_an_id_stands_for_one_forecast(column: str) -> None:
    """Each part of what identifies a forecast changes its id; prices and stamps do not."""
    frame = rows()
    ids = export_rows.identify_forecasts(frame)
    assert ids.is_unique
    assert ids.str.fullmatch("[0-9a-f]{16}").all()
    assert ids.equals(export_rows.identify_forecasts(frame.assign(q5000=0.0, run_id="other")))
    value = {"step": frame["step"] + 9, "cutoff": frame["session"]}.get(column, "x")
    assert not export_rows.identify_forecasts(frame.assign(**{column: value})).isin(ids).any()


def test_levels_are_read_from_names() -> None:
    """Only quantile columns name a level."""
    assert export_rows.read_levels(["quota", "q9750", "q0250", "q5000x"]) == (0.025, 0.975)
