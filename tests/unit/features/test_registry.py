"""The registry: every feature declared in full, chosen by name or group, dropped where bars lack a field."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import features
from morrow import panel as panels
from morrow.config import load
from morrow.errors import ConfigError, UserError
from tests.conftest import FORECAST, TIME, axis, bars, market, weekdays
from tests.unit.test_panel import members_of

EVERY = tuple(features.REGISTRY)


@pytest.fixture(autouse=True)
def _no_module() -> Iterator[None]:
    """No user's module is left behind."""
    yield
    features.load_module(None)


@pytest.mark.parametrize("name", EVERY)
def test_every_feature_is_declared_in_full(name: str) -> None:
    """A feature says what it needs, its unit, its source, and why it is there in one sentence."""
    one = features.REGISTRY[name]
    assert one.name == name
    assert one.group in features.GROUPS
    assert one.inputs
    assert set(one.inputs) <= {"open", "high", "low", "close", "volume"}
    assert one.unit
    assert one.source
    assert one.why.endswith(".")
    assert one.why.count(". ") == 0


def test_every_group_has_features() -> None:
    """Each group but a user's own has a feature."""
    assert {one.group for one in features.REGISTRY.values()} == set(features.GROUPS) - {"own"}


def test_the_default_has_no_model() -> None:
    """The default set names each feature once, and no volatility model."""
    assert len(set(features.DEFAULT)) == len(features.DEFAULT)
    assert not {features.REGISTRY[name].group for name in features.DEFAULT} & {"models", "own"}


def test_warm_ups_are_what_they_say() -> None:
    """Every feature is first known at the bar that its warm-up names, and at every later one."""
    prices = market(5, 420, seed=4)
    panel = panels.build(prices, axis(prices), FORECAST, TIME, names=EVERY)
    known = np.isfinite(panel.features)
    for column, name in enumerate(EVERY):
        expected = panel.position >= features.REGISTRY[name].warm_up
        assert np.array_equal(known[:, column], expected), name


def test_the_default_warm_up_is_what_the_parts_count_on() -> None:
    """The longest warm-up of the default set is the one that the parts of time leave room for."""
    from morrow.panel.time_parts import WARM_UP

    assert max(features.REGISTRY[name].warm_up for name in features.DEFAULT) == WARM_UP


def test_names_and_groups_are_chosen_in_order() -> None:
    """A selection keeps the order it was written in, a group the registry's, and nothing comes twice."""
    chosen = features.expand_selection(("rsi_14", "bands", "rsi_14", "bollinger_width"))
    assert chosen == ("rsi_14", "bollinger_position", "bollinger_width")
    assert features.expand_selection(("default",)) == features.DEFAULT


@pytest.mark.parametrize(
    ("word", "near"), [("rsi14", "rsi_14"), ("volatilty", "volatility"), ("defalt", "default")]
)
def test_an_unknown_name_is_told_with_the_nearest(word: str, near: str) -> None:
    """A name that is neither a feature nor a group is an error that names what was meant."""
    with pytest.raises(ConfigError, match=rf'"{word}".*did you mean "{near}"'):
        features.expand_selection((word,))


def test_closes_alone_drop_what_they_cannot_have() -> None:
    """A close-only universe keeps the features of closes, and the panel says what it dropped and why."""
    prices = market(3, 200)
    prices[["open", "high", "low", "volume"]] = np.nan
    panel = panels.build(prices, axis(prices), FORECAST, TIME, select=("bands", "volume", "atr_14"))
    assert panel.names == ("bollinger_position", "bollinger_width")
    assert panel.dropped["atr_14"] == "too few bars have open, high, low"
    assert panel.dropped["volume_ratio_1"] == "too few bars have volume"
    with pytest.raises(ConfigError, match="leaves no feature: too few bars have volume"):
        panels.build(prices, axis(prices), FORECAST, TIME, select=("volume_ratio_1",))


