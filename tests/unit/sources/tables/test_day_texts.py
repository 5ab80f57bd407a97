"""One text as a day."""

from datetime import date

import pytest

from morrow.sources.tables.day_texts import DayNotation, list_orders, parse_day

THIRD_OF_JANUARY = date(2017, 1, 3)


@pytest.mark.parametrize(
    "text",
    [
        "2017-01-03", "2017-1-3", "2017 01 03", "2017 1 3", "2017. 01. 03.", "2017-W01-2", "2017W012",
        "2017.01.03", "2017/1/3", "20170103", "20170103.0", "2017年1月3日",
        "Jan 3, 2017", "January 3 2017", "Tue, Jan 3, 2017", "3 Jan 2017", "03-Jan-2017", "03-Jan-17",
        "03JAN2017", "3. Januar 2017", "3 de enero de 2017", "3 janvier 2017", "2017-Jan-03", "Jan-03-2017",
        "3rd January 2017", "Tuesday, 3 January 2017", "Tue Jan  3 00:00:00 2017",
        "2017-01-03T00:00:00.000000000", "2017-01-03 16:00:00-05:00", "Jan 3, 2017 4:00 PM",
        "2017-01-03 16:00 EST",
        "Tue, 03 Jan 2017 00:00:00 GMT", "2017.01.03 00:00", "20170103 000000", "106/01/03", "106.1.3",
    ],
)  # fmt: skip
def test_a_day_with_one_reading_is_read(text: str) -> None:
    """Years first, and months by name, can be read in one way only."""
    stamp = parse_day(text, DayNotation())
    assert stamp is not None
    assert stamp.day == THIRD_OF_JANUARY


@pytest.mark.parametrize(
    "text",
    [
        "03/01/2017", "13/01/2017", "3.1.17", "42738", "1483401600", "2017-02-30", "Jan 2017", "2017", "Mon",
        "Total", "", "17-01-03", "2017-01/03", "30 Feb 2017", "2017-01-03 25:00", "1.5", "AAA 3 2017",
        "206/01/03", "1060103", "03. 01. 2017", "2017-W54-1", "2017-W01-8", "2017-01 03",
    ],
)  # fmt: skip
def test_a_day_with_several_readings_is_none(text: str) -> None:
    """What could be two days, or is none, is not read unless its order is declared."""
    assert parse_day(text, DayNotation()) is None


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("day-first", "03/01/2017"), ("day-first", "3.1.17"), ("day-first", "03. 01. 2017"),
        ("month-first", "1/3/17 0:00"),
        ("month-first", "01-03-2017 12:00:00 AM"), ("year-first", "17/01/03"),
    ],
)  # fmt: skip
def test_a_declared_order_is_kept_to(order: str, text: str) -> None:
    """The declared order says which number is the day; a year of two digits is of this century up to 68."""
    stamp = parse_day(text, DayNotation(order=order))  # type: ignore[arg-type]
    assert stamp is not None
    assert stamp.day == THIRD_OF_JANUARY


@pytest.mark.parametrize(
    ("text", "seconds", "offset"),
    [
        ("2017-01-03 15:00:00+00:00", 54000, 0), ("2017-01-03T15:00Z", 54000, 0),
        ("2017-01-03 15:00", 54000, None),
        ("2017-01-03 15:00:00+0900", 54000, 540), ("2017-01-03 15:00:00-03:30", 54000, -210),
        ("2017-01-03 12:30 am", 1800, None), ("2017-01-03 15:00 EST", None, None), ("2017-01-03", None, None),
    ],
)  # fmt: skip
def test_a_stamp_has_its_time_and_offset(text: str, seconds: int | None, offset: int | None) -> None:
    """The seconds of the day and the minutes off UTC are kept; a zone's name alone says neither."""
    stamp = parse_day(text, DayNotation())
    assert stamp == (THIRD_OF_JANUARY, seconds, offset)


def test_a_format_reads_alone() -> None:
    """A declared format reads what it describes, and nothing else."""
    notation = DayNotation(date_format="%d|%m|%Y")
    stamp = parse_day("03|01|2017", notation)
    assert stamp is not None
    assert stamp.day == THIRD_OF_JANUARY
    assert parse_day("2017-01-03", notation) is None


def test_the_readings_of_an_ambiguous_date_are_listed() -> None:
    """03/04/2024 is two days, 31/01/2024 one, 17/01/03 two, and words none."""
    assert list_orders("03/04/2024") == {"day-first": date(2024, 4, 3), "month-first": date(2024, 3, 4)}
    assert list_orders("31/01/2024") == {"day-first": date(2024, 1, 31)}
    assert list(list_orders("17/01/03")) == ["day-first", "year-first"]
    assert list_orders("Total") == {}
