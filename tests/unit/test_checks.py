"""The gates: every rule refuses what it names and nothing else; a suite that cannot be used is an error."""

import json
import os
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_forecasts, check_raw, load_suite
from morrow.checks.sentences import sentence
from morrow.errors import ConfigError, ShapeError

SESSIONS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"])
CLEAN = {
    "symbol": "AAA", "session": "2024-01-03", "open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5,
    "volume": 1e6, "split_factor": 1.0, "dividend_factor": 1.0, "malformed": None,
}  # fmt: skip
ABSENT = float("nan")


def bars(*changes: dict[str, Any]) -> pd.DataFrame:
    """Make a batch with one bar a change, of symbols S0, S1, ... and rows 100, 101, ... unless changed."""
    lines = [CLEAN | {"row": 100 + i, "symbol": f"S{i}"} | change for i, change in enumerate(changes)]
    frame = pd.DataFrame(lines)
    frame["session"] = pd.to_datetime(frame["session"])
    return frame.astype({"symbol": "str", "malformed": "str"})


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unreadable": ({"close": ABSENT, "malformed": 'close="a"'}, "readable", 'cannot read close="a", must'),
    "unreadable factor": ({"split_factor": ABSENT, "malformed": 'adj="x"'}, "readable", "cannot read adj"),
    "no symbol": ({"symbol": None}, "readable", "symbol is missing, every row needs one"),
    "no session": ({"session": None}, "readable", "session is missing, every row needs one"),
    "a Saturday": ({"session": "2024-01-06"}, "session on the calendar", "session is 2024-01-06, must be"),
    "after the calendar": ({"session": "2031-01-01"}, "future session", "session is 2031-01-01, which"),
    "no close": ({"close": ABSENT}, "close present", "close is missing, every bar needs one"),
    "open of nought": (
        {"open": 0.0, "low": ABSENT}, "prices positive", "open is 0, must be above 0",
    ),
    "negative low": ({"low": -0.5}, "prices positive", "low is -0.5, must be above 0"),
    "two negative prices": (
        {"open": -1.0, "low": -2.0}, "prices positive",
        "open is -1, must be above 0: a return is the logarithm of a ratio of prices",
    ),
    "endless high": ({"high": float("inf")}, "finite", "high is inf, must be finite"),
    "endless volume": ({"volume": float("inf")}, "finite", "volume is inf, must be finite"),
    "close above high": (
        {"close": 11.5}, "low to high",
        "open is 10, high 11, low 9, close 11.5: open and close must lie from low to high",
    ),
    "open below low": ({"open": 8.5}, "low to high", "open is 8.5, high 11, low 9, close 10.5: open and"),
    "close below low": ({"close": 8.5}, "low to high", "open is 10, high 11, low 9, close 8.5: open and"),
    "open above high": ({"open": 12.0}, "low to high", "open is 12, high 11, low 9, close 10.5: open and"),
    "high below low": (
        {"open": ABSENT, "high": 9.5, "low": 10.0, "close": 9.7}, "low to high",
        "open is missing, high 9.5, low 10, close 9.7: open and close must lie from low to high",
    ),
    "negative volume": ({"volume": -1.0}, "volume not negative", "volume is -1, must be 0 or more"),
    "split factor of nought": (
        {"split_factor": 0.0}, "factors positive", "split_factor is 0, must be above 0",
    ),
    "no dividend factor": (
        {"dividend_factor": ABSENT}, "factors positive", "dividend_factor is missing, must be above 0",
    ),
}  # fmt: skip
PASSES: dict[str, dict[str, Any]] = {
    "close above high by the last digit": {"close": np.nextafter(11.0, 12.0)},
    "close-only": {"open": ABSENT, "high": ABSENT, "low": ABSENT, "volume": ABSENT},
    "no volume": {"volume": 0.0},
    "one price all day": {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0},
    "half the price overnight": {"session": "2024-01-04", "symbol": "S0", "low": 4.0, "close": 5.0},
}


