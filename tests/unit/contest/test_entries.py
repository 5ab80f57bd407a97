"""What a contest takes as an entry, and what it refuses."""

import pandas as pd
import pytest

from morrow.contest import Entry
from morrow.contest.entries import check_same_rows, format_loss, is_lower, loss_by_date, mean_loss
from morrow.errors import ShapeError
from tests.losses import DAYS, losses


def test_order_of_rows_changes_nothing() -> None:
    """Rows of one entry may come in another order than those of the next."""
    one = losses(0.0019, 0.002)
    check_same_rows([Entry("ewma", True, one), Entry("lstm", False, one.iloc[::-1])])


def test_nothing_to_judge() -> None:
    """A contest without entries is refused, with what to configure."""
    with pytest.raises(ShapeError, match=r"training\.recipes"):
        check_same_rows([])


@pytest.mark.parametrize(
    "odd",
    [
        losses(0.001, 0.001).iloc[:-1],
        losses(0.001, 0.001).assign(symbol=["A", "B", "A", "C"]),
        losses(0.001, 0.001).assign(session=[DAYS[0], DAYS[0], DAYS[1], DAYS[0]]),
        losses(0.001, 0.001).assign(step=[1, 2, 1, 3]),
        losses(0.001, 0.001).assign(part=["select", "select", "test", "select"]),
    ],
    ids=["fewer", "symbol", "session", "step", "part"],
)
def test_all_must_be_scored_on_the_same_rows(odd: pd.DataFrame) -> None:
    """A recipe scored on other rows, even one, is refused by name."""
    with pytest.raises(ShapeError, match="gru was scored on"):
        check_same_rows([Entry("lstm", False, losses(0.002, 0.002)), Entry("gru", False, odd)])


@pytest.mark.parametrize("part", ["select", "test"])
def test_a_lost_loss_is_no_advantage(part: str) -> None:
    """A recipe with a loss that is not a number has no mean on the rows that remain."""
    odd = losses(0.001, 0.001)
    odd.loc[odd["part"] == part, "loss"] = [float("nan"), 0.0001]
    with pytest.raises(ShapeError, match=f"gru has 2 losses on the {part}"):
        mean_loss(Entry("gru", False, odd), part)


def test_an_empty_part_is_refused() -> None:
    """There is no mean on select sessions without a row."""
    with pytest.raises(ShapeError, match="0 losses on the select"):
        mean_loss(Entry("lstm", False, losses(0.001, 0.001).iloc[2:]), "select")


def test_means_by_date_and_over_all() -> None:
    """A date counts once, whatever its number of rows."""
    entry = Entry("lstm", False, losses(0.001, 0.003))
    assert mean_loss(entry, "test") == pytest.approx(0.003)
    assert loss_by_date(entry, "select").to_dict() == pytest.approx({DAYS[0]: 0.001})


def test_a_millionth_is_no_difference() -> None:
    """Two losses within a millionth of each other are equal."""
    assert not is_lower(1 - 0.9e-6, 1.0)
    assert is_lower(1 - 2e-6, 1.0)
    assert format_loss(0.0019) == "19.000 bp"
