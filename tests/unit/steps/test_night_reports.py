"""Reports of past nights: kept by cutoff and time, read back in order, and none after the night's day."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from morrow.errors import ExportError
from morrow.steps import night_reports
from morrow.steps.night_reports import keep_report, read_reports
from tests.projects import night, project


def test_reports_come_back_in_order_and_up_to_the_nights_day(tmp_path: Path) -> None:
    """Two runs of one cutoff are two reports; a later cutoff is not read as of an earlier day."""
    tonight = night(project(tmp_path))
    again = replace(tonight, now=tonight.now + timedelta(hours=1))
    keep_report(again, {"cutoff": "2021-01-05", "run": 2})
    keep_report(tonight, {"cutoff": "2021-01-05", "run": 1})
    keep_report(tonight, {"cutoff": "2021-01-04", "run": 0})
    keep_report(tonight, {"cutoff": None})
    assert [each["run"] for each in read_reports(tonight)] == [0, 1, 2]
    assert [each["run"] for each in read_reports(replace(tonight, as_of=date(2021, 1, 4)))] == [0]


def test_the_oldest_are_removed_and_a_broken_one_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than the limit are kept, and a file that is no JSON hides no other."""
    monkeypatch.setattr(night_reports, "KEPT_REPORTS", 2)
    tonight = night(project(tmp_path))
    for day in ("2021-01-04", "2021-01-05", "2021-01-06"):
        keep_report(tonight, {"cutoff": day})
    folder = tmp_path / "work" / "night_reports" / "toy"
    assert [file.name[:10] for file in sorted(folder.iterdir())] == ["2021-01-05", "2021-01-06"]
    next(folder.glob("2021-01-05*")).write_text("{", encoding="utf-8")
    assert [each["cutoff"] for each in read_reports(tonight)] == ["2021-01-06"]


def test_a_folder_that_cannot_be_written_is_an_error_in_one_line(tmp_path: Path) -> None:
    """The message names the folder and what to do."""
    tonight = night(project(tmp_path))
    (tmp_path / "work").write_text("a file", encoding="utf-8")
    with pytest.raises(ExportError, match=r"the night's report cannot be written to .*make room"):
        keep_report(tonight, {"cutoff": "2021-01-04"})
