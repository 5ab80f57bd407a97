"""A symbol's page: its own rows, what came beside each forecast, and its skill from the leaderboard."""

from morrow.board.symbols import join_scores, make_symbols, write_tables
from tests.boards import make_empty_facts, make_facts


def test_each_table_has_its_own_symbol_alone() -> None:
    """Every symbol has a line a cutoff and step, and a close that is not known yet stays empty."""
    tables = write_tables(join_scores(make_facts("AAA", "BBB")))
    assert set(tables) == {"", "AAA", "BBB"}
    lines = tables["BBB"].splitlines()
    assert len(lines) == 1 + 3 * 2
    assert lines[0].endswith("realised,pinball,in_80,in_95")
    assert lines[1].endswith(",138,0.002,True,True")
    assert lines[-1].endswith(",,,,")
    assert tables[""].splitlines() == lines[:1]


def test_the_skill_of_a_symbol_is_that_of_the_leaderboard() -> None:
    """A loss of 9 against 10 on this symbol is a skill of 10 %, whatever the totals say."""
    board = [
        {"name": "ewma", "pinball": 1.0, "by_symbol": {"AAA": {"pinball": 9.0}}},
        {"name": "gjr-garch-t", "pinball": 1.0, "by_symbol": {"AAA": {"pinball": 10.0}}},
    ]
    pages = make_symbols(make_facts("AAA", leaderboard=board))
    (page,) = (each for address, each in pages.items() if address.startswith("symbols/"))
    assert [each.value for each in page.values["figures"] if each.label == "Skill"] == ["10.00 %"]
    assert page.values["data"]["fans"][0]["cutoff"] < page.values["newest"].cutoff
    assert page.values["chart"].alternative == "2 of 2 closes lay inside; 80 % are expected to."


def test_without_a_symbol_there_is_only_the_list() -> None:
    """Before the first bar the list is empty."""
    pages = make_symbols(make_empty_facts())
    assert list(pages) == ["symbols.html"]
    assert pages["symbols.html"].values["rows"] == []
