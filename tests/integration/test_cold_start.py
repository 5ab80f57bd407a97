"""No cold start: a year of prices in a file, the first contest later on, and a symbol that comes of age."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import export
from tests.commands import run
from tests.conftest import market, weekdays
from tests.projects import as_csv, edit, night, play, project

pytestmark = pytest.mark.no_cover  # whole nights: the unit tests measure the same lines


def test_a_year_of_prices_in_a_file_is_forecast(tmp_path: Path) -> None:
    """``init`` and ``nightly`` with their defaults: exit 0, a flagged export, and the date of the contest."""
    as_csv(market(3, 252)).to_csv(tmp_path / "year.csv", index=False)
    code, _, err = run("init", tmp_path / "p", "--csv", tmp_path / "year.csv")
    assert code == 0
    assert "year.csv has 252 sessions, too few for a contest, which needs 424" in err
    toml = tmp_path / "p" / "morrow.toml"
    code, out, err = run("nightly", "--json", "--config", toml)
    assert code == 0, err
    (report,) = json.loads(out)
    assert report["champion"] is None
    contest = report["first_contest"]
    assert (contest["sessions"], contest["needed"]) == (252, 424)
    assert contest["session"] == str(weekdays(424)[-1].date())
    frame = export.read(tmp_path / "p" / report["export"]["path"])
    assert len(frame) == 3 * 5
    assert (frame["flags"] == "zero-shot").all()
    assert frame["reason"].str.startswith("252 sessions of history, and a contest needs 424").all()
    code, out, _ = run("status", "--config", toml)
    assert code == 0
    assert f"champion   none yet: {contest['reason']}; judged at -" in out


def test_the_first_contest_is_held_as_soon_as_it_can_be(tmp_path: Path) -> None:
    """169 sessions are needed: the nights before are zero-shot, and that night crowns the first champion."""
    root, days = project(tmp_path / "p", market(3, 172)), weekdays(172)
    before, then, after = (play(root, days[number].date()) for number in (167, 168, 169))
    assert before["first_contest"]["session"] == str(days[168].date())
    assert before["champion"] is None
    assert then["first_contest"] is None
    assert then["retrained"] == {"due": True, "why": "there is no champion"}
    assert then["verdict"]["promoted"]
    assert then["champion"]["version"] == "1"
    assert (export.read(root / then["export"]["path"])["flags"] == "").all()
    assert not after["retrained"]["due"]
    assert after["champion"]["version"] == "1"
    assert after["scores"]["matured"] > 0  # of the zero-shot forecasts: they are scored like all others
    assert night(root).registry.last_night("toy").cutoff == days[168].date()


def test_a_symbol_comes_of_age_without_a_jump(tmp_path: Path) -> None:
    """Night after night: zero-shot, then the champion's, every night through the gate and of like width."""
    prices, days = market(4, 424), weekdays(424)
    young = (prices["symbol"] == "S2") & (prices["session"] < days[345])
    root = project(tmp_path / "p", prices[~young], recipes=("regression", "ewma"))
    edit(root, "retrain_every = 2", "retrain_every = 3")
    flags, widths = [], []
    for number in range(418, 424):
        report = play(root, days[number].date())
        frame = export.read(root / report["export"]["path"])
        own = frame[frame["symbol"] == "S2"].set_index("step")
        (flag,) = own["flags"].unique()
        flags.append(flag)
        widths.append(np.log(own["q9750"] / own["q0250"]))
        assert next(gate for gate in report["gates"] if gate["gate"] == "forecasts")["passed"]
    # 60 bars until all features are known, a window of 16, and the bar of that night: the 77th.
    assert flags == [*["young,zero-shot"] * 3, *[""] * 3]
    ratios = np.exp(np.abs(np.log(pd.concat(widths, axis=1)).diff(axis=1).to_numpy()[:, 1:]))
    assert ratios.max() < 1.6
