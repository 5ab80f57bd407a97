"""A schedule fires: ``flows.serve`` in its own process, with a real server and a real night."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
CONFIG = """
[training]
recipes = ["ewma", "unconditional"]
[universes.us5]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
"""
DEPLOYMENTS = """
deployments:
  - name: soon
    entrypoint: flows/nightly.py:nightly
    parameters:
      universes: [us5]
      config: CONFIG
    schedules:
      - interval: 5
"""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """``python -m flows.serve`` with its home in a folder, and the port of its server."""
    (folder / "morrow.toml").write_text(CONFIG, encoding="utf-8")
    file = folder / "prefect.yaml"
    file.write_text(DEPLOYMENTS.replace("CONFIG", str(folder / "morrow.toml")), encoding="utf-8")
    (folder / "home").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    environment |= {
        "HOME": str(folder / "home"),
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.serve", "--file", str(file), "--port", "0"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", greeting)
        assert found, greeting
        yield process, int(found[1])
    finally:
        process.terminate()
        process.communicate(timeout=60)


def asked(port: int, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """What the server answers to a filter."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", f"/api/{path}", json.dumps(body), {"content-type": "application/json"})
        answer: list[dict[str, Any]] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def first_finished(port: int) -> dict[str, Any]:
    """The first scheduled flow run that has ended, however it did."""
    ended = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if runs := asked(port, "flow_runs/filter", {"flow_runs": {"state": ended}}):
            return runs[0]
        time.sleep(0.5)
    pytest.fail(f"no scheduled run ended within {PATIENCE_S:.0f} s")


def test_a_scheduled_night_fires_and_finishes(tmp_path: Path) -> None:
    """A due night runs by itself, is recorded as completed with its tasks and artifacts, and has exported."""
    with serving(tmp_path) as (process, port):
        run = first_finished(port)
        only = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        tasks = asked(port, "task_runs/filter", only)
        artifacts = asked(port, "artifacts/filter", only)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        with pytest.raises(ConnectionRefusedError):
            asked(port, "flow_runs/filter", {})
    assert (run["state_type"], run["auto_scheduled"]) == ("COMPLETED", True)
    steps = ["ingest", "plan", "train", "judge", "refit", "forecast", "export", "monitor", "clean"]
    assert sorted(each["name"] for each in tasks) == sorted(f"us5: {step}" for step in steps)
    assert {each["state_type"] for each in tasks} == {"COMPLETED"}
    assert {each["key"] for each in artifacts} == {"gates-us5", "leaderboard-us5", "verdict-us5"}
    assert (tmp_path / "exports" / "us5" / "2013-03-01" / "manifest.json").exists()
    assert list((tmp_path / "home").iterdir()) == []
    assert not (tmp_path / "prefect" / "storage").exists()
