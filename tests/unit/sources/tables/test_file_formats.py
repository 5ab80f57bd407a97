"""Formats told by their first bytes."""

import io
import json
import pickle
import sqlite3
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.files import TWO_DAYS, read, refusal, write

FRAME = pd.DataFrame({"date": ["2024-01-02"], "close": [1.0]})


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", TWO_DAYS)
        archive.writestr("b.csv", TWO_DAYS)
    return buffer.getvalue()


def _feather() -> bytes:
    buffer = io.BytesIO()
    FRAME.to_feather(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "what", "advice"),
    [
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "is an HTML page", "login"),
        (b"\n  <html>\n<table>", "is an HTML page", "fetch the CSV itself"),
        (b'<?xml version="1.0"?><rows/>', "is XML", "save it as CSV"),
        (b"<rows><row/></rows>", "is XML", "save it as CSV"),
        (b"\x89PNG\r\n\x1a\n\x00", "is a picture", "CSV"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS", "git lfs pull"),
        (b"../../.git/annex/objects/ab/x.csv", "git-annex", "git annex get"),
        (b"outs:\n- md5: 0\n  path: p.csv\n", "DVC", "dvc pull"),
        (json.dumps(FRAME.to_dict("records")).encode(), "is JSON", "read_json"),
        (b'{"chart": {"result": []}}', "is JSON", "read_json"),
        (_zip(), "is a zip archive with 2 files (a.csv, b.csv)", "unzip it into a folder"),
        (_feather(), "Feather", "read_feather"),
        (b"%PDF-1.7\n", "is a PDF", "CSV"),
        *(
            (pickle.dumps(FRAME, protocol), "is a Python pickle", "read_pickle")
            for protocol in (0, 2, 3, 4, 5)
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "is a workbook", 'source.kind = "excel"'),
    ],
    ids=[
        "page",
        "table",
        "xml",
        "tags",
        "png",
        "lfs",
        "annex",
        "dvc",
        "records",
        "reply",
        "zip",
        "feather",
        "pdf",
        *(f"pickle {protocol}" for protocol in (0, 2, 3, 4, 5)),
        "xls",
    ],
)
def test_other_formats_are_named(data: bytes, what: str, advice: str, tmp_path: Path) -> None:
    """A file that is no table of text is refused by what it is, whatever its name, with what to do."""
    message = refusal(write(tmp_path, data))
    assert what in message
    assert advice in message


def test_names_in_angle_brackets_are_no_tags(tmp_path: Path) -> None:
    """The headers of several vendors stand in angle brackets, and are read."""
    text = "<TICKER>,<DATE>,<CLOSE>\nAAA,20240102,1\nAAA,20240103,2\n"
    columns = {"symbol": "<TICKER>", "session": "<DATE>", "close": "<CLOSE>"}
    for separator in ",\t;":
        path = write(tmp_path, text.replace(",", separator))
        assert read(path, columns=columns).rows["close"].tolist() == [1, 2]


def test_a_database_is_named(tmp_path: Path) -> None:
    """An SQLite file points to the source that reads it."""
    with sqlite3.connect(tmp_path / "p.db") as database:
        database.execute("create table prices (day text, close real)")
    database.close()
    assert 'set source.kind = "sql"' in refusal(write(tmp_path, (tmp_path / "p.db").read_bytes()))
