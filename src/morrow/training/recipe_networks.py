"""Fit all networks of a recipe in sequence: restarts, time budget, device and saved arrays."""

import time
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from morrow import networks
from morrow.config import NetworkRecipe
from morrow.errors import NightError
from morrow.networks import STEPS_AN_EPOCH, Network
from morrow.panel import Panel
from morrow.pretraining import replace_features
from morrow.training.dataset import Dataset, Share, gather
from morrow.training.loop import Loop, NotFiniteError
from morrow.training.training_request import Course, FitTask, Progress, document_course

MOST_RESTARTS = 2
MOST_CHANGE = 0.001  # relative change in stop loss allowed between precisions

Arrays = dict[str, NDArray[Any]]


def fit_networks(
    panel: Panel, rows: NDArray[np.int64], task: FitTask, recipe: NetworkRecipe, progress: Progress
) -> tuple[dict[str, Any], Arrays, list[dict[str, float]]]:
    """Fit all networks of a recipe in sequence, each with its own seed.

    Args:
        panel: rows, features and targets.
        rows: (N,) fit rows; only their targets enter the loss.
        task: the fit task, with the fit and stop sessions.
        recipe: the cell, its size and the training options.
        progress: called after every epoch.

    Returns:
        Entries for the model's document, arrays named ``INDEX.PARAMETER``, and one record per epoch.

    Raises:
        HistoryError: no series is longer than the window, or no stop session has a usable row.
        NightError: an input is not finite, the loss is still not finite after two restarts, or the device
            or precision is not available.
    """
    device = select_device(task.name, recipe)
    if recipe.start == "pretrained":
        panel = replace_features(panel)
    dataset, shares = gather(panel, rows, task, recipe, device)
    began = time.perf_counter()  # the budget covers training only, not data preparation
    arrays: Arrays = dict(dataset.volatility)
    walked: list[Course] = []
    history: list[dict[str, float]] = []
    trained: list[Network] = []
    total = len(shares) * recipe.networks
    for index in range(total):
        share = shares[index // recipe.networks]
        deadline = began + recipe.budget_s * (index + 1) / total if recipe.budget_s else np.inf
        network, course, epochs = _network(dataset, share, task, recipe, index, deadline, progress)
        arrays |= {f"{index}.{name}": value for name, value in networks.weights(network).items()}
        walked.append(course)
        trained.append(network)
        history += epochs
    extra: dict[str, Any] = {
        "scaling": dataset.scaling.document(),
        "courses": [document_course(course) for course in walked],
        "device": str(device),
    }
    if dataset.constant is not None:
        extra["constant"] = dataset.constant.tolist()
    if recipe.symbols == "embedding":
        extra["embedded"] = list(dataset.embedded)
    if recipe.head == "point" and task.stop is not None:
        extra["residuals"] = _residuals(panel, dataset, shares, trained, task, recipe)
    return extra, arrays, history


def select_device(name: str, recipe: NetworkRecipe) -> torch.device:
    """Select the training device of a recipe.

    Raises:
        NightError: the recipe requires CUDA, which is not available.
    """
    there = torch.cuda.is_available()
    if recipe.device == "cuda" and not there:
        raise NightError(f'recipe {name}: device "cuda" is not there; write device = "auto"')
    return torch.device("cuda" if there and recipe.device != "cpu" else "cpu")


def _network(
    dataset: Dataset,
    share: Share,
    task: FitTask,
    recipe: NetworkRecipe,
    index: int,
    deadline: float,
    progress: Progress,
) -> tuple[Network, Course, list[dict[str, float]]]:
    """Fit one network, restarting at half the learning rate if a loss is not finite."""
    entropy: tuple[int, ...] = (task.seed, index)
    if share.symbol:
        entropy = (task.seed, index % recipe.networks, zlib.crc32(share.symbol.encode()))
    course = _course(task, recipe, share, index)
    seen = list(course.seen)
    if recipe.precision == "bf16" and not index:
        try_precision(dataset, share, task, recipe, entropy)
    for restart in range(course.restarts, MOST_RESTARTS + 1):
        course = replace(course, restarts=restart, seen=tuple(seen))
        loop = Loop(dataset, share, recipe, task.levels, entropy, index, course, deadline)
        try:
            if task.stop is None:
                return loop.repeat(), course, []
            network, course = loop.run(progress)
        except NotFiniteError as error:
            seen.append(str(error))
        else:
            return network, course, loop.epochs
    raise NightError(f"recipe {task.name}: {'; then '.join(seen)}; lower its rate")


def _course(task: FitTask, recipe: NetworkRecipe, share: Share, index: int) -> Course:
    """The network's earlier course, by symbol or else for all symbols; an empty course with stop sessions."""
    if task.stop is not None:
        return Course(share.symbol, 0)
    seed = index % recipe.networks
    for symbol in (share.symbol, ""):
        chosen = [course for course in task.courses if course.symbol == symbol]
        if chosen:
            return replace(chosen[seed], symbol=share.symbol)
    raise NightError(f"recipe {task.name}: no course was chosen for it; train it with stop sessions first")


def try_precision(
    dataset: Dataset, share: Share, task: FitTask, recipe: NetworkRecipe, entropy: tuple[int, ...]
) -> None:
    """Train one epoch in bf16 and in fp32, and compare the stop losses.

    Raises:
        NightError: bf16 does not work here, or changes the stop loss by more than 0.1 %.
    """
    plain = recipe.model_copy(update={"precision": "fp32"})
    losses = []
    for each in (recipe, plain):
        course = Course(share.symbol, STEPS_AN_EPOCH)
        loop = Loop(dataset, share, each, task.levels, entropy, 0, course)
        try:
            loop.repeat()
            losses.append(loop.stop_loss() if len(share.stop) else 0.0)
        except (RuntimeError, NotFiniteError) as error:
            raise NightError(
                f'recipe {task.name}: precision "{each.precision}" fails here '
                f'({str(error).splitlines()[0]}); write precision = "fp32"'
            ) from None
    change = abs(losses[0] - losses[1]) / abs(losses[1]) if losses[1] else 0.0
    if not change <= MOST_CHANGE:
        raise NightError(
            f'recipe {task.name}: precision "bf16" changes the stop loss by {change:.2%} after '
            f"{STEPS_AN_EPOCH} steps, more than the {MOST_CHANGE:.1%} that is allowed; "
            'write precision = "fp32"'
        )


def _residuals(
    panel: Panel,
    dataset: Dataset,
    shares: list[Share],
    trained: list[Network],
    task: FitTask,
    recipe: NetworkRecipe,
) -> list[list[float]]:
    """Quantiles (H, Q) of the errors of the networks' mean forecast on the stop sessions."""
    levels = np.asarray(task.levels)
    errors = []
    for index, share in enumerate(shares):
        if len(shares) > 1 and not share.symbol:
            continue  # each symbol is forecast by its own network
        reach, code = panel.reach[share.stop], dataset.place[panel.symbol[share.stop]]
        answers = [
            networks.answer(each, dataset.features, share.stop, reach, dataset.window, code)
            for each in trained[index * recipe.networks : (index + 1) * recipe.networks]
        ]
        errors.append(share.stop_target.cpu().numpy() - np.mean(answers, axis=0)[..., 0])
    quantiles = np.nanquantile(np.concatenate(errors).astype(np.float64), levels, axis=0).T
    return [[float(value) for value in step] for step in quantiles]
