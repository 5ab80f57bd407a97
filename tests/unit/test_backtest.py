"""The backtest: recipes in processes, out-of-fold losses on the same rows, and the leaderboard's figures."""

import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, mean_pinball_loss

from morrow import backtest, forecast, metrics
from morrow.backtest import Job, Result, memory
from morrow.backtest.jobs import refuse_empty
from morrow.config import NetworkRecipe, Recipe
from morrow.errors import HistoryError, NightError
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TINY, bars, panel_of

LEVELS = FORECAST.levels
WILD = NetworkRecipe(kind="rnn", nonlinearity="relu", **{**TINY, "rate": 1e30})


def job(folder: Path, name: str, recipe: Recipe | None = None, window: int = 16) -> Job:
    """A job in a folder that holds the saved panel."""
    settings = {**SETTINGS, "forecast": {**SETTINGS["forecast"], "window": window}}
    return Job(name, recipe or RECIPES[name], folder / "panel", PARTS, 7, settings, folder / "recipes" / name)


@pytest.fixture(scope="session")
def finished(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Every tiny recipe, trained and scored in this process."""
    folder = tmp_path_factory.mktemp("backtest")
    panel.save(folder / "panel")
    jobs = [job(folder, name) for name in RECIPES]
    for each in jobs:
        backtest.run(each)
    return [backtest.result(each) for each in jobs]


@pytest.fixture(scope="session")
def board(panel: Panel, finished: list[Result]) -> list[dict[str, object]]:
    """Their leaderboard."""
    return backtest.leaderboard(panel, PARTS, finished, LEVELS)


def test_scored_rows_are_eligible_and_known(panel: Panel) -> None:
    """Rows are scored inside the part, where the symbol is eligible and a later bar is there."""
    rows = backtest.scored_rows(panel, PARTS.test)
    assert len(rows) == 4 * 41  # nothing is known after the last of 42 sessions
    assert panel.session[rows].min() == PARTS.test[0]
    assert panel.session[rows].max() == 418
    assert panel.eligible[rows].all()


def test_what_each_recipe_is_fitted_on(tmp_path: Path) -> None:
    """A network keeps the stop sessions for stopping; a baseline, which never stops, learns on them."""
    network = backtest.make_fit_task(job(tmp_path, "lstm"))
    assert (network.fit, network.stop) == (PARTS.fit, PARTS.stop)
    baseline = backtest.make_fit_task(job(tmp_path, "boosted"))
    assert (baseline.fit, baseline.stop) == ((0, PARTS.stop[1]), None)
    assert network.through == baseline.through == PARTS.calibrate[0] - 1


def test_losses_are_those_of_the_scored_rows(panel: Panel, finished: list[Result]) -> None:
    """Every recipe has one loss for each scored row and known step, on the same rows, part by part."""
    rows = {name: backtest.scored_rows(panel, getattr(PARTS, name)) for name in ("select", "test")}
    known = {name: int(np.isfinite(panel.target[found]).sum()) for name, found in rows.items()}
    keys = ["symbol", "session", "step", "part"]
    for result in finished:
        losses = result.losses
        assert losses["part"].value_counts().to_dict() == known
        assert losses[keys].equals(finished[0].losses[keys])
        assert not losses.duplicated(["symbol", "session", "step"]).any()
        assert np.isfinite(losses["loss"]).all()
        select = losses[losses["part"] == "select"]
        assert select["session"].min() == pd.Timestamp(panel.sessions[PARTS.select[0]])
        assert select["session"].max() == pd.Timestamp(panel.sessions[PARTS.select[1] - 1])


@pytest.mark.parametrize("name", ["lstm", "ewma"])
def test_losses_agree_with_scikit_learn(panel: Panel, finished: list[Result], name: str) -> None:
    """A row's loss is the mean of scikit-learn's pinball losses over the levels."""
    result = next(each for each in finished if each.name == name)
    rows = np.concatenate([backtest.scored_rows(panel, part) for part in (PARTS.select, PARTS.test)])
    for place in (0, 77):
        row = rows[place]
        key = (panel.symbols[panel.symbol[row]], pd.Timestamp(panel.sessions[panel.session[row]]))
        for step in (1, 3):
            expected = np.mean(
                [
                    mean_pinball_loss(
                        panel.target[row, step - 1 : step],
                        result.quantiles[place, step - 1, column : column + 1],
                        alpha=level,
                    )
                    for column, level in enumerate(LEVELS)
                ]
            )
            found = result.losses.set_index(["symbol", "session", "step"])["loss"]
            assert found[(*key, step)] == pytest.approx(expected, rel=1e-4)


def test_models_are_calibrated_and_say_so(panel: Panel, finished: list[Result]) -> None:
    """The calibrated model has used the calibrate sessions and may be scored from the select sessions on."""
    for result in finished:
        model = result.model
        assert model.trained_through == panel.sessions[PARTS.select[0] - 1]
        assert np.asarray(model.document["calibration"]["common"]).shape == (3, 9)
        assert model.document["calibration"]["session"] == str(model.trained_through)
    rows = backtest.scored_rows(panel, PARTS.select)
    again = forecast.predict(finished[0].model, panel, rows)
    assert again == pytest.approx(finished[0].quantiles[: len(rows)], rel=1e-5, abs=1e-8)


KEYS = {
    "name", "kind", "pinball", "pinball_select", "skill_vs_ewma", "rel_mse", "rel_mae", "mase",
    "directional_accuracy", "coverage_80", "coverage_95", "rows", "train_s", "by_step", "by_symbol",
}  # fmt: skip


def test_leaderboard_has_the_promised_keys(board: list[dict[str, object]]) -> None:
    """Every row has what the night's report promises, steps and symbols beside the total."""
    for row in board:
        assert row.keys() >= KEYS
        steps, symbols = row["by_step"], row["by_symbol"]
        assert isinstance(steps, list)
        assert isinstance(symbols, Mapping)
        assert len(steps) == 3
        assert set(symbols) == {"S0", "S1", "S2", "S3"}
        for part in (*steps, *symbols.values()):
            assert {"mse", "mae", "rmse", "crps", "pinball"} <= part.keys()


def test_leaderboard_has_tables_that_add_up(board: list[dict[str, object]]) -> None:
    """Symbols, years, thirds by volatility and steps each hold every scored row once, in the CSV too."""
    for row in board:
        whole = backtest.in_parts(row)
        assert set(whole["by"]) == {"all", "step", "symbol", "year", "volatility"}
        for _, part in whole.groupby("by"):
            assert part["rows"].sum() == row["rows"]
            assert np.average(part["pinball"], weights=part["rows"]) == pytest.approx(row["pinball"])
        assert whole.loc[whole["by"] == "volatility", "value"].tolist() == ["calm", "middle", "wild"]
        symbols = whole[whole["by"] == "symbol"]
        assert symbols[["kupiec_p_80", "christoffersen_p_95"]].apply(lambda p: p.between(0, 1)).all(axis=None)


def test_leaderboard_compares_with_garch(board: list[dict[str, object]], finished: list[Result]) -> None:
    """Skill, its geometric mean and Diebold and Mariano's p, worked out from the stored losses."""
    losses = {each.name: each.losses.query("part == 'test'") for each in finished}
    garch = losses["gjr-garch-t"]
    for row in board:
        own = losses[str(row["name"])]
        assert row["skill_vs_gjr_garch"] == pytest.approx(1 - own["loss"].mean() / garch["loss"].mean())
        ratio = own.groupby("symbol")["loss"].mean() / garch.groupby("symbol")["loss"].mean()
        assert row["skill_geomean_vs_gjr_garch"] == pytest.approx(1 - np.exp(np.log(ratio).mean()))
        if own is not garch:
            daily = (
                own.groupby("session")["loss"].mean() - garch.groupby("session")["loss"].mean()
            ).to_numpy()
            fitted = sm.OLS(daily, np.ones(len(daily))).fit(
                cov_type="HAC", cov_kwds={"maxlags": 2 + 3, "use_correction": False}, use_t=False
            )
            assert row["dm_p_vs_gjr_garch"] == pytest.approx(
                scipy.stats.norm.cdf(fitted.tvalues[0]), abs=1e-9
            )
    same = next(row for row in board if row["name"] == "gjr-garch-t")
    assert (same["skill_vs_gjr_garch"], same["dm_p_vs_gjr_garch"]) == (0, None)


def test_leaderboard_scores_directions(
    panel: Panel, board: list[dict[str, object]], finished: list[Result]
) -> None:
    """The probability of a rise is scored as scikit-learn does, beside the share of rises known before."""
    result = next(each for each in finished if each.name == "lstm")
    row = next(each for each in board if each["name"] == "lstm")
    rows = backtest.scored_rows(panel, PARTS.test)
    actual = panel.target[rows].astype(float)
    known = np.isfinite(actual)
    flat = result.quantiles[-len(rows) :].astype(float).reshape(-1, 9)
    read = metrics.probability_down(flat, np.array(LEVELS)).reshape(actual.shape)
    up = 0.5 + result.model.document["direction"] * (0.5 - read)
    assert row["brier_up"] == pytest.approx(brier_score_loss(actual[known] > 0, up[known]))
    balanced = balanced_accuracy_score(actual[known] > 0, up[known] > 0.5)
    assert row["balanced_accuracy"] == pytest.approx(balanced)
    past = panel.target[panel.eligible & (panel.session < PARTS.calibrate[1])]
    base = np.array([np.mean(past[np.isfinite(past[:, k]), k] > 0) for k in range(3)])
    named = np.broadcast_to(base, actual.shape)[known]
    assert row["brier_up_base"] == pytest.approx(brier_score_loss(actual[known] > 0, named))
    assert np.sum(row["confusion"]) == row["rows"]
    assert (row["ic"], row["rank_ic"]) == (None, None)  # four symbols order nothing
    assert 0 <= row["pit_p"] <= 1
    assert 0 <= row["worst_coverage_gap"] <= 1


def test_leaderboard_is_in_order(board: list[dict[str, object]]) -> None:
    """The lowest test pinball comes first, and every recipe's kind is its cell or baseline."""
    losses = [row["pinball"] for row in board]
    assert losses == sorted(losses)  # type: ignore[type-var]
    assert {row["name"] for row in board if row["runaway"]} <= {"egarch-t"}  # its recursion can explode
    kinds = {row["name"]: row["kind"] for row in board}
    assert kinds == {
        "rnn": "rnn", "rnn-relu": "rnn", "lstm": "lstm", "gru": "gru", "ewma": "baseline",
        "egarch-t": "baseline", "har": "baseline", "fhs": "baseline", "linear": "baseline",
        "regression": "baseline",
        "unconditional": "baseline", "gjr-garch-t": "baseline", "boosted": "baseline",
    }  # fmt: skip


def test_leaderboard_agrees_with_the_losses(board: list[dict[str, object]], finished: list[Result]) -> None:
    """Test and select pinball are the means of the stored losses, and skill compares with EWMA's."""
    losses = {result.name: result.losses.groupby("part")["loss"].mean() for result in finished}
    for row in board:
        name = str(row["name"])
        assert row["pinball"] == pytest.approx(losses[name]["test"])
        assert row["pinball_select"] == pytest.approx(losses[name]["select"])
        assert row["skill_vs_ewma"] == pytest.approx(1 - losses[name]["test"] / losses["ewma"]["test"])
        assert row["rows"] == 4 * (41 + 40 + 39)


def test_leaderboard_agrees_with_metrics_computed_directly(
    panel: Panel, board: list[dict[str, object]], finished: list[Result]
) -> None:
    """Price measures of one symbol and step, worked out from prices, quantiles and nothing else."""
    result = next(each for each in finished if each.name == "gru")
    row = next(each for each in board if each["name"] == "gru")
    selected = len(backtest.scored_rows(panel, PARTS.select))
    rows = backtest.scored_rows(panel, PARTS.test)
    own = np.flatnonzero((panel.symbol[rows] == 1) & np.isfinite(panel.target[rows, 0]))
    prices = panel.close[rows[own]]
    realised = prices * np.exp(panel.target[rows[own], 0].astype(float))
    median = prices * np.exp(result.quantiles[selected:][own, 0, 4].astype(float))
    only = metrics.evaluate(
        result.quantiles[selected:][own][:, :1].astype(float),
        metrics.Outcomes(
            np.array(["S1"] * len(own)), prices, np.ones(len(own)), panel.target[rows[own], :1].astype(float)
        ),
        LEVELS,
    )
    assert only["mae"] == pytest.approx(np.abs(median - realised).mean())
    assert only["rel_mae"] == pytest.approx(np.abs(median - realised).sum() / np.abs(prices - realised).sum())
    symbols = row["by_symbol"]
    assert isinstance(symbols, Mapping)
    assert symbols["S1"]["rows"] == 41 + 40 + 39


def test_without_ewma_there_is_no_skill(panel: Panel, finished: list[Result]) -> None:
    """Where the reference was not trained its skill is unknown rather than made up."""
    rows = backtest.leaderboard(panel, PARTS, [each for each in finished if each.name == "lstm"], LEVELS)
    assert rows[0]["skill_vs_ewma"] is None


def test_skill_is_against_the_recipe_that_is_ewma(panel: Panel, finished: list[Result]) -> None:
    """The reference is known by its kind, whatever it is called."""
    renamed = [replace(each, name="plain" if each.name == "ewma" else each.name) for each in finished]
    rows = {row["name"]: row for row in backtest.leaderboard(panel, PARTS, renamed, LEVELS)}
    assert rows["plain"]["skill_vs_ewma"] == 0
    assert rows["lstm"]["skill_vs_ewma"] == pytest.approx(
        1 - rows["lstm"]["pinball"] / rows["plain"]["pinball"]
    )


def test_outcomes_by_hand() -> None:
    """MASE's scale is the mean absolute change before the scored sessions, on the row's share basis."""
    closes = 100 + 2.0 * (np.arange(420) % 2)
    prices = bars({"A": closes})
    half = prices["session"] >= prices["session"].iloc[350]
    prices.loc[half, "close"] /= 2
    prices.loc[half, "split_factor"] = 2.0
    panel = panel_of(prices)
    facts = backtest.outcomes(panel, PARTS.test, PARTS.select[0])
    assert facts.symbol.tolist() == ["A"] * 41
    assert facts.scale == pytest.approx(np.full(41, 1.0))
    assert facts.close[:2].tolist() == [50.0, 51.0]
    assert facts.actual[0, 0] == pytest.approx(np.log(102 / 100))


def test_a_symbol_that_never_moved_has_no_scale() -> None:
    """A symbol without a change before the scored sessions has no scale, rather than one of zero."""
    closes = np.full(420, 10.0)
    walk = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(0).standard_normal(420)))
    panel = panel_of(bars({"STILL": closes, "A": walk, "B": walk}))
    panel.eligible[:] = True
    facts = backtest.outcomes(panel, PARTS.test, PARTS.select[0])
    assert np.isnan(facts.scale[facts.symbol == "STILL"]).all()
    assert np.isfinite(facts.scale[facts.symbol == "A"]).all()


