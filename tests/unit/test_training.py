"""Training: seeds, stopping, refitting, what is refused, and that a planted signal is learned."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from morrow import forecast, metrics, training
from morrow import panel as panels
from morrow.baselines.ewma import EwmaRecipe
from morrow.config import Config, Forecast, NetworkRecipe, Time
from morrow.errors import HistoryError, NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.training import STEPS_AN_EPOCH
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TIME, TINY, axis, bars, panel_of, train

NETWORKS = ["rnn", "rnn-relu", "lstm", "gru"]


def same(one: FittedModel, two: FittedModel) -> bool:
    """Whether two models hold the same arrays, bit for bit."""
    return one.arrays.keys() == two.arrays.keys() and all(
        one.arrays[name].tobytes() == two.arrays[name].tobytes() for name in one.arrays
    )


def timeless(history: list[dict[str, float]]) -> list[dict[str, float]]:
    """The epochs without how fast they were."""
    return [
        {k: v for k, v in epoch.items() if k != "positions_per_s" and not k.startswith("system/")}
        for epoch in history
    ]


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_same_seed_gives_the_same_bits(panel: Panel, name: str) -> None:
    """Fitting a recipe twice gives the same arrays, document and history, bit for bit."""
    one, two = train(panel, name), train(panel, name)
    assert same(one.fitted, two.fitted)
    assert one.fitted.document == two.fitted.document
    assert timeless(one.history) == timeless(two.history)


@pytest.mark.parametrize("name", [*NETWORKS, "boosted"])
def test_another_seed_gives_other_weights(panel: Panel, name: str) -> None:
    """What is drawn at random follows the seed."""
    assert not same(train(panel, name).fitted, train(panel, name, seed=8).fitted)


def test_seeds_are_averaged_over_different_networks(panel: Panel) -> None:
    """The networks of one recipe start from different draws."""
    arrays = train(panel, "gru").fitted.arrays
    assert not np.array_equal(arrays["0.cell.weight_hh_l0"], arrays["1.cell.weight_hh_l0"])


def test_training_leaves_no_trace_in_the_weights_of_others(panel: Panel) -> None:
    """What was trained or drawn before does not matter."""
    before = train(panel, "lstm")
    torch.manual_seed(99)
    torch.rand(17)
    train(panel, "rnn")
    assert same(train(panel, "lstm").fitted, before.fitted)


def test_the_document_says_what_it_is(panel: Panel) -> None:
    """A fitted model carries its recipe, features, symbols, seed and the last session it has used."""
    fitted = train(panel, "lstm").fitted
    document = fitted.document
    assert document["recipe"] == RECIPES["lstm"].model_dump(mode="json")
    assert (document["name"], document["seed"], document["calibration"]) == ("lstm", 7, None)
    assert tuple(document["features"]) == panel.names
    assert tuple(document["symbols"]) == panel.symbols
    assert fitted.trained_through == panel.sessions[PARTS.stop[1] - 1 + FORECAST.horizon]
    assert fitted.trained_through < panel.sessions[PARTS.calibrate[0]]
    assert document["forecast"] == SETTINGS["forecast"]


def test_every_epoch_is_told(panel: Panel) -> None:
    """Progress hears each epoch of each network as the history keeps it."""
    heard: list[dict[str, float]] = []
    task = training.FitTask(
        "gru", RECIPES["gru"], PARTS.fit, PARTS.stop, 300, 7, FORECAST.levels, FORECAST.window
    )
    trained = training.fit(panel, task, heard.append)
    assert trained.history == heard
    assert {epoch["network"] for epoch in heard} == {0, 1}
    assert {"epoch", "fit_loss", "stop_loss", "gradient_norm"} <= heard[0].keys()
    assert trained.seconds > 0


def stop_loss(panel: Panel, fitted: FittedModel) -> float:
    """Pinball of scaled returns on the stop sessions, mean over known steps."""
    rows = training.fit_rows(panel, PARTS.stop)
    known_before = {**fitted.document, "trained_through": str(panel.sessions[0])}
    quantiles, _ = forecast.predict_scaled(FittedModel(known_before, fitted.arrays), panel, rows)
    actual = panel.scale_targets(rows)
    known = np.isfinite(actual)
    loss = metrics.pinball(quantiles.astype(float), actual.astype(float), np.array(FORECAST.levels)).mean(-1)
    return float(loss[known].mean())


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_the_best_epoch_is_kept(panel: Panel, rate: float) -> None:
    """The weights are those of the epoch with the lowest stop loss, and its steps are on record."""
    recipe = NetworkRecipe(kind="lstm", **{**TINY, "rate": rate, "epochs": 6, "patience": 3})
    trained = train(panel, "lstm", recipe=recipe)
    losses = [epoch["stop_loss"] for epoch in trained.history]
    best = int(np.argmin(losses))
    (course,) = training.courses(trained.fitted.document)
    assert course.steps == (best + 1) * STEPS_AN_EPOCH
    assert stop_loss(panel, trained.fitted) == pytest.approx(min(losses), rel=1e-4)


def test_patience_ends_the_training(panel: Panel) -> None:
    """Training ends when the stop loss has not improved for as many epochs as patience says."""
    recipe = NetworkRecipe(kind="rnn", **{**TINY, "rate": 1.0, "epochs": 40, "patience": 2})
    history = train(panel, "rnn", recipe=recipe).history
    losses = [epoch["stop_loss"] for epoch in history]
    assert len(losses) < 40
    assert int(np.argmin(losses)) == len(losses) - 3


@pytest.mark.parametrize("name", NETWORKS)
def test_refitting_takes_the_steps_that_were_chosen(panel: Panel, name: str) -> None:
    """Told the steps instead of stop sessions, training takes exactly those and ends at the same weights."""
    judged = train(panel, name).fitted
    again = train(panel, name, stop=None, courses=training.courses(judged.document))
    assert same(again.fitted, judged)
    assert again.fitted.document["courses"] == judged.document["courses"]
    assert again.history == []


def test_a_refit_on_everything_differs(panel: Panel) -> None:
    """Refitted on every session through the cutoff, the model has learned something else."""
    judged = train(panel, "lstm").fitted
    last = len(panel.sessions) - 1
    refit = train(
        panel, "lstm", fit=(0, last + 1), stop=None, courses=training.courses(judged.document), through=last
    ).fitted
    assert not same(refit, judged)
    assert refit.trained_through == panel.sessions[-1]


def test_fit_rows_are_known_and_free(panel: Panel) -> None:
    """Rows to learn from lie inside the sessions, with features and a target, and are not pegged."""
    rows = training.fit_rows(panel, (100, 200))
    assert ((panel.session[rows] >= 100) & (panel.session[rows] < 200)).all()
    assert len(rows) == 400
    still = np.repeat([1.0, 1.1], 150)
    with_peg = panel_of(bars({"A": panel.adjusted[:300], "PEG": still, "B": panel.adjusted[420:720]}))
    assert with_peg.pegged[with_peg.symbol == 2].any()
    assert not with_peg.pegged[training.fit_rows(with_peg, (0, 300))].any()


def test_a_window_longer_than_the_history(panel: Panel) -> None:
    """A window that no series fills before the stop sessions is refused, with what to do."""
    with pytest.raises(HistoryError, match=r"window of 1000 .*lower forecast\.window"):
        train(panel, "lstm", window=1000)


@pytest.mark.parametrize("name", ["lstm", "ewma", "boosted"])
def test_nothing_to_learn_from(panel: Panel, name: str) -> None:
    """Fit sessions that are all warm-up are refused."""
    with pytest.raises(HistoryError, match="no bar of the fit sessions"):
        train(panel, name, fit=(0, 40))


def test_nothing_to_stop_by() -> None:
    """Stop sessions on which no symbol has a window are refused."""
    closes = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(1).standard_normal((2, 420)), axis=1))
    closes[0, 240:] = np.nan
    closes[1, :180] = np.nan
    with pytest.raises(HistoryError, match="no stop session"):
        train(panel_of(bars({"OLD": closes[0], "NEW": closes[1]})), "lstm", window=120)


def test_a_loss_that_explodes_stops_the_recipe(panel: Panel) -> None:
    """A loss that is not finite ends the training with the recipe's name and what to do."""
    recipe = NetworkRecipe(kind="rnn", nonlinearity="relu", **{**TINY, "rate": 1e30})
    with pytest.raises(NightError, match=r"recipe wild: loss .*lower its rate"):
        train(panel, "wild", recipe=recipe)


