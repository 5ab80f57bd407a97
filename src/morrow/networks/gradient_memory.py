"""A diagnostic: how far back in time the gradient of a network's output reaches."""

import numpy as np
import torch
from numpy.typing import NDArray

from morrow.networks.network import Network


def gradient_by_distance(
    network: Network, features: torch.Tensor, symbols: torch.Tensor | None = None
) -> NDArray[np.float64]:
    """Norm of the gradient of the last session's output with respect to the features at each lag: (L,).

    Index 0 is the last session itself. A vanishing gradient falls by orders of magnitude within the
    window; an exploding one rises with distance.

    Args:
        network: of any kind; it is put into evaluation mode.
        features: (L, B, F) scaled.
        symbols: (B,) indices of embedded symbols.

    Source: Bengio, Simard & Frasconi (1994), IEEE Transactions on Neural Networks 5(2).
    """
    network.eval()
    given = features.detach().clone().requires_grad_()
    raw = network(given, 0, symbols)
    # Project the outputs on a fixed random direction: in a plain sum they may cancel.
    draw = torch.Generator().manual_seed(0)
    direction = torch.randn(raw.shape[2:], generator=draw).to(raw)
    (gradient,) = torch.autograd.grad((raw[-1] * direction).sum(), given)
    norms: NDArray[np.float64] = gradient.double().norm(dim=2).mean(dim=1).flip(0).cpu().numpy()
    return norms
