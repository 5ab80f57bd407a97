"""Every option of training against its definition: batches, masks, schedules, penalties, optimisers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from morrow import networks, training
from morrow.config import NetworkRecipe
from morrow.errors import NightError
from morrow.fitted_model import FittedModel
from morrow.heads import Start
from morrow.networks import Schedule, Stepper
from morrow.panel import Panel
from morrow.training.batches import Batch, Batches
from morrow.training.dataset import Dataset, Share, gather
from morrow.training.loop import Loop
from morrow.training.training_request import Course, FitTask
from tests.conftest import FORECAST, PARTS, TINY, bars, market, panel_of, train

START = Start(np.array([[-1.0, 0.0, 1.0]] * 2, dtype=np.float32), np.full((2, 3), 1 / 3, dtype=np.float32))
GRID = (0.25, 0.5, 0.75)


def recipe(**options: Any) -> NetworkRecipe:
    """A tiny recipe without dropout."""
    if options.get("supervision") == "last":
        options |= {"stride": 64}
    return NetworkRecipe(**({**TINY, "kind": "gru", "dropout": 0.0} | options))


def dataset(panel: Panel, chosen: NetworkRecipe) -> tuple[Dataset, list[Share]]:
    """What the recipe's networks learn from on the early parts of 420 sessions."""
    task = FitTask("x", chosen, PARTS.fit, PARTS.stop, 300, 7, FORECAST.levels, FORECAST.window)
    return gather(panel, training.fit_rows(panel, PARTS.fit), task, chosen, torch.device("cpu"))


def stepper(chosen: NetworkRecipe, restarts: int = 0) -> Stepper:
    """A stepper over a small network."""
    torch.manual_seed(2)
    return Stepper(networks.build(chosen, 3, START, GRID), chosen, Schedule(chosen, restarts))


# --- what is gathered ---


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_input_that_is_not_finite_is_refused_by_name(panel: Panel, value: float) -> None:
    """One value that no network can learn from is named by symbol, session and feature."""
    features = panel.features.copy()
    row = int(np.flatnonzero((panel.symbol == 2) & (panel.session == 200))[0])
    column = panel.names.index("rsi_14")
    features[row, column] = value
    with pytest.raises(NightError, match=rf"x: rsi_14 of S2 on {panel.sessions[200]} is {value}"):
        train(replace(panel, features=features), "x", recipe=recipe())


def test_a_missing_volume_is_unknown_and_an_infinite_one_refused(panel: Panel) -> None:
    """A bar may lack its volume, which then counts as the fitted median; infinite it may not be."""
    features = panel.features.copy()
    row = int(np.flatnonzero((panel.symbol == 1) & (panel.session == 200))[0])
    features[row, panel.names.index("volume_ratio_1")] = np.nan
    found, _ = dataset(replace(panel, features=features), recipe())
    assert torch.isfinite(found.features[panel.reach >= 0]).all()
    features[row, panel.names.index("volume_ratio_1")] = -np.inf
    with pytest.raises(NightError, match="volume_ratio_1 of S1"):
        dataset(replace(panel, features=features), recipe())


def test_an_infinite_return_is_refused(panel: Panel) -> None:
    """So is a target."""
    target = panel.target.copy()
    target[np.flatnonzero(panel.session == 100)[0], 1] = np.inf
    with pytest.raises(NightError, match="return over 2 sessions of S0"):
        dataset(replace(panel, target=target), recipe())


def test_recency_halves_a_loss_every_half_life(panel: Panel) -> None:
    """A loss weighs half for every half-life that its session lies before the last of the fit sessions."""
    found, _ = dataset(panel, recipe(half_life=50))
    assert found.weight is not None
    ages = PARTS.fit[1] - 1 - panel.session
    assert found.weight.numpy() == pytest.approx(0.5 ** (ages / 50), rel=1e-5)
    assert dataset(panel, recipe())[0].weight is None


