"""The context of a night: what is read, opened, resolved and built, and how often."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow import steps
from morrow.frames import PRICES
from morrow.registry import Registry
from morrow.steps.clock import Clock
from morrow.steps.market import KnownMarket
from morrow.steps.preflight import refuse_early
from morrow.store import Store
from morrow.store.tables import Tables
from tests.conftest import market, weekdays
from tests.projects import NOW, night, project

FIRST, SECOND = (day.date() for day in weekdays(420)[-2:])
MODULE = '''
import os
from pathlib import Path

import numpy as np
from morrow.features import feature

with Path(__file__).with_suffix(".log").open("a") as log:
    log.write(f"{os.getpid()}\\n")


@feature(warm_up=1, why="Its file is executed once per process.")
def counted(bars):
    """Move since the last session, in units."""
    return np.diff(np.log(bars.close), prepend=np.nan) / bars.unit
'''


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a night reads the price table, opens the registry, resolves its clock and builds."""
    counter: Counter[str] = Counter()

    def count(owner: Any, name: str, what: str, when: Any = lambda *_: True) -> None:
        original = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counter[what] += bool(when(*arguments))
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    count(Tables, "_scan", "price reads", lambda _store, _table, schema, *_: schema is PRICES)
    count(Registry, "__init__", "registry openings")
    count(Clock, "_choose", "clock resolutions")
    count(KnownMarket.__dict__["sessions"], "func", "axis builds")
    count(KnownMarket, "_build_panel", "panel builds")
    return counter


def take(root: Path, as_of: date | None) -> dict[str, Any]:
    """A whole night as the command takes it."""
    tonight = night(root, as_of)
    refuse_early(tonight, [step.name for step in steps.STEPS])
    results, seconds = steps.play(tonight, steps.STEPS)
    return steps.report(tonight, results, seconds)


@pytest.mark.no_cover  # other nights are measured; coverage doubles the seconds
def test_a_night_reads_opens_and_resolves_once(tmp_path: Path, counts: Counter[str]) -> None:
    """A first night, one with a new bar and a quiet one share what they read; a module is executed once."""
    root = project(tmp_path, recipes=("ewma", "unconditional"))
    file = root / "morrow.toml"
    file.write_text(file.read_text() + '[features]\nselect = ["default", "counted"]\nmodule = "own.py"\n')
    (root / "own.py").write_text(MODULE)
    once = {"registry openings": 1, "clock resolutions": 1, "axis builds": 1}

    assert take(root, FIRST)["retrained"]["due"]
    # In the write, of the table that it has just made, without a file to open; and what it has written.
    assert counts == {**once, "price reads": 2, "panel builds": 1}
    counts.clear()

    report = take(root, SECOND)
    assert (report["retrained"]["due"], report["forecast"]["new"]) == (False, True)
    # To compare with what the source gives; in the write, which compares again with what is stored at its
    # own snapshot; and after it, because it has written.
    assert counts == {**once, "price reads": 3, "panel builds": 1}
    counts.clear()

    quiet = take(root, SECOND)
    assert (quiet["retrained"]["due"], quiet["forecast"]["new"]) == (False, False)
    assert {name: quiet["forecast"][name] for name in ("rows", "pegged", "fallback")} == {
        name: report["forecast"][name] for name in ("rows", "pegged", "fallback")
    }
    assert quiet["ingest"]["left_out"] == report["ingest"]["left_out"]
    assert counts == {**once, "price reads": 1}

    executions = (root / "own.log").read_text().split()
    assert len(executions) == len(set(executions))


@pytest.mark.no_cover  # other nights are measured; coverage doubles the seconds
def test_a_night_of_the_last_session_resolves_its_clock_once(tmp_path: Path, counts: Counter[str]) -> None:
    """Without a date the data say which day it is, once for all steps, on a first night and a quiet one."""
    root = project(tmp_path, recipes=("ewma", "unconditional"))
    once = {"registry openings": 1, "clock resolutions": 1, "axis builds": 1}

    first = take(root, None)
    assert (first["cutoff"], first["retrained"]["due"]) == (str(SECOND), True)
    assert counts == {**once, "price reads": 2, "panel builds": 1}
    counts.clear()

    quiet = take(root, None)
    assert (quiet["cutoff"], quiet["forecast"]["new"]) == (str(SECOND), False)
    assert counts == {**once, "price reads": 1}


def test_a_repeated_intake_is_seen(tmp_path: Path) -> None:
    """A night whose intake is taken again, as Prefect may, knows a session that came since, and its day."""
    prices = market()
    root = project(tmp_path, prices[prices["session"] <= pd.Timestamp(FIRST)], recipes=("ewma",))
    tonight = night(root)
    steps.STEPS[0](tonight, {})
    before = tonight.market
    assert (before.cutoff, tonight.clock.resolve()) == (FIRST, FIRST)
    assert tonight.market is before

    later = prices[prices["session"] == pd.Timestamp(SECOND)]
    Store(Path(tonight.store.uri(PRICES)).parent).ingest("toy", later, "another process", SECOND, NOW)
    assert tonight.market is before
    steps.STEPS[0](tonight, {})
    assert (tonight.market.cutoff, tonight.clock.resolve()) == (SECOND, SECOND)


def test_a_market_without_symbols_is_made_once(tmp_path: Path) -> None:
    """Holding the same symbols gives the same market without their bars; holding none, itself."""
    tonight = night(project(tmp_path, recipes=("ewma",)), FIRST)
    steps.STEPS[0](tonight, {})
    market = tonight.market
    assert market.without([]) is market
    held = market.without(["S1"])
    assert set(held.bars["symbol"]) == set(market.bars["symbol"]) - {"S1"}
    assert market.without({"S1": "why"}) is held


def test_the_clock_has_one_rule() -> None:
    """The date asked for comes first, then the newest of the sessions, then today; it is kept."""
    asked = Clock(FIRST, NOW)
    assert asked.resolve(SECOND) == FIRST
    data = Clock(None, NOW)
    assert data.resolve(FIRST, None, SECOND) == SECOND
    assert data.resolve(SECOND + timedelta(days=1)) == SECOND
    assert Clock(None, NOW).resolve(None) == NOW.date()


def test_a_bar_that_is_corrected_while_the_source_is_read_is_in_the_market(tmp_path: Path) -> None:
    """An operator accepts a price during a slow fetch of a quiet night: that night works with it."""
    root = project(tmp_path / "toy", market(sessions=80))
    steps.play(night(root), [step for step in steps.STEPS if step.name == "ingest"])
    slow = night(root)
    read = slow.stored_bars
    corrected = read.tail(1).assign(close=read["close"].iloc[-1] * 1.1)
    Store(root / "data").ingest("toy", corrected, "csv", FIRST, NOW)
    assert slow.market.all_bars["close"].iloc[-1] == corrected["close"].item()
    quiet = night(root)
    assert quiet.stored_bars is not None
    assert quiet.market.all_bars["close"].iloc[-1] == corrected["close"].item()


def test_the_newest_session_is_known_without_the_market(tmp_path: Path) -> None:
    """One column tells it; for a day that is asked for it is the market's."""
    prices = market(2, 60)
    root = project(tmp_path / "toy", prices)
    assert pd.isna(night(root).newest)
    steps.play(night(root), [step for step in steps.STEPS if step.name == "ingest"])
    tonight = night(root)
    assert tonight.newest == prices["session"].max()
    assert "market" not in vars(tonight)
    assert tonight.newest == tonight.market.newest
    day = prices["session"].unique()[40]
    assert night(root, pd.Timestamp(day).date()).newest == day