def test_nobody_eligible_in_a_part() -> None:
    """A backtest in which a part has nobody to score says which, rather than average nothing."""
    walk = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(0).standard_normal(420)))
    walk[378:] = np.nan
    prices = bars({"A": walk, "B": np.where(np.arange(420) > 300, walk[0], np.nan)})
    found = panel_of(prices)
    with pytest.raises(HistoryError, match=r"eligible on the test sessions: .*pegged \(B\)"):
        refuse_empty(found, PARTS)


def test_somebody_eligible_in_every_part(panel: Panel) -> None:
    """A panel with somebody to score in every part is let through."""
    refuse_empty(panel, PARTS)


def test_forecasts_that_are_not_finite_are_no_result(panel: Panel, tmp_path: Path) -> None:
    """A recipe with one forecast that is not finite is refused by name, and nothing of it is kept."""
    row = backtest.scored_rows(panel, PARTS.test)[5]
    unit, adjusted = panel.unit.copy(), panel.adjusted.copy()
    unit[row], adjusted[row] = np.inf, np.nan  # outside training, with a fallback that is not known either
    replace(panel, unit=unit, adjusted=adjusted).save(tmp_path / "panel")
    with pytest.raises(NightError, match="recipe ewma: its forecasts are not all finite"):
        backtest.run(job(tmp_path, "ewma"))
    assert not (tmp_path / "recipes").exists()


