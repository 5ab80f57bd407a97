"""A network's losses on the stop sessions, and whether they prove that its training was worth anything."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow.heads import Head

BLOCK = 16_384  # rows at once


@dataclass(frozen=True)
class Losses:
    """Losses by stop row.

    Attributes:
        total: (N,) sum over the row's known steps.
        known: (N,) how many they are.
    """

    total: NDArray[np.float64]
    known: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Over known steps of all rows."""
        return float(self.total.sum() / self.known.sum())


def losses(head: Head, raw: Tensor, target: Tensor) -> Losses:
    """Losses of raw outputs (N, H, K) against targets (N, H), NaN where not known."""
    total, count = [], []
    with torch.inference_mode():
        # A block at a time, or the temporaries of a large universe outweigh its panel.
        for answered, wanted in zip(torch.split(raw, BLOCK), torch.split(target, BLOCK), strict=True):
            known = torch.isfinite(wanted)
            loss = head.loss(answered, wanted.nan_to_num())
            total.append((loss * known).sum(dim=1, dtype=torch.float64).cpu().numpy())
            count.append(known.sum(dim=1).cpu().numpy())
    return Losses(np.concatenate(total), np.concatenate(count))


def is_gain_proven(
    start: Losses, trained: Losses, session: NDArray[np.int64], horizon: int, errors: float
) -> bool:
    """Whether training lowered the mean loss by more than so many of its standard errors.

    Sessions closer than the horizon share outcomes, and the symbols of one session a market, so the error
    is that of a ratio of sums over blocks of as many sessions as the horizon.

    Args:
        start: of the untrained network.
        trained: on the same rows.
        session: (N,) of the rows.
        horizon: sessions that a block holds.
        errors: standard errors; 0 asks for no proof.

    Source: Cochran (1977), Sampling Techniques, section 6.3; the rule of one standard error is that of
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees, section 3.4.3.
    """
    if not errors:
        return True
    _, block = np.unique(session // horizon, return_inverse=True)
    gained = np.bincount(block, weights=start.total - trained.total)
    known = np.bincount(block, weights=trained.known)
    gain = gained.sum() / known.sum()
    if len(gained) < 2:  # no spread can be told from one
        return bool(gain > 0)
    spread = np.square(gained - gain * known).sum() * len(gained) / (len(gained) - 1)
    return bool(gain > errors * np.sqrt(spread) / known.sum())
