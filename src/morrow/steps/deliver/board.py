"""Write a universe's pages of the board."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from morrow import board
from morrow.errors import ExportError
from morrow.steps.board_facts import gather_facts
from morrow.steps.context import Night
from morrow.steps.night_reports import keep_report
from morrow.steps.results import BoardResult


def deliver_board(night: Night, document: Mapping[str, Any]) -> BoardResult:
    """Keep the report of a whole night, then write the board, which shows it.

    Args:
        night: that has ended.
        document: its report.

    Raises:
        ExportError: a file cannot be written; everything else of the night is done.
        StoreError: a table cannot be read.
    """
    keep_report(night, document)
    return write_board(night)


def write_board(night: Night) -> BoardResult:
    """Write the universe's pages from the tables, the registry and the reports of past nights.

    Raises:
        ExportError: the folder cannot be written; the pages are as they were.
        StoreError: a table cannot be read.
    """
    began = perf_counter()
    root = night.config.folder(night.config.paths.board)
    facts = gather_facts(night)
    try:
        first = board.write_universe(facts, root)
    except OSError as error:
        raise ExportError(
            f'board folder "{root}" cannot be written: {error.strerror or error}; everything else of the '
            f"night is done; make room or grant write access, then run: {night.command_line('board')}"
        ) from None
    files = [file for file in first.parent.rglob("*") if file.is_file()]
    return BoardResult(
        path=_relative(first, night.config.root),
        pages=sum(file.suffix == ".html" for file in files),
        size=sum(file.stat().st_size for file in files),
        seconds=round(perf_counter() - began, 3),
    )


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
