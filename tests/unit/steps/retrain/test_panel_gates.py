"""Symbols that the gate of the panel holds, over whole nights."""

import json
from datetime import date
from pathlib import Path

import pytest

from morrow import errors
from morrow.checks import load_suite
from morrow.frames import PRICE_FIELDS
from morrow.store import Store
from tests.conftest import market, weekdays
from tests.projects import NOW, play, project


def test_a_held_symbol_is_left_out_until_the_next_retraining(tmp_path: Path) -> None:
    """Nothing is learnt from it, nobody forecasts it, and both nights say why; the others are unharmed."""
    root = project(tmp_path / "toy")
    days = [day.date() for day in weekdays(420)[-2:]]
    play(root, days[0], names=("ingest",))
    store = Store(root / "data")
    spoilt = store.prices("toy")
    spoilt = spoilt[(spoilt["symbol"] == "S1") & (spoilt["session"] > "2020-06-01")]
    lowered = spoilt[["symbol", "session", *PRICE_FIELDS]].assign(dividend_factor=0.5)
    store.ingest("toy", lowered, "test", days[0], NOW)
    for day, due in zip(days, (True, False), strict=True):
        report = play(root, day, names=("plan", "train", "judge", "refit", "forecast"))
        assert report["retrained"]["due"] == due
        assert report["forecast"]["rows"] == 3 * 3
        (left,) = report["ingest"]["left_out"]
        assert left["symbol"] == "S1"
        assert left["reason"].startswith(
            "held by the gate of the panel: dividend factors rise: S1 has 1 bars"
        )


def test_a_held_symbol_is_not_answered_zero_shot(tmp_path: Path) -> None:
    """A night without any training puts the bars through the same gate, and a quiet one remembers it."""
    root = project(tmp_path / "toy", market(sessions=140))
    last = weekdays(140)[-1].date()
    play(root, last, names=("ingest",))
    store = Store(root / "data")
    spoilt = store.prices("toy")
    spoilt = spoilt[(spoilt["symbol"] == "S1") & (spoilt["session"] > "2020-06-01")]
    lowered = spoilt[["symbol", "session", *PRICE_FIELDS]].assign(dividend_factor=0.5)
    store.ingest("toy", lowered, "test", last, NOW)
    for new in (True, False):
        report = play(root, last, names=("plan", "train", "judge", "refit", "forecast"))
        assert (report["forecast"]["zero_shot"], report["forecast"]["new"]) == (True, new)
        assert report["forecast"]["rows"] == 3 * 3
        (left,) = report["ingest"]["left_out"]
        assert left["symbol"] == "S1"
        assert left["reason"].startswith("held by the gate of the panel: dividend factors rise")
        assert [gate["gate"] for gate in report["gates"]] == (["panel", "forecasts"] if new else [])


def test_a_night_whose_symbols_are_all_held_stops(tmp_path: Path) -> None:
    """Then there is nothing to learn from, and the message names the first reason and the page."""
    root = project(tmp_path / "toy")
    own = json.loads(Path(load_suite("panel", None).file).read_text(encoding="utf-8"))
    own["expectations"] = [each for each in own["expectations"] if each["meta"]["rule"] == "prices positive"]
    own["expectations"][0]["kwargs"] = {"column": "bars", "max_value": 1}
    (root / "expectations").mkdir()
    (root / "expectations" / "panel.json").write_text(json.dumps(own), encoding="utf-8")
    with pytest.raises(errors.NightError, match=r"every symbol is held, .*; see gates/toy/.*/panel.html"):
        play(root, date(2021, 8, 10))
