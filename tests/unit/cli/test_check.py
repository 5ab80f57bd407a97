"""``morrow check``: it ends as a night would."""

from pathlib import Path

from tests.commands import run
from tests.conftest import market
from tests.projects import project


def test_a_history_too_short_for_a_night_is_one_for_check(tmp_path: Path) -> None:
    """What refuses a first night before it begins refuses the check."""
    root = project(tmp_path / "short", market()[lambda rows: rows["session"] < "2020-02-10"])
    night = run("nightly", "--config", root / "morrow.toml")
    check = run("check", "--config", root / "morrow.toml")
    assert (night[0], check[0]) == (2, 2)
    assert night[2].splitlines()[-1] == check[2].splitlines()[-1]


def test_a_source_of_which_every_row_is_refused_fails(tmp_path: Path) -> None:
    """Rows that the gate refuses one and all end the check with exit code 1, and one line says so."""
    root = project(tmp_path / "bad", market().assign(volume=-1.0))
    code, out, err = run("check", "--config", root / "morrow.toml")
    assert code == 1
    assert "every row would be refused" in err
    assert "would be refused" in out


def test_a_check_shows_what_the_night_does(tmp_path: Path) -> None:
    """A split without a factor is no refusal where the night infers it, and empty files are named."""
    root = project(tmp_path / "split")
    (root / "prices.csv").unlink()
    (root / "prices.csv").mkdir()
    rows = market()[["symbol", "session", "open", "high", "low", "close", "volume"]]
    rows.to_csv(root / "prices.csv" / "all.csv", index=False)
    (root / "prices.csv" / "empty.csv").write_text("")
    code, out, err = run("check", "--config", root / "morrow.toml")
    assert code == 0
    assert "0 would be refused" in out
    assert "would be inferred: S0 split 2:1" in out
    assert "empty" in err.lower()
