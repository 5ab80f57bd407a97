"""Columns of rows without a header."""

import numpy as np
import pytest

from morrow.sources.tables.bar_geometry import guess_names


def rows(count: int = 60, start: int = 1_483_228_800_000) -> list[dict[str, str]]:
    """Days of a random walk, as texts by field."""
    draw = np.random.default_rng(3)
    closes = 100 * np.exp(draw.normal(0, 0.02, count).cumsum())
    opens = np.r_[100, closes[:-1]] * np.exp(draw.normal(0, 0.002, count))
    return [
        {
            "o": f"{first:.2f}", "h": f"{max(first, last) * 1.01:.2f}", "l": f"{min(first, last) * 0.99:.2f}",
            "c": f"{last:.2f}", "v": f"{draw.integers(1000, 9999)}", "t": str(start + number * 86_400_000),
            "T": str(start + number * 86_400_000 + 86_399_999), "q": "1e6", "n": str(number), "z": "0",
            "d": str(np.datetime64("2017-01-01") + number), "s": ["AAA", "BBB"][number % 2],
            "x": f"{last / 2:.3f}", "u": "00:00",
            "m": str((start + number * 86_400_000) * (1000 if number > 30 else 1)),
        }
        for number, (first, last) in enumerate(zip(opens, closes, strict=True))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        ("tohlcvTqnz", "session open high low close volume"),
        ("tohlcv", "session open high low close volume"),
        ("dohlc", "session open high low close"),
        ("dchlov", "session close high low open volume"),
        ("dochlv", "session open close high low volume"),
        ("tcloh", "session close low open high"),
        ("mohlcvT", "session open high low close volume"),
        ("duohlcv", "session column_2 open high low close volume"),
        ("sdohlcv", "symbol session open high low close volume"),
    ],
)
def test_bars_without_a_header_are_recognised(layout: str, names: str) -> None:
    """High and low bound the others and the open continues the last close, in any order of the columns."""
    table = [[row[field] for field in layout] for row in rows()]
    expected = tuple(name.replace("_", " ") for name in names.split())
    assert guess_names(table)[: len(expected)] == expected
    if layout[0] == "t":
        assert guess_names(table[::-1]) == guess_names(table)


@pytest.mark.parametrize("layout", ["dc", "dcv", "dohlcxv", "ohlcv", "dvnzq", "dhlc"])
def test_what_is_in_doubt_is_not_guessed(layout: str) -> None:
    """Closes alone, an adjusted close after the close, or no column of days are not named."""
    assert guess_names([[row[field] for field in layout] for row in rows()]) is None
