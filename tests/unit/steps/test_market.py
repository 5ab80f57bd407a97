"""The market of a night: which session is its cutoff, and which bars wait."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.steps.report_text import summary
from tests.conftest import market
from tests.projects import play, project


def without_last(symbols: tuple[str, ...], sessions: int = 1) -> pd.DataFrame:
    """The market, in which these symbols lack their last bars."""
    prices = market()
    days = sorted(prices["session"].unique())[-sessions:]
    return prices[~(prices["symbol"].isin(symbols) & prices["session"].isin(days))]


def test_bars_that_few_symbols_have_wait_and_are_named(tmp_path: Path) -> None:
    """One of four symbols is a session ahead: the cutoff is the session of all, and the summary says so."""
    prices = without_last(("S0", "S1", "S3"))
    report = play(project(tmp_path, prices), names=("ingest", "plan"))
    days = sorted(prices["session"].unique())
    assert report["cutoff"] == f"{days[-2]:%Y-%m-%d}"
    assert report["after_cutoff"] == [{"symbol": "S2", "last_bar": f"{days[-1]:%Y-%m-%d}"}]
    assert f"waiting    newest bars of S2 ({days[-1]:%Y-%m-%d}), until half of the symbols" in summary(
        [report]
    )


def test_the_cutoff_follows_once_half_of_the_symbols_have_the_session(tmp_path: Path) -> None:
    """The bars that waited are used on the next night, without having been fetched again."""
    root = project(tmp_path, without_last(("S0", "S1", "S3")))
    first = play(root, names=("ingest", "plan"))
    project(tmp_path, without_last(("S0", "S1")))
    second = play(root, names=("ingest", "plan"))
    assert (first["cutoff"], second["cutoff"]) == tuple(
        f"{day:%Y-%m-%d}" for day in sorted(market()["session"].unique())[-2:]
    )
    assert second["ingest"]["accepted"] == 1
    assert second["after_cutoff"] == []


@pytest.mark.parametrize("sessions", [100, 300])
def test_symbols_that_ended_long_ago_do_not_hold_the_cutoff_back(tmp_path: Path, sessions: int) -> None:
    """Three of four symbols end long before the fourth: the cutoff is its last session."""
    report = play(project(tmp_path, without_last(("S0", "S1", "S3"), sessions)), names=("ingest", "plan"))
    assert report["cutoff"] == f"{market()['session'].max():%Y-%m-%d}"
