"""The night's commands on a small universe with every flaw that must not stop a night."""

import contextlib
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.cli import main

CONFIG = """
[time]
minimum = 20

[training]
recipes = ["ewma", "unconditional"]
processes = 1

[universes.small]
calendar = "observed"
source = { kind = "csv", path = "prices.csv" }
"""
SESSIONS = 500
GOOD = ["AAA", "BBB", "CCC", "DDD"]


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON on the last line."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def warnings(self) -> list[str]:
        """Lines of warning, without that word."""
        return [line[9:] for line in self.err.splitlines() if line.startswith("warning: ")]


def run(*arguments: object) -> Answer:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(each) for each in arguments])
    return Answer(code, out.getvalue(), err.getvalue())


def days() -> pd.DatetimeIndex:
    """500 days that are no exchange's calendar."""
    every = pd.date_range("2020-01-01", periods=SESSIONS + 50, freq="B")
    return pd.DatetimeIndex(every[np.arange(len(every)) % 11 != 3][:SESSIONS])


def prices() -> pd.DataFrame:
    """Four sound symbols; one too short, one pegged, one ended, one with empty leading rows."""
    walk = np.exp(np.random.default_rng(5).normal(0, 0.01, (8, SESSIONS)).cumsum(axis=1)) * 50
    closes = dict(zip([*GOOD, "SHORT", "PEG", "ENDED", "LATE"], walk, strict=True))
    closes["PEG"] = np.full(SESSIONS, 7.46)
    parts = []
    for symbol, close in closes.items():
        frame = pd.DataFrame({"Date": days().strftime("%Y-%m-%d"), "Ticker": symbol, "Close": close.round(2)})
        frame["Close"] = frame["Close"].astype(object)
        if symbol == "LATE":
            frame.loc[:99, "Close"] = ""
        if symbol == "AAA":
            frame.loc[200, "Close"] = "12,x"
        parts.append({"SHORT": frame[-50:], "ENDED": frame[:-60]}.get(symbol, frame))
    return pd.concat(parts)


@dataclass(frozen=True)
class Project:
    """A folder where the last three nights were replayed, and the newest then played again."""

    folder: Path
    replayed: Answer
    again: Answer

    def run(self, command: str, *arguments: object) -> Answer:
        """Run a command on its configuration."""
        return run(command, "--config", self.folder / "morrow.toml", *arguments)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One retraining in all: it takes most of this file's seconds."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "morrow.toml").write_text(CONFIG, encoding="utf-8")
    prices().to_csv(folder / "prices.csv", index=False)
    options = ("--config", folder / "morrow.toml", "--json")
    return Project(folder, run("replay", "--last", 3, *options), run("nightly", *options))


def test_a_replay_plays_each_night_with_what_was_known(project: Project) -> None:
    """Three nights in order, the first of which trains, each export by its cutoff, the matured scores."""
    assert project.replayed.code == 0, project.replayed.err
    (document,) = project.replayed.data
    cutoffs = [str(day.date()) for day in days()[-3:]]
    assert [night["cutoff"] for night in document["nights"]] == cutoffs
    assert [night["retrained"] for night in document["nights"]] == [True, False, False]
    assert [night["export"]["path"] for night in document["nights"]] == [
        f"exports/small/{day}" for day in cutoffs
    ]
    assert [night["champion"]["trained_through"] for night in document["nights"]] == [cutoffs[0]] * 3
    # Each night one more session of every earlier night has come, for five eligible symbols and a pegged one.
    assert [night["matured"] for night in document["nights"]] == [0, 6, 12]
    total = document["total"]
    assert (total["retrainings"], total["exports"], total["scored"]) == (1, 3, 18)
    assert 0 < total["pinball"] < 0.02
    assert 0 <= total["coverage_80"] <= total["coverage_95"] <= 1


def test_flaws_are_warnings(project: Project) -> None:
    """Each flawed symbol and the malformed row is named once on stderr, though three nights were played."""
    warnings = project.replayed.warnings
    for words in (
        "small: SHORT is left out: 48 sessions of unbroken history",
        "small: ENDED is left out: no bar at the cutoff; its last is",
        "small: PEG is pegged",
        "small: symbol LATE: 100 empty leading rows skipped",
        'small: 1 row is refused: readable: 1 of AAA, the first, row 200: cannot read close="12,x"',
    ):
        assert sum(line.startswith(words) for line in warnings) == 1, (words, warnings)
    assert len(warnings) == 5


