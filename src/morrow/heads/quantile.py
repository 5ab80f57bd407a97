"""The quantile head: quantiles that cannot cross."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from morrow.heads.base import Head, Start, bound_log_scale, head, torch

if TYPE_CHECKING:
    from torch import Tensor

    from morrow.config import NetworkRecipe


@head("quantile", losses=("pinball",))
class Quantiles(Head):
    """Location, scale and the widths between neighbouring quantiles; positive widths prevent crossing."""

    location: "Tensor"
    width: "Tensor"
    grid: "Tensor"
    by_step: "Tensor | None"
    by_level: "Tensor | None"

    def __init__(self, width: int, start: Start, levels: NDArray[np.float64], _: "NetworkRecipe") -> None:
        """See :class:`Head`."""
        super().__init__(width, len(levels) + 1, start, levels)
        first = torch.from_numpy(start.quantiles)
        self.register_buffer("location", first[:, self.center].clone())
        self.register_buffer("width", _inverse_softplus(first.diff(dim=1)))
        self.register_buffer("grid", torch.tensor(levels, dtype=torch.float32), persistent=False)
        self.register_buffer("by_step", None, persistent=False)
        self.register_buffer("by_level", None, persistent=False)

    def read_at(
        self, by_step: NDArray[np.float32], by_level: NDArray[np.float32], levels: NDArray[np.float64]
    ) -> None:
        """Answer A steps and B levels that are weighted means of this head's own H and Q.

        Args:
            by_step: (A, H) weights.
            by_level: (B, Q) weights, such that ordered quantiles stay in order.
            levels: (B,) the levels.
        """
        self.by_step, self.by_level = torch.from_numpy(by_step), torch.from_numpy(by_level)
        self.grid = torch.tensor(levels, dtype=torch.float32)

    def quantiles(self, raw: "Tensor") -> "Tensor":
        """Sum the widths up from the lowest quantile."""
        scale = torch.exp(bound_log_scale(raw[..., :1]))
        middle = self.location.unsqueeze(-1) + raw[..., 1:2]
        widths = torch.nn.functional.softplus(raw[..., 2:] + self.width) * scale
        lowest = middle - widths[..., : self.center].sum(-1, keepdim=True)
        values = torch.cat([lowest, widths], dim=-1).cumsum(-1)
        if self.by_step is None or self.by_level is None:
            return values
        return self.by_step @ values @ self.by_level.mT

    def loss(self, raw: "Tensor", target: "Tensor") -> "Tensor":
        """Pinball loss, averaged over levels."""
        return pinball(self.quantiles(raw), target, self.grid)


def pinball(quantiles: "Tensor", actual: "Tensor", levels: "Tensor") -> "Tensor":
    """Quantile loss, (..., H, Q) against (..., H): (..., H), mean over levels."""
    error = actual.unsqueeze(-1) - quantiles
    return (error * (levels - (error.detach() < 0).to(error.dtype))).mean(-1)


def _inverse_softplus(widths: "Tensor") -> "Tensor":
    widths = widths.clamp_min(1e-4)
    return widths + torch.log(-torch.expm1(-widths))
