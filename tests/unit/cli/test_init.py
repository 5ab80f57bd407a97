"""``morrow init``: configurations that run, for the shipped universes and for a person's own file."""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import panel, sources
from morrow.cli.file_sections import toml_string
from morrow.cli.new_configuration import configure_file, shipped_configuration, universe_name
from morrow.config import Config, Forecast, Time, load
from morrow.sources.files import FileSource
from tests.commands import run
from tests.vendor_bars import bars, two_symbols

REPOSITORY = Path(__file__).parents[3]


def long_file(path: Path, symbols: Sequence[str], length: int = 450, freq: str = "B") -> Path:
    """A long CSV of closes on Mondays to Fridays, or of another frequency."""
    days = pd.date_range("2020-01-01", periods=length, freq=freq)
    walk = np.exp(np.random.default_rng(3).normal(0, 0.01, (len(symbols), length)).cumsum(axis=1)) * 100
    rows = [
        (str(day.date()), name, round(price, 2))
        for name, prices in zip(symbols, walk, strict=True)
        for day, price in zip(days, prices, strict=True)
    ]
    pd.DataFrame(rows, columns=["Date", "Ticker", "Adj Close"]).to_csv(path, index=False)
    return path


def read_back(folder: Path) -> tuple[Config, str]:
    """The configuration that was written, and its only universe."""
    config = load(folder / "morrow.toml")
    (name,) = config.universes
    batch = sources.fetch(config.universes[name], config.root)
    assert batch.rows["close"].notna().all()
    return config, name


def test_the_shipped_configuration_is_the_repositorys(tmp_path: Path) -> None:
    """Init writes the repository's own morrow.toml, byte for byte, into a folder that it makes."""
    code, out, err = run("init", tmp_path / "new" / "folder")
    written = tmp_path / "new" / "folder" / "morrow.toml"
    assert (code, err) == (0, "")
    assert written.read_bytes() == (REPOSITORY / "morrow.toml").read_bytes()
    assert tuple(load(written).universes) == ("us5", "ecb-fx")
    assert f"Next: morrow nightly --config {written}" in out


def test_an_existing_configuration_is_left_alone(tmp_path: Path) -> None:
    """Where there is a morrow.toml, init is the user's error and changes nothing."""
    (tmp_path / "morrow.toml").write_text("mine", encoding="utf-8")
    code, out, err = run("init", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith(f'error: "{tmp_path}/morrow.toml" exists and is left as it is')
    assert (tmp_path / "morrow.toml").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file in the folder's place is named."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, _, err = run("init", tmp_path / "file" / "folder")
    assert code == 2
    assert err.startswith(f'error: "{tmp_path}/file/folder/morrow.toml" cannot be written: Not a directory;')


def test_a_path_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    """A path that TOML cannot hold is refused before anything is written."""
    file = tmp_path / "pr\udcff.csv"
    file.write_text("date,close\n2024-01-02,1\n", encoding="utf-8")
    code, _, err = run("init", tmp_path / "new", "--csv", file)
    assert code == 2
    assert "is not UTF-8; rename the file or folder" in err
    assert not (tmp_path / "new").exists()


def test_only_one_file_can_be_given(tmp_path: Path) -> None:
    """Two files for one universe are refused before either is read."""
    code, _, err = run("init", tmp_path, "--csv", "a.csv", "--parquet", "b.parquet")
    assert code == 2
    assert "--csv and --parquet are both given" in err


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01binary"])
def test_a_useless_file_changes_nothing(tmp_path: Path, content: bytes | None) -> None:
    """A file that is missing, empty or binary is named, and no folder is made."""
    path = tmp_path / "prices.csv"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run("init", tmp_path / "project", "--csv", path)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "prices.csv" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "project").exists()


def test_an_own_file_is_described_and_mapped(tmp_path: Path) -> None:
    """Columns in any case are mapped, the path is relative to the folder, and what was found is said."""
    long_file(tmp_path / "My Prices.csv", ["AAA", "BBB"])
    code, out, err = run("init", tmp_path, "--csv", tmp_path / "My Prices.csv")
    config, name = read_back(tmp_path)
    universe = config.universes[name]
    assert (code, err, name) == (0, "", "my-prices")
    assert isinstance(universe.source, FileSource)
    assert universe.source.model_dump(exclude_defaults=True) == {
        "kind": "csv",
        "path": "My Prices.csv",
        "columns": {"session": "Date", "symbol": "Ticker", "adj_close": "Adj Close"},
    }
    assert universe.calendar == "observed"
    for text in (out, (tmp_path / "morrow.toml").read_text(encoding="utf-8")):
        assert "2 symbols (AAA, BBB), 2020-01-01 to 2021-09-21, closes only" in text
    assert config.forecast == Forecast()
    assert config.training.recipes == load(REPOSITORY / "morrow.toml").training.recipes