def test_direction_is_judged_on_its_probabilities(panel: Panel, tmp_path: Path) -> None:
    """A recipe with the head direction has Brier and log loss on the test sessions; the others have none."""
    panel.save(tmp_path / "panel")
    recipe = NetworkRecipe(kind="gru", head="direction", flat=0.5, **TINY)
    jobs = [job(tmp_path, "sign", recipe), job(tmp_path, "ewma")]
    results, failed = backtest.run_all(jobs, 1)
    assert not failed
    rows = {row["name"]: row for row in backtest.leaderboard(panel, PARTS, results, LEVELS)}
    likely = results[0].probabilities
    assert likely is not None
    test = backtest.scored_rows(panel, PARTS.test)
    moves = panel.target[test] / panel.compute_scale(test)
    total, count = 0.0, 0
    for row, steps in enumerate(likely[-len(test) :]):
        for step, (down, flat, up) in enumerate(steps.astype(float)):
            if np.isfinite(moves[row, step]):
                is_down, is_up = moves[row, step] < -0.5, moves[row, step] > 0.5
                total += (down - is_down) ** 2 + (up - is_up) ** 2 + (flat - (not is_down and not is_up)) ** 2
                count += 1
    assert rows["sign"]["brier"] == pytest.approx(total / count, rel=1e-4)
    assert 0 < rows["sign"]["log_loss"] < 3
    assert (rows["ewma"]["brier"], rows["ewma"]["log_loss"], results[1].probabilities) == (None, None, None)
    assert [(each.can_win, each.baseline) for each in results] == [(False, False), (True, True)]


