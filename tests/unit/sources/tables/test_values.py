"""How numbers are written."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.files import read, refusal, write

HEAD = "Date;Close;Volume\n"
POINTS = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("options", "cells", "values"),
    [
        ({"decimal": ","}, ["1,5", "-0,25", ",5", "7", "1,5e2"], [1.5, -0.25, 0.5, 7, 150]),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "1.234.567", "1234,5"], [1234.5, 1234567, 1234.5]),
        ({"thousands": ","}, ["1,234.5", "12,345,678", "1234.5"], [1234.5, 12345678, 1234.5]),
        ({"thousands": " "}, ["1 234.5", "1\u00a0234", "1\u202f234"], [1234.5, 1234, 1234]),
        ({"thousands": "'"}, ["1'234.5", "1’234"], [1234.5, 1234]),
    ],
    ids=["comma", "comma and points", "commas", "spaces", "apostrophes"],
)
def test_declared_separators_are_read(
    options: dict[str, str], cells: list[str], values: list[float], tmp_path: Path
) -> None:
    """Numbers with the declared separators have the value that they have on paper."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    rows = read(write(tmp_path, HEAD + lines), **options).rows
    assert rows["close"].tolist() == values
    assert rows["malformed"].isna().all()


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ({}, ["1,5", "1 234", "5%", "5-", "1.234,5", "nan(1)", "1e999", "1e-999"]),
        ({"decimal": ","}, ["1.5", "1.234,5"]),
        ({"decimal": ",", "thousands": "."}, ["1.5", "12.34", "1.2345", "1,234.5", "1..234"]),
        ({"thousands": ","}, ["1,23", "1.234,5", ",123"]),
    ],
    ids=["none", "comma", "comma and points", "commas"],
)
def test_other_separators_are_malformed(options: dict[str, str], cells: list[str], tmp_path: Path) -> None:
    """A separator that was not declared, or parts no groups of three, is never guessed away."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=2))
    rows = read(write(tmp_path, HEAD + "2024-01-01;1;1\n" + lines), **options).rows[1:]
    assert rows["close"].isna().all()
    assert rows["malformed"].tolist() == [f'close="{cell}"' for cell in cells]


def test_one_character_cannot_be_both_separators(tmp_path: Path) -> None:
    """The same decimal and thousands separator is refused by the configuration."""
    with pytest.raises(ValueError, match="they must differ"):
        read(tmp_path, decimal=",", thousands=",")


def test_an_exact_decimal_is_the_nearest_float(tmp_path: Path) -> None:
    """Decimals of a Parquet file become the floats that their texts would."""
    exact = [Decimal("7.1"), Decimal("0.3"), Decimal("9007199254740993.1")]
    table = pa.table({"date": ["2024-01-02", "2024-01-03", "2024-01-04"], "close": exact})
    pa.parquet.write_table(table, tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet", kind="parquet").rows["close"].tolist() == [
        float(each) for each in exact
    ]


def test_a_total_at_the_end_is_one_malformed_row(tmp_path: Path) -> None:
    """A line of totals is refused for what stands where its day should."""
    rows = read(write(tmp_path, HEAD + "2024-01-02;1;5\n2024-01-03;2;5\nTotal;;10\n")).rows
    assert rows["malformed"].fillna("").tolist() == ["", "", 'session="Total"']


@pytest.mark.parametrize(
    "cell",
    [
        "-",
        "--",
        "null",
        "NULL",
        "None",
        "N/A",
        "#N/A",
        "nan",
        '""',
        '"-"',
        " ",
        "#N/A N/A",
        "ND",
        "n.a.",
        "<NA>",
    ],
)
def test_words_for_nothing_are_nothing(cell: str, tmp_path: Path) -> None:
    """What vendors write where they have nothing is absent, and no row is refused for it."""
    rows = read(write(tmp_path, HEAD + f"2024-01-02;1;{cell}\n")).rows
    assert rows["volume"].isna().all()
    assert rows["malformed"].isna().all()


def test_numbers_are_strict(tmp_path: Path) -> None:
    """Inf and negatives are numbers, the usual words for nothing are absent, anything else is malformed."""
    cells = ["inf", "-1.5", "+2", "1e3", " 7 ", "abc", "1,5", "3%", "0x10", "1_0"]
    lines = "".join(f"2020-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    absent = "".join(
        f"2020-02-{day:02d};{cell};1\n" for day, cell in enumerate(["N/A", "nan", "null", ""], start=1)
    )
    rows = read(write(tmp_path, "Date;Close;Volume\n" + lines + absent)).rows
    assert rows["close"].tolist()[:5] == [np.inf, -1.5, 2, 1000, 7]
    assert rows["close"][5:].isna().all()
    assert rows["malformed"].dropna().to_dict() == {
        5: 'close="abc"', 6: 'close="1,5"', 7: 'close="3%"', 8: 'close="0x10"', 9: 'close="1_0"',
    }  # fmt: skip


def test_unsuitable_types_are_no_numbers_and_no_days(tmp_path: Path) -> None:
    """Parquet columns of truth values are malformed prices, of fractions no days, and of nothing absent."""
    days = pd.to_datetime(["2020-01-02", "2020-01-03"])
    frame = pd.DataFrame({"date": days, "close": [1.0, 2.0], "open": [True, None], "volume": [None, None]})
    frame.to_parquet(tmp_path / "odd.parquet")
    rows = read(tmp_path / "odd.parquet").rows
    assert rows["malformed"].fillna("").tolist() == ['open="true"', ""]
    assert rows["volume"].isna().all()
    pd.DataFrame({"date": [1.5], "close": [1.0]}).to_parquet(tmp_path / "worse.parquet")
    assert "no readable dates" in refusal(tmp_path / "worse.parquet")


@pytest.mark.parametrize(
    ("cell", "value", "options"),
    [
        ("$608.00", 608, {}), ("-$5.5", -5.5, {}), ("€ 1234.5", 1234.5, {}),
        ("USD 7.25", 7.25, {}), ("R$7", 7, {}),
        ("7 kr", 7, {}), ("1,234.56", 1234.56, {}), ("$1,234.56", 1234.56, {}),
        ("1.234,56 €", 1234.56, POINTS),
        ("12,34,567.8", 1234567.8, {"thousands": ","}), ("1.2K", 1200, {}),
        ("₹12,34,567", 1234567, {"thousands": ","}),
    ],
)  # fmt: skip
def test_currency_signs_are_left_out(
    cell: str, value: float, options: dict[str, str], tmp_path: Path
) -> None:
    """A sign or code of a currency beside a number, and India's groups, leave its value as it is on paper."""
    rows = read(write(tmp_path, HEAD + f"2024-01-02;{cell};1\n"), **options).rows
    assert rows["close"].tolist() == [value]
    assert rows["malformed"].isna().all()