def test_a_file_elsewhere_has_its_whole_path(tmp_path: Path) -> None:
    """A file outside of the folder is written with its absolute path, whatever is in it."""
    elsewhere = tmp_path / 'a "quoted"\\folder'
    elsewhere.mkdir()
    path = long_file(elsewhere / "prices.csv", ["AAA"])
    assert run("init", tmp_path / "project", "--csv", path)[0] == 0
    config, name = read_back(tmp_path / "project")
    source = config.universes[name].source
    assert isinstance(source, FileSource)
    assert source.path == str(path)


def test_a_wide_parquet_of_every_day(tmp_path: Path) -> None:
    """A Parquet file with a column a symbol that trades on weekends gets 24/7; many symbols are cut short."""
    days = pd.date_range("2021-01-01", periods=400)
    prices = np.random.default_rng(1).uniform(1, 2, (400, 23))
    frame = pd.DataFrame(prices, columns=[f"COIN{k}" for k in range(23)]).assign(date=days)
    frame.to_parquet(tmp_path / "coins.parquet")
    code, out, _ = run("init", tmp_path, "--parquet", tmp_path / "coins.parquet", "--json")
    config, name = read_back(tmp_path)
    said = json.loads(out)
    assert code == 0
    assert config.universes[name].calendar == "24/7"
    assert said["found"]["layout"] == "wide"
    assert len(said["found"]["symbols"]) == 23
    assert "COIN7 and 15 more" in said["found"]["about"]
    assert said["next"] == f"morrow nightly --config {tmp_path}/morrow.toml"
    assert len(out.splitlines()) == 1


def test_a_file_with_one_nameless_symbol(tmp_path: Path) -> None:
    """A file without a symbol column is one symbol, named in the configuration; unusual names survive."""
    days = pd.date_range("2020-01-01", periods=400, freq="B").strftime("%Y-%m-%d")
    pd.DataFrame({"Date": days, "Close": 5.0}).to_csv(tmp_path / "gold€.csv", index=False)
    assert run("init", tmp_path, "--csv", tmp_path / "gold€.csv")[0] == 0
    config, name = read_back(tmp_path)
    source = config.universes[name].source
    assert isinstance(source, FileSource)
    assert (name, source.path, source.symbol) == ("gold", "gold€.csv", "GOLD€")


def test_a_folder_with_commas_and_days_first(tmp_path: Path) -> None:
    """A folder, and a glob, of files with decimal commas and dates like 31.01.2020 get their options."""
    days = pd.date_range("2020-01-01", periods=400, freq="B").strftime("%d.%m.%Y")
    (tmp_path / "in").mkdir()
    for name in ("aaa", "bbb"):
        lines = "".join(f"{day};1.234,{k % 90 + 10}\n" for k, day in enumerate(days))
        (tmp_path / "in" / f"{name}.csv").write_text("Date;Close\n" + lines, encoding="utf-8")
    for number, given in enumerate((tmp_path / "in", tmp_path / "in" / "*.csv")):
        project = tmp_path / str(number)
        assert run("init", project, "--csv", given)[0] == 0
        config, name = read_back(project)
        source = config.universes[name].source
        assert isinstance(source, FileSource)
        assert (source.decimal, source.thousands, source.dates) == (",", ".", "day-first")
        rows = sources.fetch(config.universes[name], config.root).rows
        assert (rows["symbol"].nunique(), rows["close"].iloc[0]) == (2, 1234.1)


@pytest.mark.parametrize("length", [400, 250, 200])
def test_a_short_file_is_warned_of_with_what_fits(tmp_path: Path, length: int) -> None:
    """A history too short for the defaults is a warning whose settings are small enough for it."""
    configuration = configure_file(long_file(tmp_path / "p.csv", ["A"], length), tmp_path)
    (line,) = configuration.warnings
    assert f"p.csv has {length} sessions" in line
    window = re.search(r"\[forecast\] window = (\d+)", line)
    minimum = re.search(r"\[time\] minimum = (\d+)", line)
    assert minimum is not None
    forecast = Forecast(window=int(window[1])) if window else Forecast()
    panel.split_sessions(length, forecast, Time(minimum=int(minimum[1])))
    assert "[universes.p]" in configuration.text


