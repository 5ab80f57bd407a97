"""Prefect's home and a recording step, for the tests of the flows with and without a server."""

import flows  # noqa: F401  first: Prefect reads its settings when it is imported

# isort: split
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from prefect.context import refresh_global_settings_context

from morrow.steps import Night, Step

CONFIG = """
[universes.one]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
[universes.two]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
"""


@contextmanager
def prefect_home(folder: Path) -> Iterator[Path]:
    """Make a folder Prefect's home, with no server named."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(folder))
        patch.delenv("PREFECT_API_URL", raising=False)
        refresh_global_settings_context()
        yield folder
    refresh_global_settings_context()


def write_config(folder: Path) -> str:
    """Write a configuration of the universes ``one`` and ``two``, and return its path."""
    path = folder / "morrow.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


class Diary:
    """A step that notes who called it, and fails for one universe as often as it is told."""

    def __init__(self, name: str, error: Exception | None = None, times: int = 1000) -> None:
        self.name, self.error, self.left = name, error, times
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, night: Night, results: Mapping[str, object]) -> str:
        self.calls.append((night.universe, tuple(results)))
        if self.error is not None and night.universe == "one" and self.left:
            self.left -= 1
            raise self.error
        return self.name

    def step(self, retries: int = 0) -> Step:
        """Itself as a step."""
        return Step(self.name, self, retries)
