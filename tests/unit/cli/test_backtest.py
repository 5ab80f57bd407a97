"""``morrow backtest`` by recipe and symbol: the tutorial's own table, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from morrow.cli import main
from tests.conftest import market
from tests.projects import as_csv, project

QUICK = """
[recipes.tutorial]
kind = "tutorial"
width = 4
epochs = 1
[recipes.tutorial-as-written]
kind = "tutorial"
width = 4
epochs = 1
scaled_on = "whole"
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A project with quick tutorials."""
    root = project(tmp_path)
    with (root / "morrow.toml").open("a", encoding="utf-8") as file:
        file.write(QUICK)
    return root


def test_tutorials_have_a_table_of_their_own(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both recipes are scored on the last fifth of the source's adjusted closes, beside the last price."""
    asked = ["backtest", "--config", str(toy / "morrow.toml"), "--symbols", "S0"]
    assert main([*asked, "--recipes", "tutorial,tutorial-as-written", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["leaderboard"] == []
    plain, written = found["tutorial"]
    assert (plain["name"], written["name"]) == ("tutorial", "tutorial-as-written")
    assert (plain["leak"], plain["basis"], plain["sessions"]) == (None, "adj_close", 84)
    assert "scaled on the whole series" in written["leak"]
    prices = as_csv(market())
    closes = prices.loc[prices["symbol"] == "S0", "adj_close"].to_numpy()
    assert plain["last_mae"] == pytest.approx(np.abs(np.diff(closes))[335:].mean())
    assert plain["last_mse"] == pytest.approx((np.diff(closes)[335:] ** 2).mean())
    assert Path(plain["chart"]).read_bytes().startswith(b"\x89PNG")
    assert not (toy / "data").exists()
    assert not (toy / "mlruns").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--recipes", "tutorial"],
            "a tutorial is about one symbol at a time; name it, as in: --symbols AAPL",
        ),
        (["--recipes", "tutorial", "--symbols", "S9"], 'symbol "S9" is not in csv:prices.csv'),
        (["--recipes", "ltsm"], 'recipe "ltsm" is not known; known: '),
    ],
)
def test_what_cannot_be_played_is_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """A tutorial without a symbol, a symbol that is not there and an unknown recipe exit with 2."""
    assert main(["backtest", "--config", str(toy / "morrow.toml"), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_a_tutorial_can_enter_no_contest(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tutorial among the contest's recipes is refused where the configuration is read."""
    file = toy / "morrow.toml"
    text = file.read_text(encoding="utf-8").replace('["ewma", "unconditional"]', '["ewma", "tutorial"]')
    file.write_text(text, encoding="utf-8")
    assert main(["status", "--config", str(file)]) == 2
    assert (
        'names "tutorial", which forecasts no distribution and can enter no contest'
        in capsys.readouterr().err
    )
