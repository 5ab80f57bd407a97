"""Kinds of cells."""

import pytest

from morrow.sources.tables.cell_kinds import cell_kind


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (
            "date",
            "2017-01-03 20170103 03.01.2017 20170103_160000 2017年1月3日 2017-01-03T23:00Z 3_März_2017",
        ),
        (
            "date",
            "2017-W01-2 2017_01_03 03._01._2017",
        ),
        (
            "number",
            "42738 1.234,56 1_234,5 $608.00 -0.61% 68.18K 1.2B (1.5) 000001 1E5 12.5_EUR 1483401600000 inf",
        ),
        (
            "number",
            "523.5p 1.2mln 12万 3.4L 1.2_Cr 5_crores",
        ),
        ("text", "AAPL 2330.TW 1._open Close.1 S&P_500 USD 0.24_Dividend DE0007164600 00:00 %"),
        ("empty", "- . N/A #N/A #REF! null nan"),
    ],
)
def test_a_cell_is_told_by_its_look(kind: str, cells: str) -> None:
    """Days, numbers, words and marks of nothing are told apart, whatever the notation."""
    assert [(cell, cell_kind(cell.replace("_", " "))) for cell in cells.split()] == [
        (cell, kind) for cell in cells.split()
    ]
