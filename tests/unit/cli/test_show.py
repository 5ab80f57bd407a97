import json
from pathlib import Path

import pytest

from morrow import export
from morrow.cli import show
from tests.commands import run
from tests.exports import LINEAGE, SCHEMA, rows


@pytest.fixture
def exported(config: Path) -> Path:
    """A configuration whose first universe has exports of two cutoffs."""
    for cutoff in ("2026-01-05", "2026-01-06"):
        frame = rows(cutoff=cutoff).assign(universe="one", q7500=lambda each: each["q5000"] * 1.5)
        export.write(frame, config.parent / "exports", LINEAGE, SCHEMA)
    return config


def test_a_symbol_is_shown_as_table_and_fan(exported: Path) -> None:
    """The text has each step's quantiles and a line of the fan, with the lineage above."""
    code, out, err = run("show", "one", "B", "--config", str(exported))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "one  B: forecast after 2026-01-06 by gru version 3, USD"
    assert lines[2] == '  pegged,stale: a "gap", long'
    assert lines[3].split() == ["session", "25", "%", "50", "%", "75", "%", "mean", "p_up"]
    assert lines[4].split()[1:4] == ["1.00000", "1.50000", "2.25000"]
    fan = [line for line in lines if line.count("|") == 1 and line.startswith("  2026")]
    assert len(fan) == 2


def test_a_past_cutoff_is_found(exported: Path) -> None:
    """--as-of shows the last cutoff up to that day, and says where there is none."""
    code, out, _ = run("show", "one", "A", "--as-of", "2026-01-05", "--json", "--config", str(exported))
    document = json.loads(out)
    assert (code, document["cutoff"], document["flags"]) == (0, "2026-01-05", "")
    assert [step["quantiles"]["0.5"] for step in document["steps"]] == [0.5, 1.0]
    code, _, err = run("show", "one", "A", "--as-of", "2025-12-31", "--config", str(exported))
    assert code == 2
    assert "the first is of 2026-01-05" in err


def test_names_that_are_not_there_are_one_line(exported: Path) -> None:
    """An unknown symbol or universe is named, with what it could have been; so is a missing export."""
    for words, said in (
        (("one", "C"), "has no forecast of"),
        (("oen", "A"), 'did you mean "one"'),
        (("two", "A"), "there is no export"),
    ):
        code, _, err = run("show", *words, "--config", str(exported))
        assert code == 2
        assert said in err
        assert err.count("\n") == 1


def test_the_fan_is_denser_inside() -> None:
    """Narrower intervals have denser characters, and the median stands in the middle."""
    cells = "".join(show._shade([0, 10, 20, 30, 40]))
    assert cells.rstrip() == "::::::::::##########|##########::::::::::"
