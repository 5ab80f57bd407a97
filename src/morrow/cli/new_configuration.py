"""The text of a new configuration: for the shipped universes, a person's own file, or a live source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from morrow import sessions
from morrow.cli.file_sections import (
    describe_file,
    list_preview,
    list_symbols,
    toml_string,
    write_age_limit,
    write_file_sections,
    write_question_sections,
)
from morrow.config import Forecast, Time, Universe, without_user
from morrow.errors import ConfigError, HistoryError, SourceError, UserError
from morrow.source_kinds import live_kinds
from morrow.sources import Inspection, Probe, QuestionError, fetch, inspect, probe
from morrow.sources.files import FileSource
from morrow.sources.tables.file_set import symbol_of
from morrow.steps.first_contest import count_sessions_to_wait

_UNIVERSES = re.compile(r"(?:^#[^\n]*\n)*^\[universes\.", re.MULTILINE)


@dataclass(frozen=True)
class Configuration:
    """A configuration that is to be written.

    Attributes:
        text: of the file, as TOML.
        summary: facts about the source, with a sentence under "about"; may be empty.
        warnings: one line each.
    """

    text: str
    summary: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def shipped_configuration() -> Configuration:
    """The configuration of both shipped universes."""
    return Configuration(files("morrow.cli").joinpath("template.toml").read_text(encoding="utf-8"))


def configure_file(path: Path, folder: Path) -> Configuration:
    """Write a configuration for a person's file.

    Args:
        path: CSV or Parquet: a file, a folder or a glob.
        folder: where the configuration will lie.

    Raises:
        SourceError: there is no file, it is unreadable, or it has no prices or no days.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise SourceError(f"the path {str(path)!a} is not UTF-8; rename the file or folder") from None
    inspection = inspect(path)
    name = universe_name(path.name)
    target, relative = path.resolve(), _relative_path(path, folder)
    about = describe_file(inspection, path.name)
    text = _head() + "\n".join(write_file_sections(inspection, name, relative, about, _today())) + "\n"
    keys = ("kind", "layout", "columns", "calendar", "symbols", "first", "last")
    summary = {
        "universe": name,
        "about": f'universe "{name}": {about}',
        **{key: getattr(inspection, key) for key in keys},
        "preview": tuple(list_preview(inspection)),
    }
    warnings = warn_if_short(target.name, _count_file_sessions(inspection, target))
    return Configuration(text, summary, tuple(warnings))


def configure_question(path: Path, folder: Path, error: QuestionError) -> Configuration:
    """Write a configuration for a file that cannot be read yet, with the question in its comments.

    Args:
        path: the file, a folder or a glob.
        folder: where the configuration will lie.
        error: what cannot be decided.
    """
    name = universe_name(path.name)
    text = _head() + "\n".join(write_question_sections(error, name, _relative_path(path, folder))) + "\n"
    return Configuration(text, {"universe": name, "about": f'universe "{name}", with a question'})


def configure_live(kind: str, symbols: Sequence[str], base_url: str | None) -> Configuration:
    """Write a configuration for a source that is asked over the network.

    Args:
        kind: of a live source; it also names the universe.
        symbols: as a person typed them.
        base_url: another server than the vendor's.

    Raises:
        SourceError: the source does not answer, or does not know a symbol.
        UserError: no symbol is named.
        ConfigError: the base URL cannot be one.
    """
    names = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols if symbol.strip()))
    if not names:
        example = live_kinds()[kind].example_symbols
        raise UserError(f"--{kind} names no symbol; write it like: --{kind} {example}")
    answer = probe(_live_universe(kind, names, base_url))
    about = (
        f"{kind} answers for {list_symbols(names)}; history goes back to {answer.first}, "
        f"newest session {answer.last}, calendar {answer.calendar}"
    )
    text = _head() + "\n".join(_live_sections(kind, names, answer, base_url, about)) + "\n"
    summary = {
        "universe": kind, "about": f'universe "{kind}": {about}', "kind": kind, "symbols": names,
        "calendar": answer.calendar, "currency": answer.currency, "first": answer.first, "last": answer.last,
    }  # fmt: skip
    return Configuration(text, summary, tuple(warn_if_short(kind, _count_live_sessions(answer))))


