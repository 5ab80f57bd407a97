"""Heads: from a hidden state to what is answered at each step ahead, its loss, and its quantiles.

Every head begins at what is known without a network, and is in units of the target's scale.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import stdtrit
from torch import Tensor, nn

from morrow.config import NetworkRecipe
from morrow.networks.losses import pinball

LARGEST_LOG_SCALE = 1.5  # a network may widen or narrow its start by up to e^1.5
FEWEST, MOST, USUAL = 2.1, 100.0, 6.0  # degrees of freedom: least (a variance exists), most, at the start


@dataclass(frozen=True)
class Start:
    """Where a head begins.

    Attributes:
        quantiles: (H, Q) in units of the target's scale.
        shares: (H, 3) of down, flat and up moves.
    """

    quantiles: NDArray[np.float32]
    shares: NDArray[np.float32]

    @classmethod
    def blank(cls, horizon: int, levels: int) -> "Start":
        """Of the right shape, for weights that are read afterwards."""
        quantiles = np.broadcast_to(np.arange(levels, dtype=np.float32), (horizon, levels))
        return cls(quantiles.copy(), np.full((horizon, 3), 1 / 3, dtype=np.float32))


class Head(nn.Linear):
    """A linear map to K outputs for each of H steps, and what they mean."""

    outputs: int

    def __init__(self, width: int, outputs: int, start: Start, levels: NDArray[np.float64]) -> None:
        """Build for hidden states of ``width``; quantiles are answered at ``levels``."""
        self.horizon, self.outputs = len(start.quantiles), outputs
        super().__init__(width, self.horizon * outputs)
        self.levels = np.asarray(levels, dtype=np.float64)
        self.center = int(np.argmin(np.abs(self.levels - 0.5)))

    def forward(self, hidden: Tensor) -> Tensor:
        """(..., W) to raw outputs (..., H, K)."""
        raw = super().forward(hidden)
        return raw.view(*raw.shape[:-1], self.horizon, self.outputs)

    def loss(self, raw: Tensor, target: Tensor) -> Tensor:
        """Loss of raw outputs (..., H, K) against targets (..., H): (..., H)."""
        raise NotImplementedError

    def quantiles(self, raw: Tensor) -> Tensor:
        """Raw outputs (..., H, K) to quantiles (..., H, Q) in order."""
        raise NotImplementedError

    def targets(self, scaled: NDArray[np.float32], standard: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the loss is taken against, from targets in their unit and in volatilities: (R, H) each."""
        del standard
        return scaled


class Quantiles(Head):
    """Location, scale and the widths between neighbours; widths are positive, so quantiles keep order."""

    location: Tensor
    width: Tensor

    def __init__(self, width: int, start: Start, levels: NDArray[np.float64]) -> None:
        """See :class:`Head`."""
        super().__init__(width, len(levels) + 1, start, levels)
        first = torch.from_numpy(start.quantiles)
        self.register_buffer("location", first[:, self.center].clone())
        self.register_buffer("width", _inverse_softplus(first.diff(dim=1)))
        self.register_buffer("grid", torch.tensor(levels, dtype=torch.float32), persistent=False)
        self.grid: Tensor

    def quantiles(self, raw: Tensor) -> Tensor:
        """Widths summed up from the lowest quantile."""
        scale = torch.exp(_bounded(raw[..., :1]))
        middle = self.location.unsqueeze(-1) + raw[..., 1:2]
        widths = nn.functional.softplus(raw[..., 2:] + self.width) * scale
        lowest = middle - widths[..., : self.center].sum(-1, keepdim=True)
        return torch.cat([lowest, widths], dim=-1).cumsum(-1)

    def loss(self, raw: Tensor, target: Tensor) -> Tensor:
        """Pinball, mean over levels."""
        return pinball(self.quantiles(raw), target, self.grid)


class Density(NamedTuple):
    """A Student t density: (..., H) each, scale positive."""

    location: Tensor
    scale: Tensor
    freedom: Tensor


class StudentT(Head):
    """Location, scale and degrees of freedom of a Student t density."""

    location: Tensor
    log_scale: Tensor

    def __init__(self, width: int, start: Start, levels: NDArray[np.float64]) -> None:
        """See :class:`Head`."""
        super().__init__(width, 3, start, levels)
        low, high = (int(np.argmin(np.abs(self.levels - level))) for level in (0.25, 0.75))
        apart = float(np.diff(stdtrit(USUAL, self.levels[[low, high]]))[0])
        spread = torch.from_numpy(start.quantiles[:, high] - start.quantiles[:, low]) / apart
        self.register_buffer("location", torch.from_numpy(start.quantiles[:, self.center].copy()))
        self.register_buffer("log_scale", spread.clamp_min(1e-4).log())

    def density(self, raw: Tensor) -> Density:
        """Raw outputs (..., H, 3) as location, scale and degrees of freedom."""
        share = (USUAL - FEWEST) / (MOST - FEWEST)
        freedom = FEWEST + (MOST - FEWEST) * torch.sigmoid(raw[..., 2] + math.log(share / (1 - share)))
        scale = torch.exp(self.log_scale + _bounded(raw[..., 1]))
        return Density(self.location + raw[..., 0], scale, freedom)

    def loss(self, raw: Tensor, target: Tensor) -> Tensor:
        """Negative log likelihood."""
        location, scale, freedom = self.density(raw)
        square = ((target - location) / scale).square()
        half = (freedom + 1) / 2
        constant = torch.lgamma(freedom / 2) - torch.lgamma(half) + 0.5 * torch.log(math.pi * freedom)
        return constant + scale.log() + half * torch.log1p(square / freedom)

    def quantiles(self, raw: Tensor) -> Tensor:
        """The density's distribution function inverted; without a gradient."""
        location, scale, freedom = (part.detach().double().cpu().numpy() for part in self.density(raw))
        standard = stdtrit(freedom[..., None], self.levels)
        return torch.from_numpy(location[..., None] + scale[..., None] * standard).to(raw)


