"""Symbols as they are written."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.sources.tables.symbol_names import clean_symbol
from tests.files import read, refusal, write


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("KO", "KO"), ("\u200bKO", "KO"), ("\xa0KO\xa0", "KO"), ("\ufeffKO\u200d", "KO"),
        ("BRK\xa0B", "BRK B"),
        ("600519.0", "600519"), ("000001", "000001"), ("BF.B", "BF.B"), ("1.5", "1.5"), ("1E5", "1E5"),
        ("日本", "日本"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_no_part_of_a_symbol(written: str, symbol: str) -> None:
    """Blanks of every kind around it, characters without width, and the fraction of a code are left out."""
    assert clean_symbol(written) == symbol


def test_one_symbol_in_four_spellings(tmp_path: Path) -> None:
    """Invisible characters do not make new symbols, in rows and in headers."""
    days = pd.bdate_range("2024-01-01", periods=4).strftime("%Y-%m-%d")
    spellings = ["KO", "\u200bKO", "\xa0KO", "KO\u2060"]
    lines = "".join(
        f"{day},{name},{n + 1}\n" for n, (day, name) in enumerate(zip(days, spellings, strict=True))
    )
    assert set(read(write(tmp_path, "Date,Symbol,Close\n" + lines)).rows["symbol"]) == {"KO"}
    wide = read(write(tmp_path, "Date,\u200bKO,PEP\xa0\n2024-01-02,1,2\n"), layout="wide")
    assert wide.rows["symbol"].tolist() == ["KO", "PEP"]


def test_capitals_alone_are_asked_about(tmp_path: Path) -> None:
    """KO and then ko is a question, whose answers both work; ABC beside abc are two symbols."""
    days = pd.bdate_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    half = "".join(f"{day},{'KO' if n < 20 else 'ko'},{n + 1}\n" for n, day in enumerate(days))
    path = write(tmp_path, "Date,Symbol,Close\n" + half)
    assert "KO and ko, which differ in capitals alone" in refusal(path)
    assert read(path, symbol_case="upper").rows["symbol"].unique().tolist() == ["KO"]
    assert read(path, symbol_case="keep").rows["symbol"].unique().tolist() == ["KO", "ko"]
    beside = "".join(f"{day},{name},1\n" for day in days for name in ("ABC", "abc"))
    assert read(write(tmp_path, "Date,Symbol,Close\n" + beside)).rows["symbol"].nunique() == 2