def universe_name(file: str) -> str:
    """Derive a universe's name from a file's.

    >>> universe_name("My Prices (2024).csv.gz")
    'my-prices-2024'
    """
    name = re.sub(r"[^a-z0-9]+", "-", symbol_of(Path(file)).lower()).strip("-")
    return name[:63].strip("-") or "prices"


def warn_if_short(name: str, length: int) -> Iterator[str]:
    """Warn if there are too few sessions for a contest, with settings that would fit, or for a forecast."""
    from morrow import panel  # noqa: PLC0415 (pandas, for own files only)

    if _fits(length, Forecast().window, Time().minimum):
        return
    if length < panel.SHORTEST:
        yield f"{name} has {length} sessions, and a first forecast needs {panel.SHORTEST}; bring more history"
        return
    needed = length + count_sessions_to_wait(length, length, Forecast(), Time())
    problem = (
        f"{name} has {length} sessions, too few for a contest, which needs {needed}; "
        "until then a pretrained network answers zero-shot"
    )
    for window in (64, 32, 16):
        for minimum in (40, 30, 20, 10):
            if _fits(length, window, minimum):
                smaller = f"[time] minimum = {minimum}"
                smaller += f" and [forecast] window = {window}" if window != Forecast().window else ""
                yield f"{problem}. To hold one now, write {smaller} into morrow.toml"
                return
    yield problem


def _relative_path(path: Path, folder: Path) -> str:
    """A path as the configuration has it: relative to its folder if it lies in there."""
    target, home = path.resolve(), folder.resolve()
    return target.relative_to(home).as_posix() if target.is_relative_to(home) else str(target)


def _today() -> date:
    return datetime.now(UTC).date()


def _head() -> str:
    """The part of the shipped configuration before its universes."""
    return _UNIVERSES.split(shipped_configuration().text, maxsplit=1)[0]


def _live_sections(
    kind: str, symbols: tuple[str, ...], answer: Probe, base_url: str | None, about: str
) -> Iterator[str]:
    yield f"# Asked for one bar: {about}."
    yield f"[universes.{kind}]"
    yield f'calendar = "{answer.calendar}"   # an exchange\'s MIC, "24/7", "ECB" or "observed"'
    yield f"currency = {toml_string(answer.currency)}   # stands on charts only"
    yield f"symbols = [{', '.join(map(toml_string, symbols))}]"
    yield from write_age_limit(date.fromisoformat(str(answer.last)), _today())
    yield ""
    yield f"[universes.{kind}.source]"
    yield f'kind = "{kind}"'
    if base_url:
        yield f"base_url = {toml_string(base_url)}"
    if comment := live_kinds()[kind].init_comment:
        yield f"# {comment}"


def _live_universe(kind: str, symbols: tuple[str, ...], base_url: str | None) -> Universe:
    source = {"kind": kind} | ({"base_url": base_url} if base_url else {})
    try:
        return Universe.model_validate({"source": source, "calendar": "observed", "symbols": symbols})
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f'--base-url "{without_user(base_url or "")}" cannot be used: {why}') from None


def _count_file_sessions(inspection: Inspection, path: Path) -> int:
    source = FileSource.model_validate(
        {
            "kind": inspection.kind,
            "path": str(path),
            "layout": inspection.layout,
            "columns": inspection.columns,
            "symbol": inspection.symbol,
            **inspection.notation,
        }
    )
    rows = fetch(Universe(source=source, calendar=inspection.calendar), path.parent).rows
    days = pd.DatetimeIndex(rows["session"].dropna().unique()).sort_values()
    return len(sessions.sessions(inspection.calendar, days[0], days[-1], days))


def _count_live_sessions(answer: Probe) -> int:
    """Sessions from the first to the last; weekdays if the calendar is not known."""
    if answer.calendar == sessions.OBSERVED:
        return len(pd.bdate_range(answer.first, answer.last))
    return len(sessions.sessions(answer.calendar, answer.first, answer.last))


def _fits(length: int, window: int, minimum: int) -> bool:
    from morrow import panel  # noqa: PLC0415 (pandas, for own files only)

    try:
        parts = panel.split_sessions(length, Forecast(window=window), Time(minimum=minimum))
    except HistoryError:
        return False
    return parts.fit[1] >= panel.SHORTEST + window  # else warming up takes all that could be fitted on
