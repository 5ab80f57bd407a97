"""The benchmark of networks: what it compares, what it counts, and what it refuses to see."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from benchmarks.networks import cold_start, us_stocks
from benchmarks.networks.__main__ import main
from benchmarks.networks.block_losses import BlockLosses
from benchmarks.networks.cold_start import start_cold
from benchmarks.networks.comparisons import Comparison, pool
from benchmarks.skill.blocks import Block, Quarter, blocks
from benchmarks.skill.universe import BenchmarkUniverse, ingest_universe, open_config
from morrow import config as configuration
from tests.conftest import market
from tests.projects import project

DAYS = np.datetime64("2020-01-01") + np.arange(300)
LEVELS = np.array([0.1, 0.5, 0.9])


def compare(losses: np.ndarray, reference: np.ndarray) -> Comparison:
    """Losses of one step at one symbol on as many days."""
    return Comparison(losses[:, None], reference[:, None], DAYS[: len(losses)])


def test_skill_is_of_the_means_and_t_that_of_statsmodels() -> None:
    """Skill is 1 − mean loss / mean reference loss; t that of a HAC regression of the dates' differences."""
    draw = np.random.default_rng(1)
    reference = 1 + draw.random((300, 3))
    losses = reference - 0.01 + 0.05 * draw.standard_normal((300, 3))
    losses[5, 1] = np.nan
    skill, t = Comparison(losses, reference, DAYS).measure()
    both = np.isfinite(losses)
    assert skill == pytest.approx(1 - losses[both].mean() / reference[both].mean())
    gain = np.nanmean(np.where(both, reference - losses, np.nan), axis=1)
    kept = {"maxlags": 3 - 1 + 5, "use_correction": False}  # overlap, and 4 × 3^(2/9)
    assert t == pytest.approx(sm.OLS(gain, np.ones(300)).fit(cov_type="HAC", cov_kwds=kept).tvalues[0])
    assert Comparison(reference, reference, DAYS).measure() == (0, 0)
    assert compare(np.full(3, np.nan), np.ones(3)).measure() == (None, None)


def test_pooling_weighs_universes_alike() -> None:
    """A universe whose losses are a hundred times as large counts no more; a date has the mean of both."""
    calm = compare(np.full(10, 0.99), np.ones(10))
    wild = compare(np.full(10, 103.0), np.full(10, 100.0))
    assert pool([calm, wild])[0] == pytest.approx(-0.01)
    late = Comparison(np.full((10, 1), 0.5), np.ones((10, 1)), DAYS[100:110])
    assert pool([calm, late])[0] == pytest.approx(1 - (0.99 + 0.5) / 2)
    assert pool([]) == (None, None)


def test_distinct_recipes_differ_from_every_other() -> None:
    """A network whose forecasts are another recipe's within a thousandth of the volatility is not counted."""
    base = np.random.default_rng(2).normal(0, 0.01, (50, 2, 3)).astype(np.float32)
    answers = {"regression": base, "lstm": base + 0.02, "gru": base + 0.020001, "rnn": base, "a": base + 0.05}
    losses = BlockLosses(LEVELS, weights={name: [0.5] for name in ("lstm", "gru", "rnn", "a")})
    losses._measure_distances(answers, np.full((50, 2), 0.01))
    assert losses.count_distinct() == 1
    losses._measure_distances(answers | {"gru": base + 0.03}, np.full((50, 2), 0.01))
    assert losses.count_distinct() == 3


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> BenchmarkUniverse:
    """A universe of three symbols on 420 sessions."""
    folder = tmp_path_factory.mktemp("networks")
    root = project(folder / "p", market(3, 420), ("ewma", "tiny"))
    return ingest_universe(open_config(root / "morrow.toml", folder), "toy", folder)