def test_a_density_has_a_log_score(panel: Panel, tmp_path: Path) -> None:
    """On the leaderboard a recipe with the head student-t is scored near a Student t of its own spread."""
    panel.save(tmp_path / "panel")
    density = job(tmp_path, "density", NetworkRecipe(kind="gru", head="student-t", **TINY))
    for each in (density, job(tmp_path, "ewma")):
        backtest.run(each)
    results = [backtest.result(density), backtest.result(job(tmp_path, "ewma"))]
    rows = {row["name"]: row for row in backtest.leaderboard(panel, PARTS, results, LEVELS)}
    assert rows["ewma"]["log_score"] is None
    test = backtest.scored_rows(panel, PARTS.test)
    known = np.isfinite(panel.target[test])
    spread = panel.compute_scale(test)[known]
    plain = -scipy.stats.t.logpdf(panel.target[test][known] / spread, 6) + np.log(spread)
    assert rows["density"]["log_score"] == pytest.approx(plain.mean(), abs=0.3)


# --- processes ---


def test_an_unforeseen_fault_costs_one_recipe(panel: Panel, tmp_path: Path) -> None:
    """A recipe that fails in a way nobody thought of is named with its fault, and the others go on."""
    panel.save(tmp_path / "panel")
    lost = replace(job(tmp_path, "unconditional"), panel=tmp_path / "nowhere")
    results, failed = backtest.run_all([lost, job(tmp_path, "ewma")], 1)
    assert [result.name for result in results] == ["ewma"]
    assert failed["unconditional"].startswith("FileNotFoundError: ")


