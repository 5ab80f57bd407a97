"""Which scalers are audited before a training."""

from pathlib import Path

import pytest

from morrow.steps.retrain.causality import audit_features
from tests.conftest import market
from tests.projects import edit, night, play, project

NETWORK = """
[recipes.{name}]
kind = "lstm"
start = "{start}"
networks = 1
"""


@pytest.mark.no_cover  # coverage doubles the seconds of an audit
def test_networks_with_different_inputs_are_audited_apart(tmp_path: Path) -> None:
    """A pretrained network reads other features than a fresh one of the same cell and target."""
    root = project(tmp_path, market(symbols=3, sessions=200), recipes=("shipped", "again", "fresh"))
    edit(root, "[universes.toy]", "".join(
        NETWORK.format(name=name, start="fresh" if name == "fresh" else "pretrained")
        for name in ("shipped", "again", "fresh")
    ) + "[universes.toy]")  # fmt: skip
    play(root, names=("ingest",))
    tonight = night(root)
    result = audit_features(tonight, tonight.market, ("return_1",))
    assert result.leaks == ()
    assert result.scalers == ("shipped, again", "fresh")
