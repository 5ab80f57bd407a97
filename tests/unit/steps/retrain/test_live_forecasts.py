"""The champion's live scores beside its backtest."""

import pandas as pd
import pytest

from morrow.steps.retrain.live_forecasts import compare_live, describe_record, document_record

DAYS = pd.bdate_range("2026-01-05", periods=3)


def make_scores() -> pd.DataFrame:
    """Scores of version 1 on three cutoffs, and of version 2 on the last one."""
    return pd.DataFrame(
        {
            "symbol": "A",
            "cutoff": [*DAYS, DAYS[2]],
            "step": 1,
            "model_version": ["1", "1", "1", "2"],
            "pinball": [0.0010, 0.0020, 0.0060, 0.0090],
        }
    )


def make_losses() -> pd.DataFrame:
    """Out-of-fold losses on the last two cutoffs, and of a step that nobody forecast live."""
    sessions, steps = [DAYS[1], DAYS[2], DAYS[2]], [1, 1, 2]
    return pd.DataFrame(
        {"symbol": "A", "session": sessions, "step": steps, "part": "test", "loss": [0.001, 0.002, 0.5]}
    )


def test_live_and_backtest_are_compared_on_the_rows_of_both() -> None:
    """Rows that only one of them has, and other recipes' versions, count in neither mean."""
    record = compare_live(make_scores(), {"1"}, make_losses())
    assert record is not None
    assert (record.live, record.backtest, record.rows) == pytest.approx((0.0040, 0.0015, 2))
    assert record.window == "2026-01-06..2026-01-07"
    assert record.measures == {
        "live_pinball": record.live,
        "live_backtest_pinball": record.backtest,
        "live_rows": 2,
    }
    assert describe_record(record) == (
        "the champion was judged by its backtest, like all others; its live forecasts on "
        "2026-01-06..2026-01-07 have 40.000 bp, and its backtest 15.000 bp on the same 2 rows"
    )
    assert document_record(record)["rows"] == 2


def test_without_matured_forecasts_the_line_says_so() -> None:
    """No score of the champion's versions: there is no record, and the line names the backtest."""
    assert compare_live(make_scores(), {"7"}, make_losses()) is None
    assert compare_live(make_scores().iloc[:0], {"1"}, make_losses()) is None
    assert document_record(None) == {
        "about": "no live forecast of the champion has matured on these sessions; "
        "it was judged by its backtest"
    }
