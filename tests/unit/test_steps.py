"""The night as a whole: what it leaves, and what it does when it is run again, killed or given bad rows."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from morrow import backtest, errors, export, frames, steps
from morrow.contest import Contestant
from morrow.steps.preflight import refuse_early
from morrow.store import Store
from morrow.store.ledger import read_entries
from tests.conftest import market, weekdays
from tests.projects import NOW, as_csv, copy_project, edit, night, play, project

pytestmark = pytest.mark.no_cover  # the fixtures' nights are measured; coverage doubles the seconds

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
FORECASTS = frames.forecasts_schema(LEVELS)
INTAKE = ("ingest",)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A project after its first night, with a network among the recipes, and the night's report."""
    root = project(tmp_path_factory.mktemp("first"), recipes=("tiny", "ewma", "unconditional"))
    return root, play(root)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of baselines whose bars are stored, to be copied."""
    root = project(tmp_path_factory.mktemp("ingested") / "before")
    play(root, names=INTAKE)
    return root


@pytest.fixture
def before(ingested: Path, tmp_path: Path) -> Path:
    """A copy of that project, free to be changed."""
    return copy_project(ingested, tmp_path / "before")


@pytest.fixture(scope="module")
def played(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of baselines after its first night, to be copied."""
    root = copy_project(ingested, tmp_path_factory.mktemp("played") / "after")
    play(root)
    return root


@pytest.fixture
def after(played: Path, tmp_path: Path) -> Path:
    """A copy of that project, free to be changed."""
    return copy_project(played, tmp_path / "after")


def tree(root: Path) -> dict[str, bytes]:
    """Every exported file with its bytes."""
    return {str(p.relative_to(root)): p.read_bytes() for p in (root / "exports").rglob("*") if p.is_file()}


def test_report_has_the_agreed_keys(first: tuple[Path, dict]) -> None:
    """The report of a night is JSON and carries every key that programs rely on."""
    _, report = first
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert set(report) >= {
        "universe", "as_of", "cutoff", "ingest", "leaderboard", "verdict", "champion", "export", "seconds",
    }  # fmt: skip
    assert {"received", "accepted", "quarantined", "symbols", "left_out"} <= set(report["ingest"])
    assert set(report["leaderboard"][0]) >= {
        "name", "kind", "run_id", "pinball", "pinball_select", "skill_vs_ewma", "rel_mse", "rel_mae", "mase",
        "directional_accuracy", "coverage_80", "coverage_95", "brier", "log_loss", "rows", "train_s",
        "skill_geomean_vs_ewma", "skill_vs_gjr_garch", "skill_geomean_vs_gjr_garch", "dm_p_vs_gjr_garch",
        "coverage_90", "width_80", "interval_score_80", "worst_coverage_gap", "pit_p", "log_score",
        "brier_up", "brier_up_base", "log_loss_up", "balanced_accuracy", "pesaran_timmermann_p",
        "ic", "rank_ic",
    }  # fmt: skip
    assert set(report["verdict"]) == {
        "promoted", "refreshed", "challenger", "champion_before", "reason", "judged_at", "rules", "expired",
    }  # fmt: skip
    assert set(report["champion"]) == {"name", "version", "run_id", "trained_through"}
    assert {"path", "rows", "sha256"} <= set(report["export"])
    assert {"total", "ingest", "train"} <= set(report["seconds"])


def test_first_night_promotes_the_simplest_that_cannot_be_told_apart(first: tuple[Path, dict]) -> None:
    """The simplest of the confidence set with a bound near the lowest becomes champion, and has its run."""
    root, report = first
    (entry,) = read_entries(night(root).store, "toy")
    limits = night(root).config.contest
    able = [Contestant(**each) for each in entry.figures.values() if each["answers_as"] is None]
    equals = [each for each in able if each.confidence > limits.set_level]
    bounds = {each.name: each.upper_bound(limits.level) for each in equals}
    near = [each for each in equals if bounds[each.name] <= min(bounds.values()) * (1 + limits.effect / 100)]
    best = min(near, key=lambda each: each.complexity)
    assert report["champion"]["name"] == best.name
    assert report["champion"]["run_id"] == next(
        row["run_id"] for row in report["leaderboard"] if row["name"] == best.name
    )
    assert report["champion"]["trained_through"] == report["cutoff"]
    assert report["verdict"]["promoted"]
    assert {row["kind"] for row in report["leaderboard"]} == {"lstm", "baseline"}


