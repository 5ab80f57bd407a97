"""The training data of one recipe's networks: feature and target arrays, and the location of each series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow import features
from morrow.baselines import regression
from morrow.baselines.base import empirical_quantiles
from morrow.config import NetworkRecipe
from morrow.errors import HistoryError, NightError
from morrow.features import Scaling
from morrow.heads import Start, make
from morrow.heads.direction import classify_moves, flat_band
from morrow.panel import Panel
from morrow.pretraining import load_network
from morrow.training.training_request import FitTask, fit_rows

Rows = NDArray[np.int64]
SHORTEST = 60  # minimum rows of a symbol for a separate network


@dataclass(frozen=True)
class Dataset:
    """The data shared by all networks of a recipe; tensors are on the training device.

    Attributes:
        features: (R, F) scaled features.
        target: (R, H) in the form that the head's loss expects; NaN where it is masked.
        weight: (R,) loss weight by age; None for equal weights.
        window: sessions read before a forecast, or in total.
        scaling: the scaling of the features.
        constant: (H,) target unit shared by all rows; None if the unit is volatility.
        volatility: arrays of the regression that gives the target's unit; empty without a regression.
        embedded: symbols with an embedding vector, in the order of the vectors.
        place: (N,) embedding index of each panel symbol; ``len(embedded)`` for a symbol without a vector.
    """

    features: Tensor
    target: Tensor
    weight: Tensor | None
    window: int
    scaling: Scaling
    constant: NDArray[np.float64] | None
    volatility: dict[str, NDArray[Any]]
    embedded: tuple[str, ...]
    place: Rows


@dataclass(frozen=True)
class Share:
    """One network's part of the dataset.

    Attributes:
        symbol: the network's symbol; empty for all symbols.
        first, bars: (S,) first row of each series with all features known, and the number of bars from
            there to the end of the fit sessions.
        code: (S,) embedding index of each series' symbol.
        start: initial values of the head.
        stop, stop_position, stop_code: (N,) rows used for early stopping.
        stop_target: (N, H) targets of those rows.
    """

    symbol: str
    first: Rows
    bars: Rows
    code: Rows
    start: Start
    stop: Rows
    stop_position: Rows
    stop_code: Rows
    stop_target: Tensor


def gather(
    panel: Panel, rows: Rows, task: FitTask, recipe: NetworkRecipe, device: torch.device
) -> tuple[Dataset, list[Share]]:
    """Prepare a recipe's dataset and each network's share of it.

    Args:
        panel: rows, features and targets.
        rows: (N,) fit rows; only their targets enter the loss.
        task: the fit task.
        recipe: the task's recipe.
        device: the training device.

    Raises:
        HistoryError: no series is longer than the window, or no stop session has a usable row.
        NightError: an input is not finite.
    """
    window = recipe.window or task.window
    refuse_unknown(panel, task)
    series = _series(panel, task, window)
    pretrained = recipe.start == "pretrained"
    scaling = load_network(recipe.kind).scaling if pretrained else Scaling.fit(panel.features[rows])
    scaled, constant, volatility = _targets(panel, rows, task, recipe, scaling)
    standard = scaled if recipe.target == "scaled" else panel.scale_targets()
    head = make(recipe, 1, Start.blank(panel.horizon, len(task.levels)), np.asarray(task.levels))
    target = head.targets(scaled, standard)
    stop = _stop_rows(panel, task, window)
    known = np.unique(panel.symbol[series[0]])
    place = np.full(len(panel.symbols), len(known))
    place[known] = np.arange(len(known))
    shares = []
    for code in _members(panel, recipe, rows, series[0], stop, task):
        learned = rows if code is None else rows[panel.symbol[rows] == code]
        start = _start(scaled[learned], standard[learned], recipe, task)
        shares.append(_share(panel, code, series, stop, place, start, target, device))
    counted = np.full(target.shape, np.nan, dtype=np.float32)
    counted[rows] = target[rows]
    del target, scaled, standard
    dataset = Dataset(
        torch.from_numpy(scaling.apply(panel.features)).to(device),
        torch.from_numpy(counted).to(device),
        _weight(panel, task, recipe, device),
        window,
        scaling,
        constant,
        volatility,
        tuple(panel.symbols[code] for code in known),
        place,
    )
    return dataset, shares


def _share(
    panel: Panel,
    code: int | None,
    series: tuple[Rows, Rows],
    stop: Rows,
    place: Rows,
    start: Start,
    target: NDArray[np.float32],
    device: torch.device,
) -> Share:
    """The share of one symbol, or of all symbols if ``code`` is None."""
    first, bars = series
    if code is not None:
        own = panel.symbol[first] == code
        first, bars, stop = first[own], bars[own], stop[panel.symbol[stop] == code]
    return Share(
        "" if code is None else panel.symbols[code],
        first,
        bars,
        place[panel.symbol[first]],
        start,
        stop,
        panel.reach[stop],
        place[panel.symbol[stop]],
        torch.from_numpy(target[stop]).to(device),
    )


def _weight(panel: Panel, task: FitTask, recipe: NetworkRecipe, device: torch.device) -> Tensor | None:
    """Loss weights (R,): halved for every half-life of age relative to the last fit session."""
    if recipe.half_life is None:
        return None
    age = task.fit[1] - 1 - panel.session
    return torch.from_numpy((0.5 ** (age / recipe.half_life)).astype(np.float32)).to(device)


def refuse_unknown(panel: Panel, task: FitTask) -> None:
    """Refuse non-finite values in rows that networks read, naming symbol, session and feature.

    Features that a bar may lack, such as range and volume, may be NaN but not infinite.

    Raises:
        NightError: a value is not finite; the message names the first one.
    """
    end = max(task.fit[1], task.stop[1] if task.stop else 0)
    read = (panel.reach >= 0) & (panel.session < end)
    for column, name in enumerate(panel.names):
        values = panel.features[:, column]
        wrong = read & (np.isinf(values) if features.may_be_unknown(name) else ~np.isfinite(values))
        _refuse(panel, task.name, name, values, wrong)
    _refuse(panel, task.name, "volatility", panel.unit, read & ~(np.isfinite(panel.unit) & (panel.unit > 0)))
    for step in range(panel.horizon):
        values = panel.target[:, step]
        _refuse(panel, task.name, f"return over {step + 1} sessions", values, read & np.isinf(values))


def _refuse(
    panel: Panel, recipe: str, name: str, values: NDArray[np.floating], wrong: NDArray[np.bool_]
) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise NightError(
            f"recipe {recipe}: {name} of {panel.symbols[panel.symbol[row]]} on "
            f"{panel.sessions[panel.session[row]]} is {values[row]}, which no network can learn from "
            f"({int(wrong.sum())} such values); look at its bars of that session"
        )


def _series(panel: Panel, task: FitTask, window: int) -> tuple[Rows, Rows]:
    first = np.flatnonzero(panel.reach == 0)
    inside = (panel.session < task.fit[1]) & (panel.reach >= 0)
    bars = np.bincount(panel.series[inside], minlength=int(panel.series.max()) + 1)[panel.series[first]]
    long = bars > window
    if not long.any():
        raise HistoryError(
            f"recipe {task.name}: no series has more than the window of {window} sessions to fit on; "
            "lower forecast.window or bring more history"
        )
    return first[long], bars[long]


def _targets(
    panel: Panel, rows: Rows, task: FitTask, recipe: NetworkRecipe, scaling: Scaling
) -> tuple[NDArray[np.float32], NDArray[np.float64] | None, dict[str, NDArray[Any]]]:
    """Targets (R, H) in the recipe's unit; the unit (H,) if it is constant; the arrays of a regression."""
    if recipe.target == "scaled":
        return panel.scale_targets(), None, {}
    if recipe.target == "regressed":
        read = scaling.apply(panel.features)
        if task.reference is None:
            volatility = regression.fit_arrays(panel, rows, task.settings, read)
        else:
            volatility = regression.arrays_of(task.reference)
        scale = regression.panel_volatility(volatility, panel, read)
        return (panel.target / scale).astype(np.float32), None, volatility
    constant = np.nanstd(panel.target[rows].astype(np.float64), axis=0)
    return (panel.target / constant).astype(np.float32), constant, {}


