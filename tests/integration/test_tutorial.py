"""The tutorial's recipe against an independent implementation of it, on real closes."""

from typing import Any

import numpy as np
import pytest
import torch

from morrow import sources, tutorial
from morrow.config import TutorialRecipe, Universe
from morrow.sources.bundled import BundledSource
from tests.integration import plain_lstm

SEEDS = (0, 1, 2, 3, 4)


def closes() -> Any:
    """AAPL's adjusted closes on the basis of its last bar."""
    from pathlib import Path

    shipped = Universe(
        source=BundledSource(kind="bundled", dataset="us5"), calendar="XNYS", symbols=("AAPL",)
    )
    rows = sources.fetch(shipped, Path()).rows.sort_values("session")
    adjusted = (rows["close"] * rows["split_factor"] * rows["dividend_factor"]).to_numpy()
    return adjusted * rows["close"].iloc[-1] / adjusted[-1]


def independent(series: Any, *, whole: bool, seed: int) -> float:
    """Squared error of the independent implementation, from the same start and in the same order."""
    torch.manual_seed(seed)
    found = {name: value.detach().numpy() for name, value in tutorial.Stack(RECIPE).state_dict().items()}
    cut = int(0.8 * len(series))
    orders = [torch.randperm(cut - 10).numpy() for _ in range(50)]
    weights = {"wd": found["head.weight"].T.copy(), "bd": found["head.bias"].copy()}
    for layer, place in (("1", "l0"), ("2", "l1")):
        weights["w" + layer] = found[f"cell.weight_ih_{place}"].T.copy()
        weights["u" + layer] = found[f"cell.weight_hh_{place}"].T.copy()
        weights["b" + layer] = found[f"cell.bias_ih_{place}"].copy()
    predicted = plain_lstm.predict(series, weights, orders, whole=whole)
    return float(np.mean((predicted - series[cut:]) ** 2))


RECIPE = TutorialRecipe(kind="tutorial")


@pytest.mark.parametrize("scaled_on", ["train", "whole"])
def test_the_tutorial_agrees_with_an_independent_implementation(scaled_on: str) -> None:
    """The median squared error of five seeds is within a factor of 1.5 of plain NumPy's."""
    series = closes()
    recipe = TutorialRecipe(kind="tutorial", scaled_on=scaled_on)
    ours = [tutorial.train_and_predict(series, recipe, seed).measures()["mse"] for seed in SEEDS]
    theirs = [independent(series, whole=scaled_on == "whole", seed=seed) for seed in SEEDS]
    ratio = np.median(ours) / np.median(theirs)
    assert 1 / 1.5 <= ratio <= 1.5, (ours, theirs)