def test_a_second_night_changes_nothing_and_says_so(project: Project) -> None:
    """The night's object has every part of the contract, and on unchanged data nothing in it is new."""
    assert project.again.code == 0, project.again.err
    (document,) = project.again.data
    assert {
        "universe", "as_of", "cutoff", "ingest", "leaderboard", "verdict", "champion", "export", "seconds"
    } <= set(document)  # fmt: skip
    assert document["ingest"]["accepted"] == document["ingest"]["quarantined"] == 0
    assert (
        document["ingest"]["unchanged"] + document["ingest"]["refused_before"]
        == document["ingest"]["received"]
    )
    assert {one["symbol"] for one in document["ingest"]["left_out"]} == {"SHORT", "ENDED"}
    assert (document["verdict"]["promoted"], document["verdict"]["refreshed"]) == (False, False)
    assert {row["name"] for row in document["leaderboard"]} == {"ewma", "unconditional"}
    assert document["champion"]["version"] == "1"
    assert document["export"]["new"] is False
    content = (project.folder / document["export"]["path"] / "forecasts.parquet").read_bytes()
    assert document["export"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert document["export"]["rows"] == 6 * 5


def test_progress_is_lines_with_the_time_of_day(project: Project) -> None:
    """Where stderr is no terminal each step is a line of its own."""
    lines = [line.split(maxsplit=1) for line in project.again.err.splitlines() if line[2:3] == ":"]
    assert [rest for _, rest in lines] == [
        f"small {step}"
        for step in ("ingest", "plan", "train", "judge", "refit", "forecast", "export", "monitor", "clean")
    ]


def test_a_replayed_night_is_left_as_it_is(project: Project) -> None:
    """What was played before is not played again; a person reads a line a night and a line of totals."""
    answer = project.run("replay", "--last", 2)
    assert answer.code == 0, answer.err
    assert "small: nights played before, and left as they are: 1" in answer.warnings
    night, blank, total = answer.out.splitlines()
    assert night.split()[:4] == ["small", str(days()[-1].date()), "not", "due"]
    assert blank == ""
    assert total.startswith("small  retrainings 0, exports 1, scored forecasts 18: pinball ")


def test_an_overtaken_night_cannot_be_replayed(project: Project) -> None:
    """A night before those on record would be forecast by a champion that has seen it: it is refused."""
    answer = project.run("replay", "--last", 5)
    assert answer.code == 2
    assert answer.err.startswith(f"error: small: the night of {days()[-5].date()} can no longer be played")


def test_more_nights_than_sessions_are_refused(project: Project) -> None:
    """A replay longer than the source is the user's error."""
    answer = project.run("replay", "--last", 501)
    assert (answer.code, answer.out) == (2, "")
    assert "501 nights are asked for, but the source has 500 sessions" in answer.err


def test_status_says_where_the_universe_stands(project: Project) -> None:
    """Newest session, rows, champion, last judged night, forecasts, scores and quarantine, as of any date."""
    first, newest = (str(days()[place].date()) for place in (-3, -1))
    (document,) = project.run("status", "--json").data
    rows = 5 * 500 + 50 + 440 + 400 - 1  # sound and pegged, short, ended, late, less the malformed one
    assert (document["sessions_through"], document["rows"]) == (newest, rows)
    assert (document["quarantined"], document["scored"], document["newest_forecast"]) == (1, 18, newest)
    assert document["judged_at"] == document["champion"]["trained_through"] == first
    text = project.run("status").out
    assert f"prices     {rows:,} rows through {newest}, 1 waiting in quarantine" in text
    assert f"version 1, trained through {first}; judged at {first}" in text
    (before,) = project.run("status", "--json", "--as-of", first).data
    assert (before["sessions_through"], before["newest_forecast"]) == (first, first)


def test_status_of_an_empty_project_makes_nothing(tmp_path: Path) -> None:
    """Before the first night status says what to do, and leaves no file behind."""
    (tmp_path / "morrow.toml").write_text(CONFIG, encoding="utf-8")
    answer = run("status", "--config", tmp_path / "morrow.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == f"Next: morrow nightly --config {tmp_path}/morrow.toml"
    assert "champion   none" in answer.out
    assert [entry.name for entry in tmp_path.iterdir()] == ["morrow.toml"]


def test_check_stores_nothing_and_names_the_rule(project: Project) -> None:
    """What the raw gate would refuse is counted by rule with the first reason."""
    before = files(project.folder)
    answer = project.run("check", "--json")
    (document,) = answer.data
    assert answer.code == 0
    assert document["refused"] == 1
    (rule,) = document["rules"]
    assert (rule["rule"], rule["rows"]) == ("readable", 1)
    assert rule["first"].startswith(f'row 200 AAA {days()[200].date()}: cannot read close="12,x"')
    assert "1 would be refused" in project.run("check").out
    assert files(project.folder) == before


def test_features_are_described(project: Project) -> None:
    """Each feature has a known share and its spread, and each symbol is eligible, pegged or left out."""
    (document,) = project.run("features", "--json").data
    assert document["cutoff"] == str(days()[-1].date())
    assert document["eligible"] == [*GOOD, "LATE"]
    assert document["pegged"] == ["PEG"]
    assert [one["symbol"] for one in document["left_out"]] == ["ENDED", "SHORT"]
    for one in document["features"]:
        assert 0 < one["known"] <= 1
        assert one["min"] <= one["median"] <= one["max"]
    text = project.run("features").out
    assert "eligible   AAA, BBB, CCC, DDD, LATE" in text
    assert "left out   SHORT: 50 sessions" in text


def test_backtest_shows_all_and_changes_nothing(project: Project) -> None:
    """The leaderboard comes with steps and symbols; champion, exports, tables and pages stay as they are."""
    kept = ("data", "exports", "mlruns", "gates")
    before = {name: files(project.folder / name) for name in kept}
    answer = project.run("backtest", "--json")
    assert answer.code == 0, answer.err
    (document,) = answer.data
    assert document["cutoff"] == str(days()[-1].date())
    for row in document["leaderboard"]:
        assert len(row["by_step"]) == 5
        assert set(row["by_symbol"]) == {*GOOD, "LATE"}
        assert {"mse", "mae", "rmse", "crps"} <= set(row["by_symbol"]["AAA"])
    losses = [row["pinball"] for row in document["leaderboard"]]
    assert losses == sorted(losses)
    text = project.run("backtest").out
    assert "pinball bp by step" in text
    assert {name: files(project.folder / name) for name in kept} == before


def test_train_forecast_export_and_monitor_are_the_same_steps(project: Project) -> None:
    """Commands of single steps answer with the night's object, its other parts None."""
    trained = project.run("train", "--json")
    assert trained.code == 0, trained.err
    assert trained.data[0]["train"] == {"recipes": ["ewma", "unconditional"], "failed": {}}
    assert "small  trained ewma, unconditional" in project.run("train").out
    (exported,) = project.run("export", "--json").data
    assert (exported["ingest"]["left_out"][0]["symbol"], exported["export"]["new"]) == ("ENDED", False)
    (forecast,) = project.run("forecast", "--json").data
    assert (forecast["forecast"]["new"], forecast["export"]) == (False, None)
    (scored,) = project.run("monitor", "--json").data
    assert scored["scores"] == {"matured": 0, "scored": 18, "ended": 0, "waiting": 0}
    (ingested,) = project.run("ingest", "--json").data
    assert (ingested["ingest"]["accepted"], ingested["cutoff"]) == (0, None)


def test_ingest_and_judge_make_a_champion_once(tmp_path: Path) -> None:
    """After an ingest alone, judge promotes and registers; the same judgement makes no new version."""
    (tmp_path / "morrow.toml").write_text(CONFIG.replace('"ewma", ', ""), encoding="utf-8")
    table = prices()
    table[table["Ticker"].isin(["BBB", "CCC"])].to_csv(tmp_path / "prices.csv", index=False)
    options = ("--config", tmp_path / "morrow.toml", "--json")
    (ingested,) = run("ingest", *options).data
    assert (ingested["ingest"]["accepted"], ingested["champion"]) == (2 * SESSIONS, None)
    (first,) = run("judge", *options).data
    assert (first["verdict"]["promoted"], first["champion"]["version"]) == (True, "1")
    assert first["champion"]["name"] == "unconditional"
    assert first["export"] is None
    (second,) = run("judge", *options).data
    assert second["champion"] == first["champion"]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
