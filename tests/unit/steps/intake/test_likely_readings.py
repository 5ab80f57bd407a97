"""What a person is offered to say a step is."""

import pytest

from morrow.steps.intake.likely_readings import suggest_reading

LAST = {"close": 100.0, "split_factor": 1.0, "dividend_factor": 2.0}


def make_bar(close: float, **fields: float | None) -> dict[str, float | str | None]:
    """A refused row's bar, whole unless fields say otherwise."""
    prices = dict.fromkeys(("open", "high", "low"), close)
    return {**prices, "close": close, "volume": 10.0, "split_factor": 1.0, "dividend_factor": 2.0, **fields}


@pytest.mark.parametrize(
    ("rule", "bar", "reading"),
    [
        ("currency switch", make_bar(74), "spin-off"),
        ("currency switch", make_bar(34), "new-level"),
        ("currency switch", make_bar(190), "new-level"),
        ("currency switch", None, "new-level"),
        ("currency switch", make_bar(74, dividend_factor=4), "new-level"),
        ("currency switch", make_bar(74) | {"close": "inf"}, "new-level"),
        ("unit shift", make_bar(74), "new-level"),
        ("symbol swap", make_bar(74), "new-level"),
        ("jump", make_bar(74), "spin-off"),
        ("jump", make_bar(190), "new-level"),
        ("jump", make_bar(74, volume=None), "move"),
    ],
)
def test_the_likeliest_reading(rule: str, bar: dict[str, float | str | None] | None, reading: str) -> None:
    """A fall to 35 % or more is a spin-off, closes alone are a true return, all else is a new level."""
    assert suggest_reading(rule, "A goes from 100 to 74", bar, LAST).reading == reading


def test_a_split_is_read_from_the_reason() -> None:
    """Its ratio is written as shares."""
    reason = "A goes from 100 to 50, as in a split of 2.0 shares for one"
    assert suggest_reading("split missed", reason, make_bar(50), LAST).reading == "split 2:1"


def test_a_swap_is_to_be_corrected_first() -> None:
    """The advice begins with the source."""
    assert suggest_reading("symbol swap", "", None, None).advice.startswith("correct the source")
