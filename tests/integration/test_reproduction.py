"""``morrow reproduce`` on whole nights: identical, or what differs and why."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow.frames import LEDGER, PRICES, REVISIONS, forecasts_schema
from morrow.steps import retention
from morrow.steps.retrain.reproduction_record import FILE
from morrow.steps.retrain.work_folder import CUTOFF
from morrow.workbench import reproduction
from tests.commands import run
from tests.conftest import weekdays
from tests.integration.conftest import FIRST_CUTOFF
from tests.projects import copy_project, edit, night, play

pytestmark = pytest.mark.no_cover  # whole nights: coverage doubles the seconds


@pytest.fixture
def root(first_night: Path, tmp_path: Path) -> Path:
    """A copy of a project after its first night."""
    return copy_project(first_night, tmp_path / "toy")


def reproduce(root: Path, recipe: str | None) -> tuple[int, dict[str, Any]]:
    """Exit code and document for a recipe's run of the last night, or for the night's own."""
    code, out, err = run("reproduce", find_run(root, recipe), "--config", root / "morrow.toml", "--json")
    assert out, err
    (document,) = json.loads(out)
    return code, document


def find_run(root: Path, recipe: str | None) -> str:
    """The run id of a recipe in the last night, or of the night."""
    last = night(root).registry.last_night("toy")
    assert last is not None
    return last.run_id if recipe is None else last.recipes[recipe]


def record_file(root: Path) -> Path:
    """The night's record of what its training was made from."""
    return night(root).registry.artifact(find_run(root, None), FILE)


def edit_record(root: Path, *path: str, value: object) -> None:
    """Change one entry of the night's record."""
    file = record_file(root)
    document = part = json.loads(file.read_text())
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    file.write_text(json.dumps(document))


def describe_state(root: Path) -> tuple[object, ...]:
    """Versions of the tables, registered versions with their aliases, and the names of all artifacts."""
    tonight = night(root)
    schemas = (PRICES, REVISIONS, LEDGER, forecasts_schema(tonight.config.forecast.levels))
    tables = [tonight.store.version(schema) for schema in schemas]
    files = sorted(str(file.relative_to(root)) for file in (root / "mlruns" / "artifacts").rglob("*"))
    registry = tonight.registry
    return (
        tables,
        registry.versions("toy"),
        registry.aliases("toy"),
        files,
        sorted((root / "work").rglob("*")),
    )


def test_every_recipe_of_a_night_is_reproduced_to_the_bit(root: Path) -> None:
    """A network, baselines, an ensemble and the champion's version; nothing is written anywhere."""
    before = describe_state(root)
    code, document = reproduce(root, None)
    assert [each["differences"] for each in document["recipes"]] == [[]] * 4
    assert (code, document["identical"], document["causes"], document["changes"]) == (0, True, [], [])
    assert {each["recipe"]: each["version"] for each in document["recipes"] if each["version"]} == {
        night(root).registry.champion("toy").name: "1"  # type: ignore[union-attr]
    }
    assert all(each["weights"] > 0 for each in document["recipes"])
    assert describe_state(root) == before


def test_a_price_revised_later_and_options_changed_later_do_not_matter(root: Path) -> None:
    """The prices are those known on the night's day, and the options those on record."""
    table = pd.read_csv(root / "prices.csv")
    before = (table["session"] < str(FIRST_CUTOFF)) & (table["low"] < 0.999 * table["close"])
    row = table.index[before & (table["symbol"] == "S2")][-3]
    table.loc[row, ["close", "adj_close"]] *= 0.9995
    table.to_csv(root / "prices.csv", index=False)
    play(root, weekdays(420)[-5].date(), names=("ingest",))
    assert len(night(root).store.read(REVISIONS, "toy", where=[("symbol", "=", "S2")])) > 0
    edit(root, "minimum = 20", "minimum = 24")
    edit(root, 'recipes = ["tiny", "ewma", "unconditional", "ensemble"]', 'recipes = ["unconditional"]')
    champion = night(root).registry.champion("toy")
    assert champion is not None
    code, document = reproduce(root, champion.name)
    assert (code, document["causes"]) == (0, [])
    assert document["recipes"][0]["version"] == "1"
    assert "time.minimum was 20 and is 24" in document["changes"]
    shutil.rmtree(root / "data" / "revisions")
    code, document = reproduce(root, champion.name)
    assert code == 1
    assert document["causes"][0].startswith("data_version was ")
    assert any(each.startswith("version 1: ") for each in document["recipes"][0]["differences"])


def test_a_changed_option_and_another_package_are_named(root: Path) -> None:
    """The weights, the setting and the metrics that differ, and the package that was another then."""
    edit_record(root, "configuration", "recipes", "tiny", "width", value=5)
    edit_record(root, "environment", "packages", "numpy", value="1.0.0")
    code, out, err = run("reproduce", find_run(root, "tiny"), "--config", root / "morrow.toml")
    assert (code, err.startswith("error")) == (1, False)
    assert "differs    tiny: " in out
    assert "have another shape or type" in out
    assert "recipe.width was 4 and is 5" in out
    assert "  then       packages.numpy was 1.0.0 and is " in out
    assert "  morrow.toml recipes.tiny.width was 5 and is 4; the recorded one was used" in out


def test_a_night_that_cleans_up_leaves_a_reproduction_alone(root: Path) -> None:
    """Its folder of work, whose panel ends long ago, is not among what may be removed."""
    tonight = night(root)
    with reproduction._temporary_folder(tonight) as folder:
        (folder / CUTOFF).write_text("2020-01-02")
        assert retention.find_leftovers(tonight).work == ()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("features", "module"), "planted.py", "it holds features.module"),
        (("training", "processes"), 200, "it holds training.processes"),
        (("universe", "source"), {"kind": "csv", "path": "/etc/passwd"}, "it holds universe.source"),
        (("recipes", "../../escape"), {"kind": "ewma"}, "../../escape"),
        (("training", "recipes"), ["../../escape"], "recipes ../../escape"),
    ],
)
def test_an_altered_record_neither_runs_nor_moves_anything(
    root: Path, path: tuple[str, str], value: object, words: str
) -> None:
    """Only what a training records is taken from a record, and no name of a recipe is a path."""
    mark = root / "mark"
    (root / "planted.py").write_text(f"open({str(mark)!r}, 'w').write('ran')\n", encoding="utf-8")
    edit_record(root, "configuration", *path, value=value)
    before = describe_state(root)
    code, out, err = run("reproduce", find_run(root, "ewma"), "--config", root / "morrow.toml")
    assert (code, out) == (2, "")
    assert words in err
    assert not mark.exists()
    assert describe_state(root) == before


def test_what_cannot_be_reproduced_is_one_line(root: Path) -> None:
    """A run without a record, a run that does not exist, and an option that is not known any more: exit 2."""
    config = ("--config", root / "morrow.toml")
    edit_record(root, "configuration", "recipes", "ewma", "decay", value=1)
    code, out, err = run("reproduce", find_run(root, "ewma"), *config)
    assert (code, out) == (2, "")
    assert "an option on record is not one of this version of morrow" in err
    record_file(root).unlink()
    code, out, err = run("reproduce", find_run(root, "ewma"), *config)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "it was made before morrow recorded what a training takes" in err
    code, _, err = run("reproduce", "no-such-run", *config)
    assert (code, err) == (
        2,
        'error: no run begins with "no-such-run"; morrow ui shows every run with its id\n',
    )
