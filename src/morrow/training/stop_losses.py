"""A network's mean loss on the stop sessions."""

import torch
from torch import Tensor

from morrow.heads import Head

BLOCK = 16_384  # rows per block


def mean_loss(head: Head, raw: Tensor, target: Tensor) -> float:
    """Mean loss of raw outputs (N, H, K) over the known of the targets (N, H); NaN marks the unknown."""
    total, count = 0.0, 0
    with torch.inference_mode():
        # Blocks keep the temporaries of a large universe from exceeding the size of its panel.
        for answered, wanted in zip(torch.split(raw, BLOCK), torch.split(target, BLOCK), strict=True):
            known = torch.isfinite(wanted)
            loss = head.loss(answered, wanted.nan_to_num())
            total += float((loss * known).sum(dtype=torch.float64))
            count += int(known.sum())
    return total / count
