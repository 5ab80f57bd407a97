"""The losses that heads share."""

from torch import Tensor


def pinball(quantiles: Tensor, actual: Tensor, levels: Tensor) -> Tensor:
    """Quantile loss, (..., H, Q) against (..., H): (..., H), mean over levels."""
    error = actual.unsqueeze(-1) - quantiles
    return (error * (levels - (error.detach() < 0).to(error.dtype))).mean(-1)
