"""A network's losses on the stop sessions, and a test of whether training reduced them."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow.heads import Head

BLOCK = 16_384  # rows per block


@dataclass(frozen=True)
class Losses:
    """Losses by stop row.

    Attributes:
        total: (N,) loss summed over the row's known steps.
        known: (N,) number of known steps.
    """

    total: NDArray[np.float64]
    known: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Mean loss over the known steps of all rows."""
        return float(self.total.sum() / self.known.sum())


def losses(head: Head, raw: Tensor, target: Tensor) -> Losses:
    """Losses of raw outputs (N, H, K) against targets (N, H); targets are NaN where unknown."""
    total, count = [], []
    with torch.inference_mode():
        # Blocks keep the temporaries of a large universe from exceeding the size of its panel.
        for answered, wanted in zip(torch.split(raw, BLOCK), torch.split(target, BLOCK), strict=True):
            known = torch.isfinite(wanted)
            loss = head.loss(answered, wanted.nan_to_num())
            total.append((loss * known).sum(dim=1, dtype=torch.float64).cpu().numpy())
            count.append(known.sum(dim=1).cpu().numpy())
    return Losses(np.concatenate(total), np.concatenate(count))


def is_gain_proven(
    start: Losses, trained: Losses, session: NDArray[np.int64], horizon: int, errors: float
) -> bool:
    """Whether training lowered the mean loss by more than ``errors`` standard errors.

    Sessions closer together than the horizon share outcomes, and all symbols in a session share a market.
    The standard error is therefore that of a ratio of sums over blocks of ``horizon`` sessions.

    Args:
        start: losses of the untrained network.
        trained: losses of the trained network on the same rows.
        session: (N,) session number of each row.
        horizon: sessions per block.
        errors: required number of standard errors; 0 skips the test.

    Source: Cochran (1977), Sampling Techniques, section 6.3; the one-standard-error rule is from
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 3.4.3.
    """
    if not errors:
        return True
    _, block = np.unique(session // horizon, return_inverse=True)
    gained = np.bincount(block, weights=start.total - trained.total)
    known = np.bincount(block, weights=trained.known)
    gain = gained.sum() / known.sum()
    if len(gained) < 2:  # one block gives no standard error
        return bool(gain > 0)
    spread = np.square(gained - gain * known).sum() * len(gained) / (len(gained) - 1)
    return bool(gain > errors * np.sqrt(spread) / known.sum())
