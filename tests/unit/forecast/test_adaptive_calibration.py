"""Calibration through time: out of fold, in a refitted model, and night after night."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from morrow import backtest, calibration, fitted_model, forecast
from morrow import panel as panels
from morrow.backtest import Job, Result
from morrow.calibration import Adaptive
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TIME, axis, market, panel_of

LEVELS = np.array(FORECAST.levels)
STOOD = "calibration"


@cache
def longer() -> Panel:
    """The market with sixty sessions more than the recipes were judged on."""
    return panel_of(market(sessions=480))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Two recipes out of fold on the first 420 sessions."""
    folder = tmp_path_factory.mktemp("adapting")
    prices = market(sessions=480)
    short = panel_of(prices[prices["session"] <= prices["session"].unique()[419]])
    short.save(folder / "panel")
    names = ("ewma", "gru")
    jobs = [Job(n, RECIPES[n], folder / "panel", PARTS, 7, SETTINGS, folder / "recipes" / n) for n in names]
    results, failed = backtest.run_all(jobs, 1)
    assert not failed
    return {each.name: each for each in results}


def short_of(result: Result) -> Panel:
    """The panel that a result was judged on."""
    return Panel.load(Path(result.panel))


def test_calibration_starts_on_the_calibrate_sessions(judged: dict[str, Result]) -> None:
    """The state in the model is what the calibrate rows' raw answers start, and ends where training does."""
    panel = short_of(judged["ewma"])
    rows, raw = judged["ewma"].raw
    count = len(backtest.scored_rows(panel, PARTS.calibrate))
    first, root = rows[:count], panel.compute_scale(rows[:count])
    expected = calibration.start(
        (raw[:count] / root[..., None]).astype(np.float32),
        (panel.target[first] / root).astype(np.float32),
        panel.session[first],
        panel.unit[first],
        LEVELS,
    )
    found = Adaptive.restore(judged["ewma"].model.document["calibration"])
    assert found.common == pytest.approx(expected.common, abs=1e-5)
    assert found.edges == pytest.approx(expected.edges)
    assert found.through == PARTS.select[0] - 1 == PARTS.calibrate[1] + FORECAST.horizon - 1


@pytest.mark.parametrize("name", ["ewma", "gru"])
def test_each_night_alone_answers_as_out_of_fold(judged: dict[str, Result], name: str) -> None:
    """Asked cutoff by cutoff, knowing no later bar, the model gives what its job gave for all at once."""
    result, prices = judged[name], market(sessions=480)
    panel = short_of(result)
    rows = np.concatenate([backtest.scored_rows(panel, part) for part in (PARTS.select, PARTS.test)])
    for session in (PARTS.select[0], PARTS.select[0] + 3, PARTS.select[1] - 1, PARTS.test[0], 418):
        known = panel_of(prices[prices["session"] <= prices["session"].unique()[session]])
        asked = np.flatnonzero(known.session == session)
        answers = forecast.predict(result.model, known, asked)
        expected = result.quantiles[panel.session[rows] == session]
        assert answers == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_what_has_matured_moves_the_answers(judged: dict[str, Result]) -> None:
    """After sessions of outcomes far above, upper quantiles have risen; before they mature, not a bit."""
    result = judged["ewma"]
    panel = short_of(result)
    asked = np.flatnonzero(panel.session == PARTS.select[0] + 30)
    before = forecast.predict(result.model, panel, asked)
    target = panel.target.copy()
    since = (panel.session >= PARTS.select[0]) & (panel.session < PARTS.select[0] + 30)
    target[since] = 10 * panel.compute_scale(since)
    after = forecast.predict(result.model, replace(panel, target=target), asked)
    assert (after[:, 0, 5:] > before[:, 0, 5:]).all()
    target = panel.target.copy()
    target[panel.session >= PARTS.select[0] + 30] = 10
    late = replace(panel, target=target)
    assert forecast.predict(result.model, late, asked).tobytes() == before.tobytes()


def test_who_else_is_asked_does_not_matter(judged: dict[str, Result]) -> None:
    """A row's answer is the same alone, in company, in any order, and beside rows that are not eligible."""
    model, panel = judged["ewma"].model, short_of(judged["ewma"])
    asked = np.flatnonzero((panel.session == 415) | (panel.session == 400))
    together = forecast.predict(model, panel, asked)
    assert forecast.predict(model, panel, asked[::-1]).tobytes() == together[::-1].tobytes()
    for place in (0, 5):
        assert forecast.predict(model, panel, asked[place : place + 1])[0].tobytes() == (
            together[place].tobytes()
        )
    barred = replace(panel, eligible=panel.eligible & (panel.symbol != 0))
    others = panel.symbol[asked] != 0
    with_barred = forecast.predict(model, barred, asked)
    assert with_barred[others].tobytes() == forecast.predict(model, barred, asked[others]).tobytes()
    assert np.isfinite(with_barred).all()


