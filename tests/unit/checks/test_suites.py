"""Suites: a local one replaces the shipped one, and one that cannot be used is an error."""

import json
from pathlib import Path
from string import Template
from typing import Any

import pytest

from morrow.checks import check_raw, load_suite
from morrow.checks.suites import describe
from morrow.errors import ConfigError
from tests.batches import SESSIONS, bars, own_suite


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


JUDGEMENTS = {
    "jump", "decimal shift", "unit shift", "currency switch", "split missed", "split twice", "symbol swap",
    "duplicated session", "shifted dates", "stale price", "volume spike", "volume zero",
    "cross-source disagreement",
}  # fmt: skip


def test_each_judgement_says_what_would_turn_it() -> None:
    """A reason of a rule that weighs evidence gives its limits as numbers, as the suite has them."""
    expectations = load_suite("raw", None).expectations.expectations
    weighed = {each.meta["rule"]: each for each in expectations if "would be accepted" in each.meta["reason"]}
    assert set(weighed) == JUDGEMENTS
    assert "below 9 usual moves (9.5 before anything follows" in weighed["jump"].meta["reason"]
    assert not any(
        f"{{{limit}}}" in each.meta["reason"] for each in weighed.values() for limit in each.row.limits
    )


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
        ours = describe(each).removesuffix(".").removesuffix("..")
        rendered = InlineRenderer(render_object=each.configuration).get_rendered_content()[0].value
        values = {name: param["value"] for name, param in (rendered.params or {}).items()}
        theirs = Template(rendered.template).substitute(
            {name: repr(value).removesuffix(".0") for name, value in values.items()}
        )
        assert theirs.lower().startswith(ours.lower())
