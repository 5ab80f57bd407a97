"""Whether a refitted champion replaces its old version, by losses small enough to add up by hand."""

import pandas as pd
import pytest

from morrow import contest
from tests.losses import DAYS, losses


def test_a_refresh_that_lost_a_loss_does_not_pass() -> None:
    """A refitted champion with a loss that is not a number keeps the old version in place."""
    now = losses(0.9, 0.9)
    now.loc[0, "loss"] = float("nan")
    assert not contest.refresh(now, losses(1.0, 1.0)).passed


def before_and_now(ratio: float) -> contest.Refresh:
    """A refresh whose loss went from 1 to the ratio."""
    return contest.refresh(losses(ratio, ratio, 0.0), losses(1.0, 1.0, 0.0))


@pytest.mark.parametrize(("ratio", "passed"), [(0.5, True), (1.0, True), (1.005, True), (1.00501, False)])
def test_refresh_allows_half_a_per_cent(ratio: float, passed: bool) -> None:
    """The refitted champion may be worse by half a per cent out of fold, and by no more."""
    verdict = before_and_now(ratio)
    assert verdict.passed is passed
    assert "on the 4 rows that both retrainings scored" in verdict.reason


def test_refresh_compares_the_rows_that_both_scored() -> None:
    """Rows that only one retraining scored weigh nothing, even where they changed part."""
    now, before = losses(1.0, 5.0, 0.0), losses(1.0, 9.0, 0.0)
    before.loc[before["part"] == "test", "session"] = DAYS[0] - pd.Timedelta(days=30)
    before["part"] = "test"
    verdict = contest.refresh(now, before)
    assert verdict.passed
    assert verdict.reason == "+0.00% out of fold on the 2 rows that both retrainings scored"


def test_refresh_without_anything_to_compare() -> None:
    """With no earlier losses, or none on the same rows, a refresh passes and says why."""
    now = losses(1.0, 1.0)
    assert contest.refresh(now, None).passed
    assert contest.refresh(now, now.iloc[:0]).passed
    apart = contest.refresh(now, now.assign(step=9))
    assert apart.passed
    assert "no row was scored at both" in apart.reason