def test_a_refitted_model_goes_on_from_the_last_session(judged: dict[str, Result]) -> None:
    """Refitted, a model begins where its judged self stood at the cutoff, and adapts from there."""
    result = judged["ewma"]
    panel = short_of(result)
    whole = backtest.refit(panel, result, SETTINGS, 7)
    state = Adaptive.restore(whole.document["calibration"])
    assert whole.document["calibration"]["session"] == str(panel.sessions[-1]) == str(whole.trained_through)
    rows, raw = result.raw
    late = rows[len(backtest.scored_rows(panel, PARTS.calibrate)) :]
    scaled = (raw[-len(late) :] / panel.compute_scale(late)[..., None]).astype(np.float32)
    _, expected = calibration.walk(
        Adaptive.restore(result.model.document["calibration"]),
        scaled,
        (panel.target[late] / panel.compute_scale(late)).astype(np.float32),
        panel.session[late],
        panel.unit[late],
        LEVELS,
    )
    assert state.common == pytest.approx(expected.common, abs=1e-6)
    assert (state.seen > Adaptive.restore(result.model.document["calibration"]).seen).all()
    at = np.flatnonzero(longer().session == 419)
    assert forecast.predict(whole, longer(), at) == pytest.approx(
        forecast.predict(whole, panel, np.flatnonzero(panel.session == 419))
    )
    fixed = FittedModel({**whole.document, STOOD: (state.common + state.groups[1]).tolist()}, whole.arrays)
    months = np.flatnonzero(longer().session == 479)
    assert not np.allclose(
        forecast.predict(whole, longer(), months), forecast.predict(fixed, longer(), months)
    )


def test_who_is_outside_training_has_the_fallback(judged: dict[str, Result]) -> None:
    """A row outside what training saw is answered by its own past, whatever the model, and moves nothing."""
    panel = short_of(judged["ewma"])
    wild = (panel.symbol == 2) & (panel.session >= 330) & (panel.session < 400)
    unit = np.where(wild, 100 * panel.unit, panel.unit)
    off = replace(panel, unit=unit)
    barred = replace(panel, eligible=panel.eligible & ~wild)
    asked = np.flatnonzero((panel.session == 399) | (panel.session == 410))
    for name in ("ewma", "gru"):
        model = judged[name].model
        found = forecast.predict(model, off, asked)
        own = wild[asked]
        assert own.sum() == 1
        assert found[own].tobytes() == forecast.answer_fallback(panel, asked[own], LEVELS).tobytes()
        expected = forecast.predict(model, barred, asked[~own])
        assert found[~own] == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_every_model_knows_the_same_range_and_its_word_on_direction(judged: dict[str, Result]) -> None:
    """Networks and baselines alike abstain outside the fit and stop sessions; refitted, outside them all."""
    ewma, gru = (judged[name].model.document for name in ("ewma", "gru"))
    assert ewma["range"] == gru["range"]
    panel = short_of(judged["ewma"])
    low, high = ewma["range"]["unit"]
    seen = panel.unit[panel.ready & (panel.session < PARTS.stop[1])]
    assert np.mean((seen >= low) & (seen <= high)) == pytest.approx(0.998, abs=0.002)
    whole = backtest.refit(panel, judged["ewma"], SETTINGS, 7).document
    assert whole["range"] != ewma["range"]
    assert 0 <= whole["direction"] == ewma["direction"] <= 1


def test_sessions_are_told_apart_by_date(judged: dict[str, Result]) -> None:
    """On a panel that begins later, where sessions have other numbers, the model answers the same."""
    prices = market(sessions=480)
    late = prices[prices["session"] > prices["session"].unique()[19]]
    other = panels.build(late, axis(late), FORECAST, TIME, names=longer().names)
    model = judged["ewma"].model
    mine, theirs = np.flatnonzero(longer().session == 470), np.flatnonzero(other.session == 450)
    assert longer().sessions[470] == other.sessions[450]
    found = forecast.predict(model, other, theirs)
    # The volatility's start has faded by then, but not to the last bit.
    assert found == pytest.approx(forecast.predict(model, longer(), mine), rel=1e-3)


def test_a_model_says_where_its_calibration_began(judged: dict[str, Result]) -> None:
    """The words name the state by a hash, and the last session that it has seen."""
    model = judged["ewma"].model
    words = fitted_model.describe_calibration(model)
    assert words.endswith(f" through {model.trained_through}")
    moved = {**model.document["calibration"], "width": 9.0}
    assert fitted_model.describe_calibration(FittedModel({**model.document, STOOD: moved}, {})) != words