def test_raw_targets_have_one_unit_a_step(panel: Panel) -> None:
    """A raw target is the return over one number a step, the deviation on the fit rows."""
    found, _ = dataset(panel, recipe(target="raw"))
    rows = training.fit_rows(panel, PARTS.fit)
    expected = np.nanstd(panel.target[rows].astype(float), axis=0)
    assert found.constant == pytest.approx(expected)
    known = np.isfinite(panel.target[rows])
    assert found.target.numpy()[rows][known] == pytest.approx(
        (panel.target[rows] / expected)[known], rel=1e-4, abs=1e-6
    )


# --- batches and masks ---


def drawn(panel: Panel, chosen: NetworkRecipe, share: int = 0) -> tuple[Batch, Dataset]:
    """The first batch."""
    found, shares = dataset(panel, chosen)
    return Batches(found, shares[share], chosen, np.random.default_rng(1)).next(), found


@pytest.mark.parametrize("supervision", ["every", "last"])
def test_batches_are_rows_of_the_panel(panel: Panel, supervision: str) -> None:
    """Each sequence is consecutive rows of one series, and each target belongs to the last row read."""
    batch, found = drawn(panel, recipe(supervision=supervision))
    table = {tuple(row): place for place, row in reversed(list(enumerate(found.features.numpy().tolist())))}
    for column in range(batch.features.shape[1]):
        places = [table[tuple(row)] for row in batch.features[:, column].tolist()]
        assert np.diff(places).tolist() == [1] * (len(places) - 1)
        assert len(set(panel.series[places])) == 1
        answered = places[batch.skip :] if supervision == "every" else places[-1:]
        expected = found.target[answered]
        known = torch.isfinite(expected)
        assert torch.equal(batch.weight[:, column], known.float())
        assert torch.equal(batch.target[:, column], expected.nan_to_num())


def uneven() -> Panel:
    """A market of which one symbol is listed late and one delisted early."""
    prices = market()
    sessions = prices["session"].unique()
    young = (prices["symbol"] == "S1") & (prices["session"] < sessions[110])
    ended = (prices["symbol"] == "S2") & (prices["session"] > sessions[110])
    return panel_of(prices[~young & ~ended])


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_padding_changes_no_number(kind: str) -> None:
    """Sequences of different length in one batch have the loss and gradients that they have apart."""
    panel = uneven()
    chosen = recipe(kind=kind, stride=64, batch=32)
    found, (share,) = dataset(panel, chosen)
    loop = Loop(found, share, chosen, FORECAST.levels, (7, 0), 0, Course("", 0))
    batch = loop.batches.next()
    lengths = batch.weight.amax(dim=2).sum(dim=0)
    assert len(set(lengths.tolist())) > 1
    together = loop.loss(batch)
    gradients = torch.autograd.grad(together, list(loop.network.parameters()))
    total, count = torch.zeros(()), batch.weight.sum()
    for column in range(batch.features.shape[1]):
        last = int(np.flatnonzero(batch.weight[:, column].amax(dim=1).numpy())[-1]) + 1
        raw = loop.network(batch.features[: batch.skip + last, column : column + 1], batch.skip)
        losses = loop.network.head.loss(raw, batch.target[:last, column : column + 1])
        total = total + (losses * batch.weight[:last, column : column + 1]).sum()
    alone = total / count
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)
    apart = torch.autograd.grad(alone, list(loop.network.parameters()))
    for one, other in zip(gradients, apart, strict=True):
        assert one.numpy() == pytest.approx(other.numpy(), rel=1e-3, abs=1e-6)
    garbage = batch.features.clone()
    for column in range(batch.features.shape[1]):
        last = int(np.flatnonzero(batch.weight[:, column].amax(dim=1).numpy())[-1]) + 1
        garbage[batch.skip + last :, column] = 1e3
    assert loop.loss(batch._replace(features=garbage)).item() == together.item()


