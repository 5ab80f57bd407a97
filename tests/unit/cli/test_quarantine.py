"""The quarantine commands: what is refused can be seen, stored or kept out, and that is on record."""

import contextlib
import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from morrow.cli import main
from morrow.frames import QUARANTINE, REVISIONS
from morrow.store import Store
from tests.mirrors import Mirror, take_in
from tests.projects import project

HIGH, RIVAL, NEGATIVE, TEXT = 100, 1680, 300, 400


def run(root: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a quarantine command in a project."""
    out, err = io.StringIO(), io.StringIO()
    words = ["quarantine", *arguments, "--config", str(root / "morrow.toml")]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that took in a bar above its high, two rivals for one bar, a negative price and a word."""
    root = project(tmp_path_factory.mktemp("refused") / "toy")
    prices = pd.read_csv(root / "prices.csv", dtype={"close": "object"})
    prices.loc[HIGH, "high"] = prices.loc[HIGH, "low"]
    prices.loc[NEGATIVE, ["open", "low"]] = -1.0
    prices.loc[TEXT, "close"] = "n/a?"
    rival = prices.iloc[[20]].assign(volume=lambda row: row["volume"] + 1)
    pd.concat([prices, rival]).to_csv(root / "prices.csv", index=False)
    assert main(["ingest", "--config", str(root / "morrow.toml")]) == 0
    return root


@pytest.fixture
def root(ingested: Path, tmp_path: Path) -> Path:
    """A copy of it to decide in."""
    return Path(shutil.copytree(ingested, tmp_path / "toy"))


def waiting(root: Path, *arguments: str) -> dict[int, dict]:
    """What list answers to a program, by position in the source."""
    code, out, _ = run(root, "list", "--json", *arguments)
    assert code == 0
    (answer,) = json.loads(out)
    return {each["row"]: each for each in answer["rows"]}


def stored(root: Path, one: dict) -> pd.DataFrame:
    """The stored bar of a refused row."""
    prices = Store(root / "data").prices("toy")
    return prices[(prices["symbol"] == one["symbol"]) & (prices["session"] == one["session"])]


def test_a_list_shows_each_row_once_with_its_rules(ingested: Path) -> None:
    """A row that two rules refuse is one line; filters leave the others out."""
    rows = waiting(ingested)
    assert sorted(rows) == [20, HIGH, NEGATIVE, TEXT, RIVAL]
    assert all(each["state"] == "undecided" for each in rows.values())
    one = rows[HIGH]
    assert one["id"] == f"{one['batch'][:8]}:{HIGH}"
    assert [each["rule"] for each in one["rules"]] == ["low to high"]
    assert sorted(waiting(ingested, "--rule", "conflicting duplicate")) == [20, RIVAL]
    assert sorted(waiting(ingested, "--symbol", one["symbol"], "--session", one["session"])) == [HIGH]
    assert waiting(ingested, "--state", "accepted") == {}
    _, out, _ = run(ingested, "list")
    assert out.startswith("toy  5 undecided rows\n")
    assert [one["id"], one["symbol"], one["session"]] in [line.split()[:3] for line in out.splitlines()]


def test_a_row_is_shown_among_the_stored_bars(ingested: Path) -> None:
    """Show has the reasons, the row as received and as it would be stored, and three bars on each side."""
    one = waiting(ingested)[HIGH]
    code, out, _ = run(ingested, "show", one["id"])
    assert code == 0
    for text in (
        "low to high: ",
        "received   {",
        f"{one['session']} *",
        "Next: morrow quarantine accept",
    ):
        assert text in out, text
    (found,) = json.loads(run(ingested, "show", one["id"], "--json")[1])
    assert len(found["rows"][0]["around"]) == 6
    assert found["rows"][0]["bar"]["close"] == found["rows"][0]["bar"]["close"]


def test_an_accepted_row_is_stored_as_the_source_would_have(root: Path) -> None:
    """Its bar is in the store with its factors and source, the decision is on record, and twice says so."""
    one = waiting(root)[HIGH]
    assert stored(root, one).empty
    code, out, err = run(root, "accept", one["id"], "--by", "ann", "--reason", "seen on the tape")
    assert (code, out, err) == (0, f"{one['id']}  accepted: {one['symbol']} {one['session']} is stored\n", "")
    bar = stored(root, one).iloc[0]
    assert {name: bar[name] for name in ("high", "low", "close", "split_factor", "dividend_factor")} == {
        name: one["bar"][name] for name in ("high", "low", "close", "split_factor", "dividend_factor")
    }
    assert bar["source"] == "csv:prices.csv"
    after = waiting(root, "--state", "accepted")[HIGH]
    assert (after["decided_by"], after["decision_reason"]) == ("ann", "seen on the tape")
    assert after["decided_at"]
    code, out, _ = run(root, "accept", one["id"], "--by", "bob")
    assert code == 0
    assert f"{one['id']}  was accepted by ann on" in out
    assert waiting(root, "--state", "accepted")[HIGH]["decided_by"] == "ann"
    code, _, err = run(root, "drop", one["id"])
    assert code == 2
    assert "was accepted by ann" in err


def test_a_killed_accept_is_finished_by_running_it_again(root: Path) -> None:
    """Where the bar is stored and the mark is missing, accepting again changes no bar and sets the mark."""
    one = waiting(root)[HIGH]
    assert run(root, "accept", one["id"])[0] == 0
    once = stored(root, one)
    store = Store(root / "data")
    table = store.read(QUARANTINE, "toy")
    unmarked = table.assign(decision=None, decided_by=None, decided_at=pd.NaT, decision_reason=None)
    store.upsert(QUARANTINE, unmarked)
    assert HIGH in waiting(root)
    assert run(root, "accept", one["id"])[0] == 0
    pd.testing.assert_frame_equal(stored(root, one), once)
    assert HIGH in waiting(root, "--state", "accepted")
    assert store.read(REVISIONS, "toy").empty


def test_accepting_over_a_stored_bar_is_a_revision(root: Path) -> None:
    """What the bar was stays on record, with who accepted the change."""
    first, second = waiting(root)[20], waiting(root)[RIVAL]
    assert run(root, "accept", first["id"], "--by", "ann")[0] == 0
    assert run(root, "accept", second["id"], "--by", "bob")[0] == 0
    (revision,) = Store(root / "data").read(REVISIONS, "toy").to_dict("records")
    assert (revision["field"], revision["reason"]) == ("volume", "accepted by bob")
    assert revision["is"] == revision["was"] + 1
    assert stored(root, second)["volume"].tolist() == [second["bar"]["volume"]]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (NEGATIVE, "open is -1.0, and has no logarithm unless it is above 0"),
        (TEXT, 'it cannot be read: close="n/a?"'),
    ],
)
def test_what_cannot_be_a_bar_cannot_be_accepted(ingested: Path, row: int, why: str) -> None:
    """A price without logarithm and an unreadable one are refused in one line, and nothing is stored."""
    rows = waiting(ingested)
    code, out, err = run(ingested, "accept", rows[row]["id"], rows[HIGH]["id"])
    assert (code, out) == (2, "")
    assert err.startswith(f"error: toy: {rows[row]['id']} cannot be accepted: {why}")
    assert err.count("\n") == 1
    assert sorted(waiting(ingested)) == sorted(rows)
    assert stored(ingested, rows[HIGH]).empty


