"""File names from symbols: safe on every system, and different for different symbols."""

import re

from hypothesis import given
from hypothesis import strategies as st

from morrow.board.file_names import make_file_name
from tests.boards import HOSTILE


@given(st.sets(st.text(), min_size=2, max_size=5))
def test_names_are_safe_and_different(symbols: set[str]) -> None:
    """Any text gives a short plain name, and no two texts give the same one in any case of letters."""
    names = {make_file_name(symbol) for symbol in symbols}
    assert len(names) == len(symbols)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{2,60}", name) for name in names)


def test_hostile_names_are_safe() -> None:
    """No name leaves its folder or is one that Windows reserves."""
    for symbol in HOSTILE:
        name = make_file_name(symbol)
        assert "/" not in name
        assert name.split("-")[0] != name
    assert make_file_name("aapl") != make_file_name("AAPL")
