"""The flows without a server: their parts and settings, their tasks, and what a user's slip says."""

import flows  # first: Prefect reads its settings when it is imported

# isort: split
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.cache_policies import NO_CACHE
from prefect.settings import get_current_settings

from flows.command import command
from flows.forecast import forecast
from flows.ingest import ingest
from flows.monitor import monitor
from flows.nightly import nightly
from flows.retrain import retrain
from flows.tasks import NightFlow, as_task, select_steps
from morrow.config import load
from morrow.steps import STEPS, Night
from tests.diary import Diary, prefect_home, write_config


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prefect's home in a temporary folder, with no server named."""
    with prefect_home(tmp_path_factory.mktemp("prefect")) as folder:
        yield folder


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration of the universes ``one`` and ``two``."""
    return write_config(tmp_path)


def test_nothing_leaves_and_nothing_is_kept() -> None:
    """Importing flows turns Prefect's telemetry, result store and promotion off."""
    settings = get_current_settings()
    assert set(flows.SETTINGS) <= set(os.environ)
    assert os.environ["DO_NOT_TRACK"] in {"1", "true"}  # MLflow's room may have been there first
    assert not settings.server.analytics_enabled
    assert not settings.results.persist_by_default
    assert not settings.server.ui.show_promotional_content
    assert settings.server.ephemeral.startup_timeout_seconds == 180


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (ingest, ("ingest",)),
        (retrain, ("plan", "train", "judge", "refit")),
        (forecast, ("plan", "forecast", "export")),
        (monitor, ("monitor",)),
    ],
)
def test_flows_are_parts_of_the_night(one: NightFlow, names: tuple[str, ...]) -> None:
    """Every flow keeps no result, and its steps are those of the night in the night's order."""
    assert one.persist_result is False
    assert nightly.persist_result is False
    assert tuple(step.name for step in select_steps(*reversed(names))) == names
    assert set(select_steps(*names)) <= set(STEPS)


def test_unknown_steps_are_refused() -> None:
    """A step that the night does not have cannot be chosen."""
    with pytest.raises(KeyError, match="dance"):
        select_steps("ingest", "dance")


def test_tasks_cache_and_persist_nothing(config: str) -> None:
    """A step becomes a task that is named after universe and step, retries as told and keeps nothing."""
    night = Night(load(Path(config)), "one", None, datetime.now(UTC))
    made = as_task(Diary("train").step(retries=3), night, {})
    assert (made.name, made.retries) == ("one: train", 3)
    assert made.persist_result is False
    assert made.cache_policy == NO_CACHE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "none.toml"], "no configuration at"),
        (["--confug", "none.toml"], "unrecognized arguments: --confug"),
        (["--as-of", "soon"], "argument --as-of: invalid"),
    ],
)
def test_slips_are_one_line_without_a_server(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A user's slip exits with 2 and one line, before any server is started."""
    before = sorted(home.iterdir())
    assert command(nightly, arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert sorted(home.iterdir()) == before


def test_an_unknown_universe_is_named(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A universe that is not configured exits with 2 and names it."""
    assert command(nightly, ["--config", config, "--universe", "three"]) == 2
    assert 'universe "three"' in capsys.readouterr().err