@pytest.fixture(scope="module")
def refusals() -> pd.DataFrame:
    """Collect what the shipped suite refuses in a batch with every fault once, good rows before and after."""
    batch = bars(*PASSES.values(), *(change for change, _, _ in FAULTS.values()), {})
    verdict = check_raw(batch, SESSIONS, load_suite("raw", None))
    assert not verdict.passed
    assert verdict.stops == verdict.warnings == ()
    return verdict.refusals


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_refused_under_its_own_rule_alone(fault: str, refusals: pd.DataFrame) -> None:
    """A planted fault refuses its row, by one rule, with the value got and what is allowed."""
    row = 100 + len(PASSES) + list(FAULTS).index(fault)
    _, rule, reason = FAULTS[fault]
    found = refusals[refusals["row"] == row]
    assert found["rule"].tolist() == [rule]
    assert found["reason"].iloc[0].startswith(reason)


@pytest.mark.parametrize("case", PASSES)
def test_unusual_rows_that_are_real_pass(case: str, refusals: pd.DataFrame) -> None:
    """Close-only bars, sessions without trade and a halved price are not faults."""
    assert 100 + list(PASSES).index(case) not in set(refusals["row"])


def test_a_price_below_all_numbers_is_not_finite_and_not_positive() -> None:
    """Minus infinity breaks both rules."""
    refused = check_raw(bars({"low": float("-inf")}, {}), SESSIONS, load_suite("raw", None)).refusals
    assert refused["rule"].tolist() == ["finite", "prices positive"]


def test_the_last_row_of_a_faulty_batch_passes(refusals: pd.DataFrame) -> None:
    """A good row after all the bad ones is not refused with them."""
    assert refusals["row"].max() == 100 + len(PASSES) + len(FAULTS) - 1


def test_a_clean_batch_passes_with_an_empty_table() -> None:
    """Nothing refused is a table of the same columns and types without rows."""
    verdict = check_raw(bars({}, {}, {}), SESSIONS, load_suite("raw", None))
    assert verdict.passed
    assert verdict.refusals.empty
    assert verdict.refusals.dtypes.astype(str).to_dict() == {"row": "int64", "rule": "str", "reason": "str"}


def test_all_conflicting_duplicates_are_refused() -> None:
    """Of rows that share symbol and session none is taken, while rows without either stay out of it."""
    same = {"symbol": "AAA", "session": "2024-01-04"}
    nameless = {"symbol": None, "session": "2024-01-04"}
    batch = bars(same, {}, same | {"close": 9.5}, nameless, nameless, {"symbol": "AAA"}, same | {"low": 8.0})
    refused = check_raw(batch, SESSIONS, load_suite("raw", None)).refusals
    conflicts = refused[refused["rule"] == "conflicting duplicate"]
    assert conflicts["row"].tolist() == [100, 102, 106]
    assert set(conflicts["reason"]) == {"AAA has several rows for 2024-01-04 that differ, must have one"}
    assert refused.loc[refused["rule"] != "conflicting duplicate", "row"].tolist() == [103, 104]


def test_a_batch_without_rows_stops_the_night() -> None:
    """A source that gave nothing is no success."""
    verdict = check_raw(bars({}).iloc[:0], SESSIONS, load_suite("raw", None))
    assert not verdict.passed
    assert verdict.stops == ("rows received: the batch has 0 rows, must have at least 1",)


def test_a_batch_whose_sessions_are_all_unreadable_is_refused_row_by_row() -> None:
    """Without any date there is no span of the calendar, and still every row gets its reason."""
    batch = bars({"session": None, "malformed": 'session="?"'}, {"session": None})
    refused = check_raw(batch, SESSIONS, load_suite("raw", None)).refusals
    assert refused["rule"].tolist() == ["readable", "readable"]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (bars({}).drop(columns="close"), r"columns \['close'\] are missing"),
        (bars({}).assign(session="2024-01-03"), "session must be datetime64"),
        (bars({"row": 1}, {"row": 1}), "column row must hold each number once"),
    ],
)
def test_a_frame_that_breaks_the_contract_is_refused_whole(batch: pd.DataFrame, message: str) -> None:
    """A missing column, dates as text and row numbers that repeat are faults of the caller."""
    with pytest.raises(ShapeError, match=message):
        check_raw(batch, SESSIONS, load_suite("raw", None))


