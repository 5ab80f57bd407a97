"""The benchmark of skill over whole walks: its line, its record, its champions and its finished work."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.skill import final_results
from benchmarks.skill.__main__ import main
from benchmarks.skill.blocks import Quarter, blocks
from benchmarks.skill.participants import choose_participants
from benchmarks.skill.universe import ingest_universe, open_config
from benchmarks.skill.walk_forward import Walk
from tests.conftest import market
from tests.projects import project


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What a walk over three symbols with one recipe, EWMA, comes to, and its project."""
    root = project(tmp_path_factory.mktemp("walk") / "project", market(3, 400), ("ewma",))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = main(["--json", "--final", "--config", str(root / "morrow.toml"), "--refits", "1"])
    assert code == 0
    return json.loads(out.getvalue().splitlines()[-1])["toy"], root


def test_a_pick_that_is_the_reference_has_no_skill_against_it(line: tuple[dict[str, Any], Path]) -> None:
    """Where EWMA is the only recipe it is the pick: skill 0 against EWMA and the best baseline, exactly."""
    found, _ = line
    assert found["skill_vs_ewma"] == 0
    assert {each["pick"] for each in found["picks"]} == {"ewma"}
    assert set(found["models"]) == {"ewma", "gjr-garch-t"}  # the second is added for judging


def test_the_line_has_every_key(line: tuple[dict[str, Any], Path]) -> None:
    """The keys are those of the documentation, the rows those of three symbols and three steps."""
    found, _ = line
    assert {
        "sessions", "symbols", "rows", "skill_vs_ewma", "skill_vs_gjr_garch", "skill_vs_best_baseline",
        "best_baseline", "dm_p_vs_gjr_garch", "skill_by_step", "skill_by_symbol_geomean", "coverage_80",
        "coverage_90", "coverage_95", "worst_coverage_gap_by_step_and_volatility", "invalid_forecasts",
        "rel_mse", "seconds", "models",
    } <= set(found)  # fmt: skip
    # 400 sessions, scored from the 301st: 99 cutoffs have a next session, 98 a second one, 97 a third.
    assert (found["sessions"], found["symbols"], found["rows"]) == (99, 3, 3 * (99 + 98 + 97))
    assert len(found["skill_by_step"]) == 3
    assert found["invalid_forecasts"] == 0


def test_answers_are_those_of_the_night(line: tuple[dict[str, Any], Path]) -> None:
    """What is scored in a block is what the night would have delivered, symbol by symbol."""
    found, _ = line
    assert (found["unlike_the_nights"], found["compared"]) == (0, 3 * 3)


def test_a_final_look_is_written_down(line: tuple[dict[str, Any], Path]) -> None:
    """The look stands beside the configuration, with date, revision and the result; the next one follows."""
    found, root = line
    file = root / "docs" / "final-looks.md"
    text = file.read_text(encoding="utf-8")
    assert text.startswith(final_results.HEADER)
    assert json.loads(text.split("```json\n")[1].split("\n```")[0])["toy"] == found
    assert final_results.revision() in text
    final_results.record(file, "benchmarks.skill", "{}", pd.Timestamp("2026-02-03 04:05").to_pydatetime())
    again = file.read_text(encoding="utf-8")
    assert again.startswith(text)
    assert again.endswith(
        f"## 2026-02-03 04:05 UTC, {final_results.revision()}, benchmarks.skill\n\n```json\n{{}}\n```\n"
    )


def test_the_champion_is_handed_on(tmp_path: Path) -> None:
    """The first refit promotes, later ones refresh, keep or promote, and every version is of its cutoff."""
    root = project(tmp_path / "p", market(3, 420), ("ewma", "unconditional"))
    setting = ingest_universe(open_config(root / "morrow.toml", tmp_path), "toy", tmp_path)
    walk = Walk(setting, choose_participants(setting.config, every=False), say=lambda _: None)
    parts = blocks(setting, 3, Quarter.JUDGED)
    walk.go(parts)
    assert walk.picks[0]["how"] == "promoted"
    assert [each["cutoff"] for each in walk.picks] == [
        str(setting.sessions[block.cutoffs[0]]) for block in parts
    ]
    for before, pick in zip(walk.picks, walk.picks[1:], strict=False):
        if pick["how"] == "refreshed":
            assert pick["pick"] == before["pick"]
            assert pick["trained_through"] == pick["cutoff"]
        if pick["how"] == "kept":
            assert pick["trained_through"] == before["trained_through"]
    last = max(int(block.last) for block in parts)
    assert last < 3 * 420 // 4  # no close of the last quarter is seen


def test_finished_work_is_kept(tmp_path: Path) -> None:
    """A second walk in the same folder trains nothing, and comes to the same."""
    root = project(tmp_path / "p", market(3, 420), ("ewma",))
    found, stamps = [], []
    for _ in range(2):
        setting = ingest_universe(open_config(root / "morrow.toml", tmp_path), "toy", tmp_path)
        walk = Walk(setting, choose_participants(setting.config, every=False), say=lambda _: None)
        found.append(walk.go(blocks(setting, 1, Quarter.JUDGED)))
        stamps.append({file: file.stat().st_mtime_ns for file in setting.work.rglob("model.json")})
    assert found[0] == found[1]
    assert stamps[0] == stamps[1]
