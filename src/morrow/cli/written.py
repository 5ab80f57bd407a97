"""The text of a configuration: the shipped one, or one for a person's own file."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from morrow import sessions
from morrow.config import Forecast, Time, Universe
from morrow.errors import HistoryError, SourceError
from morrow.sources import Inspection, fetch, inspect
from morrow.sources.files import FileSource
from morrow.sources.tables.file_set import symbol_of

_UNIVERSES = re.compile(r"(?:^#[^\n]*\n)*^\[universes\.", re.MULTILINE)
_SHOWN = 8
_WRITTEN = {
    "decimal": "what parts whole from fraction",
    "thousands": "what parts groups of three digits",
    "dates": "how dates like 03/04/2024 are meant",
}
_CALENDARS = {
    "observed": "the days that are in the file",
    "24/7": "every day",
    "ECB": "the ECB's business days",
}


def template() -> str:
    """The configuration of the shipped universes, as text."""
    return files("morrow.cli").joinpath("template.toml").read_text(encoding="utf-8")


def head() -> str:
    """What stands before the universes in the shipped configuration."""
    return _UNIVERSES.split(template(), maxsplit=1)[0]


def own_file(path: Path, folder: Path) -> tuple[str, dict[str, Any], list[str]]:
    """A configuration for a person's file.

    Args:
        path: CSV or Parquet: a file, a folder or a glob.
        folder: where the configuration will lie.

    Returns:
        Its text, what was found in the file, and warnings.

    Raises:
        SourceError: there is no file, it is or unreadable, or has no prices or no days.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise SourceError(f"the path {str(path)!a} is not UTF-8; rename the file or folder") from None
    seen = inspect(path)
    name = universe_name(path.name)
    place, home = path.resolve(), folder.resolve()
    written = place.relative_to(home).as_posix() if place.is_relative_to(home) else str(place)
    about = _about(seen, path.name)
    text = head() + "\n".join(_section(seen, name, written, about)) + "\n"
    found = {
        "universe": name,
        "about": f'universe "{name}": {about}',
        **{
            key: getattr(seen, key)
            for key in ("kind", "layout", "columns", "calendar", "symbols", "first", "last")
        },
    }
    return text, found, list(_too_short(seen, place))


def universe_name(file: str) -> str:
    """A universe's name out of a file's.

    >>> universe_name("My Prices (2024).csv.gz")
    'my-prices-2024'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", symbol_of(Path(file)).lower()).strip("-")
    return plain[:63].strip("-") or "prices"


def toml_string(text: str) -> str:
    r"""A TOML string of any text.

    >>> toml_string('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _about(seen: Inspection, file: str) -> str:
    shown = ", ".join(toml_string(name)[1:-1] for name in seen.symbols[:_SHOWN])
    more = f" and {len(seen.symbols) - _SHOWN} more" if len(seen.symbols) > _SHOWN else ""
    number = f"{len(seen.symbols)} symbol{'s' if len(seen.symbols) != 1 else ''}"
    prices = "closes only" if seen.close_only else "open, high, low and close"
    return (
        f"{toml_string(file)[1:-1]}, a {seen.layout} {seen.kind} file: {number} ({shown}{more}), "
        f"{seen.first} to {seen.last}, {prices}, calendar {seen.calendar}"
    )


def _section(seen: Inspection, name: str, path: str, about: str) -> Iterator[str]:
    meaning = _CALENDARS.get(seen.calendar, "an exchange's")
    yield f"# Found in {about}."
    yield f"[universes.{name}]"
    yield f'calendar = "{seen.calendar}"   # {meaning}; also: an exchange\'s MIC, "24/7", "ECB" or "observed"'
    yield f'currency = "{seen.currency}"   # a guess; it stands on charts only'
    yield "# symbols = [...]         # by default all that the file has"
    yield ""
    yield f"[universes.{name}.source]"
    yield f'kind = "{seen.kind}"'
    yield f"path = {toml_string(path)}"
    yield f'layout = "{seen.layout}"        # long: a row a bar; wide: a column a symbol'
    if seen.columns:
        mapped = ", ".join(f"{ours} = {toml_string(theirs)}" for ours, theirs in seen.columns.items())
        yield f"columns = {{ {mapped} }}   # morrow's name = the file's"
    for key, value in seen.notation.items():
        yield f"{key} = {toml_string(value)}   # {_WRITTEN[key]}"
    if seen.symbol is not None:
        yield f"symbol = {toml_string(seen.symbol)}   # the file does not name its only symbol"


def _too_short(seen: Inspection, path: Path) -> Iterator[str]:
    """A warning if the file's history is too short for the default parts of time, with what would fit."""
    source = FileSource.model_validate(
        {
            "kind": seen.kind,
            "path": str(path),
            "layout": seen.layout,
            "columns": seen.columns,
            "symbol": seen.symbol,
            **seen.notation,
        }
    )
    rows = fetch(Universe(source=source, calendar=seen.calendar), path.parent).rows
    days = pd.DatetimeIndex(rows["session"].dropna().unique()).sort_values()
    yield from shortage(path.name, len(sessions.sessions(seen.calendar, days[0], days[-1], days)))


def shortage(name: str, length: int) -> Iterator[str]:
    """A warning if so many sessions are too few for the default parts of time, with what would fit."""
    if _fits(length, Forecast().window, Time().minimum):
        return
    known = f"{name} has {length} sessions, too few for the default window and parts of time"
    for window in (64, 32, 16):
        for minimum in (40, 30, 20, 10):
            if _fits(length, window, minimum):
                smaller = f"[time] minimum = {minimum}"
                smaller += f" and [forecast] window = {window}" if window != Forecast().window else ""
                yield f"{known}; write {smaller} into morrow.toml, or bring more history"
                return
    yield f"{known}, and for any others; bring more history"


def _fits(length: int, window: int, minimum: int) -> bool:
    from morrow import panel  # noqa: PLC0415 (pandas, for own files only)

    try:
        parts = panel.split_sessions(length, Forecast(window=window), Time(minimum=minimum))
    except HistoryError:
        return False
    return parts.fit[1] >= panel.SHORTEST + window  # else warming up takes all that could be fitted on