def forecasts(**changes: list[Any]) -> pd.DataFrame:
    """Make a forecast of two symbols and two steps; a change replaces one column's four values."""
    columns: dict[str, Any] = {
        "universe": "u", "symbol": ["A", "A", "B", "B"], "cutoff": pd.Timestamp("2024-01-05"),
        "step": [1, 2, 1, 2], "model_version": "3", "session": pd.Timestamp("2024-01-08"),
        "q1000": [9.0, 8.0, 90.0, 80.0], "q5000": [10.0, 10.0, 100.0, 100.0],
        "q9000": [11.0, 12.0, 110.0, 120.0], "mean": [10.0, 10.0, 100.0, 100.0], "p_down": 0.5,
        "p_flat": 0.0, "p_up": 0.5, "flags": "", "reason": "", "run_id": "r", "data_version": "d",
        "created_at": pd.Timestamp("2024-01-06", tz="UTC"),
    }  # fmt: skip
    return pd.DataFrame(columns | changes, index=[7, 7, 7, 7])


FORECAST_FAULTS: dict[str, tuple[dict[str, list[Any]], str]] = {
    "a key twice": (
        {"step": [1, 2, 1, 1]},
        "unique keys: 2 of 4 rows; first: B step 1 from 2024-01-05 by model 3 comes more than once",
    ),
    "quantiles crossed": (
        {"q1000": [9.0, 10.5, 90.0, 80.0]},
        "quantiles in order: 1 of 4 rows; first: A step 2 has neighbouring quantiles -0.5 apart",
    ),
    "a quantile missing": (
        {"q9000": [11.0, 12.0, ABSENT, 120.0]},
        "finite: 1 of 4 rows; first: B step 1 has 1 prices or probabilities that are missing or infinite",
    ),
    "an endless mean": ({"mean": [10.0, 10.0, 100.0, float("inf")]}, "finite: 1 of 4 rows; first: B step 2"),
    "a price of nought": (
        {"q1000": [0.0, 8.0, 90.0, 80.0]},
        "prices positive: 1 of 4 rows; first: A step 1 has 0 as its lowest price, must be above 0",
    ),
    "a probability above one": (
        {"p_up": [0.5, 1.5, 0.5, 0.5], "p_flat": [0.0, -1.0, 0.0, 0.0]},
        "probabilities: 1 of 4 rows; first: A step 2 has p_up 1.5, must be between 0 and 1",
    ),
    "a sum above one": (
        {"p_flat": [0.0, 0.0, 0.0, 0.00001]},
        "probabilities: 1 of 4 rows; first: B step 2 has probabilities that sum to 1.00001",
    ),
}


def test_a_sound_forecast_passes() -> None:
    """Four ordered rows where four are expected are no cause to stop."""
    verdict = check_forecasts(forecasts(q5000=[9.0, 10.0, 100.0, 120.0]), 4, load_suite("forecasts", None))
    assert verdict.passed
    assert verdict.stops == ()


@pytest.mark.parametrize("fault", FORECAST_FAULTS)
def test_each_faulty_forecast_stops_the_night(fault: str) -> None:
    """A planted fault stops the night and the sentence names rule, first row and value."""
    changes, sentence = FORECAST_FAULTS[fault]
    verdict = check_forecasts(forecasts(**changes), 4, load_suite("forecasts", None))
    assert not verdict.passed
    assert any(stop.startswith(sentence) for stop in verdict.stops), verdict.stops
    assert {stop.split(":")[0] for stop in verdict.stops} == {sentence.split(":")[0]}


def test_a_missing_row_of_a_forecast_stops_the_night() -> None:
    """Three rows where four are expected are a fault, and so is none where none is expected."""
    suite = load_suite("forecasts", None)
    (stop,) = check_forecasts(forecasts().iloc[:3], 4, suite).stops
    assert stop.startswith("every expected row: the forecast has 3 rows, must have one for each symbol")
    assert check_forecasts(forecasts().iloc[:0], 0, suite).stops == (
        "rows forecast: the forecast has 0 rows, must have at least 1",
    )


def test_a_forecast_without_its_columns_is_an_error() -> None:
    """A frame without keys or without quantiles cannot be judged."""
    suite = load_suite("forecasts", None)
    with pytest.raises(ShapeError, match=r"columns \['step'\] are missing"):
        check_forecasts(forecasts().drop(columns="step"), 4, suite)
    with pytest.raises(ShapeError, match=r"two or more quantile columns, got \['q5000'\]"):
        check_forecasts(forecasts().drop(columns=["q1000", "q9000"]), 4, suite)


