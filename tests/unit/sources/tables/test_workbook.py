"""Workbooks of spreadsheets."""

import io
import sys
import zipfile
from pathlib import Path

import pytest

from morrow.sources import inspect, show_raw_rows
from tests.files import read, refusal, write

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData>'
    "</worksheet>"
)
STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2">'
    '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)
MAIN = "http://schemas.openxmlformats.org"


def workbook(**sheets: list[list[str | float]]) -> bytes:
    """A workbook as a spreadsheet writes it; numbers of the first column are days."""
    names = list(sheets)
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{MAIN}/officeDocument/2006/relationships/worksheet" '
        f'Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    relations += (
        f'<Relationship Id="st" Type="{MAIN}/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{MAIN}/package/2006/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{MAIN}/package/2006/relationships"><Relationship Id="b" '
            f'Type="{MAIN}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}/spreadsheetml/2006/main" '
            f'xmlns:r="{MAIN}/officeDocument/2006/relationships"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{MAIN}/package/2006/relationships">{relations}</Relationships>',
        )
        archive.writestr("xl/styles.xml", STYLES)
        for number, rows in enumerate(sheets.values(), 1):
            lines = "".join(f"<row>{''.join(map(cell, row, range(len(row))))}</row>" for row in rows)
            archive.writestr(f"xl/worksheets/s{number}.xml", SHEET.format(lines))
    return buffer.getvalue()


def cell(value: str | float, column: int) -> str:
    """A cell with a text in it, a number, or a number that is shown as a day."""
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c{'' if column else ' s=' + chr(34) + '1' + chr(34)}><v>{value}</v></c>"


ROWS: list[list[str | float]] = [
    ["Prices of AAA, in USD"],
    ["Date", "Close", "Volume"],
    *([42738 + day, 10.5 + day, 100] for day in range(3)),
]


def test_the_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    """Days, numbers and a title above the header come out of a sheet as out of a CSV."""
    path = write(tmp_path, workbook(Prices=ROWS, Notes=[["hello"]]), "aaa.xlsx")
    batch = read(path, kind="excel")
    assert batch.rows["session"].dt.strftime("%Y-%m-%d").tolist() == [
        "2017-01-03",
        "2017-01-04",
        "2017-01-05",
    ]
    assert batch.rows["close"].tolist() == [10.5, 11.5, 12.5]
    assert batch.rows["symbol"].unique().tolist() == ["AAA"]
    assert batch.notes[0].startswith('1 line before the header of "aaa.xlsx" skipped, first: ')
    assert show_raw_rows(batch, [1]) == ['{"Close":"11.5","Date":"2017-01-04","Volume":"100"}']
    assert inspect(path).kind == "excel"


def test_one_of_several_sheets_is_named(tmp_path: Path) -> None:
    """Two sheets with a table are a question that names both, and the answer is taken."""
    path = write(tmp_path, workbook(One=ROWS, Two=[*ROWS[1:], [42741, 20, 1]]), "aaa.xlsx")
    question = refusal(path, kind="excel")
    assert 'has 2 sheets with a table: One, Two; say which one: source.sheet = "One"' in question
    assert read(path, kind="excel", sheet="Two").rows["close"].tolist() == [10.5, 11.5, 12.5, 20]
    assert 'has no sheet "Three"; it has One, Two' in refusal(path, kind="excel", sheet="Three")


def test_a_workbook_under_another_name_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as a CSV it points to its kind; broken, or without the extra, it is refused in one line."""
    path = write(tmp_path, workbook(Prices=ROWS), "aaa.csv")
    assert 'set source.kind = "excel"' in refusal(path)
    assert "not a readable workbook" in refusal(write(tmp_path, b"PK\x03\x04 xl/workbook"), kind="excel")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert "pip install 'morrow[excel]'" in refusal(path, kind="excel")