def test_symbols_without_a_garch_fit_are_named(panel: Panel) -> None:
    """A symbol whose returns are too few for a fit is named and answers with the EWMA unit."""
    young = np.full(420, np.nan)
    young[200:] = panel.adjusted[:220]
    closes = {"A": panel.adjusted[420:840], "NEW": young}
    mixed = panel_of(bars(closes))
    fitted = train(mixed, "gjr-garch-t").fitted
    assert fitted.document["not_converged"] == ["NEW"]
    assert np.isfinite(fitted.arrays["parameters"]).all(axis=1).tolist() == [True, False]
    rows = np.flatnonzero(mixed.session == 419)
    quantiles, scale = forecast.predict_scaled(fitted, mixed, rows)
    assert scale[1] == pytest.approx(mixed.compute_scale(rows[1]))
    assert scale[0] != pytest.approx(mixed.compute_scale(rows[0]))
    assert np.isfinite(quantiles).all()


def test_settings_rebuild_the_panel(tmp_path: Path) -> None:
    """What a fitted model carries of the configuration restores its sections."""
    universe: dict[str, Any] = {
        "source": {"kind": "bundled", "dataset": "us5"}, "calendar": "XNYS", "tick": 0.01,
    }  # fmt: skip
    config = Config(
        root=tmp_path,
        forecast=FORECAST,
        time=TIME,
        training={"recipes": ["ewma"]},
        recipes={"ewma": EwmaRecipe(kind="ewma")},
        universes={"us5": universe},
    )
    found = training.settings(config, "us5")
    assert Forecast(**found["forecast"]) == FORECAST
    assert Time(**found["time"]) == TIME
    assert (found["universe"], found["calendar"], found["tick"]) == ("us5", "XNYS", 0.01)