@pytest.mark.parametrize("gate", ["raw", "panel", "features", "forecasts"])
def test_each_expectation_on_disk_says_what_it_is_for(gate: str) -> None:
    """Every expectation that ships has a severity, an action, a rule and a sentence why."""
    suite = Path(load_suite(gate, None).file)
    entries = json.loads(suite.read_text(encoding="utf-8"))["expectations"]
    for entry in entries:
        assert entry["severity"] in {"critical", "warning", "info"}
        assert entry["meta"]["action"] in {"reject_row", "hold_symbol", "stop_night", "warn"}
        assert entry["meta"]["rule"]
        assert entry["notes"].endswith(".")
        assert len(entry["notes"].split()) > 4
    assert len(load_suite(gate, None).expectations.expectations) == len(entries)


def own_suite(folder: Path, **changes: Any) -> Path:
    """Write a raw suite with one expectation, changed as told, and return the folder."""
    entry: dict[str, Any] = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "close", "max_value": 10},
        "severity": "warning",
        "notes": "A test's own rule.",
        "meta": {"rule": "cheap", "action": "reject_row", "reason": "close is {close}, must be at most 10"},
    } | changes
    text = json.dumps({"name": "raw", "expectations": [entry]})
    (folder / "raw.json").write_text(text, encoding="utf-8")
    return folder


def test_a_local_suite_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    """Its rules hold and the shipped ones do not; a folder without the file changes nothing."""
    shipped = load_suite("raw", None).file
    assert load_suite("raw", tmp_path).file == load_suite("raw", tmp_path / "none").file == shipped
    suite = load_suite("raw", own_suite(tmp_path))
    assert suite.file == str(tmp_path / "raw.json")
    refused = check_raw(bars({}, {"volume": -1.0, "close": 10.0}), SESSIONS, suite).refusals
    assert refused.to_dict("records") == [
        {"row": 100, "rule": "cheap", "reason": "close is 10.5, must be at most 10"}
    ]


def test_more_bad_rows_than_a_result_lists_are_all_refused(tmp_path: Path) -> None:
    """Great Expectations ends its list of values after 200; the verdict does not."""
    batch = bars(*({"close": 10.0 + i} for i in range(450)))
    refused = check_raw(batch, SESSIONS, load_suite("raw", own_suite(tmp_path))).refusals
    assert refused["row"].tolist() == list(range(101, 550))
    assert refused["reason"].iloc[-1] == "close is 459, must be at most 10"


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_the_resolution_of_dates_decides_nothing(unit: str, tmp_path: Path) -> None:
    """Sessions in seconds or nanoseconds meet a calendar in microseconds."""
    changes = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "session", "value_set": {"$PARAMETER": "sessions"}},
        "meta": {"rule": "open", "action": "reject_row", "reason": "{session} is closed"},
    }
    batch = bars({}, {"session": "2024-01-06"}).astype({"session": f"datetime64[{unit}]"})
    refused = check_raw(batch, SESSIONS, load_suite("raw", own_suite(tmp_path, **changes))).refusals
    assert refused["row"].tolist() == [101]
    assert refused["reason"].tolist() == ["2024-01-06 is closed"]


def test_a_warning_neither_refuses_nor_stops(tmp_path: Path) -> None:
    """An expectation with the action warn leaves a sentence, by row and by table, and the gate passes."""
    meta = {"rule": "cheap", "action": "warn", "reason": "{symbol} closed at {close}"}
    verdict = check_raw(bars({}, {}), SESSIONS, load_suite("raw", own_suite(tmp_path, meta=meta)))
    assert verdict.passed
    assert verdict.warnings == ("cheap: 2 of 2 rows; first: S0 closed at 10.5",)
    changes = {
        "type": "expect_column_mean_to_be_between",
        "meta": meta | {"reason": "the mean close is {observed}"},
    }
    verdict = check_raw(bars({}, {}), SESSIONS, load_suite("raw", own_suite(tmp_path, **changes)))
    assert verdict.warnings == ("cheap: the mean close is 10.5",)