@pytest.mark.parametrize("processes", [1, 2])
def test_recipes_run_and_one_may_fail(
    panel: Panel, finished: list[Result], tmp_path: Path, processes: int
) -> None:
    """Recipes run side by side to the same bits, one that fails is named, and the others go on."""
    panel.save(tmp_path / "panel")
    jobs = [
        job(tmp_path, "ewma"),
        job(tmp_path, "long", RECIPES["lstm"], window=1000),
        job(tmp_path, "lstm"),
        job(tmp_path, "wild", WILD),
    ]
    heard: list[str] = []
    results, failed = backtest.run_all(jobs, processes, lambda name, _: heard.append(name))
    assert [result.name for result in results] == ["ewma", "lstm"]
    assert set(failed) == {"long", "wild"}
    assert "window of 1000" in failed["long"]
    assert "lower its rate" in failed["wild"]
    assert heard.count("lstm") == len(results[1].history) >= 1
    here = next(each for each in finished if each.name == "lstm")
    assert results[1].quantiles.tobytes() == here.quantiles.tobytes()
    assert sorted(path.name for path in (tmp_path / "recipes").iterdir()) == ["ewma", "lstm"]


def test_the_longest_recipe_goes_first(panel: Panel, tmp_path: Path) -> None:
    """Whatever their order, the recipe with the most to multiply begins, so that none is left over alone."""
    panel.save(tmp_path / "panel")
    long = RECIPES["rnn"].model_copy(update={"width": 8, "batch": 32})
    jobs = [job(tmp_path, "ewma"), job(tmp_path, "rnn"), job(tmp_path, "long", long)]
    heard: list[str] = []
    backtest.run_all(jobs, 1, lambda name, _: heard.append(name))
    assert list(dict.fromkeys(heard)) == ["long", "rnn"]


