"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.commands import TWO_UNIVERSES


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of two universes without files."""
    path = tmp_path / "morrow.toml"
    path.write_text(TWO_UNIVERSES, encoding="utf-8")
    return path
