"""The tutorial's recipe against an independent implementation of it, on real closes."""

from typing import Any

import numpy as np
import pytest
import torch

from morrow import sources, tutorial
from morrow.config import TutorialRecipe, Universe
from morrow.sources.bundled import BundledSource
from tests.integration import plain_lstm

SEED = 0


def closes() -> Any:
    """AAPL's adjusted closes on the basis of its last bar."""
    from pathlib import Path

    shipped = Universe(
        source=BundledSource(kind="bundled", dataset="us5"), calendar="XNYS", symbols=("AAPL",)
    )
    rows = sources.fetch(shipped, Path()).rows.sort_values("session")
    adjusted = (rows["close"] * rows["split_factor"] * rows["dividend_factor"]).to_numpy()
    return adjusted * rows["close"].iloc[-1] / adjusted[-1]


def predict_independently(series: Any, recipe: TutorialRecipe) -> Any:
    """Predictions of the independent implementation, from the same start and in the same order."""
    torch.manual_seed(SEED)
    start = {name: value.detach().numpy() for name, value in tutorial.Stack(recipe).state_dict().items()}
    cut = int(0.8 * len(series))
    orders = [torch.randperm(cut - 10).numpy() for _ in range(recipe.epochs)]
    weights = {"wd": start["head.weight"].T.copy(), "bd": start["head.bias"].copy()}
    for layer, place in (("1", "l0"), ("2", "l1")):
        weights["w" + layer] = start[f"cell.weight_ih_{place}"].T.copy()
        weights["u" + layer] = start[f"cell.weight_hh_{place}"].T.copy()
        weights["b" + layer] = start[f"cell.bias_ih_{place}"].copy()
    return plain_lstm.predict(series, weights, orders, whole=recipe.scaled_on == "whole")


@pytest.mark.parametrize("scaled_on", ["train", "whole"])
def test_two_epochs_agree_with_an_independent_implementation(scaled_on: str) -> None:
    """While rounding has not yet grown, each prediction agrees within a hundred-thousandth of the price."""
    series = closes()
    recipe = TutorialRecipe(kind="tutorial", scaled_on=scaled_on, epochs=2)
    ours = tutorial.train_and_predict(series, recipe, SEED).predicted
    np.testing.assert_allclose(ours, predict_independently(series, recipe), rtol=1e-5)


def test_the_whole_training_agrees_with_an_independent_implementation() -> None:
    """After all epochs the squared error is within a factor of 1.5 of plain NumPy's."""
    series, recipe = closes(), TutorialRecipe(kind="tutorial")
    answer = tutorial.train_and_predict(series, recipe, SEED)
    theirs = float(np.mean((predict_independently(series, recipe) - answer.actual) ** 2))
    assert 1 / 1.5 <= answer.measures()["mse"] / theirs <= 1.5
