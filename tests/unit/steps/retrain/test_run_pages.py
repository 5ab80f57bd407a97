"""What the pages of a retraining's runs show, from leaderboard rows made by hand."""

from typing import Any

import pandas as pd
import pytest

from morrow.steps.retrain import run_pages

WINDOWS = {"select": "2020-01-02..2020-03-31", "test": "2020-04-01..2020-06-30"}
KEPT = {"promoted": False, "reason": "a stays: b is not better"}


def row(name: str, select: float, **facts: Any) -> dict[str, Any]:
    """A leaderboard row of a recipe."""
    return {
        "name": name, "pinball": 0.00123456, "pinball_select": select, "skill_vs_gjr_garch": 0.012345,
        "skill_vs_ewma": None, "coverage_80": 0.8123, "train_s": 2.5, "promising": True,
        "by_step": [{"pinball": 0.001}, {"pinball": None}], "by_symbol": {}, **facts,
    }  # fmt: skip


def test_metrics_are_there_in_units_that_can_be_read() -> None:
    """0.00123456 is 12.346 bp and a skill of 0.012345 is 1.23 %; what is unknown is no metric."""
    metrics = run_pages.collect_metrics(row("a", 0.002))
    assert metrics["pinball"] == 0.00123456
    assert (metrics["pinball_bp"], metrics["pinball_select_bp"]) == (12.346, 20.0)
    assert metrics["skill_vs_gjr_garch_percent"] == 1.23
    assert metrics["coverage_80_percent"] == 81.23
    assert metrics["pinball_step_1"] == 0.001
    assert not {"skill_vs_ewma", "skill_vs_ewma_percent", "pinball_step_2", "promising"} & set(metrics)


@pytest.mark.parametrize(
    ("name", "promoted", "answers_as", "outcome"),
    [
        ("a", True, None, "promoted"),
        ("a", False, None, "champion"),
        ("b", True, "regression", "as-regression"),
        ("b", False, None, "not promoted"),
    ],
)
def test_a_verdict_is_one_of_few_words(
    name: str, promoted: bool, answers_as: str | None, outcome: str
) -> None:
    """The winner is promoted or stays; another answers as one that is there already, or lost."""
    verdict = {"promoted": promoted}
    assert run_pages.word_verdict(row(name, 0.1, answers_as=answers_as), "a", verdict) == outcome


def test_the_table_is_in_the_order_of_the_choice() -> None:
    """The lowest loss on the select sessions is first, whatever the test sessions say."""
    table = run_pages.tabulate([row("b", 0.002, pinball=0.0001), row("a", 0.001)], "a", KEPT)
    assert list(table["recipe"]) == ["a", "b"]
    assert list(table["verdict"]) == ["champion", "not promoted"]
    assert list(table["pinball select [bp]"]) == [10.0, 20.0]


def test_markdown_has_a_line_a_recipe_and_dashes_for_what_is_unknown() -> None:
    """A Markdown table of one recipe has its head, its rule and one line."""
    lines = run_pages.write_markdown(run_pages.tabulate([row("a", 0.001)], "a", KEPT)).splitlines()
    assert len(lines) == 3
    assert lines[2] == "| `a` | champion | 10 | 12.346 | 1.23 | – | 81.23 | 2.5 |"


def test_descriptions_carry_reason_and_windows() -> None:
    """A night says why, a recipe says how it did; both say on which sessions."""
    table = run_pages.tabulate([row("a", 0.001)], "a", KEPT)
    night = run_pages.describe_night("us5", "2020-06-30", KEPT, table, WINDOWS)
    assert night.startswith("**us5, 2020-06-30**: a stays: b is not better.")
    recipe = run_pages.describe_recipe(row("a", 0.001), "champion", "2020-06-30", WINDOWS)
    assert "**champion**. Pinball 10.000 bp on the select sessions (2020-01-02..2020-03-31)" in recipe
    assert "skill is +1.23 % against GJR-GARCH-t, and its 80 % band holds 81.2 % of the outcomes" in recipe
    for text in (night, recipe):
        assert WINDOWS["select"] in text
        assert WINDOWS["test"] in text


def test_a_night_says_what_the_champion_was_judged_by() -> None:
    """The line about live forecasts follows the leaderboard, and live losses are in basis points too."""
    kept = {**KEPT, "live": {"about": "judged by its backtest"}}
    table = run_pages.tabulate([row("a", 0.001)], "a", kept)
    night = run_pages.describe_night("us5", "2020-06-30", kept, table, WINDOWS)
    assert night.endswith("About live forecasts: judged by its backtest.\n")
    metrics = run_pages.collect_metrics(row("a", 0.001, live_pinball=0.00123, live_backtest_pinball=0.0012))
    assert (metrics["live_pinball_bp"], metrics["live_backtest_pinball_bp"]) == (12.3, 12.0)


def test_one_network_has_plain_names() -> None:
    """A single network's loss is not numbered, and its change is that over the loss before training."""
    rows = [{"network": 0.0, "epoch": 3.0, "stop_loss": 0.5, "start_loss": 0.4, "system/memory": 7.0}]
    (only,) = run_pages.number_epochs(rows)
    assert only.pop("stop_change_percent") == pytest.approx(25.0)
    assert only == {"epoch": 3.0, "stop_loss": 0.5, "start_loss": 0.4, "system/memory": 7.0}


def test_several_networks_are_numbered_and_averaged() -> None:
    """The mean has the name that a single network's loss has; a network that ended counts as it ended."""
    rows = [
        {"network": 0.0, "epoch": 0.0, "fit_loss": 0.5, "system/memory": 7.0},
        {"network": 1.0, "epoch": 0.0, "fit_loss": 0.3},
        {"network": 1.0, "epoch": 1.0, "fit_loss": 0.1},
    ]
    assert run_pages.number_epochs(rows) == [
        {"epoch": 0.0, "fit_loss_1": 0.5, "system/memory": 7.0},
        {"epoch": 0.0, "fit_loss_2": 0.3},
        {"epoch": 1.0, "fit_loss_2": 0.1},
        {"epoch": 0.0, "fit_loss": pytest.approx(0.4)},
        {"epoch": 1.0, "fit_loss": pytest.approx(0.3)},
    ]


def test_a_number_is_cut_to_five_digits() -> None:
    """A frame's long fraction does not fill the page."""
    table = pd.DataFrame([{"recipe": "a", "verdict": "champion", "x": 1 / 3}])
    assert run_pages.write_markdown(table).splitlines()[-1] == "| `a` | champion | 0.33333 |"
