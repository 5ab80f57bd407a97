"""Words of events."""

import pytest

from morrow.sources.tables.event_rows import is_event


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("0.24 Dividend", True), ("Dividend 0.24", True), ("2:1 Stock Splits", True), ("1:8 split", True),
        ("Capital Gain", True), ("Market closed", True), ("Cash Div.", True), ("spin-off of X", True),
        ("abc", False), ("1.5", False), ("", False), ("individual", False), ("enclosed", False),
    ],
)  # fmt: skip
def test_events_are_known_by_their_words(text: str, event: bool) -> None:
    """Dividends, splits and days without trade are events; any other text is not."""
    assert is_event(text) is event
