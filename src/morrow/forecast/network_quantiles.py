"""The networks of a fitted recipe, restored and averaged."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from morrow import metrics, networks
from morrow.baselines import index_symbols, regression
from morrow.config import NetworkRecipe
from morrow.features import Scaling
from morrow.fitted_model import FittedModel
from morrow.heads.direction import Direction
from morrow.heads.student_t import StudentT
from morrow.networks import Network
from morrow.panel import Panel
from morrow.pretraining import build_network, replace_features

Rows = NDArray[np.int64]
Meaning = Callable[[Network, torch.Tensor], torch.Tensor]


def quantiles(fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows) -> NDArray[np.float32]:
    """Mean quantiles over a recipe's networks: (N,) -> (N, H, Q). A mean of ordered quantiles is in order."""
    width = len(fitted.document["forecast"]["levels"])
    return _mean(fitted, recipe, panel, rows, (width, lambda network, raw: network.head.quantiles(raw)))


def unit(fitted: FittedModel, panel: Panel, rows: Rows) -> NDArray[np.float64]:
    """Unit of a recipe's quantiles by row and step: (N,) -> (N, H), log return."""
    constant, root = fitted.document.get("constant"), panel.compute_scale(rows)
    if constant is not None:
        return np.broadcast_to(np.asarray(constant), root.shape)
    if any(name.startswith(regression.PREFIX) for name in fitted.arrays):
        return regression.model_volatility(fitted, panel, rows)
    return root


def probabilities(
    fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows, weight: float = 1.0
) -> NDArray[np.float32]:
    """Mean probabilities of down, flat and up over a recipe's networks: (N,) -> (N, H, 3).

    Those of a network weigh ``weight``, and the frequencies that it started from the rest.
    """
    return _mean(fitted, recipe, panel, rows, (3, lambda network, raw: _likely(network, raw, weight)))


def gradient_by_distance(
    fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows
) -> NDArray[np.float64]:
    """Norm of the gradient of a row's output with respect to the features at each lag: (N,) -> (window,).

    Computed for the recipe's first network and averaged over rows; index 0 is the row's own session.
    """
    document = fitted.document
    if recipe.start == "pretrained":
        panel = replace_features(panel)
    window = recipe.window or document["forecast"]["window"]
    network = _restore(fitted, recipe, panel, 0)
    read = networks.window_rows(rows, window).T  # (L, N)
    features = Scaling.restore(document["scaling"]).apply(panel.features[read])
    embedded = document.get("embedded", ())
    codes = index_symbols(panel, embedded, len(embedded))[panel.symbol[rows]]
    return networks.gradient_by_distance(network, torch.from_numpy(features), torch.from_numpy(codes))


def _likely(network: Network, raw: torch.Tensor, weight: float) -> torch.Tensor:
    if not isinstance(network.head, Direction):
        raise TypeError(f"a head of kind {type(network.head).__name__} has no probabilities of direction")
    start, own = (network.head.log_probabilities(each).exp() for each in (torch.zeros_like(raw), raw))
    return torch.lerp(start, own, weight)


def _mean(
    fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows, meaning: tuple[int, Meaning]
) -> NDArray[np.float32]:
    """Mean over the networks that forecast a row: (N,) -> (N, H, K)."""
    columns, mean = meaning
    total = np.zeros((len(rows), panel.horizon, columns), dtype=np.float32)
    for mine, network, raw in _read_networks(fitted, recipe, panel, rows):
        with torch.inference_mode():
            total[mine] += mean(network, raw).numpy()
    return total / np.float32(recipe.networks)


def log_scores(
    fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows, target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log score of an equal mixture of a recipe's Student t densities: (N, H), nats, before calibration.

    Args:
        fitted: the model.
        recipe: its recipe, with the student-t head.
        panel: the panel.
        rows: (N,).
        target: (N, H) actual returns, in the unit of the networks' outputs; NaN where unknown.
    """
    total = np.full(target.shape, -np.inf)
    for mine, network, raw in _read_networks(fitted, recipe, panel, rows):
        head = network.head
        if not isinstance(head, StudentT):
            raise TypeError(f"a head of kind {type(head).__name__} has no density")
        with torch.inference_mode():
            location, scale, freedom = (part.double().numpy() for part in head.density(raw))
        score = metrics.log_score_t(location, scale, freedom, target[mine])
        with np.errstate(invalid="ignore"):  # future outcomes are NaN
            total[mine] = np.logaddexp(total[mine], -score)
    return np.asarray(np.log(recipe.networks) - total)


def _read_networks(
    fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows
) -> Iterator[tuple[Rows, Network, torch.Tensor]]:
    """Yield each network with the indices of the rows it forecasts and its raw outputs.

    A row is forecast by its symbol's networks, or by the pooled networks where its symbol has none.
    """
    document = fitted.document
    if recipe.start == "pretrained":
        panel = replace_features(panel)
    window = recipe.window or document["forecast"]["window"]
    read = networks.find_rows_read(recipe, rows, panel.reach[rows], window)
    features = torch.from_numpy(Scaling.restore(document["scaling"]).apply_at(read, panel.features))
    embedded = document.get("embedded", ())
    codes = index_symbols(panel, embedded, len(embedded))[panel.symbol[rows]]
    owners = [""]
    if recipe.symbols == "separate":
        owners = [course["symbol"] for course in document["courses"]][:: recipe.networks]
    owner = index_symbols(panel, owners, 0)[panel.symbol[rows]]
    for index in range(len(owners) * recipe.networks):
        mine = np.flatnonzero(owner == index // recipe.networks)
        network = _restore(fitted, recipe, panel, index)
        asked = rows[mine]
        yield mine, network, networks.read(network, features, asked, panel.reach[asked], window, codes[mine])


def _restore(fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, index: int) -> Network:
    """One of a recipe's networks; the panel has the features that it reads."""
    levels = fitted.document["forecast"]["levels"]
    if recipe.start == "pretrained":
        return build_network(recipe, _weights(fitted, index), panel.horizon, np.asarray(levels))
    return networks.restore(recipe, len(panel.names), panel.horizon, levels, _weights(fitted, index))


def _weights(fitted: FittedModel, index: int) -> dict[str, NDArray[np.float32]]:
    prefix = f"{index}."
    return {k.removeprefix(prefix): v for k, v in fitted.arrays.items() if k.startswith(prefix)}
