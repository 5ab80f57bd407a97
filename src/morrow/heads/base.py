"""The base class of heads: a linear map to the outputs of each step, and their interpretation."""

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from morrow import recipes
from morrow.section import Section

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from morrow.config import NetworkRecipe

    Linear = nn.Linear
else:
    Linear = object  # `make` adds torch's class, so a head's file can be imported without torch

    class _Torch:
        """Stand-in for torch, which is imported when one of its attributes is first used."""

        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("torch"), name)

    torch = _Torch()

__all__ = ["Head", "Start", "bound_log_scale", "head", "make", "options_of", "torch"]

LARGEST_LOG_SCALE = 1.5  # a network may widen or narrow its start by up to e^1.5


@dataclass(frozen=True)
class Start:
    """The distribution that a head starts from.

    Attributes:
        quantiles: (H, Q) in units of the target's scale.
        shares: (H, 3) of down, flat and up moves.
    """

    quantiles: NDArray[np.float32]
    shares: NDArray[np.float32]

    @classmethod
    def blank(cls, horizon: int, levels: int) -> "Start":
        """An empty start of the right shape, for weights that are loaded afterwards."""
        quantiles = np.broadcast_to(np.arange(levels, dtype=np.float32), (horizon, levels))
        return cls(quantiles.copy(), np.full((horizon, 3), 1 / 3, dtype=np.float32))


class Head(Linear):
    """A linear map to K outputs for each of H steps, and their interpretation.

    Attributes:
        name: in a recipe.
        losses: the losses that it can be trained with, the default first.
        options: the recipe options that apply to this head only.
    """

    name: ClassVar[str]
    losses: ClassVar[tuple[str, ...]]
    options: ClassVar[type[Section]]
    outputs: int

    def __init__(self, width: int, outputs: int, start: Start, levels: NDArray[np.float64]) -> None:
        """Build for hidden states of size ``width`` and quantiles at ``levels``."""
        self.horizon, self.outputs = len(start.quantiles), outputs
        super().__init__(width, self.horizon * outputs)
        self.levels = np.asarray(levels, dtype=np.float64)
        self.center = int(np.argmin(np.abs(self.levels - 0.5)))

    def forward(self, hidden: "Tensor") -> "Tensor":
        """Map hidden states (..., W) to raw outputs (..., H, K)."""
        raw = super().forward(hidden)
        return raw.view(*raw.shape[:-1], self.horizon, self.outputs)

    def loss(self, raw: "Tensor", target: "Tensor") -> "Tensor":
        """Loss of raw outputs (..., H, K) against targets (..., H): (..., H)."""
        raise NotImplementedError

    def quantiles(self, raw: "Tensor") -> "Tensor":
        """Convert raw outputs (..., H, K) to quantiles (..., H, Q) in order."""
        raise NotImplementedError

    def targets(self, scaled: NDArray[np.float32], standard: NDArray[np.float32]) -> NDArray[np.float32]:
        """Targets of the loss, from targets in their own unit and in units of volatility: (R, H) each."""
        del standard
        return scaled


Class = TypeVar("Class", bound=type[Head])


def head(
    name: str,
    losses: tuple[str, ...],
    options: type[Section] = Section,
    beside: dict[str, tuple[str, str]] | None = None,
) -> Callable[[Class], Class]:
    """Register a class as a head.

    Its constructor takes the width of the hidden states, a :class:`Start`, the levels and the recipe.

    Args:
        name: in a recipe.
        losses: the losses that it can be trained with, the default first.
        options: a table of the recipe options that apply to this head only.
        beside: the options that only apply for one value of an option other than ``head``.
    """

    def register(cls: Class) -> Class:
        cls.name, cls.losses, cls.options = name, losses, options
        needs = dict.fromkeys(options.model_fields, ("head", name)) | (beside or {})
        recipes.register_head(recipes.HeadDeclaration(name, losses, options, needs, cls))
        return cls

    return register


def options_of(recipe: "NetworkRecipe", options: type[Section]) -> dict[str, Any]:
    """A recipe's values for the options of a head."""
    return {name: getattr(recipe, name) for name in options.model_fields}


def make(recipe: "NetworkRecipe", width: int, start: Start, levels: NDArray[np.float64]) -> Head:
    """Build the head that a recipe names, for hidden states of size ``width``."""
    built: Head = _torch_class(recipes.heads()[recipe.head].implementation)(width, start, levels, recipe)
    return built


@functools.cache
def _torch_class(cls: type[Head]) -> Callable[..., Head]:
    """Derive a head's class from torch's linear layer."""
    return type(cls.__name__, (cls, torch.nn.Linear), {})


def bound_log_scale(raw: "Tensor") -> "Tensor":
    """Bound a log scale to at most ``LARGEST_LOG_SCALE`` in absolute value."""
    return LARGEST_LOG_SCALE * torch.tanh(raw / LARGEST_LOG_SCALE)
