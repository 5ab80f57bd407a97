"""What is said of a person's file."""

from datetime import date

from morrow.cli.file_sections import describe_file, list_preview, write_question_sections
from morrow.errors import UndecidedError
from morrow.sources import Inspection, QuestionError


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
