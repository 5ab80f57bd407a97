"""A spreadsheet's workbook of one sheet, written part by part."""

import io
import zipfile
from xml.sax.saxutils import escape

import pandas as pd

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGES = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _relations(**targets: str) -> str:
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{_PACKAGES}/relationships">{relations}</Relationships>'


def _part(name: str, kind: str) -> str:
    return f'<Override PartName="/xl/{name}" ContentType="{_SHEETS}.{kind}+xml"/>'


_RELATIONS_KIND = "application/vnd.openxmlformats-package.relationships+xml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGES}/content-types">'
    f'<Default Extension="rels" ContentType="{_RELATIONS_KIND}"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + _part("workbook.xml", "sheet.main")
    + _part("worksheets/sheet1.xml", "worksheet")
    + _part("styles.xml", "styles")
    + "</Types>",
    "_rels/.rels": _relations(officeDocument="xl/workbook.xml"),
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Prices" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": _relations(worksheet="worksheets/sheet1.xml", styles="styles.xml"),
    "xl/styles.xml": f"<styleSheet {_MAIN}>"
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


def write_workbook(data: bytes) -> bytes:
    """The workbook of a CSV whose first column holds texts, the second days, and the others numbers.

    Days are serial numbers in a style of dates.
    """
    lines = [line.split(",") for line in data.decode().splitlines()]
    rows = "".join(_write_row(number, line) for number, line in enumerate(lines, 1))
    sheet = f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, _HEAD + text)
    return buffer.getvalue()


def _write_row(number: int, fields: list[str]) -> str:
    cells = []
    for letter, text in zip("ABCDEFG", fields, strict=True):
        if number == 1 or letter == "A":
            cells.append(f'<c r="{letter}{number}" t="inlineStr"><is><t>{escape(text)}</t></is></c>')
        elif letter == "B":
            serial = (pd.Timestamp(text) - pd.Timestamp("1899-12-30")).days
            cells.append(f'<c r="{letter}{number}" s="1"><v>{serial}</v></c>')
        else:
            cells.append(f'<c r="{letter}{number}"><v>{text}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'