def test_unknown_symbols_are_trained_at_random(panel: Panel) -> None:
    """About the stated share of chunks carries the unknown symbol's place instead of its own."""
    batch, found = drawn(panel, recipe(symbols="embedding", unknown=0.3, batch=2000))
    assert batch.symbols is not None
    assert found.embedded == panel.symbols
    assert (batch.symbols == 4).float().mean().item() == pytest.approx(0.3, abs=0.04)
    assert set(batch.symbols.tolist()) == {0, 1, 2, 3, 4}


# --- schedules, penalties, optimisers ---


def test_schedules_by_hand() -> None:
    """Warm-up rises linearly, a cosine falls to zero over all epochs, a plateau halves, a restart halves."""
    assert [Schedule(recipe(warm_up=4), 0).rate(step) for step in range(6)] == pytest.approx(
        [0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01]
    )
    cosine = Schedule(recipe(schedule="cosine", epochs=2), 0)
    assert [cosine.rate(step) for step in (0, 8, 16)] == pytest.approx([0.01, 0.005, 0.0])
    cut = Schedule(recipe(schedule="plateau"), 0, (8, 24))
    assert [cut.rate(step) for step in (7, 8, 23, 24)] == pytest.approx([0.01, 0.005, 0.005, 0.0025])
    assert Schedule(recipe(), 2).rate(0) == pytest.approx(0.0025)


def moved(chosen: NetworkRecipe, steps: int = 3) -> tuple[list[np.ndarray], list[np.ndarray], list[float]]:
    """Weights before and after steps along a loss whose gradient is 2 w, and the norms before clipping."""
    found = stepper(chosen)
    before = [weight.detach().numpy().astype(float).copy() for weight in found.weights]
    norms = [
        found.step(sum(weight.square().sum() for weight in found.weights), step) for step in range(steps)
    ]
    return before, [weight.detach().numpy() for weight in found.weights], norms


def clipped(gradients: list[np.ndarray], most: float) -> tuple[list[np.ndarray], float]:
    """Gradients of at most the given norm, and their norm."""
    norm = float(np.sqrt(sum((gradient**2).sum() for gradient in gradients)))
    return [gradient * min(1.0, most / (norm + 1e-6)) for gradient in gradients], norm