@pytest.mark.parametrize(
    ("length", "end"), [(100, "a pretrained network answers zero-shot\n"), (59, "bring more history\n")]
)
def test_a_file_too_short_for_any_contest_is_said_to_be_one(tmp_path: Path, length: int, end: str) -> None:
    """Where no settings can help, init says who forecasts meanwhile, and below 60 bars that nobody does."""
    path = long_file(tmp_path / "p.csv", ["A"], length)
    code, _, err = run("init", tmp_path, "--csv", path)
    assert code == 0
    assert err.startswith(f"warning: p.csv has {length} sessions")
    assert err.endswith(end)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("prices.csv", "prices"),
        ("My Prices (2024).CSV.GZ", "my-prices-2024"),
        ("a.b.parquet", "a-b"),
        ("日本.csv", "prices"),
        ("_.csv", "prices"),
        ("x" * 80 + ".csv", "x" * 63),
        ("x" * 62 + "-y.csv", "x" * 62),
    ],
)
def test_a_universe_is_named_by_its_file(file: str, name: str) -> None:
    """A file's name becomes a universe's: lower case letters, digits and hyphens, at most 63."""
    assert universe_name(file) == name
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name)


@pytest.mark.parametrize("text", ['a"b', "back\\slash", "new\nline", "\x7f\x01", "€ 日本", "'", "a # b", ""])
def test_any_text_survives_toml(text: str) -> None:
    """A TOML parser reads back the text that was written."""
    assert tomllib.loads(f"a = {toml_string(text)}")["a"] == text


def test_a_hostile_column_name_stays_in_its_string(tmp_path: Path) -> None:
    """Line breaks and quotes in a file's names neither break the comment nor the table."""
    days = pd.date_range("2020-01-01", periods=30, freq="B")
    frame = pd.DataFrame({"date": days, 'A"\n[paths]\nstore = "x"': np.linspace(1, 2, 30)})
    frame.to_parquet(tmp_path / "p.parquet")
    text = configure_file(tmp_path / "p.parquet", tmp_path).text
    table = tomllib.loads(text)
    assert "paths" not in table
    assert table["universes"]["p"]["source"]["columns"] == {"session": "date"}
    assert text.startswith(shipped_configuration().text.split("# Five US stocks")[0])


def test_a_question_is_written_with_its_answers(tmp_path: Path) -> None:
    """What cannot be decided is asked in one line and in the file; check asks it until it is answered."""
    table = bars()[["open", "high", "low", "close"]].set_axis(["A", "B", "C", "D"], axis=1)
    table.to_csv(tmp_path / "p.csv")
    target = tmp_path / "morrow.toml"
    code, out, err = run("init", tmp_path, "--csv", tmp_path / "p.csv")
    assert (code, out) == (2, "")
    assert "behave like the fields of one bar (A, B, C, D)" in err
    assert f"then type: morrow check --config {target}" in err
    code, _, err = run("check", "--config", target)
    assert (code, "behave like the fields of one bar" in err) == (2, True)
    text = target.read_text(encoding="utf-8")
    answer = 'columns = { high = "B", low = "C", open = "A", close = "D" }'
    assert f"# {answer}" in text
    target.write_text(text.replace(f"# {answer}", answer), encoding="utf-8")
    config, name = read_back(tmp_path)
    rows = sources.fetch(config.universes[name], config.root).rows
    assert rows["close"].tolist() == bars()["close"].tolist()
    assert rows["high"].tolist() == bars()["high"].tolist()


def test_a_file_without_prices_is_a_question(tmp_path: Path) -> None:
    """A table of words is named, and the configuration has a place for its columns."""
    (tmp_path / "prices.csv").write_text("date,remark\n2020-01-02,none\n", encoding="utf-8")
    code, _, err = run("init", tmp_path, "--csv", tmp_path / "prices.csv")
    assert code == 2
    assert err.startswith('error: "prices.csv" has no price column')
    assert "# columns = {" in (tmp_path / "morrow.toml").read_text(encoding="utf-8")


def test_what_is_found_can_be_checked(tmp_path: Path) -> None:
    """Init shows the first and last bars as they will be stored, and what it leaves aside."""
    two_symbols().assign(note="x").to_csv(tmp_path / "p.csv")
    _, out, _ = run("init", tmp_path, "--csv", tmp_path / "p.csv")
    first, last = bars().iloc[0], bars("BBB", 2).iloc[-1]
    assert f"  AAA 2022-01-03: open {first['open']:g}, high {first['high']:g}, low {first['low']:g}" in out
    assert f"  BBB 2023-02-24: open {last['open']:g}" in out
    assert "  left aside: note\n" in out
    assert f"#   AAA 2022-01-03: open {first['open']:g}" in (tmp_path / "morrow.toml").read_text(
        encoding="utf-8"
    )