class Point(Head):
    """A value; its distribution is added by whoever knows the residuals."""

    location: Tensor

    def __init__(self, width: int, start: Start, levels: NDArray[np.float64], huber: float | None) -> None:
        """See :class:`Head`; ``huber`` is where the loss turns linear, None for squared errors."""
        super().__init__(width, 1, start, levels)
        self.register_buffer("location", torch.from_numpy(start.quantiles[:, self.center].copy()))
        self.huber = huber

    def loss(self, raw: Tensor, target: Tensor) -> Tensor:
        """Half the squared error, or Huber's."""
        value = self.location + raw[..., 0]
        if self.huber is None:
            return 0.5 * (target - value).square()
        return nn.functional.huber_loss(value, target, reduction="none", delta=self.huber)

    def quantiles(self, raw: Tensor) -> Tensor:
        """The value, at every level."""
        value = self.location + raw[..., 0]
        return value.unsqueeze(-1).expand(*value.shape, len(self.levels))


class Direction(Head):
    """Probabilities of down, flat and up; its quantiles are those that the head began with."""

    unconditional: Tensor
    log_shares: Tensor
    weights: Tensor

    def __init__(
        self,
        width: int,
        start: Start,
        levels: NDArray[np.float64],
        flat: float,
        weights: tuple[float, float, float] | str,
    ) -> None:
        """See :class:`Head`.

        Args:
            width: as there.
            start: as there.
            levels: as there.
            flat: volatilities within which a move is flat.
            weights: of the classes in the loss; "balanced" is one over three times their share.
        """
        super().__init__(width, 3, start, levels)
        self.flat = flat
        shares = torch.from_numpy(start.shares).clamp_min(1e-4)
        if weights == "balanced":
            weighed = 1 / (3 * shares)
        else:
            weighed = torch.tensor(weights, dtype=torch.float32).expand(shares.shape).clone()
        self.register_buffer("unconditional", torch.from_numpy(start.quantiles.copy()))
        self.register_buffer("log_shares", shares.log())
        self.register_buffer("weights", weighed)

    def targets(self, scaled: NDArray[np.float32], standard: NDArray[np.float32]) -> NDArray[np.float32]:
        """Classes 0, 1, 2 of down, flat and up; NaN where the move is not known."""
        del scaled
        return classes(standard, self.flat)

    def log_probabilities(self, raw: Tensor) -> Tensor:
        """Of the classes: (..., H, 3)."""
        return nn.functional.log_softmax(raw + self.log_shares, dim=-1)

    def loss(self, raw: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy under the class weights.

        The outputs are read as those of a world in which the classes are as frequent as their weights
        make them; what is answered is put back to this one. So the weights move what is learned first
        and not what is claimed.
        """
        chosen = target.long().unsqueeze(-1)
        weight = self.weights.expand(*target.shape, 3).gather(-1, chosen).squeeze(-1)
        tilted = nn.functional.log_softmax(raw + self.log_shares + self.weights.log(), dim=-1)
        return -weight * tilted.gather(-1, chosen).squeeze(-1)

    def quantiles(self, raw: Tensor) -> Tensor:
        """Those of the start, whatever the outputs."""
        return self.unconditional.expand(*raw.shape[:-1], len(self.levels))


def classes(standard: NDArray[np.float32], flat: float) -> NDArray[np.float32]:
    """Moves in volatilities to 0 down, 1 flat, 2 up; NaN where not known.

    A move of exactly ``flat`` is flat.
    """
    found = 1 + (standard > flat).astype(np.float32) - (standard < -flat).astype(np.float32)
    return np.where(np.isfinite(standard), found, np.nan).astype(np.float32)


def make(recipe: NetworkRecipe, width: int, start: Start, levels: NDArray[np.float64]) -> Head:
    """The head that a recipe names, for hidden states of ``width``."""
    if recipe.head == "student-t":
        return StudentT(width, start, levels)
    if recipe.head == "point":
        return Point(width, start, levels, recipe.huber if recipe.loss == "huber" else None)
    if recipe.head == "direction":
        return Direction(width, start, levels, recipe.flat, recipe.class_weights)
    return Quantiles(width, start, levels)


def _bounded(raw: Tensor) -> Tensor:
    return LARGEST_LOG_SCALE * torch.tanh(raw / LARGEST_LOG_SCALE)


def _inverse_softplus(widths: Tensor) -> Tensor:
    widths = widths.clamp_min(1e-4)
    return widths + torch.log(-torch.expm1(-widths))
