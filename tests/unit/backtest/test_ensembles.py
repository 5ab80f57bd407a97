"""Ensembles: who is in one, how much each member counts, and what becomes of them when a member fails."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from morrow import backtest, config, fitted_model, forecast
from morrow.backtest import Job
from morrow.backtest.weights import fit_weights
from morrow.baselines.ewma import EwmaRecipe
from morrow.baselines.unconditional import UnconditionalRecipe
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe
from morrow.errors import ConfigError, LeakError
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TINY

LEVELS = np.array(FORECAST.levels)
WILD = NetworkRecipe(kind="rnn", nonlinearity="relu", **{**TINY, "rate": 1e30})
EVERYTHING = EnsembleRecipe(kind="ensemble")


def jobs(folder: Path, recipes: Mapping[str, Recipe], members: Mapping[str, tuple[str, ...]]) -> list[Job]:
    """A job for each recipe, in a folder that holds the saved panel."""
    plain = [
        Job(name, recipe, folder / "panel", PARTS, 7, SETTINGS, folder / "recipes" / name)
        for name, recipe in recipes.items()
    ]
    return backtest.link_jobs(plain, lambda name: members.get(name, ()))


BASELINES: Mapping[str, Recipe] = {
    "both": EVERYTHING,
    "ewma": EwmaRecipe(kind="ewma"),
    "unconditional": UnconditionalRecipe(kind="unconditional"),
}
BOTH = {"both": ("ewma", "unconditional")}


# --- who is in one ---


def loaded(tmp_path: Path, trained: list[str], recipe: str = "") -> config.Config:
    """A configuration with some recipes trained and one of its own."""
    text = f'training.recipes = {trained}\n[recipes.mine]\nkind = "ensemble"\n{recipe}\n'.replace("'", '"')
    universe = '[universes.toy]\ncalendar = "observed"\nsource = { kind = "csv", path = "prices.csv" }\n'
    (tmp_path / "morrow.toml").write_text(text + universe, encoding="utf-8")
    return config.load(tmp_path / "morrow.toml")


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ('members = ["everything"]', ("boosted", "lstm", "ewma", "gru")),
        ('members = ["networks"]', ("lstm", "gru")),
        ('members = ["baselines"]', ("boosted", "ewma")),
        ('members = ["gru", "baselines", "ewma"]', ("boosted", "ewma", "gru")),
    ],
)
def test_groups_stand_for_what_is_trained(tmp_path: Path, members: str, found: tuple[str, ...]) -> None:
    """A group means the trained recipes of its kind, in their order; ensembles are in none of them."""
    trained = ["boosted", "ensemble", "lstm", "mine", "ewma", "gru"]
    assert loaded(tmp_path, trained, members).members("mine") == found
    assert loaded(tmp_path, trained, members).members("ewma") == ()


@pytest.mark.parametrize(
    ("trained", "recipe", "words"),
    [
        (
            ["mine", "ewma", "gru"],
            'members = ["ewma", "lstm"]',
            'recipes.mine.members names "lstm", which is',
        ),
        (["mine", "ewma"], "", "everything are 1 of training.recipes"),
        (["mine", "ensemble", "ewma", "gru"], 'members = ["ensemble", "gru"]', "has no ensembles"),
        (["mine", "sign", "gru"], 'members = ["sign", "gru"]', "head direction"),
        (["mine", "sign", "gru"], 'members = ["networks"]', "networks are 1 of"),
        (["mine", "ewma", "gru"], 'weights = "best"', "'equal' or 'calibrate'"),
    ],
)
def test_an_ensemble_that_cannot_be(tmp_path: Path, trained: list[str], recipe: str, words: str) -> None:
    """A member that is not trained, cannot be averaged, or is alone is refused when the file is read."""
    sign = '[recipes.sign]\nkind = "gru"\nhead = "direction"'
    with pytest.raises(ConfigError, match="recipes") as caught:
        loaded(tmp_path, trained, f"{recipe}\n{sign}")
    assert words in str(caught.value)


def test_an_ensemble_of_everything_is_among_the_defaults(tmp_path: Path) -> None:
    """Without a word in the configuration an equally weighted ensemble of all others is trained."""
    (tmp_path / "morrow.toml").write_text(
        '[universes.toy]\ncalendar = "observed"\nsource = { kind = "csv", path = "prices.csv" }\n'
    )
    default = config.load(tmp_path / "morrow.toml")
    assert default.recipes["ensemble"] == EVERYTHING
    others = tuple(name for name in default.training.recipes if name != "ensemble")
    assert default.members("ensemble") == others


# --- what it answers ---


@pytest.fixture(scope="module")
def finished(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, backtest.Result]:
    """Two baselines and the ensemble of both, and of a network with one of them."""
    folder = tmp_path_factory.mktemp("ensembles")
    panel.save(folder / "panel")
    recipes = {**BASELINES, "mixed": EVERYTHING, "gru": RECIPES["gru"]}
    results, failed = backtest.run_all(jobs(folder, recipes, {**BOTH, "mixed": ("ewma", "gru")}), 1)
    assert not failed
    return {each.name: each for each in results}


def test_the_mean_of_two_baselines_by_hand(panel: Panel, finished: dict[str, backtest.Result]) -> None:
    """Before calibration, each quantile is the mean of both members' quantiles of the log return."""
    rows, raw = finished["both"].raw
    ewma = finished["ewma"].model.arrays["quantiles"]
    past = finished["unconditional"].model.arrays["quantiles"]
    for place in (0, 100, len(rows) - 1):
        row = rows[place]
        root = panel.unit[row] * np.sqrt([1, 2, 3])[:, None]
        assert raw[place] == pytest.approx((ewma * root + past[panel.symbol[row]]) / 2, rel=1e-5)


