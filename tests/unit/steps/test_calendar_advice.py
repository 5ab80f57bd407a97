"""Advice on the calendar, where most symbols disagree with it."""

from pathlib import Path

import pandas as pd

from morrow import sessions
from morrow.steps.report_text import summary
from tests.conftest import market
from tests.projects import as_csv, play, project

STEPS = ("ingest", "plan")


def on_exchange(root: Path) -> pd.DataFrame:
    """Rows of a market on New York's sessions, and a project for them."""
    days = sessions.sessions("XNYS", "2020-01-02", "2021-12-31")[:420]
    old = sorted(market()["session"].unique())
    rows = as_csv(market()).assign(
        session=lambda frame: frame["session"].map(dict(zip(old, days, strict=True)))
    )
    project(root, calendar="XNYS")
    return rows


def write(root: Path, rows: pd.DataFrame, changes: str = "") -> dict:
    """A night on these rows, with changes of the calendar."""
    rows.to_csv(root / "prices.csv", index=False)
    path = root / "morrow.toml"
    text = path.read_text().split("\nsessions =")[0].rstrip()
    path.write_text(f"{text}\n{changes}\n")
    return play(root, names=STEPS)


def test_a_calendar_that_the_bars_agree_with_needs_no_advice(tmp_path: Path) -> None:
    """Neither does one whose sessions single symbols lack."""
    rows = on_exchange(tmp_path)
    report = write(
        tmp_path, rows[(rows["symbol"] != "S0") | (rows["session"] != rows["session"].unique()[-30])]
    )
    assert report["calendar"]["advice"] == []


def test_a_saturday_on_which_all_traded_is_taken_in_by_the_line_that_is_advised(tmp_path: Path) -> None:
    """The bars of a session that the calendar lacks are refused, and released once it is added."""
    rows = on_exchange(tmp_path)
    friday = max(day for day in rows["session"].unique() if day.day_of_week == 4)
    saturday = friday + pd.Timedelta(days=1)
    more = rows[rows["session"] == friday].assign(session=saturday)
    rows = pd.concat(
        [rows, more.assign(**{n: more[n] * 1.001 for n in ("open", "high", "low", "close", "adj_close")})]
    )
    report = write(tmp_path, rows)
    (advice,) = report["calendar"]["advice"]
    assert f"a bar on {saturday:%Y-%m-%d}, which is no session of XNYS" in advice
    assert f"calendar   {advice}" in summary([report])
    report = write(tmp_path, rows, advice[advice.index("sessions = ") :])
    assert report["calendar"]["advice"] == []
    assert report["ingest"]["accepted"] == report["ingest"]["released"] == 4


def test_a_holiday_that_the_calendar_does_not_know_is_removed_by_the_advised_line(tmp_path: Path) -> None:
    """No symbol has a bar on a session: after the change none is missing there."""
    rows = on_exchange(tmp_path)
    holiday = rows["session"].unique()[-20]
    report = write(tmp_path, rows[rows["session"] != holiday])
    (advice,) = report["calendar"]["advice"]
    assert f"no symbol has a bar on {holiday:%Y-%m-%d}, which is a session of XNYS" in advice
    assert report["ingest"]["completeness"]["missing"] == 4
    report = write(tmp_path, rows[rows["session"] != holiday], advice[advice.index("sessions = ") :])
    assert report["calendar"]["advice"] == []
    assert report["ingest"]["completeness"]["missing"] == 0
