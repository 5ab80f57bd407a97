"""Refused rows as bars: what cannot be stored at all, and the frame of what can."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from morrow.frames import PRICE_FIELDS
from morrow.steps.intake.accepted_bars import find_fault, to_rows
from morrow.steps.intake.refusal_listing import RefusedRow
from tests.projects import NOW, night, project

BAR = dict.fromkeys(PRICE_FIELDS, 2.0) | {"malformed": None, "source": "csv:prices.csv"}
ROW = RefusedRow(
    "3fa2c1d0:7", "3fa2c1d0", 7, "toy", "S1", date(2020, 1, 2), (("jump", "why"),), "{}", BAR, NOW,
    "undecided", None, None, None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, None),
        ({"volume": None, "open": None}, None),
        ({"volume": 0.0}, None),
        ({"malformed": 'close="oops"'}, 'it cannot be read: close="oops"'),
        ({"close": None}, "it has no close"),
        ({"close": -5.0}, "close is -5.0, and has no logarithm unless it is above 0"),
        ({"volume": -1.0}, "volume is -1.0, and must be 0 or more"),
        ({"high": "inf"}, "high is inf, and must be finite"),
        ({"split_factor": None}, "split_factor is missing"),
    ],
)
def test_what_keeps_a_row_from_being_a_bar(
    tmp_path: Path, fields: dict[str, float | str | None], fault: str | None
) -> None:
    """Prices need a logarithm, a volume may be absent."""
    assert find_fault(replace(ROW, bar=BAR | fields), night(project(tmp_path))) == fault


def test_a_row_without_its_bar_symbol_or_session_cannot_be_stored(tmp_path: Path) -> None:
    """Each says what is missing."""
    on = night(project(tmp_path))
    assert find_fault(replace(ROW, symbol=None), on) == "its symbol cannot be read"
    assert find_fault(replace(ROW, session=None), on) == "its session cannot be read"
    assert "morrow ingest" in str(find_fault(replace(ROW, bar=None), on))
    assert "has not come yet" in str(find_fault(replace(ROW, session=date(2026, 1, 4)), on))


def test_rows_are_numbered_by_their_position() -> None:
    """Not by their place in the batch."""
    rows = to_rows([ROW, replace(ROW, row=3, symbol="S2", bar=BAR | {"volume": None})])
    assert rows["row"].tolist() == [0, 1]
    assert rows["symbol"].tolist() == ["S1", "S2"]
    assert rows["close"].tolist() == [2.0, 2.0]
    assert rows["volume"].isna().tolist() == [False, True]
    assert rows["malformed"].isna().all()
