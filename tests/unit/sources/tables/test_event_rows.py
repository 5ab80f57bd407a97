"""Words of events."""

from pathlib import Path

import pytest

from morrow.sources.tables.event_rows import is_event, read_action
from tests.files import LONG, read, write


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("0.24 Dividend", True), ("Dividend 0.24", True), ("2:1 Stock Splits", True), ("1:8 split", True),
        ("Capital Gain", True), ("Market closed", True), ("Cash Div.", True), ("spin-off of X", True),
        ("abc", False), ("1.5", False), ("", False), ("#DIV/0!", False),
        ("individual", False), ("enclosed", False),
    ],
)  # fmt: skip
def test_events_are_known_by_their_words(text: str, event: bool) -> None:
    """Dividends, splits and days without trade are events; any other text is not."""
    assert is_event(text) is event


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("0.24 Dividend", ("dividend", 0.24)), ("Dividend: 1.5 USD", ("dividend", 1.5)),
        ("Cash Div. .05", ("dividend", 0.05)), ("2:1 Stock Splits", ("split", 2.0)),
        ("Split 4/1", ("split", 4.0)), ("1 for 8 split", ("split", 0.125)), ("3-for-2 split", ("split", 1.5)),
        ("Dividend", None), ("0.24 Dividend, 3 paid", None), ("0,24 Dividend", None), ("Split 4", None),
        ("Market closed", None), ("2:0 split", None),
    ],
)  # fmt: skip
def test_actions_are_read_where_they_say_one_amount(text: str, action: tuple[str, float] | None) -> None:
    """A dividend has one number, a split a ratio; anything else is no action."""
    assert read_action(text) == action
    assert read_action("0,24 Dividend", ",") == ("dividend", 0.24)


def test_actions_between_the_bars_are_those_of_their_days(tmp_path: Path) -> None:
    """Lines of a dividend and a split become factors of their days' bars, others are skipped; counted."""
    lines = [f"2020-01-{day:02d},AAA,10,11,9,10,5\n" for day in range(2, 8)]
    lines += [f"2020-01-{day:02d},AAA,5,5.5,4.5,5,5\n" for day in range(8, 12)]
    events = ["2020-01-04,AAA,0.50 Dividend,,,,\n", "2020-01-08,AAA,2:1 Stock Split,,,,\n"]
    events += ["2020-01-06,AAA,Market closed,,,,\n", "2020-01-20,AAA,0.1 Dividend,,,,\n"]
    batch = read(write(tmp_path, LONG + "".join([*lines[:7], *events, *lines[7:]])))
    assert batch.rows["split_factor"].tolist() == [1.0] * 6 + [2.0] * 4
    assert batch.rows["dividend_factor"].tolist() == pytest.approx([1.0] * 2 + [10 / 9.5] * 8)
    assert batch.rows["malformed"].isna().all()
    assert batch.notes[:2] == (
        "2 rows tell of a dividend or a split of their day's bar: read as actions",
        "2 rows that tell of a dividend, a split or the like are no bars: skipped",
    )


def test_actions_beside_adjusted_closes_are_skipped(tmp_path: Path) -> None:
    """Where adjusted closes say the factors, the lines of dividends add nothing."""
    bars = "".join(f"2020-01-{day:02d},10,10\n" for day in range(2, 8))
    batch = read(write(tmp_path, "Date,Close,Adj Close\n" + bars + "2020-01-05,0.50 Dividend,\n"))
    assert (batch.rows["dividend_factor"] == 1).all()
    assert batch.notes == ("1 rows that tell of a dividend, a split or the like are no bars: skipped",)
