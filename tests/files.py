"""Files of prices for tests: written, read as a universe of their own, or refused in one line."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from morrow.config import Universe
from morrow.errors import MorrowError
from morrow.sources import Batch, Start, fetch
from morrow.sources.files import FileSource

LONG = "Date,Ticker,Open,High,Low,Close,Volume\n"
TWO_DAYS = LONG + "2020-01-02,AAA,1,3,0.5,2,10\n2020-01-03,AAA,2,4,1,3,20\n"


def write(folder: Path, text: str | bytes, name: str = "prices.csv") -> Path:
    """Write a file with the given content."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(
    path: Path,
    as_of: date | None = None,
    symbols: tuple[str, ...] | None = None,
    start: Start = None,
    **options: Any,
) -> Batch:
    """Fetch a path as a universe of its own."""
    given = {"kind": "parquet" if path.suffix == ".parquet" else "csv", "path": path.name} | options
    universe = Universe(source=FileSource.model_validate(given), calendar="observed", symbols=symbols)
    return fetch(universe, path.parent, as_of, start=start)


def refusal(path: Path, **options: Any) -> str:
    """The one line with which a path is refused."""
    with pytest.raises(MorrowError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message
