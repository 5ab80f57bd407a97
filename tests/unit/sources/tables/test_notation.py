"""The notation of a table's numbers."""

import numpy as np
import pytest

from morrow.sources.tables.delimited_text import read_csv
from morrow.sources.tables.notation import detect_notation, suggest_separators

PRICES = ["10,490", "10,634", "11,448"] * 7


@pytest.mark.parametrize(
    ("sign", "volume", "expected"),
    [
        ("", "72{:03d}", {"decimal": ","}),
        ("", "72,{:03d}", {"thousands": ","}),
        ("", "7{:02d}", {}),
        ("", "{:d}K", {}),
        ("$", "72{:03d}", {}),
    ],
)
def test_a_comma_before_three_digits(sign: str, volume: str, expected: dict[str, str]) -> None:
    """Volumes tell whether it is the decimal: they are whole, and grouped if any number is."""
    days = np.datetime64("2024-01-01") + np.arange(len(PRICES))
    rows = [
        f'{day},"{sign}{price}","{volume.format(number)}"'
        for number, (day, price) in enumerate(zip(days, PRICES, strict=True), 1)
    ]
    data = "\n".join(["Date,Close,Volume", *rows]).encode()
    assert detect_notation(read_csv(data, "prices.csv")) == expected


@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (['open="10,49", close="10,5"'], ['decimal = ","']),
        (['open="1.010,49"'], ['decimal = ","\nthousands = "."']),
        (['close="1000,49"'], ['decimal = ","']),
        (['close="10,490"', 'close="9,998"'], ['decimal = ","', 'thousands = ","']),
        (['close="10,490,000"'], []),
        (['close="abc"'], []),
    ],
)
def test_options_that_may_read_a_comma_are_suggested(texts: list[str], options: list[str]) -> None:
    """A comma with other than three digits behind it is the decimal; else both readings are named."""
    assert suggest_separators(texts) == options


@pytest.mark.parametrize(
    ("days", "closes", "expected"),
    [
        (["31.01.2024", "01.02.2024"], ["1.234,5", "1.235"],
         {"dates": "day-first", "decimal": ",", "thousands": "."}),
        (["01/31/2024", "02/01/2024"], ["1234.5", "7"], {"dates": "month-first"}),
        (["2024-01-31", "2024-02-01"], ["1 234,5", "1 235,5"], {"decimal": ",", "thousands": " "}),
        (["2024-01-31", "2024-02-01"], ["1'234.5", "1'235.5"], {"thousands": "'"}),
        (["01/02/2024", "02/02/2024"], ["1234.5", "7"], {}),
        (["45322", "45323"], ["1.5", "2.5"], {"dates": "excel"}),
        (["1706659200", "1706745600"], ["1.5", "2.5"], {"dates": "epoch"}),
    ],
)  # fmt: skip
def test_days_and_separators_are_found_where_texts_prove_them(
    days: list[str], closes: list[str], expected: dict[str, str]
) -> None:
    """A day above 12, a count of days or seconds and groups of three leave no doubt; the rest is left."""
    rows = [f"{day};{close}" for day, close in zip(days, closes, strict=True)]
    assert detect_notation(read_csv("\n".join(["Date;Close", *rows]).encode(), "p.csv")) == expected


def test_notations_that_read_less_do_not_hide_the_one_that_reads_all() -> None:
    """Prices with three decimals beside grouped volumes: two notations read as many cells, one all."""
    rows = [
        f'2024-01-{day:02d},95.3{day:02d},"80,6{day:02d}","7,805,8{day:02d}",0.{day:02d}'
        for day in range(10, 31)
    ]
    data = "\n".join(["Date,Close,Volume,Turnover,Change", *rows]).encode()
    assert detect_notation(read_csv(data, "p.csv")) == {"thousands": ","}
