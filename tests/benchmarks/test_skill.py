"""The benchmark of skill: what it counts, and what it refuses to see."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from benchmarks.skill.__main__ import main
from benchmarks.skill.blocks import Quarter, blocks, bounds
from benchmarks.skill.championship import Championship, decide_champion
from benchmarks.skill.due_forecasts import DueForecasts, at, collect_due_forecasts
from benchmarks.skill.figures import compute_figures, diebold_mariano
from benchmarks.skill.participants import choose_participants
from benchmarks.skill.refits import Task, answer, answer_all, load_answers
from benchmarks.skill.scores import BEST, EWMA, GARCH, PICK, score, unusable
from benchmarks.skill.universe import BenchmarkUniverse, ingest_universe, open_config
from morrow import backtest, config, fitted_model, forecast
from morrow import panel as panels
from morrow.backtest import Job
from morrow.baselines.ewma import EwmaRecipe
from morrow.config import Contest, EnsembleRecipe
from morrow.contest import Look
from morrow.errors import HistoryError, LeakError
from morrow.fitted_model import FittedModel
from morrow.frames import quantile_column
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TIME, market, mixed_market, panel_of, train
from tests.projects import project

ROLES = (PICK, EWMA, GARCH, BEST)
LEVELS = np.array([0.025, 0.05, 0.1, 0.5, 0.9, 0.95, 0.975])


def rows(
    actual: np.ndarray, *, eligible: bool = True, pegged: bool = False, unit: float = 0.01
) -> DueForecasts:
    """Forecasts of one symbol on as many days as there are outcomes (N, H)."""
    count = len(actual)
    return DueForecasts(
        symbol=np.full(count, "A"),
        session=np.datetime64("2020-01-01") + np.arange(count),
        row=np.arange(count),
        eligible=np.full(count, eligible),
        pegged=np.full(count, pegged),
        close=np.full(count, 100.0),
        unit=np.full(count, unit),
        actual=actual,
        fallback=np.full((*actual.shape, len(LEVELS)), np.nan, dtype=np.float32),
    )


def fans(actual: np.ndarray, spread: float) -> np.ndarray:
    """Quantiles around each outcome: the middle one hits, the others lie one spread apart."""
    offsets = spread * np.arange(-3, 4)
    return (actual[..., None] + offsets).astype(np.float32)


def test_windows_follow_the_history(tmp_path: Path) -> None:
    """The third quarter is scored by default, in equal blocks; a short history starts later."""
    assert bounds(400, Quarter.EARLY) == (100, 200)
    assert bounds(400, Quarter.JUDGED) == (200, 300)
    assert bounds(402, Quarter.FINAL) == (301, 402)
    root = project(tmp_path / "p", market(2, 400), ("ewma",))
    setting = ingest_universe(open_config(root / "morrow.toml", tmp_path), "toy", tmp_path)
    early = blocks(setting, 1, Quarter.EARLY)[0]
    assert (early.cutoffs[-1], early.last) == (198, 199)  # sees nothing of the third quarter
    parts = blocks(setting, 4, Quarter.JUDGED)
    assert [len(block.cutoffs) for block in parts] == [25, 25, 25, 24]  # the last has no outcome
    assert [int(block.cutoffs[0]) for block in parts] == [200, 225, 250, 275]
    assert [block.last for block in parts] == [227, 252, 277, 299]
    longer = setting.config.model_copy(
        update={"forecast": setting.config.forecast.model_copy(update={"window": 60})}
    )
    late = blocks(replace(setting, config=longer), 4, Quarter.JUDGED)
    assert late[0].cutoffs[0] == panels_needed(longer) - 1
    never = setting.config.model_copy(
        update={"forecast": setting.config.forecast.model_copy(update={"window": 300})}
    )
    with pytest.raises(HistoryError, match=r'"toy" cannot be walked: .* sessions of history'):
        blocks(replace(setting, config=never), 4, Quarter.JUDGED)


def panels_needed(settings: config.Config) -> int:
    """Sessions that the parts of time need, found by trying."""
    for sessions in range(1, 1000):
        try:
            panels.split_sessions(sessions, settings.forecast, settings.time)
        except HistoryError:
            continue
        return sessions
    raise AssertionError


def test_who_is_asked_is_who_the_night_forecasts() -> None:
    """At a session within a longer panel the standing is that of the panel that ends there."""
    prices = mixed_market()
    whole = panel_of(prices)
    names = whole.names
    for cutoff in (396, 405):
        day = whole.sessions[cutoff]
        short = panels.build(
            prices[prices["session"] <= pd.Timestamp(day)],
            pd.DatetimeIndex(whole.sessions[: cutoff + 1]).as_unit("us"),
            FORECAST,
            TIME,
            names=names,
        )
        mine, theirs = (
            panels.assess_eligibility(at(whole, cutoff, {})[0], FORECAST),
            panels.assess_eligibility(short, FORECAST),
        )
        assert mine.left_out == theirs.left_out
        assert [(one.flags, one.reason) for one in mine.fallback] == [
            (one.flags, one.reason) for one in theirs.fallback
        ]
        assert len(mine.eligible) == len(theirs.eligible)
        model = train(short, "ewma", through=cutoff).fitted
        model = FittedModel({**model.document, "calibration": None}, model.arrays)
        table, _ = forecast.table(
            model, short, stale=False, observed=pd.DatetimeIndex(short.sessions).as_unit("us")
        )
        found = collect_due_forecasts(whole, np.array([day]), FORECAST, lambda _: {})
        own = found.fill_fallback(forecast.predict(model, whole, found.row[found.eligible]))
        for place, symbol in enumerate(found.symbol):
            columns = [quantile_column(level) for level in FORECAST.levels]
            night = table.loc[table["symbol"] == symbol, columns].to_numpy()
            assert found.close[place] * np.exp(own[place].astype(float)) == pytest.approx(night, rel=1e-6)


def test_outcomes_are_the_prices_that_came() -> None:
    """An outcome is the log return from the row's price, a stale row's from its last one."""
    prices = mixed_market()
    panel = panel_of(prices)
    found = collect_due_forecasts(panel, panel.sessions[[100, 396]], FORECAST, lambda _: {})
    closes = prices.assign(
        adjusted=prices["close"] * prices["split_factor"] * prices["dividend_factor"]
    ).pivot_table(index="session", columns="symbol", values="adjusted")
    for place, symbol in enumerate(found.symbol):
        cutoff = closes.index.get_loc(pd.Timestamp(found.session[place]))
        known = closes[symbol].iloc[: cutoff + 1].dropna().iloc[-1]
        for step in range(3):
            expected = np.log(closes[symbol].iloc[cutoff + 1 + step] / known)
            assert found.actual[place, step] == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert "END" in found.symbol[found.session == panel.sessions[396]]  # stale since session 395


def test_perfect_forecasts_have_all_skill() -> None:
    """A pick whose quantiles all are the outcome loses nothing; twice the spread is twice the loss."""
    actual = np.random.default_rng(1).normal(0, 0.01, (40, 2))
    facts = rows(actual)
    exact = fans(actual.astype(np.float32).astype(float), 0.0)
    judged = {PICK: exact, EWMA: fans(actual, 0.01), GARCH: fans(actual, 0.02), BEST: fans(actual, 0.01)}
    facts = replace(facts, actual=actual.astype(np.float32).astype(float))
    models = {"narrow": judged[EWMA], "wide": judged[GARCH]}
    found = compute_figures([score(facts, judged, models, LEVELS.tolist(), "narrow")], LEVELS.tolist())
    assert found["skill_vs_gjr_garch"] == found["skill_vs_ewma"] == 1
    assert found["models"]["wide"] == pytest.approx(2 * found["models"]["narrow"], rel=1e-4)
    assert list(found["models"]) == ["narrow", "wide"]
    assert (found["coverage_80"], found["coverage_95"]) == (1, 1)
    assert found["worst_coverage_gap_by_step_and_volatility"] == pytest.approx(0.2)
    assert found["rel_mse"] == pytest.approx(0, abs=1e-9)
    assert (found["sessions"], found["symbols"], found["rows"]) == (40, 1, 80)


def test_invalid_forecasts_are_counted() -> None:
    """Missing, infinite, crossing and non-positive forecasts count once each, outcome known or not."""
    quantiles = fans(np.zeros((6, 2)), 0.01).astype(np.float64)
    quantiles[0, 0] = np.nan
    quantiles[1, 0, 6] = np.inf
    quantiles[2, 1, 2:4] = quantiles[2, 1, [3, 2]]
    quantiles[3, 0, 0] = -np.inf  # a price of zero
    assert unusable(quantiles, np.full(6, 100.0)).nonzero() == (
        pytest.approx(np.array([0, 1, 2, 3])),
        pytest.approx(np.array([0, 0, 1, 0])),
    )
    actual = np.zeros((6, 2))
    actual[0, 0] = np.nan
    good = fans(np.zeros((6, 2)), 0.01)
    roles = {PICK: quantiles.astype(np.float32), EWMA: good, GARCH: good, BEST: good}
    found = compute_figures([score(rows(actual), roles, {}, LEVELS.tolist(), "ewma")], LEVELS.tolist())
    assert (found["invalid_forecasts"], found["rows"]) == (4, 12 - 4)
    assert found["skill_vs_ewma"] == 0


def test_the_pegged_are_delivered_and_not_scored() -> None:
    """A pegged symbol's forecasts are in no total."""
    actual = np.zeros((5, 2))
    good = fans(actual, 0.01)
    both = [
        score(
            rows(actual, pegged=pegged),
            dict.fromkeys(ROLES, good),
            {},
            LEVELS.tolist(),
            "e",
        )
        for pegged in (False, True)
    ]
    assert compute_figures(both, LEVELS.tolist())["rows"] == 10


