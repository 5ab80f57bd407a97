"""Every kind of network learns a planted signal almost optimally, and learns nothing from noise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from morrow import metrics, training
from morrow import panel as panels
from morrow.backtest.mixture_fit import PRIOR_WEIGHT_PRETRAINED, REFERENCE_RECIPE, mix_networks
from morrow.config import Forecast, NetworkRecipe, Time
from morrow.forecast.network_mixture import predict_reference
from morrow.panel import Panel
from tests.conftest import axis, bars

Array = NDArray[np.float64]

SESSIONS, SYMBOLS, DAILY = 1600, 4, 0.01
TURN = 0.02  # chance of the other regime tomorrow
ONE_STEP, TIME = Forecast(horizon=1, window=32), Time(minimum=20)
LEVELS = np.array(ONE_STEP.levels)
FEATURES = (
    "return_1", "return_5", "return_20", "return_60", "average_distance_10", "average_distance_50", "rsi_14",
    "bollinger_position", "bollinger_width", "volatility_5", "volatility_20", "volatility_120", "downside",
    "absolute_return", "universe_return", "universe_volatility", "relative_volatility",
)  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "rnn": {"kind": "rnn"},
    "rnn-relu": {"kind": "rnn", "nonlinearity": "relu"},
    "lstm": {"kind": "lstm"},
    "gru": {"kind": "gru"},
}


@dataclass(frozen=True)
class Planted:
    """Returns (N, T), and the quantiles of the next return (N, T, Q) from all that can be known of it."""

    returns: Array
    known: Array


def normal(mean: Array, volatility: Array) -> Array:
    """Quantiles (..., Q) of a normal return."""
    return np.asarray(mean[..., None] + volatility[..., None] * stats.norm.ppf(LEVELS))


def autoregressive() -> Planted:
    """The next return is 0.6 times today's, and normal noise."""
    shocks = DAILY * np.random.default_rng(12).standard_normal((SYMBOLS, SESSIONS))
    returns = np.zeros_like(shocks)
    for step in range(1, SESSIONS):
        returns[:, step] = 0.6 * returns[:, step - 1] + shocks[:, step]
    return Planted(returns, normal(0.6 * returns, np.full_like(returns, DAILY)))


def garch() -> Planted:
    """Normal returns whose variance follows GARCH(1,1) with a large share of news."""
    shocks = np.random.default_rng(13).standard_normal((SYMBOLS, SESSIONS))
    returns, ahead = np.zeros_like(shocks), np.ones_like(shocks)
    for step in range(1, SESSIONS):
        returns[:, step] = np.sqrt(ahead[:, step - 1]) * shocks[:, step]
        ahead[:, step] = 0.05 + 0.35 * returns[:, step] ** 2 + 0.6 * ahead[:, step - 1]
    return Planted(DAILY * returns, normal(np.zeros_like(returns), DAILY * np.sqrt(ahead)))


def regimes() -> Planted:
    """Calm and wild stretches of about 50 sessions, four times apart in volatility.

    What can be known is Hamilton's (1989) filter: two normals, mixed by the chance of either tomorrow.
    """
    draw = np.random.default_rng(14)
    wild = np.cumsum(draw.random((SYMBOLS, SESSIONS)) < TURN, axis=1) % 2 == 1
    returns = DAILY * np.where(wild, 2.0, 0.5) * draw.standard_normal((SYMBOLS, SESSIONS))
    chance, ahead = np.full(SYMBOLS, 0.5), np.empty((SYMBOLS, SESSIONS))
    for step in range(SESSIONS):
        likely = chance * stats.norm.pdf(returns[:, step], scale=2 * DAILY)
        chance = likely / (likely + (1 - chance) * stats.norm.pdf(returns[:, step], scale=DAILY / 2))
        chance = chance * (1 - TURN) + (1 - chance) * TURN
        ahead[:, step] = chance
    grid = DAILY * np.linspace(-8, 8, 3201)
    calm, rough = (stats.norm.cdf(grid, scale=DAILY * times) for times in (0.5, 2.0))
    known = [np.interp(LEVELS, (1 - p) * calm + p * rough, grid) for p in ahead.ravel()]
    return Planted(returns, np.reshape(known, (SYMBOLS, SESSIONS, len(LEVELS))))


def noise() -> Planted:
    """Independent normal returns: nothing to know."""
    returns = DAILY * np.random.default_rng(15).standard_normal((SYMBOLS, SESSIONS))
    return Planted(returns, normal(np.zeros_like(returns), np.full_like(returns, DAILY)))


SIGNALS: dict[str, Callable[[], Planted]] = {
    "autoregressive": autoregressive, "garch": garch, "regimes": regimes, "noise": noise,
}  # fmt: skip


@cache
def market(signal: str) -> tuple[Planted, Panel]:
    """A planted signal, and the panel of its prices."""
    planted = SIGNALS[signal]()
    closes = 100 * np.exp(np.cumsum(planted.returns, axis=1))
    prices = bars({f"S{index}": row for index, row in enumerate(closes)})
    return planted, panels.build(prices, axis(prices), ONE_STEP, TIME, names=FEATURES)


