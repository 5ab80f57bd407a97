"""Verdicts: refused and held rows with their reasons, warnings, stops and outcomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from morrow.checks import check_raw, load_suite
from morrow.errors import ConfigError
from tests.batches import SESSIONS, bars, own_suite


def test_more_bad_rows_than_a_result_lists_are_all_refused(tmp_path: Path) -> None:
    """Great Expectations ends its list of values after 200; the verdict does not."""
    batch = bars(*({"close": 10.0 + i} for i in range(450)))
    refused = check_raw(batch, SESSIONS, load_suite("raw", own_suite(tmp_path))).refusals
    assert refused["row"].tolist() == list(range(101, 550))
    assert refused["reason"].iloc[-1] == "close is 459, must be at most 10"


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
    assert (outcome.evaluated, outcome.failed, outcome.held_rows, outcome.passed) == (7, 3, 2, False)


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


def test_an_outcome_of_the_whole_table_has_one_example_without_a_row() -> None:
    """What is wrong with the table is said once."""
    outcome = check_raw(bars({}).iloc[:0], SESSIONS, load_suite("raw", None)).outcomes[0]
    assert (outcome.evaluated, outcome.failed) == (1, 1)
    assert outcome.examples == ((None, "", "", "the batch has 0 rows, must have at least 1"),)