def test_the_market_is_its_members() -> None:
    """Figures of a session are of that day's members: one who joins later changes nothing before."""
    prices = market(4, 300, seed=6)
    sessions = weekdays(300)
    early, late = sessions[0], sessions[200]
    members = members_of(
        *({"symbol": f"S{code}", "first": 0} for code in range(3)), {"symbol": "S3", "first": 200}
    )
    names = features.expand_selection(("market",))
    whole = panels.build(prices, axis(prices), FORECAST, TIME, names=names, members=members)
    three = prices[prices["symbol"] != "S3"]
    without = panels.build(three, axis(three), FORECAST, TIME, names=names)
    before = (whole.symbol < 3) & (whole.session < 200)
    assert early < late
    assert np.array_equal(whole.features[before], without.features[without.session < 200], equal_nan=True)
    after = (whole.symbol < 3) & (whole.session == 250)
    assert not np.array_equal(whole.features[after], without.features[without.session == 250])
    dispersion = whole.features[:, names.index("universe_dispersion")]
    day = np.flatnonzero(whole.session == 250)
    moves = whole.returns[day] / whole.unit[day]
    assert dispersion[day] == pytest.approx(np.full(4, moves.std()), abs=1e-5)
    rank = whole.features[:, names.index("rank_return_1")]
    assert sorted(rank[day].tolist()) == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert rank[day][np.argmax(moves)] == 1


OWN = """
from morrow.features import feature

@feature(inputs=("close",), warm_up=1, unit="log return", why="The last move as it is.")
def bare_return(bars):
    import numpy as np
    return np.log(bars.close) - np.log(np.concatenate([[np.nan], bars.close[:-1]]))
"""


def module(folder: Path, text: str) -> Path:
    """A user's module with such a text."""
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_users_module_adds_its_features(tmp_path: Path) -> None:
    """A declared function of a user's file is a feature like any other, until no module is configured."""
    version = features.load_module(module(tmp_path, OWN))
    assert len(version) == 16
    panel = panels.build(market(2, 200), weekdays(200), FORECAST, TIME, select=("own",))
    assert panel.names == ("bare_return",)
    assert panel.features[50, 0] == pytest.approx(panel.returns[50], rel=1e-5)
    assert not features.comes_with_morrow("bare_return")
    assert features.load_module(module(tmp_path, OWN + "\n")) != version
    assert features.load_module(None) == ""
    with pytest.raises(ConfigError, match='"bare_return" is not known here'):
        features.compute(pd.DataFrame({"series": [], "session": []}), ("bare_return",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_the_sort", "cannot be run at line 1: ModuleNotFoundError: No module named"),
        ("def f(:", "cannot be run at line 1: SyntaxError"),
        ("x = 1", "declares no feature"),
        (OWN.replace("bare_return", "rsi_14"), '"rsi_14" has a name that is taken'),
        (OWN.replace('("close",)', '("price",)'), 'has the input "price"; allowed: open'),
    ],
)
def test_a_bad_module_is_a_line(tmp_path: Path, text: str, said: str) -> None:
    """A module that cannot be used is an error of one line, and the features stay what they were."""
    with pytest.raises(ConfigError) as error:
        features.load_module(module(tmp_path, text))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert tuple(features.REGISTRY) == EVERY


def test_a_feature_that_answers_nonsense_is_named(tmp_path: Path) -> None:
    """A user's function that fails or answers another shape is named in one line."""
    features.load_module(module(tmp_path, OWN.replace("return ", "return bars.close[1:] #")))
    with pytest.raises(UserError, match='feature "bare_return" returned the shape'):
        panels.build(market(2, 100), weekdays(100), FORECAST, TIME, select=("own",))
    features.load_module(None)


def test_the_section_is_strict(tmp_path: Path) -> None:
    """``[features]`` takes a selection and a module, and refuses what it does not know."""
    universe = '[universes.us5]\ncalendar = "XNYS"\nsource = { kind = "bundled", dataset = "us5" }\n'
    file = tmp_path / "morrow.toml"
    file.write_text('[features]\nselect = ["bands"]\nmodule = "mine.py"\n' + universe, encoding="utf-8")
    assert load(file).features.select == ("bands",)
    file.write_text("[features]\nselct = []\n" + universe, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r'unknown key "features.selct" in morrow.toml; did you mean "select"'
    ):
        load(file)


def test_bars_alone_know_no_feature() -> None:
    """A universe without bars of a field has no feature of it, and one without any bar those of closes."""
    assert all(
        features.REGISTRY[n].inputs == ("close",)
        for n in features.select_features(("default",), bars({"A": []}))[0]
    )
