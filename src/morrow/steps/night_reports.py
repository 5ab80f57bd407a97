"""The reports of past nights, kept as JSON files, so that the board can compare one night with another."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morrow import atomic
from morrow.errors import ExportError
from morrow.steps.context import Night

KEPT_REPORTS = 250
FOLDER = "night_reports"  # no universe can have this name
RECORDED_AT = "recorded_at"


def keep_report(night: Night, document: Mapping[str, Any]) -> None:
    """Keep the report of a whole night; the oldest of more than ``KEPT_REPORTS`` files are removed.

    A report without a cutoff says nothing of a night, and is not kept.

    Raises:
        ExportError: the file cannot be written.
    """
    if not document["cutoff"]:
        return
    stamp = f"{night.now:%Y%m%dT%H%M%S%f}"
    folder = _folder(night)
    text = json.dumps({**document, RECORDED_AT: night.now.isoformat()}, default=str)
    try:
        atomic.write_file(folder / f"{document['cutoff']}_{stamp}.json", text)
        for file in sorted(folder.glob("[!.]*.json"))[:-KEPT_REPORTS]:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(
            f'the night\'s report cannot be written to "{folder}": {error.strerror or error}; '
            "make room or grant write access, then run again"
        ) from None


def read_reports(night: Night) -> list[dict[str, Any]]:
    """Read the kept reports up to the night's day, the oldest cutoff first; a broken file is left out."""
    reports = []
    for file in sorted(_folder(night).glob("[!.]*.json")):
        if night.as_of is not None and file.name[:10] > str(night.as_of):
            continue
        try:
            reports.append(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return reports


def _folder(night: Night) -> Path:
    return night.config.folder(night.config.paths.work) / FOLDER / night.universe
