"""The page on calibration: coverage by cutoff with its band, and shares below each quantile."""

import pytest

from morrow.board.calibration import make_calibration, measure_over_time, measure_shares
from tests.boards import LEVELS, make_empty_facts, make_facts


def test_the_band_narrows_with_the_number_of_cutoffs() -> None:
    """Of one cutoff it is 80 % ± 1.96 · 0.4, cut off at 1; of two it is narrower by the root of two."""
    table = measure_over_time(make_facts("AAA").scores)
    assert table["rolling"].tolist() == [1.0, 1.0]
    assert table["rows"].tolist() == [2, 1]
    assert table["low"].tolist() == pytest.approx([0.8 - 1.96 * 0.4, 0.8 - 1.96 * 0.4 / 2**0.5])
    assert table["high"].tolist() == [1.0, 1.0]


def test_shares_are_of_the_scored_forecasts() -> None:
    """Closes that rise by less than 1 % lie above the median and below the quantile 0.75, one and all."""
    shares, bins = measure_shares(make_facts("AAA"))
    assert shares["share"].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert shares["rows"].unique().tolist() == [3]
    assert bins["share"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert bins["expected"].sum() == pytest.approx(1.0)
    assert shares["level"].tolist() == list(LEVELS)


def test_without_a_score_there_is_no_chart() -> None:
    """Nothing is drawn, and the template says why."""
    values = make_calibration(make_empty_facts()).values
    assert (values["over_time"], values["reliability"], values["pit"]) == (None, None, None)
