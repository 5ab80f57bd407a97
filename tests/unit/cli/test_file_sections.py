"""The section of a new configuration for a person's file."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.cli.file_sections import describe_file, list_preview, write_question_sections
from morrow.config import load
from morrow.errors import UndecidedError
from morrow.sources import Inspection, QuestionError
from morrow.sources.files import FileSource
from tests.commands import run


def test_a_file_without_a_header_is_pinned_by_its_columns(tmp_path: Path) -> None:
    """Names that were guessed are written down with header = false, and read the same again."""
    days = pd.bdate_range("2020-01-01", periods=60)
    closes = 100 * np.exp(np.random.default_rng(5).normal(0, 0.02, 60).cumsum())
    opens = np.r_[100, closes[:-1]]
    rows = [
        f"{day:%Y-%m-%d},{first:.2f},{max(first, last) + 1:.2f},{min(first, last) - 1:.2f},{last:.2f},500,7"
        for day, first, last in zip(days, opens, closes, strict=True)
    ]
    (tmp_path / "AAA.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    code, _, _ = run("init", tmp_path, "--csv", tmp_path / "AAA.csv")
    (universe,) = load(tmp_path / "morrow.toml").universes.values()
    source = universe.source
    assert isinstance(source, FileSource)
    assert (code, source.header) == (0, False)
    assert source.names == ("session", "open", "high", "low", "close", "volume", "")


@pytest.mark.parametrize(("age", "limit"), [(1, 14), (6, 14), (30, None)])
def test_only_a_source_that_is_up_to_date_gets_a_limit_of_age(
    tmp_path: Path, age: int, limit: int | None
) -> None:
    """A file whose newest bar is of this week is expected to stay fresh, a historical one is not."""
    days = pd.date_range(end=pd.Timestamp.now("UTC").normalize().tz_localize(None), periods=450)[:-age]
    lines = [f"{day:%Y-%m-%d},{100 + number % 7}" for number, day in enumerate(days)]
    (tmp_path / "AAA.csv").write_text("\n".join(["Date,Close", *lines]), encoding="utf-8")
    assert run("init", tmp_path, "--csv", tmp_path / "AAA.csv")[0] == 0
    (universe,) = load(tmp_path / "morrow.toml").universes.values()
    assert universe.max_age_days == limit


def inspection(columns: dict[str, str], **notation: str) -> Inspection:
    """A file of one symbol with some columns."""
    return Inspection(
        kind="csv", layout="long", columns=columns, symbol="A", calendar="XNYS", currency="USD",
        symbols=("A",), first=date(2024, 1, 2), last=date(2024, 3, 1), close_only=False, notation=notation,
    )  # fmt: skip


def test_only_the_prices_that_a_file_has_are_named() -> None:
    """A file of opens and closes has no highs and lows."""
    found = inspection({"session": "d", "open": "o", "close": "c"})
    assert ", open and close, calendar" in describe_file(found, "p.csv")


def test_the_preview_says_whose_days_stamps_are() -> None:
    """A zone that was found stands beside the bars, and nothing where none is needed."""
    (line,) = list_preview(inspection({"close": "c"}, zone="Asia/Tokyo"))
    assert line == "stamps are moments of Asia/Tokyo, whose days these are"
    assert list(list_preview(inspection({"close": "c"}))) == []


def test_questions_are_plain_text_in_comments() -> None:
    """Quotes stay as they are, and a line break cannot end the comment."""
    error = QuestionError("csv", UndecidedError('"a" or\n"b"', ['layout = "wide"']))
    first, *rest = write_question_sections(error, "p", "p.csv")
    assert first.startswith('# Not decided: "a" or "b"')
    assert '# layout = "wide"' in rest
