"""The formats that a file can have, told by its first bytes whatever its name says."""

import re

from morrow.errors import SourceError
from morrow.sources.tables.workbook import is_workbook

PARQUET, GZIP = b"PAR1", b"\x1f\x8b"
_UNZIP = "unzip it, and name the CSV in it"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", _UNZIP),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNZIP),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNZIP),
    (b"Rar!", "a rar archive", _UNZIP),
    (b"ARROW1", "an Arrow or Feather file", "write it as Parquet: pandas.read_feather(...).to_parquet(...)"),
    (b"FEA1", "a Feather file", "write it as Parquet: pandas.read_feather(...).to_parquet(...)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write it as Parquet: pandas.read_hdf(...).to_parquet(...)"),
    (b"SQLite format 3\x00", "an SQLite database", 'set source.kind = "sql" with its url and table'),
    (b"%PDF", "a PDF", "fetch the prices as CSV"),
    (b"\x89PNG", "a picture", "fetch the prices as CSV"),
    (b"\xff\xd8\xff", "a picture", "fetch the prices as CSV"),
    (b"GIF8", "a picture", "fetch the prices as CSV"),
    *(
        (start, "a Python pickle", "write it as Parquet: pandas.read_pickle(...).to_parquet(...)")
        for start in (
            b"\x80\x02",
            b"\x80\x03",
            b"\x80\x04",
            b"\x80\x05",
            b"ccopy_reg\n",
            b"ccopyreg\n",
            b"cpandas.",
        )
    ),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or Parquet, with its days and names"),
    (b"Obj\x01", "an Avro file", "write it as Parquet"),
    (b"ORC", "an ORC file", "write it as Parquet: pandas.read_orc(...).to_parquet(...)"),
)
_TEXTS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"version https://git-lfs\.github\.com/"),
        "a pointer of Git LFS, not the file itself",
        "fetch it: git lfs pull",
    ),
    (
        re.compile(rb"(\.\./)*\.git/annex/|/annex/objects/"),
        "a pointer of git-annex",
        "fetch it: git annex get",
    ),
    (re.compile(rb"outs:\r?\n\s*- (md5|path|hash):"), "a pointer of DVC", "fetch it: dvc pull"),
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|script|div|!--)", re.IGNORECASE),
        "an HTML page",
        "look at it in a browser: it may ask for a login, or show an error; fetch the CSV itself",
    ),
    (
        re.compile(rb"<\?xml|<[a-z:]+( [^<>]*)?>[ \r\n]*<|<[a-z:]+ xmlns", re.IGNORECASE),
        "XML",
        "fetch or save it as CSV or Parquet",
    ),
    (
        re.compile(rb"(\{\s*[\"}]|\[\s*[\[{\"\d\]])"),
        "JSON",
        "write it as CSV: pandas.read_json(...).to_csv(..., index=False)",
    ),
)
_START = re.compile(rb"(\xef\xbb\xbf)?\s*")


def refuse_other_formats(first: bytes, name: str) -> None:
    """Refuse what is no delimited text by its first bytes.

    Raises:
        SourceError: it says what the file is, and what to do.
    """
    if first.startswith(PARQUET):
        raise SourceError(f'"{name}" is a Parquet file, not a CSV; set source.kind = "parquet"')
    if is_workbook(first):
        raise SourceError(f'"{name}" is a workbook of a spreadsheet, not a CSV; set source.kind = "excel"')
    what = recognise(first)
    if what is not None:
        raise SourceError(f'"{name}" is {what[0]}, and CSV or Parquet is read; {what[1]}')


def recognise(first: bytes) -> tuple[str, str] | None:
    """What a file is that is neither delimited text nor Parquet, and what to do with it."""
    for magic, what, advice in _MAGIC:
        if first.startswith(magic):
            return what, advice
    start = _START.match(first)
    text = first[start.end() if start else 0 :][:4096]
    return next(((what, advice) for pattern, what, advice in _TEXTS if pattern.match(text)), None)