def test_a_fitted_ensemble_answers_as_its_job_did(panel: Panel, finished: dict[str, backtest.Result]) -> None:
    """The composite model alone, without its members' jobs, gives the out-of-fold answers again."""
    rows = np.concatenate([backtest.scored_rows(panel, part) for part in (PARTS.select, PARTS.test)])
    for name in ("both", "mixed"):
        again = forecast.predict(finished[name].model, panel, rows)
        assert again == pytest.approx(finished[name].quantiles, rel=1e-4, abs=1e-7)
        assert (np.diff(again, axis=-1) >= 0).all()


def test_an_ensemble_is_saved_as_data(
    panel: Panel, finished: dict[str, backtest.Result], tmp_path: Path
) -> None:
    """A composite model written and read again answers to the bit, and has its members apart."""
    model = finished["mixed"].model
    fitted_model.save(model, tmp_path)
    again = fitted_model.load(tmp_path)
    rows = backtest.scored_rows(panel, PARTS.test)
    assert forecast.predict(again, panel, rows).tobytes() == forecast.predict(model, panel, rows).tobytes()
    names = [each.document["name"] for each in fitted_model.members(again)]
    assert names == ["ewma", "gru"]
    assert again.document["weights"] == [0.5, 0.5]
    own = finished["gru"].model.arrays
    assert {k: v.tobytes() for k, v in fitted_model.members(again)[1].arrays.items()} == {
        name: array.tobytes() for name, array in own.items()
    }


def test_an_ensemble_is_not_scored_inside_its_training(
    panel: Panel, finished: dict[str, backtest.Result]
) -> None:
    """An ensemble has seen what the latest of its members has, and refuses a cutoff before that."""
    model = finished["both"].model
    assert model.trained_through == panel.sessions[PARTS.select[0] - 1]
    one, two = fitted_model.members(model)
    late = replace(two, document={**two.document, "trained_through": str(panel.sessions[400])})
    whole = fitted_model.compose([one, late], [0.5, 0.5], model.document)
    assert whole.trained_through == panel.sessions[400]
    with pytest.raises(LeakError, match="model both was trained through"):
        forecast.predict(whole, panel, np.flatnonzero(panel.session == 399))


def test_who_counts_as_a_baseline(panel: Panel, finished: dict[str, backtest.Result]) -> None:
    """An ensemble of baselines alone is one, with a network it is none; on the board both are ensembles."""
    assert finished["both"].baseline
    assert not finished["mixed"].baseline
    rows = backtest.leaderboard(panel, PARTS, list(finished.values()), FORECAST.levels)
    kinds = {row["name"]: row["kind"] for row in rows}
    assert (kinds["both"], kinds["mixed"], kinds["ewma"]) == ("ensemble", "ensemble", "baseline")
    assert forecast.gradient_by_distance(finished["mixed"].model, panel, np.array([400])) is None


# --- weights ---


def test_the_better_member_weighs_more() -> None:
    """Where one member is the truth and the other far off, weights go half the way from equal to it alone."""
    draw = np.random.default_rng(5)
    actual = draw.normal(size=(2000, 1)).astype(np.float32)
    right = np.tile(np.quantile(draw.normal(size=100_000), LEVELS), (2000, 1, 1)).astype(np.float32)
    weights = fit_weights([right, right + 3], actual, LEVELS)
    assert weights == pytest.approx([0.75, 0.25], abs=0.01)
    assert fit_weights([right, right], actual, LEVELS) == pytest.approx([0.5, 0.5])


