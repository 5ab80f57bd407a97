"""Recipes: what goes together, what is refused and why, identities, and the command that lists them."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from morrow import recipes
from morrow.baselines.boosted import BoostedRecipe
from morrow.config import KINDS, RECIPES, NetworkRecipe, Recipe, identity, load
from morrow.config.recipes import PRETRAINED_SIZES
from tests.commands import run

READ: TypeAdapter[Recipe] = TypeAdapter(Recipe)
FILE = """
[universes.us5]
source = { kind = "bundled", dataset = "us5" }
calendar = "XNYS"
"""


def network(**options: Any) -> NetworkRecipe:
    """A recipe of a network as a file would give it."""
    recipe = READ.validate_python({"kind": "gru"} | options)
    assert isinstance(recipe, NetworkRecipe)
    return recipe


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nonlinearity": "relu"}, 'nonlinearity "relu" goes with kind "rnn", not "gru"'),
        ({"direction": "bidirectional"}, "it would see the future"),
        ({"head": "point", "loss": "pinball"}, 'does not go with head "point"; write "squared" or "huber"'),
        ({"optimiser": "adam", "weight_decay": 0.1}, "decoupled and adam has none"),
        ({"momentum": 0.5}, 'momentum "0.5" goes with optimiser "sgd"'),
        ({"flat": 0.5}, 'flat "0.5" goes with head "direction"'),
        ({"supervision": "last", "stride": 8}, 'stride "8" goes with supervision "every"'),
        (
            {"start": "fresh", "target": "regressed"},
            'start "fresh" goes with target "scaled" or "raw", not "regressed"',
        ),
        (
            {"start": "regression", "target": "raw"},
            'start "regression" goes with target "regressed", not "raw"',
        ),
        (
            {"start": "pretrained", "width": 32},
            'start "pretrained" has width "48", as its weights do, not "32"',
        ),
        ({"start": "pretrained", "head": "student-t"}, 'start "pretrained" has head "quantile"'),
        ({"start": "pretrained", "target": "raw"}, 'start "pretrained" goes with target "scaled", not "raw"'),
        ({"epochs": 0}, 'epochs 0 trains nothing, and start "regression" has learnt nothing'),
        ({"schedule": "cosine", "plateau": 9}, 'goes with schedule "plateau"'),
        ({"head": "point", "huber": 2.0}, 'goes with loss "huber"'),
        ({"unknown": 0.5}, 'goes with symbols "embedding"'),
        ({"rate": 0}, "greater than 0"),
        ({"layers": 9}, "less than or equal to 8"),
        ({"widht": 9}, "not permitted"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], words: str) -> None:
    """An option out of its range, unknown, or without the option that gives it a meaning, is an error."""
    with pytest.raises(ValidationError, match=words):
        network(**options)


@pytest.mark.parametrize(
    ("options", "start", "target"),
    [
        ({}, "regression", "regressed"),
        ({"start": "fresh"}, "fresh", "scaled"),
        ({"start": "pretrained"}, "pretrained", "scaled"),
        ({"target": "raw"}, "fresh", "raw"),
        ({"target": "scaled"}, "fresh", "scaled"),
    ],
)
def test_start_and_target_resolve_each_other(options: dict[str, Any], start: str, target: str) -> None:
    """Either alone is enough, so a recipe of an earlier version, which names a target only, is valid."""
    assert (network(**options).start, network(**options).target) == (start, target)


def test_two_heads_cannot_declare_the_same_option() -> None:
    """An option of a recipe means one thing: a head that declares another's option is refused."""
    point = recipes.heads()["point"]
    with pytest.raises(ValueError, match=r"heads point and other both declare \['huber'\]"):
        recipes.register_head(replace(point, name="other"))
    assert "other" not in recipes.heads()


def test_equal_recipes_have_equal_identities() -> None:
    """What an option resolves to decides, not whether it was written or in which order."""
    assert identity(network()) == identity(network(head="quantile", loss="pinball", width=16))
    assert network(head="point").loss == "squared"
    assert network(head="direction").loss == "cross-entropy"
    assert network(optimiser="sgd").weight_decay == 0
    assert len({identity(network(width=width)) for width in (8, 16, 32)}) == 3


