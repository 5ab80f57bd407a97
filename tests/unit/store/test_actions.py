"""Actions read out of prices: what is left of them on record, and where a batch still needs them."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.frames import REVISIONS
from morrow.store import Store
from morrow.store.actions import Action, apply_actions, net_actions, read_ledger

DAYS = pd.bdate_range("2026-01-05", periods=4)
SPLIT = Action("A", DAYS[2], "split_factor", 2.0, "split 2:1, inferred")


def batch(closes: list[float], factors: list[float] | None = None) -> pd.DataFrame:
    """Rows of one symbol."""
    return pd.DataFrame({
        "symbol": "A", "session": DAYS, "close": closes,
        "split_factor": factors or [1.0] * 4, "dividend_factor": 1.0,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("closes", "factors", "expected"),
    [
        ([10.0, 10.0, 5.0, 5.0], None, [1, 1, 2, 2]),  # the step is there
        ([10.0, 10.0, 5.0, 5.0], [1.0, 1.0, 2.0, 2.0], [1, 1, 2, 2]),  # the source knows it
        ([10.0, 10.0, 5.0, 5.0], [1.0, 1.0, 1.0, 2.0], [1, 1, 1, 2]),  # on another session
        ([5.0, 5.0, 5.0, 5.0], None, [1, 1, 1, 1]),  # the source has adjusted its history
    ],
)
def test_an_action_is_applied_where_the_step_is_open(
    closes: list[float], factors: list[float] | None, expected: list[float]
) -> None:
    """A factor is multiplied only where neither the source's factors nor its prices explain the step."""
    assert apply_actions(batch(closes, factors), [SPLIT])["split_factor"].tolist() == expected


def test_an_action_that_was_taken_back_is_left_out(tmp_path: Path) -> None:
    """The net ratio is the product over the ledger, and a day before the withdrawal still has the action."""
    store = Store(tmp_path)
    rows = [
        {"known_at": DAYS[2], "was": 1.0, "is": 2.0, "reason": "action: split 2:1, inferred"},
        {"known_at": DAYS[3], "was": 2.0, "is": 1.0, "reason": "action: move, accepted by anna"},
    ]
    shared = {"universe": "toy", "symbol": "A", "session": DAYS[2], "field": "split_factor"}
    store.upsert(REVISIONS, pd.DataFrame([shared | row for row in rows]))
    assert net_actions(read_ledger(store, "toy", None)) == ()
    assert net_actions(read_ledger(store, "toy", DAYS[2].date())) == (SPLIT,)
