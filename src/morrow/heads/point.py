"""The point head: a single value per step."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.heads.base import Head, Start, head, options_of, torch
from morrow.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from morrow.config import NetworkRecipe


class PointOptions(Section):
    """Options of the head point."""

    huber: float = Field(1.0, gt=0, description="error in units of the target where huber turns linear")


@head("point", losses=("squared", "huber"), options=PointOptions, beside={"huber": ("loss", "huber")})
class Point(Head):
    """A single value; the residuals on the stop sessions supply its distribution."""

    location: "Tensor"

    def __init__(
        self, width: int, start: Start, levels: NDArray[np.float64], recipe: "NetworkRecipe"
    ) -> None:
        """See :class:`Head`."""
        super().__init__(width, 1, start, levels)
        self.register_buffer("location", torch.from_numpy(start.quantiles[:, self.center].copy()))
        self.huber = options_of(recipe, PointOptions)["huber"] if recipe.loss == "huber" else None

    def loss(self, raw: "Tensor", target: "Tensor") -> "Tensor":
        """Half the squared error, or the Huber loss."""
        value = self.location + raw[..., 0]
        if self.huber is None:
            return 0.5 * (target - value).square()
        return torch.nn.functional.huber_loss(value, target, reduction="none", delta=self.huber)

    def quantiles(self, raw: "Tensor") -> "Tensor":
        """Repeat the value at every level."""
        value = self.location + raw[..., 0]
        return value.unsqueeze(-1).expand(*value.shape, len(self.levels))