def test_a_second_currency_is_malformed(tmp_path: Path) -> None:
    """Euros among dollars are another unit: those rows are refused, and the others stay."""
    rows = read(
        write(tmp_path, HEAD + "2024-01-02;$5;1\n2024-01-03;$6;1\n2024-01-04;€7;1\n2024-01-05;8;1\n")
    ).rows
    assert rows["malformed"].fillna("").tolist() == ["", "", 'close="€7"', ""]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.2mln", 1.2e6), ("4.5万", 45_000), ("1.5亿", 1.5e8), ("2.35L", 235_000), ("3 lakh", 300_000),
        ("1.2 Cr", 1.2e7), ("2mld", 2e9),
        ("68.18K", 68_180), ("0.56M", 560_000), ("1.2B", 1.2e9), ("3m", 3e6), ("2 Mio.", 2e6), ("1T", 1e12),
    ],
)  # fmt: skip
def test_short_volumes_are_exact(cell: str, value: float, tmp_path: Path) -> None:
    """K, M, B and T, lakhs, crores, 万 and 亿 are their powers of ten, without an error of rounding."""
    assert read(write(tmp_path, HEAD + f"2024-01-02;1;{cell}\n")).rows["volume"].tolist() == [value]


def test_pence_are_read_only_where_all_prices_are_pence(tmp_path: Path) -> None:
    """523.5p is the number on paper; beside a price without p nobody can tell pounds from pence."""
    rows = read(write(tmp_path, HEAD + "2024-01-02;523.5p;1\n2024-01-03;530 GBp;1\n2024-01-04;-;1\n")).rows
    assert rows["close"].dropna().tolist() == [523.5, 530]
    rows = read(write(tmp_path, HEAD + "2024-01-02;523.5p;1\n2024-01-03;5.3;1\n2024-01-04;£5.4;1\n")).rows
    assert rows["malformed"].fillna("").tolist() == ['close="523.5p"', "", ""]


def test_texts_that_a_spreadsheet_was_told_to_keep(tmp_path: Path) -> None:
    """="000001" is the text in its quotes, be it a symbol, a day or a number, quoted as a field or not."""
    text = 'Date,Ticker,Close\n="2024-01-02",="000001",="7"\n2024-01-03,"=""000001""",8\n'
    rows = read(write(tmp_path, text)).rows
    assert rows["symbol"].tolist() == ["000001"] * 2
    assert rows["session"].dt.day.tolist() == [2, 3]
    assert rows["close"].tolist() == [7, 8]


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u200b", "\ufeff", "\u200b \u00a0"])
def test_invisible_characters_are_trimmed(mark: str, tmp_path: Path) -> None:
    """White space and marks without a width around a name, a day or a number change nothing."""
    text = f"Date;Ticker;Close\n2024-01-02;KO;1\n{mark}2024-01-03;{mark}KO{mark};{mark}2\n"
    rows = read(write(tmp_path, text)).rows
    assert rows["symbol"].tolist() == ["KO", "KO"]
    assert rows["close"].tolist() == [1, 2]