def test_every_row_received_is_accounted_for(first: tuple[Path, dict]) -> None:
    """All 4 × 420 bars are accepted, and none is refused."""
    _, report = first
    assert (report["ingest"]["received"], report["ingest"]["accepted"]) == (1680, 1680)
    assert report["ingest"]["quarantined"] == 0


def test_every_gate_leaves_a_page_beside_the_night(first: tuple[Path, dict]) -> None:
    """The report names each gate's page, and the night's run in MLflow holds them all."""
    root, report = first
    assert {run["gate"] for run in report["gates"]} == {"raw", "panel", "features", "refit", "forecasts"}
    assert all(run["passed"] for run in report["gates"])
    parent = night(root).registry.last_night("toy")
    assert parent is not None
    for run in report["gates"]:
        assert run["page"] == f"gates/toy/{report['cutoff']}/{run['gate']}.html"
        logged = night(root).registry.artifact(parent.run_id, f"gates/{run['gate']}.html")
        assert logged.read_text(encoding="utf-8") == (root / run["page"]).read_text(encoding="utf-8")


def test_export_is_what_the_table_holds(first: tuple[Path, dict]) -> None:
    """The export holds every symbol and step, reads back verified, and equals the forecasts table."""
    root, report = first
    frame = export.read(root / report["export"]["path"])
    stored = Store(root / "data").read(FORECASTS, "toy")
    assert len(frame) == report["export"]["rows"] == 4 * 3
    pd.testing.assert_frame_equal(frame[FORECASTS.names], stored.reset_index(drop=True))
    quantiles = frame[[frames.quantile_column(level) for level in LEVELS]].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles > 0).all()
    assert frame[["p_down", "p_flat", "p_up"]].sum(axis=1).to_numpy() == pytest.approx(1)


def test_mlflow_has_what_a_training_showed(first: tuple[Path, dict]) -> None:
    """A network's run has the options that it sets, its course by epoch, the machine's, and its pictures."""
    root, _ = first
    client = MlflowClient(f"sqlite:///{root / 'mlruns' / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'morrow-toy'")
    (run,) = client.search_runs([experiment.experiment_id], "tags.`morrow.recipe` = 'tiny'")
    options = {"kind": "lstm", "network/width": "4", "network/target": "scaled", "training/rate": "0.003"}
    assert options.items() <= run.data.params.items()
    assert not {"network/layers", "training/batch", "width"} & set(run.data.params)
    epochs = ("fit_loss", "stop_loss", "start_loss", "learning_rate", "gradient_norm", "positions_per_s")
    machine = ("cpu_utilization_percentage", "system_memory_usage_megabytes", "process_memory_megabytes")
    for name in (*(f"epoch/{each}" for each in epochs), *(f"system/{each}" for each in machine)):
        curve = client.get_metric_history(run.info.run_id, name)
        assert [point.step for point in curve] == [0, 1], name
        assert all(np.isfinite(point.value) for point in curve)
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {
        "loss.png",
        "loss.html",
        "fan.html",
        "reliability.png",
        "predicted.png",
        "steps.png",
        "pit.png",
        "measures.csv",
        "fan.png",
        "model.json",
    } <= files
    parent = {file.path for file in client.list_artifacts(run.data.tags["mlflow.parentRunId"])}
    assert {"comparison.png", "gradients.png", "importance.png", "gates"} <= parent


def test_a_second_night_does_nothing_twice(first: tuple[Path, dict]) -> None:
    """On unchanged data there is no new version, row or file, and the report says so."""
    root, report = first
    before = tree(root)
    again = play(root)
    assert tree(root) == before
    assert again["champion"] == report["champion"]
    assert again["ingest"]["accepted"] == 0
    assert again["ingest"]["unchanged"] == 1680
    assert again["leaderboard"] == report["leaderboard"]
    assert again["verdict"]["judged_at"] == report["verdict"]["judged_at"]
    assert not again["verdict"]["promoted"]
    assert not again["verdict"]["refreshed"]
    assert not again["retrained"]["due"]
    assert not again["export"]["new"]
    assert [line.split()[0] for line in steps.summary([again]).splitlines()] == ["toy", "export"]
    assert "nothing new" in steps.summary([again])
    assert len(Store(root / "data").read(FORECASTS, "toy")) == 12


