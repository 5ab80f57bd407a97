"""Our own expectations of bars: their names, arguments and limits."""

import json
from pathlib import Path

from morrow.checks import load_suite
from morrow.checks.expectations import BarExpectation
from morrow.checks.measures import MEASURES


def test_the_reference_names_every_expectation_and_every_sign() -> None:
    """What a suite can use is written down."""
    text = (Path(__file__).parents[3] / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in MEASURES:
        assert f"`{name}`" in text
    for kind in BarExpectation.__subclasses__():
        assert f"{kind.expectation_type.removeprefix('expect_bars')}`" in text
        assert kind.row.sentence
        assert set(kind.row.limits) == set(kind.success_keys) - {"mostly"}


ARGUMENTS = {
    "expect_bars_agreed_by_sources": {"least_apart", "least_usual"},
    "expect_bars_as_stored": {"tolerance"},
    "expect_bars_not_from_the_future": set(),
    "expect_bars_not_stale": {"least_unchanged", "most_unmoved"},
    "expect_bars_on_the_calendar": set(),
    "expect_bars_to_hold_their_prices": {"rounding"},
    "expect_bars_under_their_own_dates": {"least_evidence", "least_evidence_hole"},
    "expect_bars_with_volume": {"least_traded"},
    "expect_bars_without_copies": set(),
    "expect_bars_without_currency_switch": {
        "least_fall", "least_scales", "most_after", "most_gap", "most_unrest",
    },
    "expect_bars_without_decimal_shift": {"most_gap"},
    "expect_bars_without_gaps": {"least_missing"},
    "expect_bars_without_jump": {
        "bare_fall", "bare_scales", "edge_scales", "edge_unrest", "least_fall", "least_scales", "most_gap",
        "most_unrest",
    },
    "expect_bars_without_split_missed": {"least_scales", "most_after", "most_gap", "most_unrest"},
    "expect_bars_without_split_twice": {"least_scales"},
    "expect_bars_without_symbol_swap": {"least_scales"},
    "expect_bars_without_unit_shift": {"most_gap"},
    "expect_bars_without_volume_spike": {"least_highest", "least_times", "most_lasting", "most_moved"},
}  # fmt: skip
NEWER = {  # arguments that a suite need not give
    "expect_bars_not_stale": {"least_market", "most_pegged"},
    "expect_bars_without_copies": {"clear_odds"},
    "expect_bars_without_decimal_shift": {"least_rarity", "most_unrest"},
    "expect_bars_without_jump": {"least_out", "least_rarity"},
    "expect_bars_without_split_missed": {"sure_fall"},
}
ONE_AT_MOST, FALLS = {"rounding", "most_unmoved"}, {"least_fall", "bare_fall"}


def test_names_and_arguments_stay_those_of_suites_on_disk(tmp_path: Path) -> None:
    """A local suite written for an earlier release loads: nothing has gone and nothing new is needed."""
    registered = {kind.expectation_type: set(kind.row.limits) for kind in BarExpectation.__subclasses__()}
    assert registered == {name: old | NEWER.get(name, set()) for name, old in ARGUMENTS.items()}
    entries = [
        {
            "type": name,
            "kwargs": dict.fromkeys(arguments, 100) | dict.fromkeys(arguments & ONE_AT_MOST, 0.1)
            | dict.fromkeys(arguments & FALLS, 0.5),
            "severity": "warning",
            "notes": "As an earlier release had it.",
            "meta": {"rule": name, "action": "warn", "reason": "{symbol}"},
        }
        for name, arguments in ARGUMENTS.items()
    ]  # fmt: skip
    document = {"name": "raw", "expectations": entries}
    (tmp_path / "raw.json").write_text(json.dumps(document), encoding="utf-8")
    assert len(load_suite("raw", tmp_path).expectations.expectations) == len(ARGUMENTS)