@pytest.mark.parametrize(
    "options",
    [
        {"optimiser": "adamw", "weight_decay": 0.1},
        {"optimiser": "adam"},
        {"optimiser": "sgd", "momentum": 0.8, "weight_decay": 0.1},
        {"optimiser": "adamw", "weight_decay": 0.0, "l1": 0.05},
        {"optimiser": "sgd", "momentum": 0.0, "clip": 1e9, "warm_up": 2},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_optimisers_follow_their_equations(options: dict[str, Any]) -> None:
    """Adam (Kingma & Ba), its decoupled decay (Loshchilov & Hutter), momentum, L1 and clipping, by hand."""
    chosen = recipe(**options)
    weights, after, norms = moved(chosen)
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step, norm in enumerate(norms):
        given = [2 * w + chosen.l1 * np.sign(w) * (w.ndim > 1) for w in weights]
        gradients, expected = clipped(given, chosen.clip)
        assert norm == pytest.approx(expected, rel=1e-4)
        rate = chosen.rate * min(1.0, (step + 1) / chosen.warm_up if chosen.warm_up else 1.0)
        for place, gradient in enumerate(gradients):
            weights[place] = weights[place] * (1 - rate * chosen.weight_decay)
            if chosen.optimiser == "sgd":
                first[place] = chosen.momentum * first[place] + gradient
                weights[place] = weights[place] - rate * first[place]
                continue
            first[place] = 0.9 * first[place] + 0.1 * gradient
            second[place] = 0.999 * second[place] + 0.001 * gradient**2
            upward = first[place] / (1 - 0.9 ** (step + 1))
            size = np.sqrt(second[place] / (1 - 0.999 ** (step + 1))) + 1e-8
            weights[place] = weights[place] - rate * upward / size
    for found, wanted in zip(after, weights, strict=True):
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_the_average_forgets_by_its_decay() -> None:
    """The averaged weights move to the network's by one minus the decay, and faster at the start."""
    found = stepper(recipe(average=0.3))
    mean = [weight.detach().numpy().copy() for weight in found.averaged]
    for step in range(4):
        found.step(sum(weight.square().sum() for weight in found.weights), step)
        decay = min(0.3, (1 + step) / (10 + step))
        mean = [
            decay * old + (1 - decay) * new.detach().numpy()
            for old, new in zip(mean, found.weights, strict=True)
        ]
    for ours, expected in zip(found.averaged, mean, strict=True):
        assert ours.detach().numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


# --- the course of a training ---

VARIANTS: list[dict[str, Any]] = [
    {"head": "student-t"},
    {"head": "point", "loss": "huber"},
    {"head": "direction", "class_weights": "balanced"},
    {"target": "raw"},
    {"symbols": "embedding"},
    {"symbols": "separate", "networks": 2},
    {"supervision": "last"},
    {"direction": "bidirectional", "supervision": "last", "layers": 2},
    {"optimiser": "sgd", "schedule": "cosine", "warm_up": 4},
    {"schedule": "plateau", "plateau": 1, "epochs": 8, "patience": 6, "rate": 0.2},
    {"half_life": 60, "l1": 1e-4, "window": 8},
]


@pytest.mark.parametrize("options", VARIANTS, ids=lambda options: "-".join(map(str, options.values())))
def test_every_variant_is_repeated_to_the_bit(panel: Panel, options: dict[str, Any]) -> None:
    """Trained twice, and trained again along its course, a recipe ends at the same weights; it answers."""
    from morrow import forecast

    chosen = recipe(dropout=0.1, **options)
    one, two = train(panel, "x", recipe=chosen).fitted, train(panel, "x", recipe=chosen).fitted
    again = train(panel, "x", recipe=chosen, stop=None, courses=training.courses(one.document)).fitted
    for other in (two, again):
        assert one.arrays.keys() == other.arrays.keys()
        assert all(one.arrays[name].tobytes() == other.arrays[name].tobytes() for name in one.arrays)
    rows = np.flatnonzero(panel.session == 419)
    found = forecast.predict(one, panel, rows)
    assert found.shape == (4, 3, 9)
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=-1) >= 0).all()
    if options.get("schedule") == "plateau":
        assert any(course.cuts for course in training.courses(one.document)) or len(one.document["courses"])


def test_a_plateau_halves_the_rate_and_is_on_record(panel: Panel) -> None:
    """The logged rate falls by half where the stop loss stayed, and the course names the steps before."""
    chosen = recipe(schedule="plateau", plateau=1, epochs=12, patience=11, rate=0.3)
    trained = train(panel, "x", recipe=chosen)
    rates = [epoch["learning_rate"] for epoch in trained.history]
    assert rates[0] == pytest.approx(0.3)
    assert rates[-1] < 0.3
    ratios = np.array(rates[1:]) / np.array(rates[:-1])
    assert set(np.round(ratios, 6)) <= {1.0, 0.5}


def test_a_symbol_has_a_network_of_its_own(panel: Panel) -> None:
    """One network a symbol and one of all; each answers its symbol, the one of all those it has not seen."""
    from morrow import forecast

    fitted = train(panel, "x", recipe=recipe(symbols="separate")).fitted
    assert [course.symbol for course in training.courses(fitted.document)] == ["", "S0", "S1", "S2", "S3"]
    rows = np.flatnonzero(panel.session == 419)
    found = forecast.predict(fitted, panel, rows)
    renamed = panel_of(market().replace({"symbol": {"S1": "NEW"}}))
    at = np.flatnonzero(renamed.session == 419)
    other = dict(
        zip(
            [renamed.symbols[code] for code in renamed.symbol[at]],
            forecast.predict(fitted, renamed, at),
            strict=True,
        )
    )
    assert np.abs(other["NEW"] - found[1]).max() > 1e-6
    assert other["S2"] == pytest.approx(found[2], rel=1e-3, abs=1e-5)


