"""Fits of many symbols in several processes."""

import pytest
from threadpoolctl import threadpool_limits

from morrow.baselines import garch, likelihood
from tests.returns import clustered


def test_fits_side_by_side_are_fits_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes change nothing but the time: the parameters are the same, failures stay."""
    given = [clustered(900), clustered(900)[:10], clustered(900)[:400]]
    with threadpool_limits(limits=1):
        alone = likelihood.fit_each(garch.fit_parameters, given, [None] * 3, 1)
    monkeypatch.setattr(likelihood, "WORTH_PROCESSES", 2)
    beside = likelihood.fit_each(garch.fit_parameters, given, [None] * 3, 2)
    assert alone[1] is None
    assert beside[1] is None
    for one, other in ((alone[0], beside[0]), (alone[2], beside[2])):
        assert one is not None
        assert other is not None
        assert one.tolist() == other.tolist()
