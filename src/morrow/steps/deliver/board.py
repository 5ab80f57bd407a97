"""Write a universe's pages of the board."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from morrow import board
from morrow.errors import ExportError, MorrowError, one_line
from morrow.steps.alarms import Alarm
from morrow.steps.board_facts import gather_facts
from morrow.steps.context import Night
from morrow.steps.night_reports import keep_report

LONGEST_REASON = 300


@dataclass(frozen=True)
class BoardResult:
    """The written pages of a universe.

    Attributes:
        path: of the first page, relative to the folder of ``morrow.toml``.
        pages: number of pages.
        size: bytes of all its files, without the assets that universes share.
        seconds: that it took to read and to write.
    """

    path: str
    pages: int
    size: int
    seconds: float


def deliver_board(night: Night, document: dict[str, Any]) -> None:
    """Keep the report of a whole night, then write the board, which shows it.

    Whatever is wrong with the pages, the night is delivered: a fault becomes an alarm that fails it.

    Args:
        night: that has ended.
        document: its report; gets ``board``, or one more of ``alarms``.
    """
    try:
        keep_report(night, document)
        document["board"] = vars(write_board(night))
    except Exception as error:  # noqa: BLE001 (a fault in the pages must not cost the night its report)
        reason = str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"
        message = one_line(f"the board was not written: {reason}", LONGEST_REASON)
        alarm = Alarm("board", message, night.command_line("board"), fails=True)
        document["alarms"] = [*document["alarms"], vars(alarm)]


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
