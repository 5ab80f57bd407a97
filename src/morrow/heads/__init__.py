"""Heads: from a hidden state to the answer at each step; a file has a head's loss, quantiles and options.

The configuration imports every file here to learn the heads, so none of them may import torch at its top.
Every head begins at what is known without a network, and is in units of the target's scale.
"""

from morrow.heads.base import Head, Start, make

__all__ = ["Head", "Start", "make"]