def _stop_rows(panel: Panel, task: FitTask, window: int) -> Rows:
    if task.stop is None:
        return np.empty(0, dtype=np.int64)
    rows = fit_rows(panel, task.stop)
    rows = rows[panel.reach[rows] >= window]
    if not len(rows):
        raise HistoryError(f"recipe {task.name}: no stop session has a bar that can be judged")
    return rows


def _members(
    panel: Panel, recipe: NetworkRecipe, rows: Rows, first: Rows, stop: Rows, task: FitTask
) -> list[int | None]:
    """Codes of the symbols with a separate network, preceded by None for the network of all symbols.

    A symbol needs a series to fit on, at least ``SHORTEST`` fit rows, and stop rows if the task has a stop
    range.
    """
    if recipe.symbols != "separate":
        return [None]
    able = np.bincount(panel.symbol[rows], minlength=len(panel.symbols)) >= SHORTEST
    able &= np.isin(np.arange(len(panel.symbols)), panel.symbol[first])
    if task.stop:
        able &= np.isin(np.arange(len(panel.symbols)), panel.symbol[stop])
    return [None, *np.flatnonzero(able).tolist()]


def _start(
    scaled: NDArray[np.float32], standard: NDArray[np.float32], recipe: NetworkRecipe, task: FitTask
) -> Start:
    quantiles = empirical_quantiles(scaled, np.asarray(task.levels))
    moves = classify_moves(standard, flat_band(recipe))
    known = np.maximum(np.isfinite(moves).sum(axis=0), 1)
    shares = np.stack([(moves == kind).sum(axis=0) / known for kind in range(3)], axis=1)
    return Start(quantiles, shares.astype(np.float32))
