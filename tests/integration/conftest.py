"""A whole night that several files of tests look at."""

from pathlib import Path

import pytest

from tests.conftest import market, weekdays
from tests.projects import play, project

FIRST_CUTOFF = weekdays(420)[-8].date()


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first night, of a network, two baselines and an ensemble; nobody may change it."""
    recipes = ("tiny", "ewma", "unconditional", "ensemble")
    root = project(tmp_path_factory.mktemp("first") / "toy", market(3), recipes)
    play(root, FIRST_CUTOFF)
    return root