@dataclass(frozen=True)
class Learned:
    """Pinball by row on sessions that no part of a model saw, and the networks' weight in the mixture.

    Attributes:
        weight: of the networks beside the regression.
        ours, networks, regression: of the mixture, of the networks alone, and of the regression alone.
        best, plain: of the knower, and of the unconditional normal.
    """

    weight: float
    ours: Array
    networks: Array
    regression: Array
    best: Array
    plain: Array


def learn(signal: str, recipe: NetworkRecipe) -> Learned:
    """Train a recipe, weigh it on the calibrate sessions, and judge it on later ones."""
    planted, panel = market(signal)
    parts = panels.split_sessions(SESSIONS, ONE_STEP, TIME)
    task = training.FitTask(
        "x", recipe, parts.fit, parts.stop, parts.calibrate[0] - 1, 7, ONE_STEP.levels, ONE_STEP.window,
        document={"forecast": ONE_STEP.model_dump(mode="json")},
    )  # fmt: skip
    reference = replace(task, recipe=REFERENCE_RECIPE, fit=(0, parts.stop[1]), stop=None)
    early, late = (
        np.flatnonzero((panel.session >= low) & (panel.session < high) & np.isfinite(panel.target[:, 0]))
        for low, high in (parts.calibrate, (parts.select[0], parts.test[1]))
    )
    rows = np.concatenate([early, late])
    networks, regression = (training.fit(panel, each).fitted for each in (task, reference))
    known = panel.target[early].astype(np.float64)
    mixture = mix_networks(networks, regression, panel, rows, known)
    assert mixture.networks is not None
    actual = panel.target[late, 0].astype(np.float64)
    answers = [
        (quantiles * scale[..., None])[len(early) :, 0].astype(np.float64)
        for quantiles, scale in (
            mixture.answer,
            mixture.networks,
            predict_reference(regression, panel, rows),
        )
    ]
    answers.append(planted.known[panel.symbol[late], panel.session[late]])
    answers.append(np.tile(np.quantile(planted.returns[:, : parts.fit[1]], LEVELS), (len(late), 1)))
    losses = [metrics.pinball(each, actual, LEVELS).mean(axis=1) for each in answers]
    return Learned(mixture.model.document["weight"], *losses)


def learner(name: str, **others: Any) -> NetworkRecipe:
    """A network that can learn something in some seconds; a raw target leaves the volatility to it."""
    options: dict[str, Any] = {
        "width": 16, "stride": 64, "epochs": 30, "patience": 8, "networks": 1, "batch": 32, "rate": 0.01,
        "dropout": 0.0, "average": 0.9, "target": "raw",
    }  # fmt: skip
    return NetworkRecipe(**(options | KINDS[name] | others))


@pytest.mark.parametrize("signal", ["autoregressive", "garch", "regimes"])
@pytest.mark.parametrize("name", list(KINDS))
def test_a_planted_signal_is_learned(name: str, signal: str) -> None:
    """Of the way from knowing nothing to the best that can be known, no more than a stated share is left."""
    found = learn(signal, learner(name))
    best, plain = found.best.mean(), found.plain.mean()
    most = {"autoregressive": 0.15, "garch": 0.3, "regimes": 0.35}[signal]
    assert plain > 1.08 * best
    for losses in (found.ours, found.networks):
        assert losses.mean() < 1.035 * best
        left = (losses.mean() - best) / (plain - best)
        assert left < most, f"{left:.3f} of the way is left"


@pytest.mark.parametrize("name", list(KINDS))
def test_networks_that_learned_what_the_regression_cannot_weigh_nearly_everything(name: str) -> None:
    """The regression knows no mean: beside it, networks that found the autoregression weigh 0.9 or more."""
    assert learn("autoregressive", learner(name)).weight > 0.9


@pytest.mark.parametrize("head", ["student-t", "point"])
def test_other_heads_learn_the_mean(head: str) -> None:
    """A density and a value find the autoregression as the quantiles do."""
    found = learn("autoregressive", learner("gru", head=head))
    best, plain = found.best.mean(), found.plain.mean()
    assert (found.ours.mean() - best) / (plain - best) < 0.15
    assert found.weight > 0.9


@pytest.mark.parametrize("target", ["raw", "scaled", "regressed"])
@pytest.mark.parametrize("name", list(KINDS))
def test_noise_is_not_learned(name: str, target: str) -> None:
    """Where there is nothing to know, networks weigh nothing; what is lost is the regression's alone."""
    found = learn("noise", learner(name, target=target))
    assert found.weight == 0
    assert abs(found.plain.mean() - found.ours.mean()) < 0.003 * found.plain.mean()


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_what_pretrained_networks_cost_on_noise(name: str) -> None:
    """Where there is nothing to know their prior weight stays, and costs half a per cent of pinball at most.

    The networks see volatility move where it does not: a third of that error is left in the mixture.
    """
    found = learn("noise", NetworkRecipe(kind=name, start="pretrained", epochs=2, networks=1))
    assert found.weight <= PRIOR_WEIGHT_PRETRAINED + 1e-9
    assert found.networks.mean() < 1.01 * found.best.mean()
    assert found.ours.mean() < 1.005 * found.best.mean()
    assert found.ours.mean() < 1.003 * found.regression.mean()