def test_a_finished_recipe_is_not_repeated(panel: Panel, tmp_path: Path) -> None:
    """A folder that is there is complete: its recipe is not run again, whatever became of the panel."""
    panel.save(tmp_path / "panel")
    chosen = job(tmp_path, "ewma")
    backtest.run(chosen)
    before = {file: file.stat().st_mtime_ns for file in chosen.folder.iterdir()}
    (tmp_path / "panel" / "panel.json").unlink()
    results, failed = backtest.run_all([chosen], 2)
    assert ([result.name for result in results], failed) == (["ewma"], {})
    assert {file: file.stat().st_mtime_ns for file in chosen.folder.iterdir()} == before


def test_what_a_killed_run_left_is_no_result(panel: Panel, tmp_path: Path) -> None:
    """A partial folder of a run that was killed is no result and does not get in the way."""
    panel.save(tmp_path / "panel")
    chosen = job(tmp_path, "ewma")
    for owner in (os.getpid(), 1):
        partial = chosen.folder.with_name(f".ewma.{owner}.partial")
        partial.mkdir(parents=True)
        (partial / "rubbish").write_text("x", encoding="utf-8")
    results, failed = backtest.run_all([chosen], 1)
    assert (len(results), failed) == (1, {})
    assert not (chosen.folder / "rubbish").exists()


def test_two_processes_at_once_keep_one_result(panel: Panel, tmp_path: Path) -> None:
    """A recipe that another process finished meanwhile is left as that one wrote it."""
    panel.save(tmp_path / "panel")
    chosen = job(tmp_path, "ewma")
    backtest.run(chosen)
    before = {file: file.stat().st_mtime_ns for file in chosen.folder.iterdir()}
    backtest.run(chosen)
    assert {file: file.stat().st_mtime_ns for file in chosen.folder.iterdir()} == before
    assert [path.name for path in chosen.folder.parent.iterdir()] == ["ewma"]


