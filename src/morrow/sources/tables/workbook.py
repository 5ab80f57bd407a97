"""Sheets of Excel and OpenDocument workbooks as delimited text, by python-calamine (the extra ``excel``)."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO

from morrow.errors import SourceError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ROWS = 1 << 14
_LISTED_SHEETS = 4


def is_workbook(first: bytes) -> bool:
    """Whether the first bytes of a file are a workbook's."""
    if not first.startswith(_ZIP):
        return first.startswith(_OLE)
    return (
        b"xl/workbook" in first
        or b"[Content_Types].xml" in first[:4096]
        or b"opendocument.spreadsheet" in first
    )


def read_sheet(file: BinaryIO, name: str, sheet: str | None = None) -> Iterator[bytes]:
    """Yield the rows of a sheet as lines in UTF-8, separated by commas, in blocks.

    Args:
        file: the workbook.
        name: of it, for messages.
        sheet: name of the sheet; None for the only one that holds a table.

    Raises:
        SourceError: the extra is not installed, or the workbook is broken, has no such sheet, or several that
            hold a table.
    """
    try:
        import python_calamine  # noqa: PLC0415 (an extra)
    except ImportError:
        raise SourceError(
            f'"{name}" is a workbook, which the extra "excel" reads: pip install \'morrow[excel]\'; '
            "or save its sheet as CSV"
        ) from None
    try:
        workbook = python_calamine.load_workbook(file)
        chosen = sheet or _choose_sheet(workbook, name)
        if chosen not in workbook.sheet_names:
            raise SourceError(f'"{name}" has no sheet "{chosen}"; it has {_list(workbook.sheet_names)}')
        rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=True)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise SourceError(f'"{name}" is not a readable workbook: {reason}; save its sheet as CSV') from None
    for start in range(0, len(rows), _ROWS):
        yield _to_lines(rows[start : start + _ROWS])


def _choose_sheet(workbook: Any, name: str) -> str:
    tables = [
        each for each in workbook.sheet_names
        if (sheet := workbook.get_sheet_by_name(each)).height > 1 and sheet.width > 1
    ]  # fmt: skip
    if len(tables) == 1:
        return str(tables[0])
    if not tables:
        raise SourceError(f'"{name}" has no sheet with a table; its sheets: {_list(workbook.sheet_names)}')
    raise SourceError(
        f'"{name}" has {len(tables)} sheets with a table: {_list(tables)}; '
        f'say which one: source.sheet = "{tables[0]}"'
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED_SHEETS]) + (", ..." if len(names) > _LISTED_SHEETS else "")


def _to_lines(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_to_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _to_text(cell: Any) -> str:
    """A cell as text: days in ISO form, whole numbers without a fraction."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return " ".join(str(cell).split()) if isinstance(cell, str) else str(cell)
