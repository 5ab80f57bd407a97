"""Where two recipes meet: the losses of the backtest by date, on sessions whose outcomes are all known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import backtest
from morrow.backtest import Job, Result
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS


@pytest.fixture(scope="module")
def two(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result]:
    """Two baselines after their backtest."""
    folder = tmp_path_factory.mktemp("meetings")
    panel.save(folder / "panel")
    jobs = [
        Job(name, RECIPES[name], folder / "panel", PARTS, 7, dict(SETTINGS), folder / "recipes" / name)
        for name in ("ewma", "unconditional")
    ]
    for job in jobs:
        backtest.run(job)
    one, other = (backtest.result(job) for job in jobs)
    return one, other


def by_date(result: Result, part: str | None = None) -> pd.Series:
    """Mean loss of each date, as the backtest stored it."""
    losses = result.losses
    return losses[losses["part"] == (part or losses["part"])].groupby("session")["loss"].mean()


def test_a_first_meeting_is_on_the_select_sessions(panel: Panel, two: tuple[Result, Result]) -> None:
    """Losses are the date means of both recipes' own, and never differ by more than the bound."""
    frame = backtest.meet(panel, PARTS, *two, FORECAST.levels)
    for name, result in zip(("champion", "challenger"), two, strict=True):
        stored = by_date(result, "select")
        assert frame["session"].tolist() == stored.index.tolist()
        assert frame[name].to_numpy() == pytest.approx(stored.to_numpy(), rel=1e-6)
    assert (frame["challenger"] - frame["champion"] <= frame["bound"] + 1e-12).all()
    assert (frame["bound"] > 0).all()


def test_a_later_meeting_ends_where_outcomes_do(panel: Panel, two: tuple[Result, Result]) -> None:
    """Only sessions after the one given count, up to the last with every step's outcome known."""
    last = backtest.find_known_through(panel)
    assert last == len(panel.sessions) - 1 - panel.horizon
    frame = backtest.meet(panel, PARTS, *two, FORECAST.levels, str(panel.sessions[last - 4]))
    assert frame["session"].tolist() == list(pd.DatetimeIndex(panel.sessions[last - 3 : last + 1]))
    stored = by_date(two[0]).loc[frame["session"]]
    assert frame["champion"].to_numpy() == pytest.approx(stored.to_numpy(), rel=1e-6)
    assert backtest.meet(panel, PARTS, *two, FORECAST.levels, str(panel.sessions[last])).empty


def test_a_recipe_is_known_by_what_it_is(two: tuple[Result, Result]) -> None:
    """Identities differ between recipes and stay under another name; sound quantiles count no fault."""
    from dataclasses import replace

    one, other = two
    assert one.identity != other.identity
    assert replace(one, name="renamed").identity == one.identity
    wide = replace(one, configured=(one.recipe, other.recipe))
    assert wide.identity != one.identity
    assert replace(wide, configured=(other.recipe, one.recipe)).identity == wide.identity
    assert replace(wide, members={"one": one.recipe}).identity == wide.identity  # tonight's are no matter
    assert one.entry["invalid"] == 0


def test_crossing_and_missing_quantiles_are_counted(two: tuple[Result, Result], tmp_path: Path) -> None:
    """A forecast with quantiles out of order, and one that is not finite, are invalid."""
    from dataclasses import replace

    quantiles = two[0].quantiles.copy()
    quantiles[0, 0] = quantiles[0, 0, ::-1]
    quantiles[3, 1, 0] = np.nan
    np.save(tmp_path / backtest.QUANTILES, quantiles, allow_pickle=False)
    assert replace(two[0], folder=tmp_path).invalid == 2