def test_a_held_symbol_loses_the_bad_row_and_its_later_ones(tmp_path: Path) -> None:
    """The rows of that symbol after the first bad one are refused for the same reason, no other row is."""
    meta = {"rule": "cheap", "action": "hold_symbol", "reason": "{symbol} closed at {close}"}
    batch = bars(
        {"symbol": "A", "session": "2024-01-05", "close": 9.5},
        {"symbol": "A", "session": "2024-01-02", "close": 9.5},
        {"symbol": "A", "session": "2024-01-03"},
        {"symbol": "B", "session": "2024-01-05", "close": 9.5},
        {"symbol": "A", "session": "2024-01-04", "close": 10.8},
        {"symbol": "A", "session": None, "close": 9.5},
    )
    refused = check_raw(batch, SESSIONS, load_suite("raw", own_suite(tmp_path, meta=meta))).refusals
    assert refused.to_dict("records") == [
        {"row": 100, "rule": "cheap", "reason": "A is held since 2024-01-03: A closed at 10.5"},
        {"row": 102, "rule": "cheap", "reason": "A closed at 10.5"},
        {"row": 104, "rule": "cheap", "reason": "A closed at 10.8"},
    ]


def test_a_forecast_cannot_be_held(tmp_path: Path) -> None:
    """Holding a symbol is an answer to bars, so that a suite of forecasts with it is refused."""
    meta = META | {"action": "hold_symbol"}
    own_suite(tmp_path, meta=meta).joinpath("raw.json").rename(tmp_path / "forecasts.json")
    text = (tmp_path / "forecasts.json").read_text().replace('"raw"', '"forecasts"')
    (tmp_path / "forecasts.json").write_text(text.replace("close", "mean"))
    with pytest.raises(
        ConfigError, match="hold_symbol is for the gates raw and panel; allowed here: reject_row"
    ):
        load_suite("forecasts", tmp_path)


def test_context_without_its_columns_is_an_error() -> None:
    """History and a second source are as described, or the caller is at fault."""
    with pytest.raises(ShapeError, match="are missing"):
        check_raw(bars({}), SESSIONS, load_suite("raw", None), history=bars({}).drop(columns="close"))
    with pytest.raises(ShapeError, match="are missing"):
        check_raw(bars({}), SESSIONS, load_suite("raw", None), other=bars({}).drop(columns="close"))


def test_a_long_field_is_cut_in_the_reason(tmp_path: Path) -> None:
    """What was received may be any length; the reason stays readable, braces in it stay as they are."""
    meta = {"rule": "cheap", "action": "reject_row", "reason": "got {malformed}"}
    suite = load_suite("raw", own_suite(tmp_path, meta=meta))
    refused = check_raw(bars({"malformed": "{close}" + "x" * 500}), SESSIONS, suite).refusals
    assert refused["reason"].iloc[0] == "got {close}" + "x" * 113 + "..."


def test_a_reason_without_fields_is_given_as_it_stands(tmp_path: Path) -> None:
    """A reason need not quote a value."""
    meta = {"rule": "cheap", "action": "reject_row", "reason": "too dear"}
    refused = check_raw(bars({}, {}), SESSIONS, load_suite("raw", own_suite(tmp_path, meta=meta))).refusals
    assert refused["reason"].tolist() == ["too dear", "too dear"]


