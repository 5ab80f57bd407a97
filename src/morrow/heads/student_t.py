"""The Student t head: a Student t density per step."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from morrow.heads.base import Head, Start, bound_log_scale, head, torch

if TYPE_CHECKING:
    from torch import Tensor

    from morrow.config import NetworkRecipe

FEWEST, MOST, USUAL = 2.1, 100.0, 6.0  # degrees of freedom: minimum (finite variance), maximum, initial


class Density(NamedTuple):
    """A Student t density: (..., H) each, scale positive."""

    location: "Tensor"
    scale: "Tensor"
    freedom: "Tensor"


@head("student-t", losses=("likelihood",))
class StudentT(Head):
    """Location, scale and degrees of freedom of a Student t density."""

    location: "Tensor"
    log_scale: "Tensor"

    def __init__(self, width: int, start: Start, levels: NDArray[np.float64], _: "NetworkRecipe") -> None:
        """See :class:`Head`."""
        from scipy.special import stdtrit  # noqa: PLC0415 (takes a second)

        super().__init__(width, 3, start, levels)
        low, high = (int(np.argmin(np.abs(self.levels - level))) for level in (0.25, 0.75))
        apart = float(np.diff(stdtrit(USUAL, self.levels[[low, high]]))[0])
        spread = torch.from_numpy(start.quantiles[:, high] - start.quantiles[:, low]) / apart
        self.register_buffer("location", torch.from_numpy(start.quantiles[:, self.center].copy()))
        self.register_buffer("log_scale", spread.clamp_min(1e-4).log())

    def density(self, raw: "Tensor") -> Density:
        """Raw outputs (..., H, 3) as location, scale and degrees of freedom."""
        share = (USUAL - FEWEST) / (MOST - FEWEST)
        freedom = FEWEST + (MOST - FEWEST) * torch.sigmoid(raw[..., 2] + math.log(share / (1 - share)))
        scale = torch.exp(self.log_scale + bound_log_scale(raw[..., 1]))
        return Density(self.location + raw[..., 0], scale, freedom)

    def loss(self, raw: "Tensor", target: "Tensor") -> "Tensor":
        """Negative log likelihood."""
        location, scale, freedom = self.density(raw)
        square = ((target - location) / scale).square()
        half = (freedom + 1) / 2
        constant = torch.lgamma(freedom / 2) - torch.lgamma(half) + 0.5 * torch.log(math.pi * freedom)
        return constant + scale.log() + half * torch.log1p(square / freedom)

    def quantiles(self, raw: "Tensor") -> "Tensor":
        """Invert the distribution function of the density; no gradient."""
        from scipy.special import stdtrit  # noqa: PLC0415 (takes a second)

        location, scale, freedom = (part.detach().double().cpu().numpy() for part in self.density(raw))
        standard = stdtrit(freedom[..., None], self.levels)
        return torch.from_numpy(location[..., None] + scale[..., None] * standard).to(raw)
