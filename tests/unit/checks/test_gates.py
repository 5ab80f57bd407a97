"""The gates of raw batches and forecasts: every rule refuses what it names and nothing else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_forecasts, check_raw, load_suite
from morrow.errors import ShapeError
from tests.batches import ABSENT, SESSIONS, bars, own_suite

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


def test_a_row_that_is_no_bar_is_no_rival() -> None:
    """Beside a row that cannot be read, or has no close, the true bar of that day is taken."""
    same = {"symbol": "AAA", "session": "2024-01-04"}
    batch = bars(same, same | {"malformed": 'open="abc"'}, same | {"close": None, "volume": 5.0})
    refused = check_raw(batch, SESSIONS, load_suite("raw", None)).refusals
    assert dict(zip(refused["row"], refused["rule"], strict=True)) == {101: "readable", 102: "close present"}


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
        "created_at": pd.Timestamp("2024-01-06", tz="UTC"), "basis": pd.Timestamp("2024-01-05"),
        "last_close": 1.0,
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


def test_context_without_its_columns_is_an_error() -> None:
    """History and a second source are as described, or the caller is at fault."""
    with pytest.raises(ShapeError, match="are missing"):
        check_raw(bars({}), SESSIONS, load_suite("raw", None), history=bars({}).drop(columns="close"))
    with pytest.raises(ShapeError, match="are missing"):
        check_raw(bars({}), SESSIONS, load_suite("raw", None), other=bars({}).drop(columns="close"))


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
from tests.batches import SESSIONS, bars
from morrow.checks import check_raw, load_suite
assert len(check_raw(bars({}, {"volume": -1.0}), SESSIONS, load_suite("raw", None)).refusals) == 1
print(touched)
"""


def test_a_check_writes_nothing_reaches_nobody_and_says_nothing(tmp_path: Path) -> None:
    """Loading and running a suite leaves no file, opens no connection and logs no line."""
    root = Path(__file__).parents[3]
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
