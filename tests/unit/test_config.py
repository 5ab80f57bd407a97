"""The configuration: strict, frozen, and every complaint in one line that names the key."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from morrow import config
from morrow.config import Config, Forecast, NetworkRecipe
from morrow.errors import ConfigError

UNIVERSE = """
[universes.us5]
source = { kind = "bundled", dataset = "us5" }
calendar = "XNYS"
"""


def load(folder: Path, text: str = "") -> Config:
    """Load a configuration of one universe and the given text."""
    (folder / "morrow.toml").write_text(text + UNIVERSE, encoding="utf-8")
    return config.load(folder / "morrow.toml")


def complaint(folder: Path, text: str) -> str:
    """The one line with which a configuration is refused."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_universe_is_enough(tmp_path: Path) -> None:
    """With nothing but a universe everything has its default."""
    loaded = load(tmp_path)
    assert loaded.forecast == Forecast()
    assert loaded.forecast.levels == (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
    assert (loaded.forecast.horizon, loaded.training.retrain_every) == (5, 5)
    assert tuple(config.RECIPES) == tuple(loaded.recipes)
    assert loaded.training.recipes == (
        "rnn", "lstm", "gru", "regression", "ewma", "unconditional", "gjr-garch-t", "boosted", "ensemble",
    )  # fmt: skip
    assert set(loaded.recipes) - set(loaded.training.recipes) == {
        "garch-t", "egarch-t", "har", "fhs", "linear", "arima", "ets", "theta", "tutorial",
        "tutorial-as-written", "zero-shot", "rnn-relu",
    }  # fmt: skip
    assert loaded.universe_names() == ("us5",)


def test_paths_follow_the_files_folder(tmp_path: Path) -> None:
    """Every path is relative to the folder of morrow.toml."""
    assert load(tmp_path, '[paths]\nstore = "s"\n').folder("s") == tmp_path.resolve() / "s"


def test_it_is_frozen(tmp_path: Path) -> None:
    """A loaded configuration cannot be changed."""
    loaded = load(tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded.forecast, "horizon", 3)  # noqa: B010 (what a type checker would refuse)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded, "root", tmp_path)  # noqa: B010


@pytest.mark.parametrize(
    ("text", "path", "nearest"),
    [
        ("[forecst]\nhorizon = 3", "forecst", "forecast"),
        ("[forecast]\nhorizn = 3", "forecast.horizn", "horizon"),
        ("[time]\nminimun = 30", "time.minimun", "minimum"),
        ("[training]\nseeds = 3", "training.seeds", "seed"),
        ('[paths]\nexport = "x"', "paths.export", "exports"),
        ('[registry]\nurl = "x"', "registry.url", "uri"),
        ('[recipes.lstm]\nkind = "lstm"\nwdth = 3', "recipes.lstm.wdth", "width"),
        ('[recipes.boosted]\nkind = "boosted"\ntree = 3', "recipes.boosted.tree", "trees"),
        ('[recipes.big]\nkind = "gru"\nlayer = 3', "recipes.big.layer", "layers"),
        (
            '[universes.x]\nsource = {kind="csv", path="p"}\ncalender = "ECB"',
            "universes.x.calender",
            "calendar",
        ),
        ('[universes.x]\nsource={kind="csv", pth="p"}\ncalendar="ECB"', "universes.x.source.pth", "path"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path, text: str, path: str, nearest: str) -> None:
    """An unknown key is refused by its path in the file, and the nearest known key is named."""
    assert complaint(tmp_path, text) == (f'unknown key "{path}" in morrow.toml; did you mean "{nearest}"?')


def test_an_unknown_key_like_no_other(tmp_path: Path) -> None:
    """A key that resembles nothing is refused without a guess."""
    assert complaint(tmp_path, "[forecast]\nxyzzy = 1") == 'unknown key "forecast.xyzzy" in morrow.toml'


def test_an_unknown_key_of_a_recipe_without_keys(tmp_path: Path) -> None:
    """A recipe that has nothing to set names the one key it has."""
    text = '[recipes.ewma]\nkind = "ewma"\nspan = 3'
    assert complaint(tmp_path, text).startswith('unknown key "recipes.ewma.span" in morrow.toml')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[forecast]\nhorizon = 21", ["forecast.horizon", "less than or equal to 20", "got 21"]),
        ("[forecast]\nhorizon = 0", ["forecast.horizon", "greater than or equal to 1", "got 0"]),
        ("[forecast]\nwindow = 4", ["forecast.window", "greater than or equal to 8"]),
        ("[time]\nshare = 0.3", ["time.share", "got 0.3"]),
        ("[time]\nminimum = 90\nmaximum = 80", ["time", "minimum 90", "maximum 80"]),
        ('[recipes.g]\nkind = "gru"\nnonlinearity = "relu"', ["recipes.g", 'goes with kind "rnn"', '"gru"']),
        ('[recipes.l]\nkind = "lstm"\nnonlinearity = "relu"', ["recipes.l", '"lstm"']),
        ('[recipes.x]\nkind = "lsmt"', ["recipes.x", "lsmt", "'lstm'"]),
        ("[recipes.lstm]\nwidth = 3", ["recipes.lstm", "'kind'"]),
        ('[recipes.BIG]\nkind = "lstm"', ["recipes.BIG", "pattern"]),
        (
            '[recipes.lstm]\nkind = "lstm"\nwidth = 0',
            ["recipes.lstm.width", "greater than or equal to 1", "got 0"],
        ),
        ("[forecast]\nhorizon = 'five'", ["forecast.horizon", "got 'five'"]),
        ("[training]\nrecipes = ['lstn']", ['"lstn"', 'did you mean "lstm"?']),
        ("[training]\nrecipes = []", ["training.recipes", "one recipe or more"]),
        ("[training]\nrecipes = ['ewma', 'ewma']", ["training.recipes", "each once"]),
        ("root = 'x'", ['unknown key "root"']),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    """A wrong value is refused with its key, what was got and what is allowed."""
    message = complaint(tmp_path, text)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "levels",
    [
        [0.1, 0.9],  # without the median
        [0.5, 0.9],  # two
        [0.1, 0.5, 0.5, 0.9],  # twice
        [0.5, 0.1, 0.9],  # out of order
        [0.0, 0.5, 0.9],
        [0.1, 0.5, 1.0],
        [0.00001, 0.5, 0.9],  # no column could name it
    ],
)
def test_levels_have_rules(tmp_path: Path, levels: list[float]) -> None:
    """Levels are three or more, ascending, within (0, 1), with the median, and nameable."""
    assert "levels must" in complaint(tmp_path, f"[forecast]\nlevels = {levels}")


def test_levels_may_be_chosen(tmp_path: Path) -> None:
    """Levels that follow the rules are taken."""
    assert load(tmp_path, "[forecast]\nlevels = [0.0001, 0.5, 0.9999]").forecast.levels == (
        0.0001,
        0.5,
        0.9999,
    )


def test_a_universe_is_needed(tmp_path: Path) -> None:
    """A configuration without a universe is refused."""
    (tmp_path / "morrow.toml").write_text("[universes]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"morrow\.toml: universes: .*at least 1"):
        config.load(tmp_path / "morrow.toml")


def test_no_file(tmp_path: Path) -> None:
    """A missing configuration is refused with the command that writes one."""
    with pytest.raises(ConfigError, match="morrow init"):
        config.load(tmp_path / "morrow.toml")


@pytest.mark.parametrize("content", [b"[forecast\n", b"\xff\xfe\x00", b"a = 1\na = 2\n"])
def test_an_unreadable_file(tmp_path: Path, content: bytes) -> None:
    """A file that is no TOML is refused with its path, in one line."""
    (tmp_path / "morrow.toml").write_bytes(content)
    with pytest.raises(ConfigError, match="cannot read") as caught:
        config.load(tmp_path / "morrow.toml")
    assert "\n" not in str(caught.value)


def test_recipe_files(tmp_path: Path) -> None:
    """A recipe may be a file of its own beside morrow.toml, and the main file overrides it."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "wide.toml").write_text('kind = "lstm"\nwidth = 96\n', encoding="utf-8")
    (tmp_path / "recipes" / "gru.toml").write_text('kind = "gru"\nwidth = 8\n', encoding="utf-8")
    loaded = load(tmp_path, '[training]\nrecipes = ["wide"]\n[recipes.gru]\nkind = "gru"\nwidth = 9\n')
    assert loaded.recipes["wide"] == NetworkRecipe(kind="lstm", width=96)
    assert loaded.recipes["gru"] == NetworkRecipe(kind="gru", width=9)
    assert "lstm" in loaded.recipes


def test_recipe_files_are_as_strict(tmp_path: Path) -> None:
    """An unknown key, or TOML that cannot be read, in a recipe's file is refused and named."""
    (tmp_path / "recipes").mkdir()
    file = tmp_path / "recipes" / "wide.toml"
    file.write_text('kind = "lstm"\nwdth = 96\n', encoding="utf-8")
    assert 'unknown key "recipes.wide.wdth"' in complaint(tmp_path, "")
    file.write_text("kind = ", encoding="utf-8")
    assert "wide.toml" in complaint(tmp_path, "")


def test_the_environment_overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A MORROW_ variable overrides one key of the file and leaves its neighbours."""
    monkeypatch.setenv("MORROW_FORECAST__HORIZON", "3")
    monkeypatch.setenv("MORROW_TRAINING__RECIPES", '["ewma"]')
    loaded = load(tmp_path, "[forecast]\nhorizon = 7\nwindow = 32\n")
    assert (loaded.forecast.horizon, loaded.forecast.window) == (3, 32)
    assert loaded.training.recipes == ("ewma",)


@pytest.mark.parametrize("variable", ["MORROW_FORCAST__HORIZON", "MORROW_ROOT", "morrow_typo"])
def test_an_unknown_variable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A MORROW_ variable that sets nothing is refused by its name."""
    monkeypatch.setenv(variable, "3")
    assert f"environment variable {variable} sets nothing" in complaint(tmp_path, "")


def test_the_nearest_section_of_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped section in a variable gets the nearest one named."""
    monkeypatch.setenv("MORROW_FORCAST__HORIZON", "3")
    assert 'did you mean "MORROW_FORECAST"?' in complaint(tmp_path, "")


def test_an_unknown_key_in_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown key inside a known section of the environment is refused like one of the file."""
    monkeypatch.setenv("MORROW_FORECAST__HORIZN", "3")
    said = 'unknown key "forecast.horizn" in environment variable MORROW_FORECAST__HORIZN'
    assert said in complaint(tmp_path, "")


def test_an_unreadable_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A section given as something that is no JSON is refused in one line."""
    monkeypatch.setenv("MORROW_FORECAST", "not json")
    assert complaint(tmp_path, "").startswith("environment variable MORROW_FORECAST: ")


def test_a_wrong_value_in_a_variable_is_its_own_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is blamed where it sets the key, and the file where it does."""
    assert complaint(tmp_path, '[forecast]\nhorizon = "x"\n').startswith("morrow.toml: forecast.horizon: ")
    monkeypatch.setenv("MORROW_FORECAST__HORIZON", "x")
    message = complaint(tmp_path, "")
    assert message.startswith(
        "environment variable MORROW_FORECAST__HORIZON: Input should be a valid integer"
    )
    assert "morrow.toml" not in message


def test_a_folder_stands_for_its_file(tmp_path: Path) -> None:
    """A folder is as good as the morrow.toml in it, and one without is a missing configuration."""
    assert load(tmp_path) == config.load(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r'no configuration at ".*empty/morrow.toml"'):
        config.load(tmp_path / "empty")


def test_a_recipe_starts_from_another(tmp_path: Path) -> None:
    """Options of the base hold where none is given beside it, through several bases."""
    text = '[recipes.wide]\nbase = "rnn-relu"\nwidth = 32\n[recipes.wider]\nbase = "wide"\nlayers = 2\n'
    recipes = load(tmp_path, text).recipes
    assert recipes["wider"] == NetworkRecipe(kind="rnn", nonlinearity="relu", width=32, layers=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[recipes.a]\nbase = "gruu"\n', 'did you mean "gru"?'),
        ('[recipes.a]\nbase = "b"\n[recipes.b]\nbase = "a"\n', 'start from each other: "a", "b", "a"'),
    ],
)
def test_a_base_that_cannot_be_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """A base that is no recipe, or a circle of them, is named."""
    assert said in complaint(tmp_path, text)


def test_universes_are_chosen_by_name(tmp_path: Path) -> None:
    """Chosen universes keep their order, each once; an unknown one is refused with the nearest."""
    text = '[universes.fx]\nsource = {kind = "bundled", dataset = "ecb-fx"}\ncalendar = "ECB"\n'
    loaded = load(tmp_path, text)
    assert loaded.universe_names(("us5", "fx", "us5")) == ("us5", "fx")
    assert loaded.universe_names() == ("fx", "us5")
    with pytest.raises(ConfigError, match=r'universe "us55" is not in morrow\.toml; .*did you mean "us5"\?'):
        loaded.universe_names(("us55",))


def test_identity_names_options() -> None:
    """Options have the same identity in any order, and another with any other value."""
    one = config.identity(NetworkRecipe(kind="lstm", width=8))
    assert one == config.identity(NetworkRecipe(width=8, kind="lstm"))
    assert one == config.identity(dict(reversed(NetworkRecipe(kind="lstm", width=8).model_dump().items())))
    assert one != config.identity(NetworkRecipe(kind="lstm", width=9))
    assert len(one) == 16
