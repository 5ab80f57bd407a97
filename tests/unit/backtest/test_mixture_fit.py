"""Network recipes answer a mixture with the regression of the leaderboard, out of fold and refitted."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from morrow import backtest, fitted_model, forecast, networks
from morrow import panel as panels
from morrow.backtest import Job, Result, mixture_fit
from morrow.backtest.ensembles import find_distinct
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe
from morrow.fitted_model import FittedModel
from morrow.forecast import network_mixture
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TINY

LEVELS = np.array(FORECAST.levels)
NEVER = {"proof": 1e9}
NETWORKS: Mapping[str, Recipe] = {
    "none": NetworkRecipe(kind="gru", **TINY | NEVER),
    "echo": NetworkRecipe(kind="rnn", **TINY | NEVER | {"target": "regressed"}),
    "some": NetworkRecipe(kind="lstm", **TINY | {"target": "regressed", "rate": 0.001}),
    "sign": NetworkRecipe(kind="gru", **TINY, head="direction"),
    "value": NetworkRecipe(kind="gru", **TINY, head="point"),
    "regression": RECIPES["regression"],
    "ewma": RECIPES["ewma"],
}
ENSEMBLES = {
    "echoes": ("none", "echo"),
    "all": ("none", "echo", "regression", "ewma"),
}


@pytest.fixture(scope="module")
def finished(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Networks with and without weight beside the regression, and ensembles of them."""
    folder = tmp_path_factory.mktemp("mixture")
    panel.save(folder / "panel")
    recipes = {**NETWORKS, **{name: EnsembleRecipe(kind="ensemble") for name in ENSEMBLES}}
    jobs = [
        Job(name, recipe, folder / "panel", PARTS, 7, SETTINGS, folder / "recipes" / name)
        for name, recipe in recipes.items()
    ]
    results, failed = backtest.run_all(backtest.link_jobs(jobs, lambda name: ENSEMBLES.get(name, ())), 1)
    assert not failed
    return {each.name: each for each in results}


