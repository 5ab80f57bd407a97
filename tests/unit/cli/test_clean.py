"""``morrow clean``: what it lists, and what it then removes."""

import json
from pathlib import Path

from morrow.steps.retrain.work_folder import CUTOFF
from tests.commands import run
from tests.conftest import weekdays
from tests.projects import night, project


def test_a_dry_run_lists_what_then_goes(tmp_path: Path) -> None:
    """Names, cutoffs and sizes; the same in JSON; and afterwards nothing is left."""
    root = project(tmp_path / "toy")
    config = ("--config", root / "morrow.toml")
    assert run("ingest", *config)[0] == 0
    assert run("clean", *config) == (0, "toy\n  nothing is old enough to go\n", "")
    folder = night(root).work("0123abcd")
    folder.mkdir(parents=True)
    day = weekdays(420)[-10].date()
    (folder / CUTOFF).write_text(f"{day}\n")
    (folder / "weights").write_bytes(b"x" * 20_000)
    code, out, err = run("clean", "--dry-run", *config)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "toy  0.02 MB would go",
        "  what           cutoff         size",
        f"  work 0123abcd  {day}  0.02 MB",
    ]
    (document,) = json.loads(run("clean", "--dry-run", "--json", *config)[1])
    assert (document["bytes"], document["runs"]) == (20_011, [])
    assert folder.exists()
    assert run("clean", *config)[1].startswith("toy  0.02 MB removed")
    assert not folder.exists()
