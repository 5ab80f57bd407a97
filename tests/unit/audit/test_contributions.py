"""What each group of features does to one forecast, against the medians of the others."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morrow import audit, backtest, features, forecast
from morrow.audit.contributions import OWN, UNIVERSE
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from tests.conftest import PARTS, panel_of, train


@pytest.fixture(scope="module")
def boosted(panel: Panel) -> FittedModel:
    """Trees, which read the features of the cutoff alone."""
    return train(panel, "boosted").fitted


def test_contributions_are_those_of_medians_put_in_by_hand(panel: Panel, boosted: FittedModel) -> None:
    """Of the other three symbols on that session; the group that changes the width most comes first."""
    row = int(backtest.scored_rows(panel, PARTS.select)[7])
    found = audit.measure_contributions(boosted, panel, row)
    assert found is not None
    assert found.against == UNIVERSE
    widths = [abs(each.width) for each in found.groups.values()]
    assert widths == sorted(widths, reverse=True)
    groups = np.array([features.REGISTRY[name].group for name in panel.names])
    assert set(found.groups) == set(groups)
    others = (panel.session == panel.session[row]) & (panel.symbol != panel.symbol[row])
    first = next(iter(found.groups))
    changed = panel.features.copy()
    changed[row, groups == first] = np.median(panel.features[others][:, groups == first], axis=0)
    (usual, other) = (
        forecast.predict_raw(boosted, each, np.array([row]))[0].astype(np.float64)
        for each in (panel, replace(panel, features=changed))
    )
    width = (usual[:, -1] - usual[:, 0]).mean() / (other[:, -1] - other[:, 0]).mean() - 1
    assert width != 0
    assert found.groups[first].width == pytest.approx(width, abs=1e-6)
    assert found.groups[first].median == pytest.approx(usual[0, 4] - other[0, 4], abs=1e-7)


def test_a_small_universe_is_compared_with_the_symbol_itself(prices: pd.DataFrame) -> None:
    """Two symbols have no median worth the name."""
    panel = panel_of(prices[prices["symbol"].isin(["S0", "S1"])])
    row = int(backtest.scored_rows(panel, PARTS.select)[0])
    found = audit.measure_contributions(train(panel, "boosted").fitted, panel, row)
    assert found is not None
    assert found.against == OWN


def test_a_model_that_reads_no_features_has_no_contributions(panel: Panel) -> None:
    """EWMA answers by the symbol's own volatility alone."""
    row = int(backtest.scored_rows(panel, PARTS.select)[0])
    assert audit.measure_contributions(train(panel, "ewma").fitted, panel, row) is None