def alone(result: Result, panel: Panel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log-return quantiles (N, H, Q) of a result's networks alone."""
    assert isinstance(result.recipe, NetworkRecipe)
    quantiles, scale = network_mixture.predict_networks(result.model, result.recipe, panel, rows)
    return np.asarray(quantiles * scale[..., None])


@pytest.mark.parametrize("name", ["none", "echo"])
def test_networks_of_no_weight_are_the_row_regression(finished: dict[str, Result], name: str) -> None:
    """To the bit, whatever the target: quantiles, losses and calibration; and the row says so."""
    network, regression = finished[name], finished["regression"]
    assert network.model.document["weight"] == network.weight == 0
    assert network.answers_as == "regression"
    assert regression.answers_as is regression.weight is None
    assert network.quantiles.tobytes() == regression.quantiles.tobytes()
    assert network.losses.equals(regression.losses)
    assert network.calibration == regression.calibration


def test_a_weight_mixes_the_board_s_regression_with_the_networks(
    panel: Panel, finished: dict[str, Result]
) -> None:
    """(1 − λ) times the quantiles of the row ``regression`` plus λ times those of the networks alone."""
    for name in ("some", "value"):
        result = finished[name]
        weight = result.weight
        assert weight is not None
        rows, raw = result.raw
        expected = (1 - weight) * finished["regression"].raw[1] + weight * alone(result, panel, rows)
        assert raw == pytest.approx(expected, rel=1e-4, abs=1e-8)
    assert any(finished[name].weight for name in ("some", "value"))


def test_the_weight_is_of_the_calibrate_sessions_alone(panel: Panel, finished: dict[str, Result]) -> None:
    """Fitting it again on the calibrate rows gives it, without the outcomes of later sessions."""
    early = backtest.scored_rows(panel, PARTS.calibrate)
    unknown = replace(panel, target=np.where(panel.session[:, None] >= PARTS.select[0], np.nan, panel.target))
    for name in ("some", "value", "sign"):
        model = finished[name].model
        known = panel.target[early].astype(np.float64)
        known[panels.explain_outliers(model.document["range"], panel, early) != ""] = np.nan
        reference = fitted_model.reference(model)
        assert reference is not None
        again = mixture_fit.mix_networks(model, reference, unknown, early, known)
        assert again.model.document["weight"] == finished[name].weight


def test_networks_alone_have_figures_of_their_own(panel: Panel, finished: dict[str, Result]) -> None:
    """Beside the mixture's, whatever the weight; baselines and directions have none."""
    board = {row["name"]: row for row in backtest.leaderboard(panel, PARTS, list(finished.values()), LEVELS)}
    reference = board["regression"]["pinball"]
    for name in ("none", "echo", "some", "value"):
        row = board[name]
        assert row["networks_pinball"] == finished[name].networks["pinball"] > 0
        assert row["networks_pinball_select"] > 0
        assert row["networks_skill_vs_regression"] == pytest.approx(1 - row["networks_pinball"] / reference)
        assert row["skill_vs_regression"] == pytest.approx(1 - row["pinball"] / reference)
    assert board["none"]["networks_pinball"] != board["none"]["pinball"] == reference
    assert board["ewma"]["networks_pinball"] is board["sign"]["networks_pinball"] is None
    assert board["ewma"]["weight"] is None
    assert board["none"]["answers_as"] == "regression"


def test_networks_of_no_weight_are_not_evaluated(
    panel: Panel, finished: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forecast of weight zero reads no network; one of another weight does."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network was evaluated")

    monkeypatch.setattr(networks, "read", refuse)
    rows = backtest.scored_rows(panel, PARTS.test)
    assert np.isfinite(forecast.predict(finished["none"].model, panel, rows)).all()
    with pytest.raises(AssertionError, match="a network was evaluated"):
        forecast.predict(weighted(finished["none"].model, 0.5), panel, rows)


def weighted(model: FittedModel, weight: float) -> FittedModel:
    """The model with another weight."""
    return replace(model, document={**model.document, "weight": weight})


def test_a_model_of_an_earlier_version_answers_with_its_networks_alone(
    panel: Panel, finished: dict[str, Result]
) -> None:
    """Without weight and reference in its document the weight is one, and the unit the networks' own."""
    model, rows = finished["some"].model, backtest.scored_rows(panel, PARTS.test)
    document = {name: value for name, value in model.document.items() if name not in ("weight", "reference")}
    arrays = {name: value for name, value in model.arrays.items() if not name.startswith("reference/")}
    found = forecast.predict_raw(FittedModel(document, arrays), panel, rows)
    assert found == pytest.approx(alone(finished["some"], panel, rows), rel=1e-5)
    assert found == pytest.approx(forecast.predict_raw(weighted(model, 1.0), panel, rows), rel=1e-4, abs=1e-8)


def test_directions_are_mixed_with_the_frequencies(panel: Panel, finished: dict[str, Result]) -> None:
    """Between weight 0, the same shares for every row, and weight 1; the quantiles are the regression's."""
    result, rows = finished["sign"], backtest.scored_rows(panel, PARTS.test)
    whole, none, half = (
        forecast.probabilities(weighted(result.model, weight), panel, rows) for weight in (1.0, 0.0, 0.5)
    )
    assert whole is not None
    assert none is not None
    assert half == pytest.approx((whole + none) / 2, abs=1e-6)
    assert np.ptp(none, axis=0).max() < 1e-6 < np.ptp(whole, axis=0).max()
    assert result.quantiles.tobytes() == finished["regression"].quantiles.tobytes()
    assert result.answers_as is None
    assert not result.can_win


@pytest.mark.parametrize("name", ["none", "some"])
def test_a_refit_carries_the_weight(panel: Panel, finished: dict[str, Result], name: str) -> None:
    """The refitted model is mixed with the refitted regression, by the weight found out of fold."""
    weights = {"none": 0.0, "some": 0.25}
    result = finished[name]
    judged = weighted(result.model, weights[name])
    folder = result.folder.with_name(f"{name}-weighted")
    copy_result(result, judged, folder)
    whole = backtest.refit(panel, replace(result, folder=folder), SETTINGS, 7)
    regression = backtest.refit(panel, finished["regression"], SETTINGS, 7)
    rows = np.flatnonzero(panel.session == 419)
    start = forecast.predict_raw(regression, panel, rows)
    assert whole.document["weight"] == weights[name]
    assert whole.trained_through == panel.sessions[-1]
    found = forecast.predict_raw(whole, panel, rows)
    if name == "none":
        assert found.tobytes() == start.tobytes()
        assert not any(key.startswith("0.") for key in whole.arrays)
        return
    own = alone(replace(result, folder=save(whole, folder / "whole")), panel, rows)
    assert found == pytest.approx(0.75 * start + 0.25 * own, rel=1e-4, abs=1e-8)


def save(model: FittedModel, folder: Path) -> Path:
    """Write a model to a new folder."""
    folder.mkdir()
    fitted_model.save(model, folder)
    return folder


def copy_result(result: Result, model: FittedModel, folder: Path) -> None:
    """A result's folder with another model."""
    save(model, folder)
    (folder / backtest.LOSSES).write_bytes((result.folder / backtest.LOSSES).read_bytes())


def test_members_that_answer_as_one_model_count_once(panel: Panel, finished: dict[str, Result]) -> None:
    """Two networks of no weight, and the regression: one member. An ensemble of such alone says so."""
    whole, echoes = finished["all"], finished["echoes"]
    assert list(whole.members) == ["regression", "ewma"]
    assert whole.missing == echoes.missing == ()
    expected = (finished["regression"].raw[1] + finished["ewma"].raw[1]) / 2
    assert whole.raw[1] == pytest.approx(expected, rel=1e-4)
    assert whole.answers_as is None
    assert whole.baseline
    assert list(echoes.members) == ["none"]
    assert echoes.answers_as == "regression"
    assert echoes.raw[1] == pytest.approx(finished["regression"].raw[1], rel=1e-6)
    refitted = backtest.refit(panel, echoes, SETTINGS, 7)
    assert refitted.document["weights"] == [1.0]


def test_distinct_members_keep_their_order(finished: dict[str, Result]) -> None:
    """Of those that answer as the regression, the baseline; else the first of them."""
    for members, distinct in (
        (("echo", "ewma", "none"), ["echo", "ewma"]),
        (("echo", "ewma", "regression"), ["ewma", "regression"]),
        (("some", "ewma"), ["some", "ewma"]),
    ):
        assert [each.name for each in find_distinct([finished[name] for name in members])] == distinct


def test_a_job_takes_the_finished_regression(
    panel: Panel, finished: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's job fits no reference where the board's regression is there; the result is the same."""
    regression = finished["regression"].folder
    job = Job("some", NETWORKS["some"], regression.parent.parent / "panel", PARTS, 7, SETTINGS, regression)
    fitted = mixture_fit.fit_reference(job, panel)
    calls: list[Any] = []
    monkeypatch.setattr(mixture_fit.training, "fit", lambda *args: calls.append(args))
    taken = mixture_fit.fit_reference(replace(job, reference=regression), panel)
    assert not calls
    assert taken.arrays.keys() == fitted.arrays.keys()
    assert all(taken.arrays[name].tobytes() == fitted.arrays[name].tobytes() for name in fitted.arrays)
    assert taken.document["scaling"] == fitted.document["scaling"]
