"""A bar is final some time after its session's close, in the exchange's own time zone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from morrow import config, sources, steps
from morrow.steps.intake.finality import without_early
from morrow.store import Store
from tests.conftest import market
from tests.projects import project

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


def utc(*parts: int) -> datetime:
    """A stamp of UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def project_until(root: Path, calendar: str) -> steps.Night:
    """A project whose bars end on Tuesday 2026-01-06, and a night without a clock."""
    prices = market()
    days = pd.bdate_range(end="2026-01-06", periods=420).as_unit("us")
    prices["session"] = prices["session"].map(dict(zip(prices["session"].unique(), days, strict=True)))
    project(root, prices, calendar="observed")
    text = (root / "morrow.toml").read_text().replace('"observed"', f'"{calendar}"')
    (root / "morrow.toml").write_text(text)
    return steps.Night(config.load(root / "morrow.toml"), "toy", None, utc(2026, 1, 6, 15, 0))


def test_todays_bars_wait_and_are_taken_later(tmp_path: Path) -> None:
    """Before the margin is over the night stands on yesterday and says why; after it, on today."""
    noon = project_until(tmp_path, "observed")
    results, seconds = steps.play(noon, steps.STEPS[:1])
    facts = steps.report(noon, results, seconds)["ingest"]
    assert (facts["received"], facts["accepted"], facts["early"]) == (1680, 1676, 4)
    assert facts["quarantined"] == 0
    line = "S0, S1, S2, S3: 2026-01-06 is not final until 2026-01-07 00:30 UTC, so it is left for later"
    assert line in facts["notes"]
    assert Store(tmp_path / "data").prices("toy")["session"].max() == pd.Timestamp("2026-01-05")
    late = replace(noon, now=utc(2026, 1, 7, 0, 30))
    results, seconds = steps.play(late, steps.STEPS[:1])
    facts = steps.report(late, results, seconds)["ingest"]
    assert (facts["accepted"], facts["early"]) == (4, 0)


def test_the_exchange_is_named(tmp_path: Path) -> None:
    """The note names the time and the time zone of the exchange."""
    night = project_until(tmp_path, "XNYS")
    batch, early = without_early(night, sources.fetch(night.options, tmp_path))
    assert early == 4
    assert batch.rows["session"].max() == pd.Timestamp("2026-01-05")
    assert "2026-01-06 is not final until 16:30 America/New_York" in batch.notes[-1]


def test_tomorrows_bar_is_no_early_one(tmp_path: Path) -> None:
    """A bar of a day that has not begun is the gate's to refuse, and a run of the past waits for nothing."""
    night = project_until(tmp_path, "XNYS")
    batch = sources.fetch(night.options, tmp_path)
    _, early = without_early(replace(night, now=utc(2026, 1, 5, 22, 0)), batch)
    assert early == 0
    past = sources.fetch(night.options, tmp_path, MONDAY)
    assert without_early(night, past) == (past, 0)
