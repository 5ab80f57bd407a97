"""Refused rows as text."""

from datetime import UTC, date, datetime

from morrow.cli.refused_rows import SHORT_LIST, format_list, format_rows, sum_up_rows
from morrow.steps.intake.refusal_listing import RefusedRow, row_id

SEEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def refuse(number: int, symbol: str | None, day: int | None, *rules: str) -> RefusedRow:
    """A refused row of January 2020."""
    session = None if day is None else date(2020, 1, day)
    reasons = tuple((rule, f"{rule} at row {number}") for rule in rules)
    batch = "3fa2c1d0e5"
    return RefusedRow(
        row_id(batch, number), batch, number, "toy", symbol, session, reasons, '{"close": 1}', None, SEEN,
        "undecided", None, None, None,
    )  # fmt: skip


def document(*rows: RefusedRow) -> dict:
    """The rows as the command hands them over."""
    own = [vars(row) | {"rules": [dict(zip(("rule", "reason"), each, strict=True)) for each in row.rules]}
           for row in rows]  # fmt: skip
    return {"universe": "toy", "summary": sum_up_rows(rows), "rows": own}


def test_rows_are_summed_up_by_rule_and_symbol() -> None:
    """A row of two rules counts for both; the first session gives id and reason."""
    rows = [
        refuse(7, "S1", 9, "jump"),
        refuse(3, "S1", 8, "jump", "stale price"),
        refuse(9, None, None, "jump"),
    ]
    one, *others = sum_up_rows(rows)
    assert (one["rule"], one["symbol"], one["rows"]) == ("jump", "S1", 2)
    assert (one["first"], one["last"]) == (date(2020, 1, 8), date(2020, 1, 9))
    assert (one["id"], one["reason"]) == ("3fa2c1d0:3", "jump at row 3")
    assert [(each["rule"], each["symbol"], each["rows"], each["last"]) for each in others] == [
        ("stale price", "S1", 1, date(2020, 1, 8)),
        ("jump", None, 1, None),
    ]


def test_a_long_list_begins_with_its_summary() -> None:
    """One row more than fits in a short list: by rule and symbol first, and the rest are counted."""
    rows = [refuse(number, "S1", number + 1, "jump") for number in range(SHORT_LIST + 1)]
    lines = format_list(document(*rows), "undecided").splitlines()
    assert lines[0] == "toy  11 undecided rows"
    assert lines[2].split()[:3] == ["jump", "S1", "11"]
    assert "  the first 10 rows:" in lines
    assert lines[-1].startswith("  and 1 more; narrow with --rule")
    short = format_list(document(*rows[:SHORT_LIST]), "undecided")
    assert "the first 10 rows" not in short
    assert "more; narrow" not in short


def test_no_row_is_one_line() -> None:
    """An empty list names the universe and the state."""
    assert format_list(document(), "dropped") == "toy  0 dropped rows"


def test_a_row_that_cannot_be_read_is_shown_whole() -> None:
    """Without a symbol or session its text is shown, and what can be typed next."""
    shown = document(refuse(5, None, None, "unreadable row"))
    shown["rows"][0]["accept"] = "morrow quarantine accept 3fa2c1d0:5 --universe toy --config other.toml"
    text = format_rows(shown)
    assert text.startswith("3fa2c1d0:5  toy  no symbol  no session\n")
    assert "  rule       unreadable row: unreadable row at row 5\n" in text
    assert text.endswith(
        "Next: morrow quarantine accept 3fa2c1d0:5 --universe toy --config other.toml, or drop it"
    )