def test_diebold_mariano_agrees_with_statsmodels() -> None:
    """The one-sided p is that of a regression of daily differences on a constant, with a HAC variance."""
    draw = np.random.default_rng(3).normal(-0.1, 1, 300)
    by_date = draw + 0.5 * np.roll(draw, 1)
    days = np.datetime64("2020-01-01") + np.repeat(np.arange(300), 2)
    losses = np.repeat(by_date, 2)[:, None] + np.array([-1.0, 0.0, 1.0])  # two symbols, three steps
    losses[0, 0] = losses[0, 2] = np.nan
    lags = 3 - 1 + 5  # overlap, and 4 × 3^(2/9)
    fit = sm.OLS(by_date, np.ones(300)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    found = diebold_mariano(losses, np.zeros_like(losses), days)
    assert found == pytest.approx(norm.cdf(fit.tvalues[0]), rel=1e-6)
    assert diebold_mariano(losses, losses, days) == 1
    assert diebold_mariano(losses[:6], losses[:6], days[:6]) is None


def test_the_worst_gap_is_found_in_its_third() -> None:
    """Misses in the calmest third alone make a gap of that third, at that step."""
    actual = np.zeros((30, 2))
    facts = replace(rows(actual), unit=np.repeat([0.01, 0.02, 0.03], 10))
    fan = fans(np.zeros((30, 2)), 0.01)
    fan[:5, 1] += 1.0
    found = compute_figures(
        [score(facts, dict.fromkeys(ROLES, fan), {}, LEVELS.tolist(), "e")], LEVELS.tolist()
    )
    assert found["worst_coverage_gap_by_step_and_volatility"] == pytest.approx(0.45)
    assert found["coverage_95"] == pytest.approx(55 / 60)


def test_best_baseline_is_the_most_frequent() -> None:
    """Of the baselines that were best at the refits the most frequent is named, of equals the last."""
    actual = np.zeros((5, 2))
    good = dict.fromkeys(ROLES, fans(actual, 0.01))
    blocks = [score(rows(actual), good, {}, LEVELS.tolist(), name) for name in ("a", "b", "b", "a", "c")]
    assert compute_figures(blocks, LEVELS.tolist())["best_baseline"] == "a"


def test_a_model_that_saw_the_block_is_refused(panel: Panel, tmp_path: Path) -> None:
    """Asking a refit through the panel's end for a row before it is a leak, and leaves nothing behind."""
    panel.save(tmp_path / "panel")
    job = Job("ewma", RECIPES["ewma"], tmp_path / "panel", PARTS, 7, SETTINGS, tmp_path / "recipes" / "ewma")
    backtest.run(job)
    late = np.flatnonzero(panel.session == len(panel.sessions) - 1)
    answer(Task(job, tmp_path / "panel", late, tmp_path / "late"))
    assert fitted_model.load(tmp_path / "late").trained_through == panel.sessions[-1]
    with pytest.raises(LeakError):
        answer(Task(job, tmp_path / "panel", late - 1, tmp_path / "early"))
    assert not (tmp_path / "early").exists()


def test_an_ensemble_is_put_together_from_its_members_refits(panel: Panel, tmp_path: Path) -> None:
    """Its answers are those of the ensemble that a night refits, and nothing is fitted twice."""
    panel.save(tmp_path / "panel")
    both = EnsembleRecipe(kind="ensemble", members=("ewma", "lstm"))
    recipes = {"ewma": RECIPES["ewma"], "lstm": RECIPES["lstm"], "both": both}
    jobs = [
        Job(name, recipe, tmp_path / "panel", PARTS, 7, SETTINGS, tmp_path / "recipes" / name)
        for name, recipe in recipes.items()
    ]
    jobs = backtest.link_jobs(jobs, lambda name: both.members if name == "both" else ())
    backtest.run_all(jobs, 1)
    late = np.flatnonzero(panel.session == len(panel.sessions) - 1)
    tasks = {
        job.name: Task(
            job,
            tmp_path / "panel",
            late,
            tmp_path / "refitted" / job.name,
            {each.name: tmp_path / "refitted" / each.name for each in job.members},
        )
        for job in reversed(jobs)
    }
    assert answer_all(tasks, 1) == {}
    night = backtest.refit(panel, backtest.result(jobs[2]), SETTINGS, 7)
    composed = fitted_model.load(tasks["both"].folder)
    assert composed.document == json.loads(json.dumps(night.document))
    assert np.array_equal(load_answers(tasks["both"].folder), forecast.predict(night, panel, late))


def test_a_failed_champion_stays() -> None:
    """A champion that could not be trained at a refit keeps its old version, as in a night."""
    look = Look(5, "2026-01-12", "2026-01-05", lambda *_: pd.DataFrame())
    verdict, refresh, _ = decide_champion(Championship("lstm"), [], {"lstm": "it died"}, look, Contest())
    assert (verdict.winner, verdict.promoted, refresh.passed) == ("lstm", False, False)


def test_every_baseline_is_added_if_asked(tmp_path: Path) -> None:
    """With --all the shipped baselines take part without the right to be champion."""
    root = project(tmp_path, market(2, 300), ("ewma",))
    settings = config.load(root / "morrow.toml")
    some, every = choose_participants(settings, every=False), choose_participants(settings, every=True)
    assert set(some.recipes) == {"ewma", "gjr-garch-t"}
    assert {"unconditional", "boosted"} <= set(every.recipes)
    assert "tutorial" not in every.recipes
    assert "lstm" not in every.recipes
    assert every.candidates == ("ewma",)
    assert every.recipes["ewma"] == EwmaRecipe(kind="ewma")


def test_a_history_that_is_too_short_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The walk ends with exit code 2 and a line that says how much history it takes."""
    root = project(tmp_path, market(2, 150), ("ewma",))
    assert main(["--config", str(root / "morrow.toml")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith('universe "toy" cannot be walked: ')
    assert "sessions of history" in said


def test_the_setting_is_led_away_from_the_project(tmp_path: Path) -> None:
    """Nothing is written beside the configuration that is judged."""
    root = project(tmp_path / "p", market(2, 300), ("ewma",))
    before = sorted(root.rglob("*"))
    setting = ingest_universe(open_config(root / "morrow.toml", tmp_path / "w"), "toy", tmp_path / "w")
    assert isinstance(setting, BenchmarkUniverse)
    assert len(setting.sessions) == 300
    assert sorted(root.rglob("*")) == before
