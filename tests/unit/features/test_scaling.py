"""Scaling of features that do not lie row after row in memory."""

import numpy as np

from morrow.features import Scaling


def test_a_slice_is_scaled_like_its_copy() -> None:
    """Every second column of sequences, which is no contiguous block, gives the same values as its copy."""
    values = np.random.default_rng(1).standard_normal((6, 8, 3)).astype(np.float32)
    scaling = Scaling.fit(values.reshape(-1, 3))
    chosen = values[:, ::2]
    assert not chosen.flags.c_contiguous
    assert np.array_equal(scaling.apply(chosen), scaling.apply(chosen.copy()))
