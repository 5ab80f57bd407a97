"""A diagnostic: from how far back the gradient of a network's answer comes."""

import numpy as np
import torch
from numpy.typing import NDArray

from morrow.networks.network import Network


def gradient_by_distance(
    network: Network, features: torch.Tensor, symbols: torch.Tensor | None = None
) -> NDArray[np.float64]:
    """Norm of the gradient of the last session's answer by the features of each session before: (L,).

    Place 0 is the last session itself. A gradient that vanishes falls by orders of magnitude within the
    window; one that explodes rises with distance.

    Args:
        network: of any kind; it is put into evaluation mode.
        features: (L, B, F) scaled.
        symbols: (B,) places of embedded symbols.

    Source: Bengio, Simard & Frasconi (1994), IEEE Transactions on Neural Networks 5(2).
    """
    network.eval()
    given = features.detach().clone().requires_grad_()
    raw = network(given, 0, symbols)
    # A fixed random direction of the outputs: their plain sum may cancel.
    draw = torch.Generator().manual_seed(0)
    direction = torch.randn(raw.shape[2:], generator=draw).to(raw)
    (gradient,) = torch.autograd.grad((raw[-1] * direction).sum(), given)
    norms: NDArray[np.float64] = gradient.double().norm(dim=2).mean(dim=1).flip(0).cpu().numpy()
    return norms
