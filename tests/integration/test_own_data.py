"""A person's own files through whole nights: point-in-time data, kills, splits, coins on weekends."""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow import config, export, registry, steps
from morrow.cli import main
from morrow.frames import SCORES
from tests.conftest import market
from tests.projects import NOW, as_csv, night, play, project

STAMPS = ["created_at", "run_id"]


def exported(root: Path, report: dict[str, Any]) -> pd.DataFrame:
    """The rows that a night's report points at."""
    return export.read(root / report["export"]["path"])


def figures(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The leaderboard without what differs from run to run."""
    return [{k: v for k, v in row.items() if k not in ("run_id", "train_s")} for row in report["leaderboard"]]


def test_a_longer_file_changes_nothing_known_then(tmp_path: Path) -> None:
    """A night as of a date says what a file that ends there says, though a split follows."""
    prices = market()
    days = np.sort(prices["session"].unique())
    late = (prices["symbol"] == "S2") & (prices["session"] >= days[-5])
    split = prices.assign(split_factor=prices["split_factor"].where(~late, 4.0))
    for name in ("open", "high", "low", "close"):
        split[name] = split[name].where(~late, split[name] / 4)
    cutoff = pd.Timestamp(days[-10])
    long, short = project(tmp_path / "long", split), project(tmp_path / "short")
    text = as_csv(split)
    text[text["session"] <= cutoff].to_csv(short / "prices.csv", index=False)
    then, whole = play(long, cutoff.date()), play(short)
    columns = [name for name in exported(long, then).columns if name not in STAMPS]
    pd.testing.assert_frame_equal(exported(long, then)[columns], exported(short, whole)[columns])
    assert figures(then) == figures(whole)


@pytest.mark.parametrize("step", ["log_night", "register", "promote", "note"])
def test_a_night_killed_in_the_registry_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A night that dies just before the registry writes ends, run again, with one version and all rows."""

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    root = project(tmp_path / "p")
    with monkeypatch.context() as patched:
        patched.setattr(registry.Registry, step, dies)
        with pytest.raises(KeyboardInterrupt):
            play(root)
    finished = play(root)
    assert finished["champion"]["version"] == "1"  # type: ignore[index]
    again = play(root)
    assert again["champion"] == finished["champion"]
    assert again["export"]["new"] is False  # type: ignore[index]
    assert len(exported(root, again)) == 4 * 3


def test_a_score_across_a_split_is_the_one_worked_out_by_hand(tmp_path: Path) -> None:
    """A 4:1 split inside the horizon: realised is four times the close, and so is what pinball sees."""
    prices = market()
    days = np.sort(prices["session"].unique())
    late = (prices["symbol"] == "S2") & (prices["session"] >= days[-2])
    prices["split_factor"] = prices["split_factor"].where(~late, 4.0)
    for name in ("open", "high", "low", "close"):
        prices[name] = (prices[name] / prices["split_factor"].where(late, 1.0)).round(4)
    root = project(tmp_path / "p", prices)
    rows = exported(root, play(root, pd.Timestamp(days[-4]).date()))
    steps.play(night(root), [step for step in steps.STEPS if step.name in ("ingest", "monitor")])
    scores = night(root).store.read(SCORES, "toy")
    score = scores[(scores["symbol"] == "S2") & (scores["step"] == 3)].iloc[0]
    closes = prices[prices["symbol"] == "S2"].set_index("session")["close"]
    realised = closes.iloc[-1] * 4
    assert score["close"] == closes.iloc[-1]
    assert score["realised"] == pytest.approx(realised, rel=1e-6)
    row = rows[(rows["symbol"] == "S2") & (rows["step"] == 3)].iloc[0]
    names = [name for name in rows.columns if name.startswith("q")]
    level = np.array([int(name[1:]) / 10_000 for name in names])
    short = np.log(realised / row[names].to_numpy(np.float64))
    assert score["pinball"] == pytest.approx(np.maximum(level * short, (level - 1) * short).mean(), rel=1e-5)


def test_coins_trade_on_weekends_whatever_their_price(tmp_path: Path) -> None:
    """Coins of 1e-6 and 6e4 that list late and double in a day are forecast in their own units, every day."""
    days = pd.date_range("2022-01-01", periods=420)
    draw = np.random.default_rng(5)
    blocks = []
    for name, price, listed in (("DUST", 1e-6, 0), ("MID", 3.0, 60), ("GOLD", 6e4, 0)):
        moves = 0.04 * draw.standard_t(4, len(days) - listed)
        moves[200] = np.log(2)
        closes = price * np.exp(np.cumsum(moves - moves.mean()))
        blocks.append(pd.DataFrame({"Date": days[listed:], "SYMBOL": name, "Close": closes}))
    coins = pd.concat(blocks)
    coins.to_csv(tmp_path / "coins.csv", index=False)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["init", str(tmp_path / "p"), "--csv", str(tmp_path / "coins.csv"), "--json"]) == 0
    assert json.loads(said.getvalue())["found"]["calendar"] == "24/7"
    path = tmp_path / "p" / "morrow.toml"
    text = path.read_text(encoding="utf-8").replace("window = 64", "window = 16")
    changed = re.sub(r"recipes = \[[^\]]*\]", 'recipes = ["ewma"]', text)
    path.write_text(f"{changed}\n[time]\nminimum = 20\n", encoding="utf-8")
    tonight = steps.Night(config.load(path), "coins", None, NOW)
    results, seconds = steps.play(tonight, steps.STEPS)
    report = steps.report(tonight, results, seconds)
    assert report["ingest"]["quarantined"] == 0
    rows = exported(tmp_path / "p", report)
    assert sorted(rows["symbol"].unique()) == ["DUST", "GOLD", "MID"]
    ahead = pd.to_datetime(rows.loc[rows["symbol"] == "DUST", "session"])
    assert list(ahead) == list(pd.date_range(days[-1] + pd.Timedelta(days=1), periods=5))
    last = coins.groupby("SYMBOL")["Close"].last()
    ratio = rows["q5000"].to_numpy() / rows["symbol"].map(last).to_numpy(np.float64)
    assert np.abs(np.log(ratio)).max() < 0.1
    np.testing.assert_allclose(rows["p_up"] + rows["p_down"] + rows["p_flat"], 1)
