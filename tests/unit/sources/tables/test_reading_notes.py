"""Notes about texts."""

from morrow.sources.tables.raw_block import Header
from morrow.sources.tables.reading_notes import TextFacts, common_encoding, describe_texts

PLAIN = Header(("a", "b"), ",", "a.csv")
ODD = Header(("a", "b"), ",", "b.csv", units=("", "USD"), preamble=("A title", "more"), names_guessed=True)


def test_each_kind_of_thing_is_noted_once() -> None:
    """Skipped lines are counted over all files, and each note names the first file; a plain text has none."""
    assert list(describe_texts([TextFacts(PLAIN, "utf-8")])) == []
    assert list(
        describe_texts([TextFacts(PLAIN, ""), TextFacts(ODD, "cp1252"), TextFacts(ODD, "cp1252")])
    ) == [
        '4 lines before the header of "b.csv" and 1 more skipped, first: "A title"',
        'a line of units or notes below the header of "b.csv" and 1 more skipped: "USD"',
        'text of "b.csv" and 1 more read as cp1252, Western European (Windows-1252)',
        'no header in "b.csv" and 1 more: columns by their values: a, b',
    ]


def test_one_encoding_is_common() -> None:
    """An encoding reads all files if the others are plain ASCII."""
    assert common_encoding([TextFacts(PLAIN, ""), TextFacts(ODD, "cp1252")]) == "cp1252"
    assert common_encoding([TextFacts(PLAIN, ""), TextFacts(ODD, "utf-16")]) == ""
    assert common_encoding([TextFacts(PLAIN, "utf-8"), TextFacts(ODD, "cp1252")]) == ""