def test_when_every_recipe_fails_the_night_does(panel: Panel, tmp_path: Path) -> None:
    """If no recipe is left the night stops, with every reason."""
    panel.save(tmp_path / "panel")
    with pytest.raises(NightError, match=r"every recipe failed: wild: .*lower its rate"):
        backtest.run_all([job(tmp_path, "wild", WILD)], 1)


def test_a_process_that_is_killed_costs_its_recipe(panel: Panel, tmp_path: Path) -> None:
    """When a training process is killed its recipe fails and says why, and the others go on in a new one."""
    panel.save(tmp_path / "panel")
    long = NetworkRecipe(kind="rnn", **{**TINY, "epochs": 5000, "patience": 5000})
    heard: list[str] = []

    def kill(name: str, _: Mapping[str, float]) -> None:
        heard.append(name)
        for child in multiprocessing.active_children():
            child.kill()
        raise OSError("the terminal is gone")

    jobs = [job(tmp_path, "rnn", long), job(tmp_path, "ewma")]
    one_at_a_time = 1.5 * memory.estimate(jobs[0])
    results, failed = backtest.run_all(jobs, 2, kill, one_at_a_time)
    assert [result.name for result in results] == ["ewma"]
    assert failed["rnn"].startswith("its process was killed (signal 9), as the system does when memory runs")
    assert heard == ["rnn"]
    assert not (tmp_path / "recipes" / "rnn").exists()


def test_a_recipe_that_memory_does_not_hold_is_not_started(panel: Panel, tmp_path: Path) -> None:
    """A recipe whose estimate is beyond the limit fails before it starts, and says what it would take."""
    panel.save(tmp_path / "panel")
    vast = NetworkRecipe(kind="lstm", width=1024, layers=8, batch=65_536, stride=4096)
    jobs = [job(tmp_path, "vast", vast), job(tmp_path, "ewma")]
    results, failed = backtest.run_all(jobs, 2, limit_bytes=1e9)
    assert [result.name for result in results] == ["ewma"]
    assert failed["vast"].startswith("it needs about ")
    assert "and 1.0 are to be had; lower its batch" in failed["vast"]


def test_what_is_free_is_bounded_by_the_control_group(tmp_path: Path) -> None:
    """Memory to be had is the control group's limit less its use, where it has one, less a tenth."""
    (tmp_path / "memory.max").write_text("3000000000\n", encoding="utf-8")
    (tmp_path / "memory.current").write_text("1000000000\n", encoding="utf-8")
    assert memory.available(tmp_path) == pytest.approx(1.8e9)
    (tmp_path / "memory.max").write_text("max\n", encoding="utf-8")
    assert memory.available(tmp_path) > 0


def test_the_estimate_is_above_what_a_training_takes(panel: Panel, tmp_path: Path) -> None:
    """A network's real peak, in a process of its own, is below its estimate and not far below."""
    panel.save(tmp_path / "panel")
    wide = NetworkRecipe(
        kind="lstm", **{**TINY, "width": 128, "layers": 2, "batch": 1024, "stride": 64, "epochs": 1}
    )
    chosen = job(tmp_path, "wide", wide)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        peak = pool.apply(_peak_bytes, (chosen,))
    assert peak <= memory.estimate(chosen) <= 4 * peak


def _peak_bytes(chosen: Job) -> float:
    from morrow.training import loop

    loop.STEPS_AN_EPOCH = 2  # the first step takes as much as any
    backtest.run(chosen)
    # What the system calls a process' usage begins with that of the process it was forked from.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024.0 * next(float(line.split()[1]) for line in lines if line.startswith("VmHWM"))