def test_two_projects_agree_bit_for_bit(first: tuple[Path, dict], tmp_path: Path) -> None:
    """The same data and configuration in another folder give the same metrics, weights and quantiles."""
    root, report = first
    twin = project(tmp_path / "twin", recipes=("tiny", "ewma", "unconditional"))
    again = play(twin)
    changing = {"run_id", "train_s"}
    assert [{k: v for k, v in row.items() if k not in changing} for row in again["leaderboard"]] == [
        {k: v for k, v in row.items() if k not in changing} for row in report["leaderboard"]
    ]
    columns = [frames.quantile_column(level) for level in LEVELS]
    ours, theirs = (export.read(each / report["export"]["path"])[columns] for each in (root, twin))
    assert ours.equals(theirs)
    weights = [next((each / "work").rglob("recipes/tiny/weights.safetensors")) for each in (root, twin)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_killed_between_training_and_judging(before: Path) -> None:
    """A night that died after training is finished by running it again, and trains nothing twice."""
    tonight = night(before)
    steps.play(tonight, steps.STEPS[:3])
    made = {p: p.stat().st_mtime_ns for p in (before / "work").rglob("weights.safetensors")}
    assert len(made) == 2
    report = play(before)
    assert report["champion"]["version"] == "1"
    assert {p: p.stat().st_mtime_ns for p in made} == made


def test_killed_between_refit_and_the_record(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that died after promoting its champion makes no second version of it."""
    from morrow.registry import Registry

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "note", dies)
        with pytest.raises(KeyboardInterrupt):
            play(before)
    report = play(before)
    assert report["champion"]["version"] == "1"
    assert report["verdict"]["judged_at"] == report["cutoff"]


def test_forecasts_that_fail_their_suite_promote_nobody(before: Path) -> None:
    """Without a champion, forecasts that fail stop the night, and nothing is registered or exported."""
    suite = json.loads((Path(__file__).parents[2] / "expectations" / "forecasts.json").read_text())
    for expectation in suite["expectations"]:
        if expectation["kwargs"].get("column") == "lowest_price":
            expectation["kwargs"] |= {"min_value": 1e9}
    (before / "expectations").mkdir()
    (before / "expectations" / "forecasts.json").write_text(json.dumps(suite))
    with pytest.raises(errors.NightError, match="fail their suite"):
        play(before)
    assert night(before).registry.champion("toy") is None
    assert not (before / "exports").exists()


def test_as_of_before_the_first_session(after: Path) -> None:
    """An impossible as_of is the user's error and names the first usable session."""
    with pytest.raises(errors.HistoryError, match="2020-01-01"):
        play(after, date(2019, 1, 1))


def test_champion_of_the_future_does_not_forecast_the_past(after: Path) -> None:
    """An earlier as_of than the champion was trained through is refused."""
    with pytest.raises(errors.LeakError, match="trained through"):
        play(after, weekdays(420)[-10].date())


def test_stale_data_are_flagged(after: Path) -> None:
    """Data more than n sessions older than the date asked for are forecast with the flag ``stale``."""
    last = weekdays(420)[-1]
    fine, late = (last + pd.offsets.BDay(n) for n in (5, 6))
    assert not play(after, fine.date())["stale"]
    (after / "exports").rename(after / "old")
    shutil.rmtree(after / "data" / "forecasts")
    report = play(after, late.date())
    assert report["stale"]
    assert (export.read(after / report["export"]["path"])["flags"] == "stale").all()


def test_refused_rows_wait_in_quarantine_and_a_corrected_file_is_taken(tmp_path: Path) -> None:
    """A bad row is refused with its rule, once; the rest goes on; its correction is accepted later."""
    root = project(tmp_path / "bad")
    good = pd.read_csv(root / "prices.csv")
    bad = good.copy()
    bad.loc[100, "close"] = -5.0
    bad = pd.concat([bad, bad.iloc[[7]]])  # an exact duplicate
    bad = pd.concat([bad, bad.iloc[[20]].assign(close=lambda row: row["close"] * 1.001)])  # a conflict
    bad.to_csv(root / "prices.csv", index=False)
    report = play(root)
    facts = report["ingest"]
    assert (facts["quarantined"], facts["duplicates"], facts["accepted"]) == (3, 1, 1680 - 2)
    page = (root / report["gates"][0]["page"]).read_text(encoding="utf-8")
    assert f"{facts['batch'][:8]}:100</code>" in page
    assert "raw: 3 refused; gates/toy/" in steps.summary([report])
    held = Store(root / "data").read(frames.QUARANTINE, "toy")
    assert set(held["rule"]) >= {"prices positive", "conflicting duplicate"}
    assert play(root, names=INTAKE)["ingest"]["refused_before"] == 3
    assert len(Store(root / "data").read(frames.QUARANTINE, "toy")) == len(held)
    good.to_csv(root / "prices.csv", index=False)
    assert play(root, names=INTAKE)["ingest"]["accepted"] == 2


def test_a_changed_price_is_a_revision(after: Path) -> None:
    """A price that the source changes later is revised, and what was known before can still be seen."""
    table = pd.read_csv(after / "prices.csv")
    was = table.loc[50, "close"]
    table.loc[50, "close"] = is_now = round(was * 1.001, 6)
    table.loc[50, "adj_close"] *= is_now / was
    table.loc[50, "high"] = max(table.loc[50, "high"], is_now)
    more = as_csv(market(sessions=421)).groupby("symbol").tail(1)
    more["adj_close"] = more["close"]
    pd.concat([table, more]).to_csv(after / "prices.csv", index=False)
    report = play(after)
    assert report["ingest"]["revised"] >= 1
    assert report["ingest"]["accepted"] == 4
    store = Store(after / "data")
    key = {"symbol": table.loc[50, "symbol"], "session": pd.Timestamp(table.loc[50, "session"])}
    for as_of, close in ((weekdays(420)[-1].date(), was), (None, is_now)):
        known = store.prices("toy", as_of).set_index(["symbol", "session"])
        assert known.loc[(key["symbol"], key["session"]), "close"] == pytest.approx(close)


def test_pegged_short_and_ended_symbols(tmp_path: Path) -> None:
    """A pegged symbol gets a flagged fallback; a short one and an ended one are left out with the reason."""
    prices = market()
    pegged = prices["symbol"] == "S3"
    fields = ["open", "high", "low", "close"]
    prices.loc[pegged, fields] = 7.0
    days = weekdays(420)
    ended = (prices["symbol"] == "S2") & (prices["session"] > days[300])
    short = (prices["symbol"] == "S1") & (prices["session"] < days[400])
    root = project(tmp_path / "mixed", prices[~ended & ~short])
    report = play(root)
    assert report["forecast"]["pegged"] == ["S3"]
    reasons = {each["symbol"]: each["reason"] for each in report["ingest"]["left_out"]}
    assert set(reasons) == {"S1", "S2"}
    assert "20 sessions" in reasons["S1"]
    assert str(days[300].date()) in reasons["S2"]
    frame = export.read(root / report["export"]["path"]).set_index("symbol")
    assert set(frame.index) == {"S0", "S3"}
    assert (frame.loc["S3", "flags"] == "pegged").all()
    assert (frame.loc["S0", "flags"] == "").all()
    assert frame.loc["S3", "q5000"].to_numpy() == pytest.approx(7.0)


def test_nothing_left_stops_the_night(tmp_path: Path) -> None:
    """A source whose every row is refused stops the night and says why."""
    root = project(tmp_path / "none")
    table = pd.read_csv(root / "prices.csv")
    table["close"] = -1.0
    table.to_csv(root / "prices.csv", index=False)
    with pytest.raises(errors.MorrowError, match=r"csv:prices\.csv"):
        play(root)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A project whose history is too short for a contest, after its first night, and the night's report."""
    root = project(tmp_path_factory.mktemp("short") / "short", market(sessions=120))
    return root, play(root)


def test_too_short_a_history_is_answered_zero_shot(short: tuple[Path, dict]) -> None:
    """Without a contest a pretrained network forecasts, flagged, with the reason; there is no champion."""
    root, report = short
    assert report["retrained"]["due"] is False
    assert (report["champion"], report["verdict"], report["leaderboard"]) == (None, None, [])
    contest = report["first_contest"]
    assert (contest["sessions"], contest["needed"]) == (120, 169)
    assert contest["session"] == str(weekdays(169)[-1].date())
    frame = export.read(root / report["export"]["path"])
    assert set(frame["symbol"]) == {"S0", "S1", "S2", "S3"}
    assert (frame["flags"] == "zero-shot").all()
    words = f"{contest['reason']}: forecast zero-shot by the pretrained network"
    assert (frame["reason"] == words).all()
    assert frame["model_version"].str.fullmatch(r"pretrained-[0-9a-f]{12}").all()
    manifest = json.loads((root / report["export"]["path"] / export.MANIFEST).read_text())
    assert manifest["model"] == "morrow-toy/zero-shot"
    assert (manifest["model_version"], manifest["run_id"]) == (frame["model_version"].iloc[0], "")
    assert night(root).registry.champion("toy") is None


def test_the_summary_of_a_zero_shot_night(short: tuple[Path, dict]) -> None:
    """It says in one line each why there is no contest and when there will be, and who forecasts."""
    _, report = short
    text = steps.summary([report])
    assert f"  retrain    not due: {report['first_contest']['reason']}" in text
    version = report["forecast"]["version"]
    assert f"  champion   none yet: the pretrained network {version} answers" in text
    assert text.count("zero-shot") == 2  # one line for all four symbols


def test_a_zero_shot_night_again_changes_nothing(short: tuple[Path, dict], tmp_path: Path) -> None:
    """The same night again forecasts and exports nothing new, and says the same."""
    root = copy_project(short[0], tmp_path / "again")
    again = play(root)
    assert (again["forecast"]["new"], again["export"]["new"]) == (False, False)
    assert again["first_contest"] == short[1]["first_contest"]
    assert again["forecast"]["fallback"] == short[1]["forecast"]["fallback"]


def test_a_retraining_that_is_asked_for_says_what_it_lacks(short: tuple[Path, dict]) -> None:
    """Who asks for a contest on too short a history gets the numbers that would fit."""
    tonight = replace(night(short[0]), forced=True)
    with pytest.raises(errors.HistoryError, match=r"120 sessions of history.* takes 169"):
        steps.play(tonight, [step for step in steps.STEPS if step.name in ("plan", "train")])


def test_fewer_than_sixty_bars_are_said_to_be_too_few(tmp_path: Path) -> None:
    """A night on 59 bars forecasts nobody, and says in one line how many are needed."""
    root = project(tmp_path / "tiny", market(sessions=59))
    with pytest.raises(errors.HistoryError, match=r"S0: 59 sessions of .* 60 are needed") as raised:
        play(root)
    assert "\n" not in str(raised.value)
    with pytest.raises(
        errors.HistoryError, match="at most 59 bars of a symbol, and a first forecast needs 60"
    ):
        refuse_early(night(project(tmp_path / "new", market(sessions=59))), ("ingest", "forecast"))


def test_forced_retraining_of_the_same_night(after: Path) -> None:
    """Retraining what was just trained gives the same version and says that the champion stays."""
    tonight = replace(night(after), forced=True)
    results, seconds = steps.play(tonight, steps.STEPS)
    report = steps.report(tonight, results, seconds)
    assert report["champion"]["version"] == "1"
    assert report["retrained"] == {"due": True, "why": "it was asked for"}


def test_missing_results_are_a_fault_of_the_caller(after: Path) -> None:
    """A step that is called before the one it needs says which."""
    with pytest.raises(LookupError, match='step "train" needs the result of step "plan"; there is nothing'):
        steps.STEPS[2](night(after), {})
    with pytest.raises(LookupError, match='"refit" needs the result of step "train"; there is ingest, plan'):
        steps.play(night(after), [step for step in steps.STEPS if step.name in ("ingest", "plan", "refit")])


def test_failed_recipe_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """The verdict names a recipe that cannot train and one that its time budget ended; the night goes on."""
    root = project(tmp_path / "failing", recipes=("tiny", "hurried", "ewma"))
    text = (root / "morrow.toml").read_text()
    (tiny,) = re.findall(r"\[recipes\.tiny\]\n(?:[^\[]+\n)+", text)
    hurried = tiny.replace("tiny", "hurried") + "budget_s = 1e-6\nproof = 0\n"
    wild = tiny.replace("rate = 0.003", "rate = 1e30")
    (root / "morrow.toml").write_text(text.replace(tiny, wild + hurried))
    report = play(root)
    assert sorted(row["name"] for row in report["leaderboard"]) == ["ewma", "hurried"]
    assert "failed: tiny" in report["verdict"]["reason"]
    assert report["verdict"]["reason"].endswith("hurried (1 of 1 stopped by the time budget)")


def test_now_is_only_a_stamp(after: Path) -> None:
    """The wall clock that the front hands in is stored, and nothing else of the night depends on it."""
    stored = Store(after / "data").read(FORECASTS, "toy")
    assert (stored["created_at"] == pd.Timestamp(NOW)).all()


def test_backtest_keeps_no_half_result(before: Path) -> None:
    """What a killed training process left of a recipe is not taken for its result."""
    tonight = night(before)
    results, _ = steps.play(tonight, steps.STEPS[:2])
    half = tonight.work(results["plan"].identity) / "recipes" / ".ewma.1.partial"  # type: ignore[attr-defined]
    half.mkdir(parents=True)
    (half / backtest.QUANTILES).write_bytes(b"torn")
    assert play(before)["champion"]["version"] == "1"


def test_configured_symbols_are_all_that_is_forecast(after: Path) -> None:
    """A universe narrowed to some symbols forecasts those, though others are stored from before."""
    edit(after, "tick = 0.0001", 'tick = 0.0001\nsymbols = ["S1", "S2"]')
    report = play(after)
    assert set(export.read(after / report["export"]["path"])["symbol"]) == {"S1", "S2"}


def test_changed_levels_retrain_at_once(after: Path) -> None:
    """Other levels than the champion answers make a new version, whatever its old losses were."""
    edit(after, "window = 16", "window = 16\nlevels = [0.1, 0.5, 0.9]")
    report = play(after)
    assert report["champion"]["version"] == "2"
    assert "another horizon, levels" in report["retrained"]["why"]
    columns = export.read(after / report["export"]["path"]).columns
    assert [name for name in columns if name.startswith("q")] == ["q1000", "q5000", "q9000"]
    assert not play(after)["retrained"]["due"]


def test_forecast_alone_refuses_a_champion_of_another_shape(after: Path) -> None:
    """Without a retraining, a champion that answers another horizon is refused with what to do."""
    edit(after, "horizon = 3", "horizon = 2")
    tonight = night(after)
    planned = steps.STEPS[1](tonight, {})
    with pytest.raises(errors.ConfigError, match="morrow judge"):
        steps.STEPS[5](tonight, {"plan": planned})


def test_a_forecast_that_became_stale_is_flagged(after: Path) -> None:
    """A cutoff that was forecast in time is forecast again with the flag once its data are stale."""
    report = play(after, (weekdays(420)[-1] + pd.offsets.BDay(60)).date())
    assert (export.read(after / report["export"]["path"])["flags"] == "stale").all()


def test_judging_again_repeats_the_verdict(after: Path) -> None:
    """A judgement of the same data, configuration and code is made once; asked again, it says the same."""
    again = replace(night(after), forced=True)
    results, seconds = steps.play(again, steps.STEPS)
    verdict = steps.report(again, results, seconds)["verdict"]
    assert verdict["promoted"]
    assert verdict["champion_before"] is None


def test_a_corrected_calendar_gives_refused_rows_another_look(tmp_path: Path) -> None:
    """Rows refused because of the calendar are taken once it is corrected, from the same file."""
    prices = market()
    odd = prices["session"] == weekdays(420)[-1]
    prices.loc[odd, "session"] += pd.Timedelta(days=(5 - weekdays(420)[-1].weekday()) % 7)  # a Saturday
    root = project(tmp_path / "calendar", prices, calendar="ECB")
    assert play(root, names=INTAKE)["ingest"]["quarantined"] >= 4
    edit(root, 'calendar = "ECB"', 'calendar = "observed"')
    assert play(root, names=INTAKE)["ingest"]["accepted"] >= 4


def test_a_session_of_the_future_is_refused(tmp_path: Path) -> None:
    """A date that cannot have come yet is refused as a row, and does not become the cutoff."""
    root = project(tmp_path / "typo")
    table = pd.read_csv(root / "prices.csv")
    table.loc[len(table)] = table.iloc[-1].to_dict() | {"session": "2031-05-20"}
    table.to_csv(root / "prices.csv", index=False)
    report = play(root, names=(*INTAKE, "plan"))
    assert report["ingest"]["quarantined"] == 1
    assert report["cutoff"] == str(weekdays(420)[-1].date())


def test_one_process_works_on_a_universe_at_a_time(after: Path) -> None:
    """Whoever holds a universe's work keeps others waiting until it is done or dead."""
    import fcntl

    tonight = night(after)
    with (after / "work" / "toy" / ".lock").open("r+") as other:
        with tonight.alone(), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
