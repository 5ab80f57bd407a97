"""Networks that start from the shipped weights: untouched, tuned, and repeated."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from morrow.config import NetworkRecipe, Recipe
from morrow.forecast import network_quantiles
from morrow.panel import SHORTEST, Panel
from morrow.pretraining import forecast_zero_shot, load_network
from morrow.training import courses
from tests.conftest import FORECAST, PARTS, train

LEVELS = np.asarray(FORECAST.levels)


def recipe(**options: object) -> NetworkRecipe:
    """A pretrained recipe that tunes two small networks for a few epochs."""
    small = {"kind": "gru", "start": "pretrained", "epochs": 2, "batch": 8, "stride": 16}
    built = TypeAdapter(Recipe).validate_python(small | options)
    assert isinstance(built, NetworkRecipe)
    return built


def answer(fitted: object, options: NetworkRecipe, panel: Panel, rows: np.ndarray) -> np.ndarray:
    """Log return quantiles of a recipe's networks alone."""
    quantiles = network_quantiles.quantiles(fitted, options, panel, rows)  # type: ignore[arg-type]
    return np.asarray(quantiles * network_quantiles.unit(fitted, panel, rows)[..., None])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_without_an_epoch_the_shipped_network_answers(
    panel: Panel, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With epochs 0 nothing is trained, and the recipe's networks are the zero-shot network."""
    monkeypatch.setattr("morrow.pretraining.answers.WINDOW", FORECAST.window)
    options = recipe(kind=kind, epochs=0, networks=1, stride=64)
    result = train(panel, "x", recipe=options)
    rows = np.flatnonzero(panel.session >= PARTS.calibrate[0])
    expected = forecast_zero_shot(panel, rows, LEVELS, kind)
    assert result.history == []
    assert answer(result.fitted, options, panel, rows) == pytest.approx(expected, rel=1e-5)


def test_tuning_keeps_the_start_unless_the_stop_loss_falls(panel: Panel) -> None:
    """A rate that spoils the weights changes nothing: the start had the lowest stop loss."""
    options = recipe(rate=0.5, networks=1)
    result = train(panel, "x", recipe=options)
    start = result.history[0]["start_loss"]
    assert all(each["stop_loss"] > start for each in result.history)
    shipped = load_network("gru").weights
    for name, value in shipped.items():
        assert np.array_equal(result.fitted.arrays[f"0.{name}"], value)


def test_tuned_networks_differ_by_seed_and_repeat_their_course(panel: Panel) -> None:
    """Each seed reads other batches; a refit for the chosen steps on the same rows gives the same weights."""
    options = recipe(rate=1e-3, average=0.5, patience=2)
    result = train(panel, "x", recipe=options)
    arrays = result.fitted.arrays
    assert not np.array_equal(arrays["0.head.weight"], arrays["1.head.weight"])
    again = train(panel, "x", recipe=options, stop=None, courses=courses(result.fitted.document))
    for name, value in arrays.items():
        assert again.fitted.arrays[name] == pytest.approx(value, abs=1e-6)


def test_what_a_user_selects_changes_nothing(panel: Panel) -> None:
    """The networks' inputs are their own, so other values of the features give the same answers."""
    options = recipe(networks=1)
    rows = np.flatnonzero(panel.session >= PARTS.calibrate[0])
    other = replace(panel, features=2 * panel.features)
    one, two = (
        answer(train(each, "x", recipe=options).fitted, options, each, rows) for each in (panel, other)
    )
    assert np.array_equal(one, two)


def test_a_row_of_sixty_bars_is_answered(panel: Panel) -> None:
    """The shipped network answers where the features of other recipes are not known for a window yet."""
    rows = np.flatnonzero(panel.position == SHORTEST - 1)
    options = recipe(epochs=0, networks=1)
    fitted = train(panel, "x", recipe=options).fitted
    assert np.isfinite(answer(fitted, options, panel, rows)).all()
