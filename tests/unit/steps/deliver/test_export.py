import shutil
from pathlib import Path

import pytest

from morrow import export
from morrow.errors import NightError
from morrow.frames import PRICES
from morrow.steps.alarms import raise_failure
from morrow.steps.report_text import summary
from morrow.store import Store
from tests.exports import contents
from tests.projects import play, project

STEPS = ("plan", "forecast", "export")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first night."""
    root = project(tmp_path_factory.mktemp("nights") / "p")
    play(root)
    return root


def test_a_row_can_be_used_alone(played: Path) -> None:
    """A row has its last close as traded, the currency, the recipe and an id of its own."""
    frame = export.load_forecasts(played / "exports" / "toy")
    prices = Store(played / "data").read(PRICES, "toy").set_index(["symbol", "session"])["close"]
    for row in frame.itertuples():
        assert row.last_close == prices[row.symbol, row.basis]
    assert set(frame["currency"]) == {"USD"}
    assert frame["recipe"].nunique() == 1
    assert frame["forecast_id"].is_unique


def test_the_manifest_says_what_to_expect(played: Path) -> None:
    """Coverage and skill of the recipe, its direction, alias, table version and calendar are in it."""
    manifest = export.verify(played / "exports" / "toy").manifest
    assert 0 <= manifest["expected"]["figures"]["coverage_80"] <= 1
    assert manifest["expected"]["contest_run_id"]
    assert manifest["direction"]["about"]
    assert manifest["alias"] == "champion"
    assert manifest["delta_version"] == 1
    assert manifest["calendar"] == {"name": "observed", "known_through": None}


def test_a_lost_export_comes_back_with_the_same_bytes(played: Path, tmp_path: Path) -> None:
    """Without its folder the next run writes the same bytes, from the tables alone."""
    before = contents(played / "exports")
    shutil.move(played / "exports", tmp_path / "gone")
    report = play(played, names=STEPS)
    assert report["export"]["new"]  # type: ignore[index]
    assert contents(played / "exports") == before
    assert not play(played, names=STEPS)["export"]["new"]  # type: ignore[index]


def test_a_target_that_is_away_is_an_alarm_and_holds_nothing_back(played: Path) -> None:
    """The night is delivered to all others, fails at its end with the name of the target, and catches up."""
    config = played / "morrow.toml"
    away, desk = ('[targets.away]\nkind = "folder"\npath = "away"\n', '[targets.desk]\nkind = "database"\n')
    config.write_text(f'{config.read_text()}\n{away}{desk}url = "sqlite:///desk.db"\n')
    (played / "away").write_text("a file in the way")
    report = play(played, names=STEPS)
    (alarm,) = report["alarms"]  # type: ignore[misc]
    assert alarm["kind"] == "target"
    first = summary([report]).splitlines()[0]
    assert first.startswith('toy  ALARM: target "away" lacks 1 export (folder ')
    assert first.endswith("with: morrow export --universe toy")
    assert "target     desk got 1 export" in summary([report])
    with pytest.raises(NightError, match='target "away"'):
        raise_failure(report)
    (played / "away").unlink()
    assert play(played, names=STEPS)["alarms"] == []
    assert contents(played / "away") == contents(played / "exports")