def test_weights_are_those_of_lowest_loss() -> None:
    """Of members wrong to either side the mean is made right: the weights that trying them all finds."""
    draw = np.random.default_rng(6)
    actual = draw.normal(size=(1500, 2)).astype(np.float32)
    actual[:40, 1] = np.nan
    right = np.tile(np.quantile(draw.normal(size=100_000), LEVELS), (1500, 2, 1)).astype(np.float32)
    answers = [right - 0.3, right + 0.9]
    known = np.isfinite(actual)

    def loss(share: float) -> float:
        gap = actual[known][:, None] - (share * answers[0] + (1 - share) * answers[1])[known]
        return float(np.maximum(LEVELS * gap, (LEVELS - 1) * gap).mean())

    best = min(np.linspace(0, 1, 401), key=loss)
    found = 2 * fit_weights(answers, actual, LEVELS)[0] - 0.5
    assert best == pytest.approx(0.75, abs=0.05)
    assert found == pytest.approx(best, abs=0.02)


def test_calibrated_weights_are_kept(panel: Panel, tmp_path: Path) -> None:
    """Weights from the calibrate sessions are those of the members' answers there, and go into the model."""
    panel.save(tmp_path / "panel")
    recipes = {**BASELINES, "both": EnsembleRecipe(kind="ensemble", weights="calibrate")}
    results, _ = backtest.run_all(jobs(tmp_path, recipes, BOTH), 1)
    model, (rows, raw) = results[0].model, results[0].raw
    answers = [each.raw[1] for each in results[1:]]
    count = len(backtest.scored_rows(panel, PARTS.calibrate))
    expected = fit_weights([each[:count] for each in answers], panel.target[rows[:count]], LEVELS)
    assert model.document["weights"] == pytest.approx(expected)
    assert model.document["weights"] != [0.5, 0.5]
    assert raw == pytest.approx(expected[0] * answers[0] + expected[1] * answers[1], rel=1e-4)


# --- members that fail, runs that are killed ---


def test_a_failing_member_is_done_without(panel: Panel, tmp_path: Path) -> None:
    """An ensemble goes on with two members of three and says who is missing; one alone is no ensemble."""
    panel.save(tmp_path / "panel")
    recipes = {**BASELINES, "wild": WILD, "pair": EVERYTHING}
    members = {"both": ("ewma", "wild", "unconditional"), "pair": ("ewma", "wild")}
    results, failed = backtest.run_all(jobs(tmp_path, recipes, members), 1)
    assert [each.name for each in results] == ["both", "ewma", "unconditional"]
    assert results[0].missing == ("wild",)
    assert results[0].model.document["missing"] == ["wild"]
    assert results[0].baseline
    assert failed["pair"] == "recipe pair: it needs two members or more and has ewma, without wild"


def test_a_member_that_is_trained_later_joins(panel: Panel, tmp_path: Path) -> None:
    """A run that trains what failed before puts the ensemble together again, with all of its members."""
    panel.save(tmp_path / "panel")
    members = {"both": ("ewma", "unconditional", "third")}
    lost = {**BASELINES, "third": WILD}
    results, _ = backtest.run_all(jobs(tmp_path, lost, members), 1)
    assert results[0].missing == ("third",)
    results, failed = backtest.run_all(jobs(tmp_path, {**lost, "third": RECIPES["boosted"]}, members), 1)
    assert not failed
    assert results[0].missing == ()
    assert len(results[0].model.document["weights"]) == 3


def test_a_killed_ensemble_is_resumed_to_the_same_bits(panel: Panel, tmp_path: Path) -> None:
    """With its members finished and half of its own files left, an ensemble comes out as if never killed."""
    panel.save(tmp_path / "panel")
    whole = jobs(tmp_path, BASELINES, BOTH)
    results, _ = backtest.run_all(whole, 1)
    before = {
        file.name: file.read_bytes()
        for file in whole[0].folder.iterdir()
        if file.name not in (backtest.HISTORY, backtest.LOSSES)
    }
    whole[0].folder.rename(whole[0].folder.with_name(".both.1.partial"))
    (whole[0].folder.with_name(".both.1.partial") / "model.json").write_text("{")
    again, _ = backtest.run_all(whole, 1)
    assert before == {name: (whole[0].folder / name).read_bytes() for name in before}
    assert again[0].losses.equals(results[0].losses)


# --- on everything ---


def test_refitting_refits_every_member(panel: Panel, finished: dict[str, backtest.Result]) -> None:
    """On everything, members are what they would be alone, under the weights found out of fold."""
    whole = backtest.refit(panel, finished["mixed"], SETTINGS, 7)
    assert whole.trained_through == panel.sessions[-1]
    assert whole.document["weights"] == [0.5, 0.5]
    assert whole.document["name"] == "mixed"
    for member in fitted_model.members(whole):
        alone = backtest.refit(panel, finished[member.document["name"]], SETTINGS, 7)
        assert member.arrays.keys() == alone.arrays.keys()
        assert all(member.arrays[name].tobytes() == alone.arrays[name].tobytes() for name in alone.arrays)
    rows = np.flatnonzero(panel.session == 419)
    assert np.isfinite(forecast.predict(whole, panel, rows)).all()
