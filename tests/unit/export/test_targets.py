import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from morrow import export
from morrow.config.targets import Target
from morrow.export.targets import deliver, list_exports
from tests.exports import LINEAGE, SCHEMA, contents, rows

FOLDER = {"kind": "folder", "path": "share"}
DELTA = {"kind": "delta-table", "path": "lake/forecasts"}
SQLITE = {"kind": "database", "url": "sqlite:///desk.db"}


def target(options: dict[str, str]) -> Target:
    """A target's options as the configuration reads them."""
    adapter: TypeAdapter[Target] = TypeAdapter(Target)
    return adapter.validate_python(options)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """The folder of a universe with exports of two cutoffs, the first of which was corrected."""
    for scale, cutoff in ((1.0, "2026-01-05"), (2.0, "2026-01-05"), (3.0, "2026-01-06")):
        export.write(rows(scale, cutoff), tmp_path / "exports", LINEAGE, SCHEMA)
    return tmp_path / "exports" / "us5"


def test_every_target_gets_what_it_lacks_once(exports: Path, tmp_path: Path) -> None:
    """A new target gets every export, and nothing a second time."""
    targets = {"share": target(FOLDER), "lake": target(DELTA), "desk": target(SQLITE)}
    first = deliver(targets, exports, tmp_path)
    assert [(one.target, one.delivered, one.fault) for one in first] == [
        (name, ("2026-01-05", "2026-01-06"), "") for name in targets
    ]
    assert all(one.delivered == () for one in deliver(targets, exports, tmp_path))
    export.write(rows(9.0, "2026-01-06"), tmp_path / "exports", LINEAGE, SCHEMA)
    assert all(one.delivered == ("2026-01-06",) for one in deliver(targets, exports, tmp_path))


def test_a_target_that_is_away_holds_nothing_back(exports: Path, tmp_path: Path) -> None:
    """The others get theirs; the one that was away is reported in one line and gets all of it later."""
    (tmp_path / "share").write_text("a file in the way")
    targets = {"share": target(FOLDER), "desk": target(SQLITE)}
    away, desk = deliver(targets, exports, tmp_path)
    assert (away.delivered, away.waiting) == ((), ("2026-01-05", "2026-01-06"))
    assert 'share" cannot be written' in away.fault
    assert "\n" not in away.fault
    assert len(desk.delivered) == 2
    (tmp_path / "share").unlink()
    again, _ = deliver(targets, exports, tmp_path)
    assert again.delivered == ("2026-01-05", "2026-01-06")
    assert contents(tmp_path / "share" / "us5") == contents(exports)


def test_an_altered_export_is_not_delivered(exports: Path, tmp_path: Path) -> None:
    """What does not prove itself goes nowhere, and the outcome says what differs."""
    (exports / "2026-01-06" / "forecasts.csv").write_text("x")
    (outcome,) = deliver({"desk": target(SQLITE)}, exports, tmp_path)
    assert (outcome.delivered, outcome.waiting) == (("2026-01-05",), ("2026-01-06",))
    assert "forecasts.csv has sha256" in outcome.fault


def test_exports_are_listed_with_their_revision(exports: Path) -> None:
    """The newest revision of each cutoff counts; a folder without a manifest is none."""
    (exports / "2026-01-07").mkdir()
    os.utime(exports)
    assert list(list_exports(exports)) == [("2026-01-05", 2), ("2026-01-06", 1)]
