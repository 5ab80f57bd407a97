"""Registries in a temporary folder."""

import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow.registry import Registry
from tests.registries import ARTIFACTS, URI


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made once because its migrations take a second."""
    root = tmp_path_factory.mktemp("fresh")
    Registry(URI, ARTIFACTS, root)
    return root / "mlruns" / "mlflow.db"


@pytest.fixture
def root(tmp_path: Path, fresh_database: Path) -> Path:
    """A project's folder with an empty registry."""
    (tmp_path / "mlruns").mkdir()
    shutil.copy(fresh_database, tmp_path / "mlruns" / "mlflow.db")
    return tmp_path


@pytest.fixture
def registry(root: Path) -> Registry:
    """The registry under test, in ``tmp_path``."""
    return Registry(URI, ARTIFACTS, root)


@pytest.fixture
def client(root: Path, registry: Registry) -> MlflowClient:
    """MLflow's own view of the same registry."""
    assert registry
    return MlflowClient(f"sqlite:///{root}/mlruns/mlflow.db")
