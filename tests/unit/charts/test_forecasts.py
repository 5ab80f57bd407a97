"""Figures of forecasts: their lines, bands and words."""

from typing import Any

import numpy as np
import pytest

from morrow.charts import forecasts
from tests.pictures import fan_arguments, labels, line, texts, true_arguments


def test_fan_opens_at_the_last_close() -> None:
    """The fan shows the last 60 closes, and its median and every band start at the last of them."""
    figure = forecasts.fan(**fan_arguments(realised=np.array([71.0, 69.0, np.nan])))
    (axes,) = figure.axes
    assert line(axes, "close").tolist() == list(range(11, 71))
    assert line(axes, "median").tolist() == [70, 70, 70, 70]
    np.testing.assert_equal(line(axes, "realised"), [70, 71, 69, np.nan])
    outer, inner = (np.asarray(band.get_paths()[0].vertices) for band in axes.collections)
    assert outer[:, 1].min() == 10
    assert outer[:, 1].max() == 130
    assert inner[:, 1].min() == 40
    assert inner[:, 1].max() == 100
    assert set(outer[outer[:, 0] == 0, 1]) == {70}
    assert labels(axes) == ["95 %", "80 %", "median", "close", "realised"]


def test_fan_names_its_sessions() -> None:
    """Below the fan stand the cutoff, the target sessions and how many steps ahead they are."""
    (axes,) = forecasts.fan(**fan_arguments(steps=2)).axes
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    # The 70th business day from Monday 2025-12-01 is Friday 2026-03-06; the 60 closes begin with the 11th.
    assert ticks[0] == "15 Dec\n2025"
    assert ticks[-3:] == ["6 Mar\ncutoff", "9 Mar\n+1", "10 Mar\n+2"]
    assert axes.get_ylabel() == "A close [USD]"


def test_fan_without_realised_closes() -> None:
    """A path of which nothing is known is not drawn."""
    (axes,) = forecasts.fan(**fan_arguments(realised=np.full(3, np.nan))).axes
    assert "realised" not in labels(axes)


def test_fan_of_uneven_levels() -> None:
    """Levels that are not symmetric are named by both ends, and no median is drawn where there is none."""
    arguments = fan_arguments(levels=np.array([0.1, 0.2, 0.95]), quantiles=np.tile([60.0, 65, 90], (3, 1)))
    (axes,) = forecasts.fan(**arguments).axes
    assert labels(axes) == ["10–95 %", "close"]


def test_true_against_predicted_shows_both_errors() -> None:
    """Closes, medians and last prices are drawn as given, below them forecast less close, and both means."""
    figure = forecasts.true_against_predicted(**true_arguments())
    prices, errors = figure.axes
    assert line(prices, "close").tolist() == [100, 101, 102, 103]
    assert line(prices, "median, one step ahead").tolist() == [99.5, 100.5, 101.5, 102.5]
    assert line(prices, "last price (no change)").tolist() == [99, 100, 101, 102]
    assert line(errors, "median, one step ahead").tolist() == [-0.5] * 4
    assert line(errors, "last price (no change)").tolist() == [-1] * 4
    assert "(4 sessions): median 0.5 USD, last price 1: 50.00 % better" in texts(figure)


def test_mean_errors_are_of_all_known_sessions() -> None:
    """The picture shows the last 60 sessions, the means count all whose close is known."""
    actual = 100.0 + np.arange(80)
    actual[0] = np.nan
    known = true_arguments(count=80)
    worse = known | {"actual": actual, "predicted": known["actual"] - 2}
    figure = forecasts.true_against_predicted(**worse)
    assert len(line(figure.axes[0], "close")) == 60
    assert "(79 sessions): median 2 USD, last price 1: 100.00 % worse" in texts(figure)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"actual": np.full(4, np.nan)}, "no close is known yet"),
        ({"last_price": 100.0 + np.arange(4)}, "median 0.5 USD, last price 0"),
    ],
)
def test_nothing_to_compare_with(changes: dict[str, Any], words: str) -> None:
    """Unknown closes, or a last price without any error, give no ratio."""
    assert texts(forecasts.true_against_predicted(**true_arguments(**changes))).endswith(words)
