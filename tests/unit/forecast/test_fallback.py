"""Fallbacks: who is answered zero-shot by a pretrained network, and who by unconditional quantiles."""

import numpy as np
import pytest

from morrow import forecast, pretraining
from morrow.baselines import unconditional
from morrow.panel import Fallback, Panel
from tests.conftest import FORECAST

LEVELS = np.array(FORECAST.levels)


def test_each_row_is_answered_by_its_flags(panel: Panel) -> None:
    """In the order of the rows: the pretrained network's answer with the flag, trailing quantiles without."""
    rows = np.flatnonzero(panel.session == 419)
    fallback = [
        Fallback(int(rows[0]), ("young", "zero-shot"), ""),
        Fallback(int(rows[1]), ("pegged",), ""),
        Fallback(int(rows[2]), ("partial", "zero-shot"), ""),
    ]
    answers = forecast.answer_fallbacks(panel, fallback, LEVELS)
    own = pretraining.forecast_zero_shot(panel, rows[[0, 2]], LEVELS)
    assert answers[[0, 2]].tobytes() == own.tobytes()
    prices = panel.adjusted[panel.symbol == 1]
    assert answers[1] == pytest.approx(unconditional.trailing_quantiles(prices, panel.horizon, LEVELS))
    assert forecast.answer_fallbacks(panel, [], LEVELS).shape == (0, panel.horizon, len(LEVELS))


def test_a_stale_row_covers_the_sessions_since_its_bar(panel: Panel) -> None:
    """A row of three sessions before the end is answered for the steps from the fourth on."""
    row = int(np.flatnonzero((panel.session == 416) & (panel.symbol == 2))[0])
    (answer,) = forecast.answer_fallbacks(panel, [Fallback(row, ("stale",), "")], LEVELS)
    past = panel.adjusted[row - int(panel.position[row]) : row + 1]
    longer = unconditional.trailing_quantiles(past, panel.horizon + 3, LEVELS)
    assert answer.tobytes() == longer[3:].tobytes()
