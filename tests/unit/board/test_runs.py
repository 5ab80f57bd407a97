"""The page on runs: seconds a step, alarms, and versions with the champion among them."""

from morrow.board.runs import make_runs
from tests.boards import make_empty_facts, make_facts, make_report


def test_a_step_that_a_night_left_out_takes_no_time() -> None:
    """Each step is a series over all nights, and two runs at one cutoff are two bars."""
    nights = [
        make_report("2020-02-24", seconds={"ingest": 1.0, "train": 9.0, "total": 10.0}),
        make_report("2020-02-24", seconds={"ingest": 2.0, "total": 2.0}),
    ]
    chart = make_runs(make_facts("AAA", reports=nights)).values["durations"]
    assert {trace["name"]: trace["y"] for trace in chart.traces} == {
        "ingest": [1.0, 2.0],
        "train": [9.0, 0.0],
    }
    assert chart.traces[0]["x"] == ["2020-02-24", "2020-02-24 #2"]
    assert "took 10.0 s; the median is 6.0 s" in chart.alternative


def test_the_newest_alarm_and_the_champion_are_named() -> None:
    """An alarm that failed its night says so, and the version that forecasts is marked."""
    alarm = {"message": "everything was refused", "command": "x", "fails": True}
    reports = [make_report("2020-02-24", alarms=[alarm]), make_report("2020-02-25")]
    values = make_runs(make_facts("AAA", reports=reports)).values
    assert values["alarms"] == [
        {"cutoff": "2020-02-24", "message": "everything was refused", "outcome": "failed the night"}
    ]
    assert [each["champion"] for each in values["versions"]] == [True]


def test_without_a_night_nothing_is_drawn() -> None:
    """Before the first night the page has no chart and no night."""
    values = make_runs(make_empty_facts()).values
    assert (values["durations"], values["nights"], values["alarms"]) == (None, [], [])
