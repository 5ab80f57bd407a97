"""A forecast volatility that has left its range is replaced, row by row, and counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from morrow import backtest, forecast
from morrow.backtest import Job
from morrow.baselines import egarch
from morrow.baselines.volatility_range import replace_runaways
from morrow.panel import Panel
from tests.conftest import PARTS, RECIPES, SETTINGS, train

# As fitted to the returns of a pegged currency: one return moves the log variance by a hundred thousand.
EXPLOSIVE = np.array([-6.453, 196_597.0, 1_167_783.0, 0.848, 2.051, 1.9e-5])


def test_a_volatility_out_of_all_proportion_is_the_ewmas(panel: Panel) -> None:
    """A millionfold, a millionth and no number at one step are replaced at all; threefold stays."""
    rows = np.flatnonzero(panel.eligible)[:5]
    root = panel.compute_scale(rows)
    scale = root.copy()
    scale[0], scale[1, -1], scale[2, 0], scale[3] = 1e6 * root[0], 1e-6 * root[1, -1], np.nan, 3 * root[3]
    answered, runaway = replace_runaways(panel, rows, scale)
    assert runaway.tolist() == [True, True, True, False, False]
    assert answered[:3].tolist() == root[:3].tolist()
    assert answered[3].tolist() == scale[3].tolist()


def test_the_usual_volatility_stays_in_range_after_a_long_calm(panel: Panel) -> None:
    """Where EWMA volatility has died down, the root mean square of the series is still in range."""
    rows = np.flatnonzero(panel.eligible)[-1:]
    start = rows[0] - panel.position[rows[0]]
    usual = np.sqrt(np.nanmean(np.square(panel.returns[start : rows[0] + 1])))
    calm = replace(panel, unit=np.full_like(panel.unit, usual / 1_000))
    scale = np.full((1, panel.horizon), usual) * np.sqrt(np.arange(1, panel.horizon + 1))
    assert not replace_runaways(calm, rows, scale)[1].any()
    assert replace_runaways(calm, rows, 11 * scale)[1].all()
    assert replace_runaways(calm, rows, scale / 11_000)[1].all()


def test_an_explosive_egarch_answers_in_ewma_volatility(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where log variance runs to its bounds, a row has its EWMA volatility, and the leaderboard counts it."""
    monkeypatch.setattr(egarch, "fit_parameters", lambda *_: EXPLOSIVE)
    model = train(panel, "egarch-t").fitted
    rows = np.flatnonzero(panel.eligible & (panel.session >= 400))
    quantiles, scale, runaway = forecast.predict_baseline(model, panel, rows)
    root = panel.compute_scale(rows)
    assert runaway.mean() > 0.9
    assert scale[runaway].tolist() == root[runaway].tolist()
    assert (scale <= 11 * root).all()
    assert (np.abs(quantiles) < 20).all()
    assert forecast.predict_scaled(model, panel, rows)[1].tolist() == scale.tolist()
    panel.save(tmp_path / "panel")
    job = Job("egarch-t", RECIPES["egarch-t"], tmp_path / "panel", PARTS, 7, SETTINGS, tmp_path / "egarch-t")
    backtest.run(job)
    result = backtest.result(job)
    row = backtest.leaderboard(panel, PARTS, [result], job.levels)[0]
    late = np.flatnonzero(panel.eligible & (panel.session >= PARTS.calibrate[1] - 1 + panel.horizon))
    assert row["runaway"] == result.runaway > len(late) / 2
    assert row["pinball"] < 0.05