# --- learning ---

ONE_STEP = Forecast(horizon=1, window=16)


def skill(closes: np.ndarray, recipe: NetworkRecipe) -> float:
    """Skill of a network against EWMA, on the test sessions, at one step ahead."""
    prices = bars({f"S{index}": row for index, row in enumerate(closes)})
    panel = panels.build(prices, axis(prices), ONE_STEP, TIME)
    parts = panels.split_sessions(closes.shape[1], ONE_STEP, TIME)
    document = {"forecast": ONE_STEP.model_dump(mode="json")}
    rows = np.flatnonzero((panel.session >= parts.select[0]) & np.isfinite(panel.target[:, 0]))
    loss = []
    for chosen, stop in ((recipe, parts.stop), (EwmaRecipe(kind="ewma"), None)):
        task = training.FitTask(
            "x", chosen, parts.fit, stop, parts.fit[1], 7, ONE_STEP.levels, ONE_STEP.window, (), document
        )
        quantiles = forecast.predict(training.fit(panel, task).fitted, panel, rows)
        actual = panel.target[rows].astype(float)
        loss.append(metrics.pinball(quantiles.astype(float), actual, np.array(ONE_STEP.levels)).mean())
    return float(1 - loss[0] / loss[1])


def learner(name: str) -> NetworkRecipe:
    """A network that can learn something in a second."""
    options: dict[str, Any] = {
        "kind": name.partition("-")[0], "nonlinearity": "relu" if name == "rnn-relu" else "tanh",
    }  # fmt: skip
    return NetworkRecipe(
        **options, width=8, stride=32, epochs=12, patience=6, networks=1, batch=32, rate=0.03, dropout=0.0,
        average=0.9, target="scaled",
    )  # fmt: skip


def autoregressive(coefficient: float) -> np.ndarray:
    """Four price paths whose returns follow an AR(1): (4, 800)."""
    shocks = 0.01 * np.random.default_rng(12).standard_normal((4, 800))
    returns = np.zeros_like(shocks)
    for step in range(1, 800):
        returns[:, step] = coefficient * returns[:, step - 1] + shocks[:, step]
    return np.asarray(100 * np.exp(np.cumsum(returns, axis=1)))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_planted_signal_is_learned(name: str) -> None:
    """Where yesterday's return says half of today's, each cell beats EWMA by several per cent."""
    # The spread that remains is √(1 − 0.6²) = 0.8 of what EWMA must assume.
    assert skill(autoregressive(0.6), learner(name)) > 0.05


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_noise_is_not_learned(name: str) -> None:
    """Where there is nothing to know, a network is about as good as EWMA and claims no more."""
    assert abs(skill(autoregressive(0.0), learner(name))) < 0.03
