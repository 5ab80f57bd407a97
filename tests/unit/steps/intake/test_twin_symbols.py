"""Two names with one history: the night asks, and the command that it names joins them."""

from pathlib import Path

import pandas as pd

from morrow.steps.intake.membership import rename
from morrow.steps.intake.twin_symbols import find_twins, list_twins
from tests.mirrors import Mirror, take_in
from tests.projects import edit, night


def test_a_symbol_under_a_new_name_with_its_history_is_asked_about_until_it_is_joined(tmp_path: Path) -> None:
    """The note has the command; what it records makes one history of all bars, and the question ends."""
    mirror = Mirror(3, 200)
    take_in(mirror.write(tmp_path, 180))
    mirror.bars["symbol"] = mirror.bars["symbol"].replace("S2", "S2X")
    result = take_in(mirror.write(tmp_path))
    start = (mirror.days[179] + pd.Timedelta(days=1)).date()
    assert (result.accepted, result.quarantined) == (5 * 20 + 200, 0)
    (note,) = result.notes
    assert "S2X has the history of S2" in note
    assert f"morrow symbols rename S2 S2X --from {start} --universe toy" in note
    rename(night(tmp_path), "S2", "S2X", start)
    assert take_in(tmp_path).notes == ()
    joined = night(tmp_path).market.all_bars
    assert len(joined[joined["symbol"] == "S2X"]) == 200
    assert not (joined["symbol"] == "S2").any()


def test_one_history_under_two_names_at_once_is_asked_about(tmp_path: Path) -> None:
    """Both are stored, the question names the pair, and joining leaves one of them."""
    mirror = Mirror(3, 200)
    twin = mirror.bars[mirror.bars["symbol"] == "S2"].assign(symbol="S9")
    mirror.bars = pd.concat([mirror.bars, twin], ignore_index=True)
    result = take_in(mirror.write(tmp_path))
    assert (result.accepted, result.quarantined) == (7 * 200, 0)
    (twins,) = find_twins(night(tmp_path))
    assert (twins.old, twins.new, twins.ended) == ("S9", "S2", False)
    assert f"morrow symbols rename S9 S2 --from {twins.last}" in result.notes[0]
    rename(night(tmp_path), "S9", "S2", twins.last)
    joined = night(tmp_path).market.all_bars
    assert len(joined[joined["symbol"] == "S2"]) == 200
    assert not (joined["symbol"] == "S9").any()


def test_names_that_are_configured_as_distinct_are_not_asked_about(tmp_path: Path) -> None:
    """Of three names with one history, two are of one group: the other pairs remain."""
    mirror = Mirror(3, 200)
    own = mirror.bars[mirror.bars["symbol"] == "S2"]
    mirror.bars = pd.concat([mirror.bars, own.assign(symbol="S8"), own.assign(symbol="S9")])
    take_in(mirror.write(tmp_path))
    assert [(twins.old, twins.new) for twins in find_twins(night(tmp_path))] == [
        ("S8", "S2"),
        ("S9", "S2"),
        ("S9", "S8"),
    ]
    assert 'write distinct = [["S9", "S8"]] in [universes.toy]' in list_twins(night(tmp_path))[2]
    edit(tmp_path, "tick = 0.0001", 'tick = 0.0001\ndistinct = [["S9", "S1", "S8"]]')
    assert [(twins.old, twins.new) for twins in find_twins(night(tmp_path))] == [("S8", "S2"), ("S9", "S2")]


def test_a_peg_shared_by_two_symbols_is_no_twin(tmp_path: Path) -> None:
    """Closes alone that hardly change are equal without being one symbol's."""
    mirror = Mirror(3, 200)
    pegged = mirror.bars["symbol"].isin(["S1", "S2"])
    mirror.bars.loc[pegged, "close"] = 3.75
    take_in(mirror.write(tmp_path, closes_only=True))
    assert find_twins(night(tmp_path)) == ()
