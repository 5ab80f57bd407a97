"""``morrow ledger``: decisions in words and as JSON, and a universe without any."""

import json
from pathlib import Path

from morrow.store import Store
from morrow.store.ledger import append_entry
from tests.commands import run
from tests.projects import project
from tests.unit.store.test_ledger import entry


def test_ledger_shows_decisions_in_words_and_as_json(tmp_path: Path) -> None:
    """Who reigned before and after, by whom, why, and each rule with held or failed."""
    root = project(tmp_path)
    config = ("--config", root / "morrow.toml")
    assert run("ledger", *config) == (0, "toy\n  no decision is on record\n", "")
    store = Store(root / "data")
    append_entry(store, entry(universe="toy"))
    append_entry(
        store,
        entry(
            universe="toy", entry="b", decision="keep", champion_before="ewma", version_before="1", rules=()
        ),
    )
    code, out, err = run("ledger", *config)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "toy",
        "  2026-01-09  promote  no champion -> ewma version 1  by morrow, data d1, code c1",
        "    there was none",
        "    held   evidence: an e-value",
        "  2026-01-09  keep     ewma version 1  by morrow, data d1, code c1",
        "    there was none",
    ]
    code, out, _ = run("ledger", *config, "--last", "1", "--json")
    (document,) = json.loads(out)
    assert [each["decision"] for each in document["entries"]] == ["keep"]
    assert document["entries"][0]["as_of"] == "2026-01-09"