def test_an_unknown_symbol_has_the_shared_vector(panel: Panel) -> None:
    """An embedded symbol answers from its own vector; under a name never trained, from the shared one."""
    from morrow import forecast

    fitted = train(panel, "x", recipe=recipe(symbols="embedding", rate=0.1)).fitted
    vectors = fitted.arrays["0.embedding.weight"]
    assert fitted.document["embedded"] == ["S0", "S1", "S2", "S3"]
    assert vectors.shape == (5, 4)
    renamed = panel_of(market().replace({"symbol": {"S1": "S9"}}))
    rows = np.flatnonzero(renamed.session == 419)
    found = forecast.predict(fitted, renamed, rows)
    shared = {**fitted.arrays, "0.embedding.weight": np.vstack([vectors[:1], vectors[4:], vectors[2:]])}
    assert forecast.predict(FittedModel(fitted.document, shared), panel, rows)[1] == pytest.approx(
        found[-1], rel=1e-3
    )
    assert np.abs(forecast.predict(fitted, panel, rows)[1] - found[-1]).max() > 1e-6


def test_the_direction_head_gives_probabilities(panel: Panel) -> None:
    """Its table has the network's probabilities, which sum to one, and the unconditional quantiles."""
    from morrow import forecast
    from tests.conftest import axis

    fitted = train(panel, "x", recipe=recipe(head="direction")).fitted
    rows = np.flatnonzero(panel.session == 419)
    likely = forecast.probabilities(fitted, panel, rows)
    assert likely is not None
    assert likely.sum(axis=-1) == pytest.approx(np.ones((4, 3)), abs=1e-5)
    frame, _ = forecast.table(fitted, panel, stale=False, observed=axis(market()))
    assert frame[["p_down", "p_flat", "p_up"]].to_numpy() == pytest.approx(likely.reshape(12, 3), abs=1e-5)
    assert (frame["p_flat"] > 0).all()
    assert forecast.probabilities(train(panel, "ewma").fitted, panel, rows) is None


def test_a_points_distribution_is_its_residuals(panel: Panel) -> None:
    """Before calibration a point answers its value and the quantiles of what it missed on stop sessions."""
    from morrow import forecast

    fitted = train(panel, "x", recipe=recipe(head="point")).fitted
    rows = training.fit_rows(panel, PARTS.stop)
    early = FittedModel({**fitted.document, "trained_through": str(panel.sessions[0])}, fitted.arrays)
    pure = FittedModel({**early.document, "residuals": None}, fitted.arrays)
    value, scale = forecast.predict_scaled(pure, panel, rows)
    assert value == pytest.approx(np.repeat(value[..., :1], 9, axis=-1))
    missed = (panel.target[rows] / scale) - value[..., 0]
    expected = np.nanquantile(missed, FORECAST.levels, axis=0).T
    assert np.asarray(fitted.document["residuals"]) == pytest.approx(expected, rel=1e-3, abs=1e-4)
    found = forecast.predict(early, panel, rows)
    assert found == pytest.approx((value + expected) * scale[..., None], rel=1e-3, abs=1e-5)


# --- what goes wrong ---


def test_a_wild_rate_is_halved_twice_and_then_named(panel: Panel) -> None:
    """A loss that is not finite begins again at half the rate, and in the end what was seen is told."""
    with pytest.raises(NightError) as caught:
        train(panel, "wild", recipe=recipe(kind="rnn", nonlinearity="relu", rate=1e30))
    words = str(caught.value)
    assert all(f"with rate {rate}" in words for rate in ("1e+30", "5e+29", "2.5e+29"))
    assert words.count("then") == 2
    assert words.endswith("lower its rate")


