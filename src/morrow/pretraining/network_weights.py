"""The shipped networks: their weights and the scaling of their inputs, and networks built from them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from morrow import networks, shipped_networks
from morrow.config import NetworkRecipe
from morrow.config.recipes import PRETRAINED_SIZES
from morrow.errors import RegistryError
from morrow.features import Scaling
from morrow.heads.quantile import Quantiles
from morrow.networks import Network
from morrow.pretraining import grid, inputs
from morrow.shipped_networks import FOLDER

KINDS = tuple(PRETRAINED_SIZES)
SCALING = ("mean", "deviation")
BOUND = 8.0  # absolute scaled input

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class PretrainedNetwork:
    """A pretrained network's weights and the scaling of its inputs.

    Attributes:
        recipe: cell, layers and width.
        weights: by parameter name.
        scaling: of the inputs, to mean and deviation on the first simulated markets.
        card: what it was made from, and figures that the code must come to again.
    """

    recipe: NetworkRecipe
    weights: Arrays
    scaling: Scaling
    card: Mapping[str, Any]


@functools.cache
def load_network(kind: str, folder: Path = FOLDER) -> PretrainedNetwork:
    """Read a shipped network.

    Raises:
        RegistryError: a file is missing, was altered, or does not belong to this version's inputs.
    """
    card, content = shipped_networks.read_files(kind, folder)
    try:
        if card["inputs"] != inputs.VERSION:
            raise RegistryError(
                f'pretrained network "{kind}" in "{folder}" reads inputs of version {card["inputs"]}, and '
                f"this morrow has version {inputs.VERSION}; train it again with: make pretrain"
            )
        return assemble_network(kind, load(content), card)
    except (ValueError, KeyError, SafetensorError) as error:
        raise RegistryError(
            f'no readable pretrained network "{kind}" in "{folder}" ({error}); install morrow again'
        ) from None


def assemble_network(kind: str, arrays: Arrays, card: Mapping[str, Any]) -> PretrainedNetwork:
    """A network from its arrays, the weights and the scaling of the inputs, and its card.

    Raises:
        KeyError: the scaling or the size is missing.
    """
    weights = {name: value for name, value in arrays.items() if name not in SCALING}
    scaling = make_scaling(*(arrays[name] for name in SCALING))
    return PretrainedNetwork(make_recipe(kind, card["layers"], card["width"]), weights, scaling, card)


def make_scaling(mean: NDArray[np.float32], deviation: NDArray[np.float32]) -> Scaling:
    """The scaling of inputs by their mean and deviation (F,), bounded; an unknown input becomes 0."""
    bound = np.full(len(mean), BOUND)
    return Scaling(mean.astype(np.float64), deviation.astype(np.float64), -bound, bound)


def make_recipe(kind: str, layers: int, width: int) -> NetworkRecipe:
    """The recipe of a pretrained network, whose training options are not used."""
    return NetworkRecipe.model_validate(
        {"kind": kind, "layers": layers, "width": width, "target": "scaled", "dropout": 0.0}
    )


def save_network(kind: str, arrays: Arrays, card: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Write a network and its card."""
    content = save({name: np.ascontiguousarray(value) for name, value in arrays.items()})
    shipped_networks.write_files(kind, content, card, folder)


def build_network(
    recipe: NetworkRecipe, weights: Arrays, horizon: int, levels: NDArray[np.float64]
) -> Network:
    """A network that answers steps 1 to ``horizon`` at any levels, in evaluation mode.

    Args:
        recipe: cell, layers and width are those of the weights.
        weights: the shipped ones, or such as were tuned from there.
        horizon: H, 20 at most.
        levels: (Q,) ascending.
    """
    network = networks.restore(recipe, len(inputs.NAMES), len(grid.STEPS), grid.LEVELS, weights)
    head = network.head
    if not isinstance(head, Quantiles):
        raise TypeError(f"a pretrained network has quantiles, not a head of kind {type(head).__name__}")
    head.read_at(grid.step_weights(horizon), grid.level_weights(levels), levels)
    return network
