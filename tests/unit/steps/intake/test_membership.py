"""Nights of a universe whose members come, go and change their names."""

import contextlib
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow import frames
from morrow.cli import main
from morrow.errors import HistoryError, SourceError, UserError
from morrow.steps import STEPS, report, summary
from morrow.steps import play as take
from morrow.steps.intake.membership import rename
from morrow.store import Store
from tests.conftest import market, weekdays
from tests.projects import NOW, as_csv, night, play, project

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
DAYS = [day.date() for day in weekdays(420)]
TABLE = "symbol,from,to,kind,successor,terminal\n"


def with_table(root: Path, rows: str) -> Path:
    """A project of S0 to S3 with a membership table."""
    with (root / "morrow.toml").open("a", encoding="utf-8") as file:
        file.write('[universes.toy.membership]\nkind = "csv"\npath = "members.csv"\n')
    (root / "members.csv").write_text(TABLE + rows, encoding="utf-8")
    return root


def only(root: Path, *names: str, as_of: date | None = None) -> dict[str, Any]:
    """The report of some steps."""
    tonight = night(root, as_of)
    results, seconds = take(tonight, [step for step in STEPS if step.name in names])
    return report(tonight, results, seconds)


def run(root: Path, *words: str) -> tuple[int, Any, str]:
    """Exit code, JSON and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*words, "--config", str(root / "morrow.toml"), "--json"])
    text = out.getvalue()
    return code, json.loads(text.splitlines()[-1]) if text else None, err.getvalue()


def test_members_come_and_go(tmp_path: Path) -> None:
    """Only members are forecast; one that ends inside a horizon is scored at its terminal value."""
    prices = market()
    prices = prices[(prices["symbol"] != "S2") | (prices["session"] <= weekdays(420)[417])]
    root = with_table(
        project(tmp_path, prices),
        f"S0,2020-01-01,,,,\nS1,2020-01-01,{DAYS[300]},,,\nS2,2020-01-01,{DAYS[417]},delisted,,1.5\n"
        "S3,2020-01-01,,,,\n",
    )
    first = play(root, DAYS[416])
    assert {one["symbol"]: one["reason"] for one in first["ingest"]["left_out"]} == {
        "S1": f"no member since {DAYS[300]}"
    }
    assert first["membership"] == "membership by session, from csv:members.csv"
    made = Store(root / "data").read(frames.forecasts_schema(LEVELS), "toy")
    assert set(made["symbol"]) == {"S0", "S2", "S3"}
    last = only(root, "ingest", "plan", "monitor", as_of=DAYS[419])
    assert last["scores"] == {"matured": 9, "scored": 9, "ended": 2, "waiting": 0}
    scores = Store(root / "data").read(frames.SCORES, "toy")
    ended = scores[scores["ended"]]
    assert ended[["symbol", "step", "close"]].to_numpy().tolist() == [["S2", 2, 1.5], ["S2", 3, 1.5]]
    assert "2 of symbols that had ended" in summary([last])
    # What was known then is still known then: S2 was a member.
    assert night(root, DAYS[416]).market.members.outsiders(["S2"], weekdays(420)[416]) == {}


def test_without_a_table_a_forecast_waits_and_survivorship_is_named(tmp_path: Path) -> None:
    """Nobody is taken to have ended: forecasts without a bar wait and are counted, and the bias is said."""
    prices = market()
    prices = prices[(prices["symbol"] != "S2") | (prices["session"] <= weekdays(420)[417])]
    root = project(tmp_path, prices)
    play(root, DAYS[416])
    last = only(root, "ingest", "plan", "monitor", as_of=DAYS[419])
    assert last["scores"] == {"matured": 10, "scored": 10, "ended": 0, "waiting": 2}
    assert "survivorship bias" in last["membership"]
    assert "survivorship bias" in summary([last])
    assert "2 whose session has come wait for a bar" in summary([last])


def test_a_wrong_table_stops_before_anything_is_written(tmp_path: Path) -> None:
    """A fault in the table is the user's and is found before the store is touched."""
    root = with_table(project(tmp_path), "S0,2020-01-01,2019-01-01,delisted,,\n")
    code, _, err = run(root, "ingest")
    assert code == 2
    assert 'membership "members.csv", row 1: "S0" ends on 2019-01-01' in err
    assert not (root / "data").exists()
    with pytest.raises(SourceError):
        only(root, "ingest")
    with pytest.raises(HistoryError, match="membership table that was not taken in yet"):
        assert night(root).market


def test_a_rename_is_recorded_once_and_seen_from_its_day_on(tmp_path: Path) -> None:
    """From the day on the history has the new name, before it the old, and no stored row is touched."""
    prices, days = market(), weekdays(420)
    prices["symbol"] = prices["symbol"].mask(
        (prices["symbol"] == "S1") & (prices["session"] >= days[400]), "NEW"
    )
    root = project(tmp_path, prices)
    only(root, "ingest")
    before = Store(root / "data").prices("toy")
    words = ("symbols", "rename", "S1", "NEW", "--from", str(DAYS[400]))
    code, (found,), _ = run(root, *words)
    assert code == 0
    assert found["renamed"]["fresh"]
    assert found["renamed"]["known_at"] == str(DAYS[400])  # as its bars, which came in the first load
    assert not run(root, *words)[1][0]["renamed"]["fresh"]
    assert len(Store(root / "data").read(frames.RENAMES, "toy")) == 1
    pd.testing.assert_frame_equal(Store(root / "data").prices("toy"), before)
    assert set(night(root).market.bars["symbol"]) == {"S0", "NEW", "S2", "S3"}
    assert (night(root).market.bars["symbol"] == "NEW").sum() == 420
    assert set(night(root, DAYS[399]).market.bars["symbol"]) == {"S0", "S1", "S2", "S3"}
    (listed,) = run(root, "symbols")[1]
    assert [one["former"] for one in listed["symbols"] if one["symbol"] == "NEW"] == [["S1"]]


def test_renames_that_cannot_be(tmp_path: Path) -> None:
    """Two symbols with bars at once, an unknown one, too early a day and a contradiction are refused."""
    root = project(tmp_path)
    only(root, "ingest")
    for words, fault in (
        (("S1", "S2", "--from", "2020-06-01"), "have different closes on 420 of 420 sessions"),
        (("XX", "S2", "--from", "2020-06-01"), 'no universe has a bar of "XX"'),
        (("S1", "NEW", "--from", "2019-06-01"), "has no bar before 2019-06-01: its first is 2020-01-01"),
    ):
        code, _, err = run(root, "symbols", "rename", *words)
        assert (code, fault in err) == (2, True), err
    tonight = night(root)
    assert rename(tonight, "S1", "NEW", date(2021, 7, 1)).fresh
    with pytest.raises(UserError, match='"S1" is on record as renamed to "NEW" from 2021-07-01'):
        rename(tonight, "S1", "OTHER", date(2021, 8, 2))
    # A rename that lies after the first load is known from the night that it is recorded on.
    more = as_csv(market(sessions=422)).groupby("symbol").tail(2)
    pd.concat([pd.read_csv(root / "prices.csv"), more]).to_csv(root / "prices.csv", index=False)
    take(replace(tonight, now=NOW + timedelta(days=1)), STEPS[:1])
    newest = weekdays(422)[-1].date()
    assert rename(tonight, "S2", "LATER", weekdays(422)[-2].date()).known_at == newest