def test_cold_symbols_see_their_last_bars_alone(
    toy: BenchmarkUniverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut to 60 bars, nothing before them changes an answer, and outcomes are the prices that came."""
    monkeypatch.setattr(cold_start, "CUTOFFS", 12)
    judged = blocks(toy, 2, Quarter.JUDGED)
    whole = start_cold(toy, judged, 60)
    first = int(judged[0].cutoffs[0])
    one = [Block(judged[0].cutoffs[:1], judged[-1].last)]
    late = BenchmarkUniverse(toy.config, toy.universe, toy.folder)
    sessions = toy.bars["session"].to_numpy("datetime64[D]")
    late.__dict__["bars"] = toy.bars[sessions > toy.sessions[first - 60]]
    short = start_cold(late, one, 60)
    for name in ("zero_shot", "ewma", "unconditional"):
        assert np.array_equal(short.quantiles[name][0], whole.quantiles[name][0])
        assert (np.diff(short.quantiles[name][0], axis=-1) >= 0).all()
    closes = toy.bars.assign(
        price=toy.bars["close"] * toy.bars["split_factor"] * toy.bars["dividend_factor"]
    ).pivot_table(index="session", columns="symbol", values="price")
    place = closes.index.get_loc(pd.Timestamp(toy.sessions[first]))
    came = np.log(closes.iloc[place + 2] / closes.iloc[place]).to_numpy()
    assert short.actual[0][:, 1] == pytest.approx(came, abs=1e-6)
    assert np.concatenate(whole.session).max() <= toy.sessions[judged[-1].last - 3]
    comparison = whole.compare("unconditional")
    assert comparison is not None
    assert comparison.measure()[0] is not None


def test_the_line_has_every_key(
    toy: BenchmarkUniverse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walk over a tiny universe gives the figures of the line, with the weight of its network."""
    monkeypatch.setattr(cold_start, "CUTOFFS", 12)
    root = Path(toy.folder) / "p" / "morrow.toml"
    assert main(["--json", "--config", str(root), "--refits", "1", "--work", str(toy.folder)]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(result) == {"toy", "cold", "pooled", "pretrain"}
    assert set(result["cold"]) == {"60", "120", "250"}
    assert {"vs_unconditional", "vs_ewma"} <= set(result["cold"]["60"])
    assert set(result["pretrain"]) == {"positions", "hours", "cpu_hours", "megabytes"}
    toy_figures = result["toy"]
    assert list(toy_figures["networks"]) == ["tiny"]
    tiny = toy_figures["networks"]["tiny"]
    assert set(tiny) == {"vs_regression", "vs_gjr_garch", "weight"}
    assert 0 <= tiny["weight"] <= 1
    pairs = (
        "zero_shot_vs_gjr_garch", "zero_shot_vs_ewma", "best_network_vs_regression", "pick_vs_regression",
        "pick_vs_gjr_garch",
    )  # fmt: skip
    for name in pairs:
        assert len(toy_figures[name]) == 2
        assert abs(toy_figures[name][0]) < 0.5
        assert result["pooled"][name][1] == pytest.approx(toy_figures[name][1], rel=1e-4)
    assert toy_figures["best_network_vs_regression"] == tiny["vs_regression"]
    assert toy_figures["distinct"] == int(tiny["weight"] > 0)
    assert 0.5 < toy_figures["coverage_80"] < toy_figures["coverage_95"] <= 1


def test_the_stocks_are_taken_in_as_a_users_file(tmp_path: Path) -> None:
    """Closes of the package become a universe beside the shipped ones, every bar of it."""
    days = pd.bdate_range("2020-01-02", periods=5)
    wide = pd.DataFrame({"Date": days.strftime("%Y-%m-%d"), "AAPL": [1, 2, 3, 4, 5.5], "XOM": 7.125})
    wide.to_csv(tmp_path / "sp500.csv.gz", index=False)
    shipped = open_config(None, tmp_path)
    config = us_stocks.add_us_stocks(shipped, tmp_path / "sp500.csv.gz", tmp_path)
    assert set(config.universes) == {*shipped.universes, us_stocks.NAME}
    written = pd.read_csv(tmp_path / "prices" / f"{us_stocks.NAME}.csv")
    assert len(written) == 10
    assert written.set_index(["symbol", "session"]).loc[("AAPL", "2020-01-08"), "close"] == 5.5
    assert isinstance(config, configuration.Config)


def test_without_the_package_a_line_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped universes are walked all the same; one that is asked for by name is unknown."""
    monkeypatch.setattr(us_stocks, "PACKAGE", "a_package_that_nobody_has")
    assert us_stocks.find_data() is None
    assert main(["--universe", us_stocks.NAME, "--work", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == us_stocks.GET
    assert "make setup-bench" in said[0]
