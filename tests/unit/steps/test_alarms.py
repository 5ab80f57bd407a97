"""Alarms of a night: everything new refused, symbols that the gate holds back, old data."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from morrow import errors
from morrow.steps.alarms import find_alarms, raise_failure
from morrow.steps.report_text import summary
from tests.conftest import market
from tests.mirrors import Mirror, take_in
from tests.projects import NOW, as_csv, night, play, project

DAYS = sorted(market()["session"].unique())
STEPS = ("ingest", "plan")


def known_through(root: Path, sessions: int) -> pd.DataFrame:
    """A project whose first sessions are stored, and all rows that its source will have."""
    rows = as_csv(market())
    project(root)
    rows[rows["session"] < DAYS[sessions]].to_csv(root / "prices.csv", index=False)
    play(root, names=STEPS)
    return rows


def in_pence(rows: pd.DataFrame, symbols: tuple[str, ...]) -> pd.DataFrame:
    """The rows with the newest prices of these symbols a hundred times larger."""
    prices = ["open", "high", "low", "close", "adj_close"]
    wrong = rows["symbol"].isin(symbols) & (rows["session"] >= DAYS[-3])
    return rows.assign(**{name: rows[name].where(~wrong, rows[name] * 100) for name in prices})


def test_a_night_without_a_fault_has_no_alarm(tmp_path: Path) -> None:
    """New rows that pass raise nothing, and neither does a night without news."""
    rows = known_through(tmp_path, -3)
    rows.to_csv(tmp_path / "prices.csv", index=False)
    for _ in range(2):
        report = play(tmp_path, names=STEPS)
        assert report["alarms"] == []
        raise_failure(report)


def test_pence_for_pounds_fail_the_night_and_head_its_summary(tmp_path: Path) -> None:
    """Every new row of every symbol is refused: the first line says so, and it says so on the next night."""
    rows = known_through(tmp_path, -3)
    in_pence(rows, ("S0", "S1", "S2", "S3")).to_csv(tmp_path / "prices.csv", index=False)
    for _ in range(2):
        report = play(tmp_path, names=STEPS)
        first = summary([report]).splitlines()[0]
        assert first.startswith("toy  ALARM: every row newer than ")
        assert "4 symbols on 3 sessions, for " in first
        command = "morrow quarantine accept --rule 'unit shift' --as new-level --universe toy"
        assert first.endswith(f"store them all as a new level; with: {command}")
        with pytest.raises(errors.NightError, match="every row newer than"):
            raise_failure(report)


def test_another_rule_than_a_unit_has_the_command_of_its_hold(tmp_path: Path) -> None:
    """Where all prices are seven times as high, the alarm prints what the first hold states."""
    mirror = Mirror(2, 302)
    for index in range(6):
        mirror.times(f"S{index}", 300, 7)
    take_in(mirror.write(tmp_path, 300))
    mirror.write(tmp_path)
    report = play(tmp_path, names=STEPS)
    ((message, command),) = [(alarm["message"], alarm["command"]) for alarm in report["alarms"]]
    assert {hold["rule"] for hold in report["holds"]} == {"currency switch"}
    assert command == report["holds"][0]["command"]
    assert command.startswith("morrow quarantine accept --symbol S0 --as new-level")
    assert "end the hold of S0 and likewise of 5 more" in message


def test_rows_that_wait_behind_later_bars_need_no_market(tmp_path: Path) -> None:
    """A fault that ended raises nothing, and the bars of the whole universe are not read for it."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 200, 100)
    mirror.times("S3", 203, 0.01)
    result = take_in(mirror.write(tmp_path))
    tonight = night(tmp_path)
    assert (result.quarantined, find_alarms(tonight, {"ingest": result})) == (3, ())
    assert "market" not in vars(tonight)


def test_a_symbol_that_the_gate_holds_back_heads_the_summary_of_that_night(tmp_path: Path) -> None:
    """One symbol of four is refused: the others go on, and the line is not repeated on the next night."""
    rows = known_through(tmp_path, -3)
    in_pence(rows, ("S2",)).to_csv(tmp_path / "prices.csv", index=False)
    report = play(tmp_path, names=STEPS)
    assert report["cutoff"] == f"{DAYS[-1]:%Y-%m-%d}"
    ((kind, fails),) = [(alarm["kind"], alarm["fails"]) for alarm in report["alarms"]]
    assert (kind, fails) == ("held", False)
    assert summary([report]).startswith(
        "toy  ALARM: S2 has no bar at the cutoff: the gate refused its bar tonight, for "
    )
    raise_failure(report)


@pytest.mark.parametrize(("limit", "old"), [(None, False), (5, True), (3000, False)])
def test_data_older_than_allowed_fail_the_night(tmp_path: Path, limit: int | None, old: bool) -> None:
    """A source that stopped is loud where its universe says how old the newest session may be."""
    root = project(tmp_path)
    if limit is not None:
        with (root / "morrow.toml").open("a") as file:
            file.write(f"max_age_days = {limit}\n")
    report = play(root, names=STEPS)
    age = (NOW.date() - DAYS[-1].date()) // timedelta(days=1)
    assert report["age_days"] == age
    assert f"(newest session {age:,} days ago)" in summary([report]) or old
    assert [alarm["kind"] for alarm in report["alarms"]] == ["old"] * old
    assert report["stale"] == old
    if old:
        assert f"{age:,} days ago; max_age_days is 5" in summary([report]).splitlines()[0]


def test_the_age_is_counted_up_to_the_date_that_is_asked_for(tmp_path: Path) -> None:
    """A night of the past is not old because it is played today."""
    root = project(tmp_path)
    with (root / "morrow.toml").open("a") as file:
        file.write("max_age_days = 5\n")
    report = play(root, DAYS[-10].date(), names=STEPS)
    assert (report["age_days"], report["alarms"], report["stale"]) == (0, [], False)
