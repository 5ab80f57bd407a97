"""The direction head: probabilities of down, flat and up."""

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.heads.base import Head, Start, head, options_of, torch
from morrow.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from morrow.config import NetworkRecipe

Weight = Annotated[float, Field(gt=0)]


class DirectionOptions(Section):
    """Options of the head direction."""

    flat: float = Field(
        0.25, ge=0, le=5, description="head direction: volatilities within which a move is flat"
    )
    class_weights: Literal["balanced"] | tuple[Weight, Weight, Weight] = Field(
        (1.0, 1.0, 1.0),
        description="head direction: of down, flat, up in the loss; answers are freed of them",
    )


@head("direction", losses=("cross-entropy",), options=DirectionOptions)
class Direction(Head):
    """Probabilities of down, flat and up; its quantiles are those of the start."""

    unconditional: "Tensor"
    log_shares: "Tensor"
    weights: "Tensor"

    def __init__(
        self, width: int, start: Start, levels: NDArray[np.float64], recipe: "NetworkRecipe"
    ) -> None:
        """See :class:`Head`; "balanced" class weights are one over three times each class's share."""
        super().__init__(width, 3, start, levels)
        options = options_of(recipe, DirectionOptions)
        self.flat = options["flat"]
        shares = torch.from_numpy(start.shares).clamp_min(1e-4)
        if options["class_weights"] == "balanced":
            weights = 1 / (3 * shares)
        else:
            weights = torch.tensor(options["class_weights"], dtype=torch.float32).expand(shares.shape).clone()
        self.register_buffer("unconditional", torch.from_numpy(start.quantiles.copy()))
        self.register_buffer("log_shares", shares.log())
        self.register_buffer("weights", weights)

    def targets(self, scaled: NDArray[np.float32], standard: NDArray[np.float32]) -> NDArray[np.float32]:
        """Classes 0, 1, 2 for down, flat and up; NaN where the move is unknown."""
        del scaled
        return classify_moves(standard, self.flat)

    def log_probabilities(self, raw: "Tensor") -> "Tensor":
        """Log probabilities of the classes: (..., H, 3)."""
        return torch.nn.functional.log_softmax(raw + self.log_shares, dim=-1)

    def loss(self, raw: "Tensor", target: "Tensor") -> "Tensor":
        """Cross-entropy under the class weights.

        The loss reads the outputs under class frequencies scaled by the weights; the probabilities are
        converted back to the actual frequencies. So the weights change what is learned first, not the
        probabilities.
        """
        chosen = target.long().unsqueeze(-1)
        weight = self.weights.expand(*target.shape, 3).gather(-1, chosen).squeeze(-1)
        tilted = torch.nn.functional.log_softmax(raw + self.log_shares + self.weights.log(), dim=-1)
        return -weight * tilted.gather(-1, chosen).squeeze(-1)

    def quantiles(self, raw: "Tensor") -> "Tensor":
        """Quantiles of the start, regardless of the outputs."""
        return self.unconditional.expand(*raw.shape[:-1], len(self.levels))


def flat_band(recipe: "NetworkRecipe") -> float:
    """Largest move, in units of volatility, that a recipe counts as flat."""
    return float(options_of(recipe, DirectionOptions)["flat"])


def classify_moves(standard: NDArray[np.float32], flat: float) -> NDArray[np.float32]:
    """Classify moves in units of volatility as 0 down, 1 flat, 2 up; NaN where unknown.

    A move of exactly ``flat`` is flat.
    """
    moves = 1 + (standard > flat).astype(np.float32) - (standard < -flat).astype(np.float32)
    return np.where(np.isfinite(standard), moves, np.nan).astype(np.float32)