def test_a_kind_alone_is_the_recipe_that_ships() -> None:
    """A network's defaults are the options that ship, so that a recipe of one's own starts from them."""
    for name in ("rnn", "lstm", "gru"):
        shipped = READ.validate_python(RECIPES[name])
        assert shipped == READ.validate_python({"kind": name, "start": "pretrained"})
        assert isinstance(shipped, NetworkRecipe)
        assert (shipped.target, shipped.rate, shipped.epochs) == ("scaled", 1e-4, 16)
        assert (shipped.layers, shipped.width) == PRETRAINED_SIZES[name]
    plain = network()
    assert (plain.target, plain.width, plain.rate, plain.epochs) == ("regressed", 16, 3e-4, 100)


def test_every_option_says_what_it_is() -> None:
    """No option of any kind goes without a description."""
    for section in KINDS.values():
        for name, field in section.model_fields.items():
            assert name == "kind" or field.description


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            '[recipes.mine]\nkind = "gru"\nwindow = 65',
            r"recipes\.mine\.window 65 is more than forecast\.window 64",
        ),
        ('[recipes.mine]\nkind = "gru"\nhead = "direction"', "head direction, which cannot be champion"),
    ],
)
def test_recipes_that_cannot_serve(tmp_path: Path, more: str, words: str) -> None:
    """A window longer than the history that is sure, or nobody who could win, is refused at the start."""
    (tmp_path / "morrow.toml").write_text(f'training.recipes = ["mine"]\n{more}\n{FILE}', encoding="utf-8")
    with pytest.raises(Exception, match=words):
        load(tmp_path / "morrow.toml")


def test_the_command_lists_every_kind_and_option() -> None:
    """``morrow recipes`` names the kinds, and of each option the default, the range and the meaning."""
    code, out, _ = run("recipes")
    assert code == 0
    assert all(kind in out for kind in KINDS)
    for section in (NetworkRecipe, BoostedRecipe):
        assert all(f"  {name} " in out for name in section.model_fields if name != "kind")
    _, listed, _ = run("recipes", "--json")
    first = json.loads(listed)[0]
    by_name = {each["name"]: each for each in first["options"]}
    assert first["kinds"] == ["rnn", "lstm", "gru"]
    assert by_name["layers"] == {
        "name": "layers", "default": 1, "allowed": "≥ 1 and ≤ 8", "meaning": "cells on top of each other",
    }  # fmt: skip
    assert by_name["class_weights"]["allowed"] == "balanced or 3 numbers > 0"


def test_the_command_validates_a_file(tmp_path: Path) -> None:
    """A file's options are resolved and named by their identity; what is wrong is one line."""
    file = tmp_path / "mine.toml"
    file.write_text('kind = "lstm"\nhead = "student-t"\n', encoding="utf-8")
    code, out, _ = run("recipes", file, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["name"], found["options"]["loss"]) == ("mine", "likelihood")
    assert found["identity"] == identity(network(kind="lstm", head="student-t"))
    assert found["identity"] in run("recipes", file)[1]
    file.write_text('kind = "lstm"\nwidht = 3\n', encoding="utf-8")
    code, _, err = run("recipes", file)
    assert (code, err) == (2, 'error: unknown key "widht" in mine.toml; did you mean "width"?\n')
    assert run("recipes", tmp_path / "none.toml")[0] == 2


def test_the_command_resolves_a_shipped_recipe(tmp_path: Path) -> None:
    """A name shows the options as they hold, also those that others imply; a mistyped one the nearest."""
    code, out, _ = run("recipes", "gru", "--json")
    found = json.loads(out)
    assert (code, found["name"], found["options"]["target"]) == (0, "gru", "scaled")
    assert found["identity"] == identity(network(start="pretrained"))
    code, _, err = run("recipes", "gruu")
    assert (code, err.count("\n")) == (2, 1)
    assert 'did you mean "gru"?' in err
    file = tmp_path / "mine.toml"
    file.write_text('base = "gru"\nrate = 0.001\n', encoding="utf-8")
    assert json.loads(run("recipes", file, "--json")[1])["options"] == found["options"] | {"rate": 0.001}


def test_the_reference_has_the_baselines_that_are_registered() -> None:
    """The table of baselines in the docs is what ``python docs/recipe_kinds.py`` writes."""
    path = Path(__file__).resolve().parents[2] / "docs" / "recipe_kinds.py"
    spec = importlib.util.spec_from_file_location("recipe_kinds", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = (path.parent / "reference.md").read_text(encoding="utf-8")
    assert script.updated(text) == text
    assert all(f"`{kind}`" in script.table() for kind in recipes.baselines())
