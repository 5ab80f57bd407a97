"""The planted-fault oracle end to end: a file, the ingest step, the quarantine, and one JSON line."""

import json

import pytest

from benchmarks import ingest
from benchmarks.faults.runs import EVENTS, Run, go

SURE = ("ohlc", "off calendar", "future session", "conflicting duplicate", "non-positive", "unreadable")


@pytest.mark.parametrize("context", ["history", "edge"])
def test_faults_that_show_on_their_face_are_caught_and_named(
    context: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the kinds that one row alone gives away, every fault is caught, named and nothing clean is lost."""
    words = ["--part", "faults", "--seed", "7", "--placements", "4", "--processes", "1", "--context", context]
    assert ingest.main([*words, "--only", *SURE]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    for kind in SURE:
        planted, caught, named = found["by_kind"][kind]
        assert (caught, named) == (planted, planted)
        assert planted >= 2
    assert found["clean_quarantined_per_10000"] == 0


@pytest.mark.parametrize("style", ["stocks", "close-only"])
def test_real_events_that_look_like_faults_are_let_through(style: str) -> None:
    """A first load and the nights after refuse no more rows of their symbols than may wait, and no others."""
    told = go(Run(EVENTS, style, 50, 420, 7, {}))
    assert [each.name for each in told.events if each.wrongly] == []
    assert told.lost == []
    assert len(told.events) > 10
