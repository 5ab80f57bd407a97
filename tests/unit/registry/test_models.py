"""Versions and champions, against real MLflow stores."""

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from morrow.errors import RegistryError
from morrow.fitted_model import load
from morrow.registry import Aliases, Registry
from tests.registries import ANSWER, PRICES, TAGS, log, recipe, register


def aliases(client: MlflowClient) -> dict[str, str]:
    """Version by alias."""
    versions = client.get_registered_model("morrow-us5").aliases
    return {alias: str(version) for alias, version in versions.items()}


def test_a_run_is_registered_once(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The same run gives the same version again, another run the next one; tags are the version's."""
    logged = log(registry, tmp_path)
    assert register(registry, tmp_path, logged.recipes["lstm"]) == "1"
    assert register(registry, tmp_path, logged.recipes["lstm"]) == "1"
    assert register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma") == "2"
    version = client.get_model_version("morrow-us5", "1")
    assert {name: version.tags[name] for name in TAGS} == TAGS
    assert version.run_id == logged.recipes["lstm"]
    assert len(client.search_model_versions("name = 'morrow-us5'")) == 2


def test_what_is_registered_is_data(registry: Registry, tmp_path: Path) -> None:
    """A version holds the two data files, the entry and morrow as source, and nothing pickled."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    registry.promote("us5", register(registry, tmp_path, run_id))
    champion = registry.champion("us5")
    assert champion is not None
    stored = champion.folder.parent
    names = {str(file.relative_to(stored)) for file in stored.rglob("*") if file.is_file()}
    source = {name for name in names if name.startswith("code/morrow/")}
    assert {Path(name).suffix for name in source} <= {
        ".css", ".html", ".js", ".json", ".py", ".safetensors", ".toml", ".typed",
    }  # fmt: skip
    assert names - source == {
        "artifacts/model.json", "artifacts/weights.safetensors", "entry.py", "MLmodel", "conda.yaml",
        "python_env.yaml", "requirements.txt", "input_example.json", "serving_input_example.json",
    }  # fmt: skip
    assert "torch==2.13.0\n" in (stored / "requirements.txt").read_text() + "\n"
    first_bytes = {name: (stored / name).read_bytes()[:2] for name in names}
    assert not [name for name, head in first_bytes.items() if head[:1] == b"\x80" or head == b"PK"]


@pytest.mark.parametrize("missing", ["trained_through", "weights.safetensors"])
def test_an_incomplete_model_is_not_registered(
    registry: Registry, client: MlflowClient, tmp_path: Path, missing: str
) -> None:
    """Without a required tag or data file nothing is registered, and the message names what is missing."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    folder = recipe(tmp_path).folder
    (folder / missing).unlink(missing_ok=True)
    tags = {name: value for name, value in TAGS.items() if name != missing}
    with pytest.raises(RegistryError, match=missing):
        registry.register("us5", folder, run_id, tags=tags, input_example=PRICES, output_example=ANSWER)
    assert client.search_model_versions("name = 'morrow-us5'") == []


def test_promotion_moves_both_aliases(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The old champion becomes `previous`, and promoting the champion again changes nothing."""
    logged = log(registry, tmp_path)
    one = register(registry, tmp_path, logged.recipes["lstm"])
    two = register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma")
    assert registry.champion("us5") is None
    registry.promote("us5", one)
    assert aliases(client) == {"champion": one}
    for _ in range(2):
        registry.promote("us5", two)
        assert aliases(client) == {"champion": two, "previous": one}
    registry.promote("us5", one)
    registry.promote("us5", two)
    assert aliases(client) == {"champion": two, "previous": one}


def test_an_interrupted_promotion_is_finished(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Killed between the two aliases, a second call leads to the same state."""
    logged = log(registry, tmp_path)
    one = register(registry, tmp_path, logged.recipes["lstm"])
    two = register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma")
    registry.promote("us5", one)
    client.set_registered_model_alias("morrow-us5", "previous", one)
    registry.promote("us5", two)
    assert aliases(client) == {"champion": two, "previous": one}


def test_an_unknown_version_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    """A version that does not exist is an error, and no alias moves."""
    register(registry, tmp_path, log(registry, tmp_path).recipes["lstm"])
    with pytest.raises(RegistryError, match="version=7"):
        registry.promote("us5", "7")
    assert registry.champion("us5") is None


def test_the_champion_is_the_fit_that_was_registered(registry: Registry, tmp_path: Path) -> None:
    """Its folder loads to the same arrays, and its lineage is that of its tags."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    version = register(registry, tmp_path, run_id)
    registry.promote("us5", version)
    champion = registry.champion("us5")
    assert champion is not None
    assert (champion.universe, champion.name, champion.version) == ("us5", "lstm", "1")
    assert (champion.run_id, champion.trained_through) == (run_id, "2013-03-01")
    assert np.array_equal(load(champion.folder).arrays["w"], np.full((2, 3), 1.5, np.float32))
    assert registry.champion("other") is None


def test_a_champion_whose_files_are_gone_is_an_error(registry: Registry, tmp_path: Path) -> None:
    """A deleted weights file is named rather than found out while forecasting."""
    registry.promote("us5", register(registry, tmp_path, log(registry, tmp_path).recipes["lstm"]))
    champion = registry.champion("us5")
    assert champion is not None
    (champion.folder / "weights.safetensors").unlink()
    with pytest.raises(RegistryError, match=r"weights\.safetensors"):
        registry.champion("us5")


def test_a_champion_of_another_program_is_an_error(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """A version without our tags is refused with the alias to move."""
    run_id = log(registry, tmp_path).night
    client.create_registered_model("morrow-us5")
    client.create_model_version("morrow-us5", (tmp_path / "other").as_uri(), run_id)
    registry.promote("us5", "1")
    with pytest.raises(RegistryError, match="not registered by morrow"):
        registry.champion("us5")


def champion_with_successor(registry: Registry, tmp_path: Path) -> Path:
    """Two versions, the second of which is champion; returns its folder of files."""
    logged = log(registry, tmp_path)
    registry.promote("us5", register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma"))
    registry.promote("us5", register(registry, tmp_path, logged.recipes["lstm"]))
    champion = registry.champion("us5")
    assert champion is not None
    return champion.folder


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_an_altered_byte_is_refused_in_one_line(registry: Registry, tmp_path: Path, name: str) -> None:
    """The line names the file and the command to run; the version before it is still sound."""
    file = champion_with_successor(registry, tmp_path) / name
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    with pytest.raises(RegistryError) as caught:
        registry.champion("us5")
    assert str(caught.value) == (
        f'morrow-us5 version 2: "{file}" was altered: its sha256 is not the one that was registered'
    )
    assert registry.version("us5", "1").name == "ewma"


def test_a_missing_file_is_refused(registry: Registry, tmp_path: Path) -> None:
    """One line, with the version and the file."""
    (champion_with_successor(registry, tmp_path) / "model.json").unlink()
    with pytest.raises(RegistryError, match=r'us5 version 2: no artifact "artifacts/model\.json"'):
        registry.champion("us5")


def test_a_run_whose_version_was_altered_registers_another(registry: Registry, tmp_path: Path) -> None:
    """What cannot be used is no answer to the same registration; what it makes anew is, from then on."""
    folder = champion_with_successor(registry, tmp_path)
    run_id = registry.versions("us5")[1].run_id
    assert register(registry, tmp_path, run_id) == "2"
    (folder / "model.json").unlink()
    assert [register(registry, tmp_path, run_id) for _ in range(2)] == ["3", "3"]


class Mark:
    """Writes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        """Choose the file."""
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """What a pickle of this calls."""
        return exec, (f"open({str(self.file)!r}, 'w').write('ran')",)


def test_what_is_planted_beside_a_version_is_not_run(registry: Registry, tmp_path: Path) -> None:
    """Pickles, code and an ``MLmodel`` that names them change nothing of what the champion is."""
    folder, mark = champion_with_successor(registry, tmp_path), tmp_path / "mark"
    content = pickle.dumps(Mark(mark))
    for name in ("python_model.pkl", "artifacts/python_model.pkl", "artifacts/model.pkl"):
        (folder.parent / name).write_bytes(content)
    for name in ("entry.py", "code/sitecustomize.py", "code/morrow/__init__.py"):
        (folder.parent / name).write_text(f"open({str(mark)!r}, 'w').write('ran')\n")
    (folder.parent / "MLmodel").write_text(
        "flavors: {python_function: {loader_module: mlflow.pyfunc.model, python_model: python_model.pkl}}\n"
    )
    champion = registry.champion("us5")
    assert champion is not None
    assert load(champion.folder).document["name"] == "lstm"
    assert not mark.exists()
    pickle.loads(content)  # noqa: S301 (our own, to show that the mark works)
    assert mark.exists()


def test_a_version_without_recorded_digests_is_used(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """What an earlier morrow registered has no sha256, and is loaded as before."""
    champion_with_successor(registry, tmp_path)
    for name in ("model.json", "weights.safetensors"):
        client.delete_model_version_tag("morrow-us5", "2", f"sha256.{name}")
    assert registry.champion("us5") is not None


def test_an_alias_of_a_deleted_version_is_refused(
    registry: Registry, client: MlflowClient, root: Path, tmp_path: Path
) -> None:
    """MLflow takes the alias away with the version; one that is left over is named in one line."""
    champion_with_successor(registry, tmp_path)
    client.delete_model_version("morrow-us5", "2")
    assert registry.aliases("us5").champion is None
    assert [each.version for each in registry.versions("us5")] == ["1"]
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as database, database:
        database.execute(
            "INSERT INTO registered_model_aliases VALUES ('champion', 2, 'morrow-us5', 'default')"
        )
    with pytest.raises(RegistryError, match=r"has no version 2: it was deleted$"):
        registry.champion("us5")
    registry.promote("us5", "1", entry="e1")
    assert registry.aliases("us5") == Aliases("1", "1", "e1")


def test_the_decision_is_recorded_after_both_aliases_have_moved(registry: Registry, tmp_path: Path) -> None:
    """A promotion for the ledger says for which decision, and names the predecessor that it is given."""
    champion_with_successor(registry, tmp_path)
    assert registry.aliases("us5") == Aliases("2", "1", None)
    registry.promote("us5", "1", previous="2", entry="back")
    assert registry.aliases("us5") == Aliases("1", "2", "back")
    registry.dethrone("us5", previous="1", entry="gone")
    assert registry.aliases("us5") == Aliases(None, "1", "gone")
    assert registry.champion("us5") is None
    assert registry.aliases("other") == Aliases(None, None, None)


def test_a_version_is_tagged_and_untagged(registry: Registry, tmp_path: Path) -> None:
    """Tags of a version can be set and taken back."""
    champion_with_successor(registry, tmp_path)
    registry.tag_version("us5", "1", "retired", "by me")
    assert registry.versions("us5")[0].tags["retired"] == "by me"
    registry.tag_version("us5", "1", "retired", None)
    assert "retired" not in registry.versions("us5")[0].tags
