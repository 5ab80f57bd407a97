"""Pickles, code and configuration planted beside a registered model: what runs of them, and what does not."""

import pickle
import shutil
from pathlib import Path

import pytest
import yaml

from tests.commands import run
from tests.projects import copy_project, night, play, project
from tests.registries import python

pytestmark = pytest.mark.no_cover  # whole nights, and processes of their own
LOAD = """
    import sys
    import mlflow
    try:
        mlflow.pyfunc.load_model("models:/morrow-toy@champion")
    except Exception as error:
        print(type(error).__name__, error)
    else:
        print("loaded")
"""


class Mark:
    """Writes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        """Choose the file."""
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """What a pickle of this calls."""
        return exec, (f"open({str(self.file)!r}, 'w').write('ran')",)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first night."""
    root = project(tmp_path_factory.mktemp("template") / "toy", recipes=("ewma",))
    play(root)
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy_project(template, tmp_path / "toy")


def model_folder(root: Path) -> Path:
    """The champion's folder in MLflow's layout."""
    return night(root).registry.version("toy", "1").folder.parent


def plant_files(root: Path) -> Path:
    """Plant a pickle and code wherever a loader might look, and requirements that point elsewhere."""
    mark, folder = root / "mark", model_folder(root)
    content = pickle.dumps(Mark(mark))
    for name in (
        "python_model.pkl",
        "artifacts/python_model.pkl",
        "artifacts/model.pkl",
        "artifacts/weights.pt",
    ):
        (folder / name).write_bytes(content)
    code = f"open({str(mark)!r}, 'w').write('ran')\n"
    for name in ("sitecustomize.py", "code/sitecustomize.py", "code/morrow/planted.py", "artifacts/entry.py"):
        (folder / name).write_text(code)
    evil = "--index-url http://127.0.0.1:9/\nevil @ file:///evil.whl\n"
    (folder / "requirements.txt").write_text(evil)
    return mark


def change_flavour(root: Path, **changes: object) -> None:
    """Change the section of ``MLmodel`` that says how MLflow loads the model."""
    file = model_folder(root) / "MLmodel"
    document = yaml.safe_load(file.read_text())
    flavour = document["flavors"]["python_function"]
    for name, value in changes.items():
        flavour.pop(name) if value is None else flavour.update({name: value})
    file.write_text(yaml.safe_dump(document))


def load_elsewhere(root: Path, **settings: str) -> str:
    """What a process of somebody else's says that loads the champion by MLflow."""
    uri = f"sqlite:///{root}/mlruns/mlflow.db"
    process = python(LOAD, root, MLFLOW_TRACKING_URI=uri, MLFLOW_DISABLE_TELEMETRY="true", **settings)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out.strip()


def test_nothing_that_was_planted_runs(root: Path) -> None:
    """A forecast made anew, a whole night, and MLflow's loader: each answers, and no planted file runs."""
    mark = plant_files(root)
    config = ("--config", root / "morrow.toml")
    shutil.rmtree(root / "data" / "forecasts")
    for name in ("forecast", "nightly"):
        code, _, err = run(name, *config)
        assert code == 0, err
    assert load_elsewhere(root) == "loaded"
    assert not mark.exists()


def test_a_hostile_configuration_moves_no_night(root: Path) -> None:
    """``MLmodel`` that names a pickle and another loader is not read by morrow."""
    mark = plant_files(root)
    change_flavour(
        root, model_code_path=None, python_model="python_model.pkl", loader_module="morrow.planted"
    )
    shutil.rmtree(root / "data" / "forecasts")
    for name in ("forecast", "nightly", "status"):
        code, _, err = run(name, "--config", root / "morrow.toml")
        assert code == 0, err
    assert not mark.exists()


@pytest.mark.parametrize("allowed", ["false", "true"])
def test_mlflow_refuses_a_pickle_where_it_is_told_to(root: Path, allowed: str) -> None:
    """MLflow obeys an altered ``MLmodel``, so the planted pickle can run; by its own setting it does not."""
    mark = plant_files(root)
    change_flavour(
        root,
        model_code_path=None,
        python_model="python_model.pkl",
        loader_module="mlflow.pyfunc.model",
    )
    answer = load_elsewhere(root, MLFLOW_ALLOW_PICKLE_DESERIALIZATION=allowed)
    assert mark.exists() == (allowed == "true"), answer
    assert ("pickle" in answer) == (allowed == "false"), answer