META = {"rule": "r", "action": "reject_row", "reason": "close is {close}"}
MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": ({"type": "expect_miracles"}, 'rule "cheap": expect_miracles: .*not found'),
    "unknown argument": ({"kwargs": {"column": "close", "top": 1}}, "top extra fields not permitted"),
    "unknown key": ({"colour": "red"}, r"expectations\.0\.colour: Extra inputs are not permitted"),
    "unknown severity": ({"severity": "fatal"}, r"expectations\.0\.severity: Input should be 'critical'"),
    "no reason why": ({"notes": ""}, r"expectations\.0\.notes: String should have at least 1 character"),
    "no meta": ({"meta": {}}, r"expectations\.0\.meta\.rule: Field required"),
    "unknown action": ({"meta": META | {"action": "pray"}}, r"meta\.action: Input should be 'reject_row'"),
    "unknown field": (
        {"meta": META | {"reason": "{bid}"}},
        r"a field \{bid\} that cannot be filled; .*close",
    ),
    "attribute": ({"meta": META | {"reason": "{close.real}"}}, r"\{close.real\} that cannot be filled"),
    "layout": ({"meta": META | {"reason": "{close:.2f}"}}, r"\{close\} that cannot be filled; plain fields"),
    "brace": ({"meta": META | {"reason": "{close"}}, "reason: expected '}' before end of string"),
    "row of a table": (
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}},
        "judges the whole table, so its action must be stop_night or warn, got reject_row",
    ),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_suite_is_an_error_that_names_file_and_problem(fault: str, tmp_path: Path) -> None:
    """Nothing of a suite is dropped in silence: it is read whole or not at all."""
    changes, message = MALFORMED[fault]
    with pytest.raises(ConfigError, match=message) as caught:
        load_suite("raw", own_suite(tmp_path, **changes))
    assert str(tmp_path / "raw.json") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read suite"),
        ("[]", "suite .*: Input should be a valid dictionary"),
        ('{"name": "raw", "expectations": []}', "expectations: List should have at least 1 item"),
        (b"\xff\xfe", "cannot read suite"),
    ],
)
def test_a_file_that_is_no_suite_is_an_error(text: str | bytes, message: str, tmp_path: Path) -> None:
    """Broken JSON, another document, no expectation and another encoding are each named."""
    (tmp_path / "raw.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=message):
        load_suite("raw", tmp_path)


def test_a_suite_of_another_name_or_gate_is_an_error(tmp_path: Path) -> None:
    """A gate is one of two, and a file carries the name of its gate."""
    with pytest.raises(ConfigError, match='no gate is called "prices"; known: raw, forecasts'):
        load_suite("prices", None)
    own_suite(tmp_path).joinpath("raw.json").rename(tmp_path / "forecasts.json")
    with pytest.raises(ConfigError, match='name is "raw", must be "forecasts"'):
        load_suite("forecasts", tmp_path)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"column": "bid", "min_value": 0}, r'rule "cheap" could not be computed .*"bid".* does not exist'),
        ({"column": "symbol", "min_value": 0}, 'rule "cheap" could not be computed .*same type'),
        ({"column": "close", "min_value": {"$PARAMETER": "floor"}}, r"No value found for \$PARAMETER floor"),
    ],
)
def test_an_expectation_that_cannot_be_computed_is_an_error(
    kwargs: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """Great Expectations catches what fails inside it; a caught failure never passes for a verdict."""
    with pytest.raises(ConfigError, match=message):
        check_raw(bars({}), SESSIONS, load_suite("raw", own_suite(tmp_path, kwargs=kwargs)))


WATCHED = """
import logging, os, sys
logging.basicConfig(level=logging.INFO)
touched = []
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "os.mkdir"):
        touched.append((event, str(details)))
    if event == "open" and details[2] & (os.O_WRONLY | os.O_RDWR):
        touched.append((event, str(details[0])))
sys.addaudithook(watch)
from tests.unit.test_checks import SESSIONS, bars
from morrow.checks import check_raw, load_suite
assert len(check_raw(bars({}, {"volume": -1.0}), SESSIONS, load_suite("raw", None)).refusals) == 1
print(touched)
"""


def test_a_check_writes_nothing_reaches_nobody_and_says_nothing(tmp_path: Path) -> None:
    """Loading and running a suite leaves no file, opens no connection and logs no line."""
    root = Path(__file__).parents[2]
    home, scratch = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    scratch.mkdir()
    environment = os.environ | {
        "HOME": str(home), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(root),
    }  # fmt: skip
    for variable in [name for name in environment if name.startswith(("XDG_", "COV_"))]:
        del environment[variable]
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", WATCHED],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("[]", "", 0)
    assert sorted(tmp_path.rglob("*")) == [home, scratch]


HELD = {
    "type": "expect_column_values_to_be_between",
    "meta": {"rule": "cheap", "action": "hold_symbol", "reason": "close is {close}, must be at most 10"},
}


def test_a_held_symbol_is_refused_from_its_first_bad_session_on(tmp_path: Path) -> None:
    """Every later row of the symbol is refused and names the first one; earlier rows and others pass."""
    days = ["2024-01-05", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-08"]
    dear = {"2024-01-03": 11.0, "2024-01-05": 12.0}
    rows = [{"symbol": "A", "session": day, "close": dear.get(day, 9.5)} for day in days]
    batch = bars(*rows, {"session": "2024-01-08", "close": 9.5}, {"session": None, "close": 13.0})
    verdict = check_raw(batch, SESSIONS, load_suite("raw", own_suite(tmp_path, **HELD)))
    held = "A is held since 2024-01-03: close is 11, must be at most 10"
    assert verdict.refusals[["row", "reason"]].to_numpy().tolist() == [
        [100, "close is 12, must be at most 10"],
        [102, "close is 11, must be at most 10"],
        [103, held],
        [104, held],
        [106, "close is 13, must be at most 10"],
    ]
    assert set(verdict.refusals["rule"]) == {"cheap"}
    (outcome,) = verdict.outcomes
    assert (outcome.evaluated, outcome.failed, outcome.held, outcome.passed) == (7, 3, 2, False)


def test_outcomes_say_what_each_expectation_asked_and_found() -> None:
    """They stand in the suite's order, with a sentence that does not hold the run's own values."""
    suite = load_suite("raw", None)
    verdict = check_raw(bars({}, {"close": -1.0, "low": -2.0}, {"session": None}), SESSIONS, suite)
    entries = json.loads(Path(suite.file).read_text(encoding="utf-8"))["expectations"]
    assert [(each.rule, each.notes, each.severity, each.action) for each in verdict.outcomes] == [
        (each["meta"]["rule"], each["notes"], each["severity"], each["meta"]["action"]) for each in entries
    ]
    by_sentence = {each.description: each for each in verdict.outcomes}
    calendar = by_sentence["Session must be a session of the universe's calendar."]
    assert (calendar.passed, calendar.evaluated, calendar.failed, calendar.examples) == (True, 3, 0, ())
    close = by_sentence["Every close is above zero."]
    assert (close.passed, close.failed) == (False, 1)
    assert close.examples == ((101, "S1", "2024-01-03", close.examples[0].reason),)
    assert close.examples[0].reason.startswith("close is -1, must be above 0: a return is the logarithm")
    whole = by_sentence["The batch has at least one row."]
    assert (whole.passed, whole.evaluated, whole.failed) == (True, 1, 0)


def test_an_expectation_without_a_description_is_rendered_by_the_library(tmp_path: Path) -> None:
    """A suite of one's own says what it asks; a parameter of the run is named, not shown."""
    changes = {
        "type": "expect_column_values_to_be_in_set",
        "kwargs": {"column": "session", "value_set": {"$PARAMETER": "sessions"}},
        "meta": {"rule": "open", "action": "reject_row", "reason": "{session} is closed"},
    }
    (outcome,) = check_raw(bars({}), SESSIONS, load_suite("raw", own_suite(tmp_path, **changes))).outcomes
    assert outcome.description == "Session values must belong to this set: the run's sessions."


def test_our_own_expectations_say_what_the_librarys_renderer_says() -> None:
    """The sentence of a page is the one that Great Expectations renders."""
    from great_expectations.render.renderer.inline_renderer import InlineRenderer

    own = [each for each in load_suite("raw", None).expectations.expectations if not each.description]
    assert len(own) > 10
    for each in own:
        ours = sentence(each).removesuffix(".").removesuffix("..")
        rendered = InlineRenderer(render_object=each.configuration).get_rendered_content()[0].value
        values = {name: param["value"] for name, param in (rendered.params or {}).items()}
        theirs = Template(rendered.template).substitute(
            {name: repr(value).removesuffix(".0") for name, value in values.items()}
        )
        assert theirs.lower().startswith(ours.lower())


def test_an_outcome_of_the_whole_table_has_one_example_without_a_row() -> None:
    """What is wrong with the table is said once."""
    outcome = check_raw(bars({}).iloc[:0], SESSIONS, load_suite("raw", None)).outcomes[0]
    assert (outcome.evaluated, outcome.failed) == (1, 1)
    assert outcome.examples == ((None, "", "", "the batch has 0 rows, must have at least 1"),)
