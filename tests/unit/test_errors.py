"""The wording that errors share: hints at the name that was meant, and messages on one line."""

import pytest

from morrow.errors import did_you_mean, one_line


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("pahts", ["paths", "registry"], '; did you mean "paths"?'),
        ("TIKCER", ["date", "Ticker"], '; did you mean "Ticker"?'),
        ("XNYZ", ["XNYS", "XZNY"], '; did you mean "XNYS"?'),
        ("zebra", ["paths", "registry"], ""),
        ("paths", [], ""),
    ],
    ids=["mistyped", "other case", "same positions", "nothing alike", "nothing known"],
)
def test_a_hint_names_the_most_similar_name(word: str, known: list[str], hint: str) -> None:
    """The hint names the most similar known name as it is written, or is empty."""
    assert did_you_mean(word, known) == hint


def test_a_long_message_is_cut_to_one_line() -> None:
    """A message of many lines becomes one, of at most as many characters as asked for and the dots."""
    assert one_line("a\n  b") == "a b"
    assert one_line("x" * 400, 300) == "x" * 300 + "..."
    assert one_line(ValueError("x" * 400)) == "x" * 400
