"""The benchmark of the board: what it measures of a small universe."""

import json

import pytest

from benchmarks import board


def test_it_writes_a_page_a_symbol(capsys: pytest.CaptureFixture[str]) -> None:
    """Three symbols are three pages beside the six of the universe, in measured seconds and megabytes."""
    assert board.main(["--symbols", "3", "--sessions", "80", "--repeats", "1"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["pages"] == 9
    assert len(result["wall_s"]) == 1
    assert result["megabytes"] > 4
