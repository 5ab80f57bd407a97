"""Heads map a hidden state to the forecast at each step; a file holds a head's loss, quantiles and options.

The configuration imports every file here to discover the heads, so none may import torch at module level.
Every head starts from what is known without a network, and works in units of the target's scale.
"""

from morrow.heads.base import Head, Start, make

__all__ = ["Head", "Start", "make"]