def test_a_restart_is_on_record_and_repeated_to_the_bit(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that began again says so, and equals one that began at half the rate."""
    from morrow.training import loop

    whole = loop.Loop._step

    def fails_at_full_rate(self: Loop, step: int) -> tuple[float, float]:
        if step == 11 and not self.course.restarts:
            raise loop.NotFiniteError("loss nan and gradient norm nan at step 11 with rate 0.01")
        return whole(self, step)

    calm = train(panel, "x", recipe=recipe(rate=0.005)).fitted
    monkeypatch.setattr(loop.Loop, "_step", fails_at_full_rate)
    shaken = train(panel, "x", recipe=recipe(rate=0.01)).fitted
    (course,) = training.courses(shaken.document)
    assert (course.restarts, course.seen) == (
        1,
        ("loss nan and gradient norm nan at step 11 with rate 0.01",),
    )
    assert all(calm.arrays[name].tobytes() == shaken.arrays[name].tobytes() for name in calm.arrays)
    again = train(panel, "x", recipe=recipe(rate=0.01), stop=None, courses=(course,)).fitted
    assert all(again.arrays[name].tobytes() == shaken.arrays[name].tobytes() for name in again.arrays)


def test_a_budget_ends_it_with_the_best_weights(panel: Panel) -> None:
    """When the time is up each network stops after its epoch, with its best weights, and says so."""
    chosen = recipe(epochs=500, patience=500, budget_s=0.05, networks=2)
    trained = train(panel, "x", recipe=chosen)
    courses = training.courses(trained.fitted.document)
    assert [course.ended for course in courses] == ["budget", "budget"]
    for index, course in enumerate(courses):
        losses = [epoch["stop_loss"] for epoch in trained.history if epoch["network"] == index]
        assert len(losses) < 500
        assert course.steps == (int(np.argmin(losses)) + 1) * training.STEPS_AN_EPOCH


def test_cuda_that_is_not_there_is_refused(panel: Panel) -> None:
    """A device that the machine lacks is an error with what to write instead."""
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(NightError, match='"cuda" is not there; write device = "auto"'):
        train(panel, "x", recipe=recipe(device="cuda"))
    assert train(panel, "x", recipe=recipe()).fitted.document["device"] == "cpu"


def test_bf16_is_tried_and_kept_or_refused_with_a_reason(panel: Panel) -> None:
    """Half precision either trains to a finite loss, or is refused with what to write instead."""
    outcome = "kept"
    try:
        trained = train(panel, "x", recipe=recipe(kind="lstm", precision="bf16"))
    except NightError as error:
        outcome = str(error)
    if outcome == "kept":
        assert all(np.isfinite(epoch["stop_loss"]) for epoch in trained.history)
    else:
        assert outcome.endswith('write precision = "fp32"')


def test_bf16_that_changes_the_loss_is_refused(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the stop loss by more than a thousandth is too much, and is named."""
    from morrow.training import loop

    whole = loop.Loop.stop_loss
    monkeypatch.setattr(
        loop.Loop,
        "stop_loss",
        lambda self: whole(self) * (1.002 if self.recipe.precision == "bf16" else 1.0),
    )
    with pytest.raises(NightError, match=r"bf16.*(changes the stop loss by 0\.|fails here)"):
        train(panel, "x", recipe=recipe(kind="lstm", precision="bf16"))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_history_says_how_fast_and_at_what_rate(panel: Panel, kind: str) -> None:
    """Each epoch has its losses, the norm before clipping, the rate and positions a second."""
    (first, *_) = train(panel, "x", recipe=recipe(kind=kind, epochs=1)).history
    assert {"fit_loss", "stop_loss", "gradient_norm", "learning_rate", "positions_per_s"} <= first.keys()
    assert first["learning_rate"] == pytest.approx(0.01)
    assert first["positions_per_s"] > 0


def test_one_symbol_that_is_too_short_has_no_network_of_its_own() -> None:
    """A symbol without rows enough to learn from is left to the network of all."""
    closes = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(1).standard_normal((3, 420)), axis=1))
    closes[2, :215] = np.nan
    fitted = train(
        panel_of(bars(dict(zip("ABC", closes, strict=True)))), "x", recipe=recipe(symbols="separate")
    ).fitted
    assert [course.symbol for course in training.courses(fitted.document)] == ["", "A", "B"]