def test_of_two_rows_for_one_bar_one_is_accepted(ingested: Path) -> None:
    """Accepting rivals together is refused."""
    code, _, err = run(ingested, "accept", "--rule", "conflicting duplicate")
    assert code == 2
    assert "accept the true one alone" in err


def test_other_rules_still_judge_an_accepted_row(root: Path) -> None:
    """Only what refused the row is waived: what a suite of the project asks besides still holds."""
    own = json.loads((Path(__file__).parents[3] / "expectations" / "raw.json").read_text(encoding="utf-8"))
    own["expectations"].append(
        {
            "type": "expect_column_values_to_be_between", "kwargs": {"column": "volume", "min_value": 1e15},
            "severity": "warning", "notes": "A test's own rule, of no use.",
            "meta": {"rule": "busy", "action": "reject_row", "reason": "volume is {volume}"},
        }
    )  # fmt: skip
    (root / "expectations").mkdir()
    (root / "expectations" / "raw.json").write_text(json.dumps(own), encoding="utf-8")
    one = waiting(root)[HIGH]
    code, _, err = run(root, "accept", one["id"])
    assert code == 2
    assert 'the rule "busy" refuses it too: volume is' in err
    assert HIGH in waiting(root)


def test_a_dropped_row_is_on_record_and_can_still_be_accepted(root: Path) -> None:
    """Drop marks the row with who and why; a change of mind is possible."""
    one = waiting(root)[HIGH]
    code, out, _ = run(root, "drop", "--symbol", one["symbol"], "--session", one["session"], "--by", "ann")
    assert (code, out) == (0, f"{one['id']}  dropped: it stays out\n")
    assert HIGH not in waiting(root)
    assert waiting(root, "--state", "dropped")[HIGH]["decided_by"] == "ann"
    assert "was dropped by ann" in run(root, "drop", one["id"])[1]
    assert run(root, "accept", one["id"])[0] == 0
    assert HIGH in waiting(root, "--state", "accepted")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept",), "name rows by their ids, or by --rule"),
        (("accept", "12"), '"12" is not an id of a refused row'),
        (("drop", "00000000:1"), "no refused row has the id 00000000:1"),
        (("show", "00000000:1"), "no refused row has the id 00000000:1"),
        (("drop", "--rule", "gone"), "no undecided row matches"),
        (("accept", ":100"), '":100" is not an id of a refused row'),
    ],
)
def test_a_slip_is_one_line(ingested: Path, arguments: tuple[str, ...], said: str) -> None:
    """What fits no row is said in one line, and nothing is decided."""
    code, out, err = run(ingested, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert len(waiting(ingested)) == 5


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project with a price below zero of a symbol that would clear a terminal, and a day far ahead."""
    root = project(tmp_path / "toy")
    prices = pd.read_csv(root / "prices.csv")
    prices.loc[len(prices)] = prices.iloc[-1].to_dict() | {"symbol": "A\x1b[2J\u202e", "close": -1.0}
    prices.loc[len(prices)] = prices.iloc[0].to_dict() | {"session": "2199-01-08"}
    prices.to_csv(root / "prices.csv", index=False)
    assert main(["ingest", "--config", str(root / "morrow.toml")]) == 0
    return root


def test_a_hostile_symbol_does_nothing_to_the_terminal(hostile: Path) -> None:
    """What a terminal would obey is shown as Python writes it, wherever a refused row is."""
    bad = next(each for each in waiting(hostile).values() if each["symbol"].startswith("A\x1b"))
    for words in (("list",), ("show", bad["id"]), ("accept", bad["id"])):
        _, out, err = run(hostile, *words)
        assert not {"\x1b", "\u202e"} & set(out + err)
        assert "A\\x1b[2J" in out or words[0] == "accept"


def test_a_session_that_has_not_come_cannot_be_accepted(hostile: Path) -> None:
    """A bar of a far day would be the newest session of all, so no decision stores it."""
    far = next(each for each in waiting(hostile).values() if not each["symbol"].startswith("A\x1b"))
    code, out, err = run(hostile, "accept", far["id"])
    assert (code, out) == (2, "")
    assert f"its session {far['session']} has not come yet" in err
    assert stored(hostile, far).empty


def test_a_released_row_is_stored_and_not_dropped(root: Path) -> None:
    """A row that passed on a later night cannot be kept out any more."""
    one, store = waiting(root)[HIGH], Store(root / "data")
    table = store.read(QUARANTINE, "toy")
    mine = table[table["row"] == HIGH]
    store.upsert(
        QUARANTINE, mine.assign(decision="released", decided_by="morrow", decided_at=mine["first_seen"])
    )
    code, out, err = run(root, "drop", one["id"])
    assert (code, out) == (2, "")
    assert "was released by morrow" in err


def test_a_user_without_a_name_says_who_decides(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the process's user has no name, --by gives one."""

    def nameless() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    one = waiting(root)[HIGH]
    code, _, err = run(root, "drop", one["id"])
    assert (code, err.count("\n")) == (2, 1)
    assert "say who decides: --by NAME" in err
    assert run(root, "drop", one["id"], "--by", "ann")[0] == 0


def test_an_id_that_fits_two_batches_asks_for_more_of_it(root: Path) -> None:
    """Of two batches with the same head both are named."""
    store, one = Store(root / "data"), waiting(root)[HIGH]
    table = store.read(QUARANTINE, "toy")
    twin = one["batch"][:8] + "f" * 56
    store.append(QUARANTINE, table[table["row"] == HIGH].assign(batch=twin))
    code, _, err = run(root, "show", one["id"])
    assert code == 2
    assert f"{twin[:16]}:{HIGH}" in err
    assert run(root, "show", f"{twin[:16]}:{HIGH}")[0] == 0


def test_one_command_answers_for_all_symbols_that_a_rule_holds(tmp_path: Path) -> None:
    """A source that went over to pence for good is stored as a new level of every symbol, without returns."""
    mirror = Mirror(2, 302)
    for index in range(6):
        mirror.times(f"S{index}", 300, 100)
    take_in(mirror.write(tmp_path, 300))
    take_in(mirror.write(tmp_path))
    code, out, err = run(tmp_path, "accept", "--rule", "unit shift", "--as", "new-level", "--by", "ann")
    assert (code, err, out.count("new level: 2 waiting rows are stored, 0 still wait")) == (0, "", 6)
    bars = Store(tmp_path / "data").prices("toy", symbol="S0")
    assert bars["dividend_factor"].tolist()[:300] == [1.0] * 300
    assert bars["dividend_factor"].iloc[-1] == pytest.approx(0.01, rel=0.1)
    code, _, err = run(tmp_path, "accept", "--rule", "unit shift", "--as", "new-level", "--by", "ann")
    assert (code, "no symbol is held by the rule" in err) == (2, True)


def test_one_symbol_that_a_reading_does_not_explain_leaves_all_as_they_were(tmp_path: Path) -> None:
    """Five symbols at seven times and one at three: as a split of 1:7 none is stored."""
    mirror = Mirror(2, 302)
    for index in range(6):
        mirror.times(f"S{index}", 300, 3 if index == 4 else 7)
    take_in(mirror.write(tmp_path, 300))
    take_in(mirror.write(tmp_path))
    command = ("accept", "--rule", "currency switch", "--as", "split", "1:7", "--by", "ann")
    code, out, err = run(tmp_path, *command)
    assert (code, out) == (2, "")
    assert "a split 1:7 does not explain the step of S4" in err
    assert Store(tmp_path / "data").prices("toy")["session"].max() == mirror.days[299]
    assert len(Store(tmp_path / "data").read(REVISIONS, "toy")) == 0
    assert run(tmp_path, "accept", "--symbol", "S4", "--as", "split", "1:3", "--by", "ann")[0] == 0
    code, out, err = run(tmp_path, *command)
    assert (code, err, out.count("split 1:7: 2 waiting rows are stored")) == (0, "", 5)
