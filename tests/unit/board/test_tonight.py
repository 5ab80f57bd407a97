"""The first page: figures of the newest cutoff, what needs a person, and what changed."""

import pandas as pd
import pytest

from morrow.board.tonight import find_changes, find_needs, make_tonight, tabulate_forecasts
from tests.boards import make_facts, make_report

HOLD = {
    "symbol": "AAA", "rule": "jump", "since": "2020-02-25", "rows": 1, "reason": "rises by half",
    "command": "morrow quarantine accept 1",
}  # fmt: skip


def test_the_table_is_of_the_last_step_in_per_cent_of_the_close_at_the_cutoff() -> None:
    """Two steps of 2.5 % each way are 5 % each way of the close at the cutoff, not of a newer bar."""
    facts = make_facts("AAA")
    newer = facts.bars.tail(1).assign(session=facts.bars["session"].max() + pd.Timedelta(days=1), close=500.0)
    facts = make_facts("AAA", bars=pd.concat([facts.bars, newer], ignore_index=True))
    (row,) = tabulate_forecasts(facts).to_dict("records")
    assert row["last_close"] == 139.0
    assert row["low_percent"] == pytest.approx(-5)
    assert row["high_percent"] == pytest.approx(5)
    assert row["width_percent"] == pytest.approx(10)


def test_alarms_holds_and_problems_need_a_person() -> None:
    """Each is one entry, with the command that shows or mends it where there is one."""
    alarm = {"message": "everything was refused", "command": "morrow quarantine list"}
    facts = make_facts(
        "AAA",
        reports=[make_report("2020-02-25", alarms=[alarm])],
        waiting={"holds": [HOLD], "newest_refused": []},
        problems=("MLflow cannot be read",),
    )
    needs = list(find_needs(facts))
    assert [each["command"] for each in needs] == [alarm["command"], "", HOLD["command"]]
    assert needs[2]["text"] == ("AAA is held since 2020-02-25 by the rule jump, 1 row waiting: rises by half")


def test_changes_compare_with_the_last_earlier_cutoff() -> None:
    """Another version, and a hold that began, are told; a second run of the same night is not compared."""
    before = make_report("2020-02-24")
    tonight = make_report(
        "2020-02-25", holds=[HOLD], forecast={"model": "har", "version": "2", "fallback": []}
    )
    changes = list(find_changes(make_facts("AAA", reports=[before, tonight, tonight])))
    assert "har version 2 forecasts, in place of ewma version 1" in changes
    assert "AAA is now held" in changes
    assert list(find_changes(make_facts("AAA", reports=[]))) == []


def test_every_figure_says_where_it_is_from() -> None:
    """Each of the four figures has its source beside it."""
    page = make_tonight(make_facts("AAA"))
    assert [each.label for each in page.values["figures"]] == ["Night", "Data", "Champion", "Coverage"]
    assert all("source:" in each.about for each in page.values["figures"])
    assert page.values["figures"][3].value == "100.0 %"
