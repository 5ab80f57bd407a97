"""MLflow's first screen in a real browser: the address that morrow ui prints opens on a leaderboard."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.browser.chromium import dump_page
from tests.conftest import market
from tests.projects import play, project

BUDGET_MS = 60_000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page at the first address that ``morrow ui`` prints, after a night with three baselines."""
    root = project(
        tmp_path_factory.mktemp("ui") / "project", market(3, 420), ("ewma", "unconditional", "gjr-garch-t")
    )
    play(root)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("morrow"), "ui", "--port", str(port), "--config", "morrow.toml"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if "Application startup complete" in line:
                break
        addresses = [line.split()[-1] for line in lines if line.startswith("  toy, leaderboard:")]
        assert addresses, "".join(lines)
        (address,) = addresses
        assert address.startswith(f"http://127.0.0.1:{port}/#/experiments/")
        yield dump_page(
            address, tmp_path_factory.mktemp("profile"), "--window-size=1440,900", budget_ms=BUDGET_MS
        )
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def test_the_first_screen_is_a_leaderboard(page: str) -> None:
    """Verdict, losses in basis points, skill and coverage stand in this order beside every recipe."""
    heads = re.findall(r'role="columnheader"[^>]*aria-colindex="(\d+)"[^>]*col-id="([^"]+)"', page)
    order = [name for _, name in sorted({(int(at), unescape(name)) for at, name in heads if "`" in name})]
    assert order[:6] == [
        "attributes.`Run Name`",
        "tags.`verdict`",
        "metrics.`pinball_select_bp`",
        "metrics.`pinball_bp`",
        "metrics.`skill_vs_gjr_garch_percent`",
        "metrics.`skill_vs_ewma_percent`",
    ]
    for recipe in ("ewma", "unconditional", "gjr-garch-t"):
        assert len(re.findall(rf">{recipe} 20\d\d-\d\d-\d\d<", page)) == 1
    assert ">promoted<" in page
    assert page.count(">not promoted<") == 2


def test_it_is_in_the_mode_for_models(page: str) -> None:
    """Neither traces nor token usage are what the page speaks of; runs and the model registry are."""
    assert "3 matching runs" in re.sub(r"<[^>]+>", "", page)
    assert "Token usage" not in page
    assert "Model registry" in page
