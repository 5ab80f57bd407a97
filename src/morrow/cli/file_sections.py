"""The section of a new configuration for a person's file, with what was found in its comments."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from morrow.sources import Inspection, QuestionError
from morrow.sources.tables.columns import list_names

_LISTED_SYMBOLS = 8
_FRESH = timedelta(days=8)
_OLDEST_DAYS = 14  # longer than any exchange's holidays
_FORMAT_COMMENTS = {
    "decimal": "what parts whole from fraction",
    "thousands": "what parts groups of three digits",
    "dates": "how dates like 03/04/2024, or numbers, are meant",
    "zone": "whose days the stamps' moments belong to",
}
_LAYOUT_COMMENT = "long: a row per bar; wide: a column per symbol; fields: several columns per symbol"
_CALENDAR_COMMENTS = {
    "observed": "the days that are in the file",
    "24/7": "every day",
    "ECB": "the ECB's business days",
}


def toml_string(text: str) -> str:
    r"""Quote any text as a TOML string.

    >>> toml_string('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def plain_line(text: str) -> str:
    r"""A text as it may stand in a comment or be printed: on one line, quotes as they are.

    >>> plain_line('a "b"\nc')
    'a "b" c'
    """
    return "".join(letter if letter.isprintable() else " " for letter in text)


def write_age_limit(last: date, today: date) -> Iterator[str]:
    """The line that makes a night fail when no new bars come, for a source that is up to date now."""
    if timedelta(0) <= today - last + timedelta(days=1) <= _FRESH:
        yield f"max_age_days = {_OLDEST_DAYS}   # a night fails when the newest session is older"


def write_file_sections(
    inspection: Inspection, name: str, path: str, about: str, today: date
) -> Iterator[str]:
    """The lines of a universe's sections.

    Args:
        inspection: of its file.
        name: of the universe.
        path: of the file, as the configuration has it.
        about: a sentence about what was found.
        today: the date of the clock.
    """
    calendar = inspection.calendar
    meaning = _CALENDAR_COMMENTS.get(calendar, "an exchange's")
    yield f"# Found in {about}."
    for line in list_preview(inspection):
        yield f"#   {plain_line(line)}"
    yield f"[universes.{name}]"
    yield f'calendar = "{calendar}"   # {meaning}; also: an exchange\'s MIC, "24/7", "ECB" or "observed"'
    yield f'currency = "{inspection.currency}"   # a guess; it stands on charts only'
    yield "# symbols = [...]         # by default all that the file has"
    yield from write_age_limit(inspection.last, today)
    yield ""
    yield f"[universes.{name}.source]"
    yield f'kind = "{inspection.kind}"'
    yield f"path = {toml_string(path)}"
    yield f'layout = "{inspection.layout}"        # {_LAYOUT_COMMENT}'
    if inspection.names:
        yield "header = false   # there is none; the columns in their order, as guessed from the values:"
        yield f"columns = {json.dumps(inspection.names)}"
    elif inspection.columns:
        mapping = ", ".join(f"{ours} = {toml_string(theirs)}" for ours, theirs in inspection.columns.items())
        yield f"columns = {{ {mapping} }}   # morrow's name = the file's"
    for key, value in inspection.notation.items():
        written = toml_string(value) if isinstance(value, str) else json.dumps(value)
        yield f"{key} = {written}   # {_FORMAT_COMMENTS.get(key, 'as found in the file')}"
    if inspection.symbol is not None:
        yield f"symbol = {toml_string(inspection.symbol)}   # the file does not name its only symbol"


def write_question_sections(error: QuestionError, name: str, path: str) -> Iterator[str]:
    """The lines of a universe's sections with a question in the comments; arguments as for files."""
    yield f"# Not decided: {plain_line(error.problem)}."
    yield f"[universes.{name}]"
    yield 'calendar = "observed"   # the days that are in the file; also: an exchange\'s MIC, "24/7", "ECB"'
    yield ""
    yield f"[universes.{name}.source]"
    yield f'kind = "{error.kind}"'
    yield f"path = {toml_string(path)}"
    if error.answers:
        yield "# Take the # away before the answer that is right:"
    for number, answer in enumerate(error.answers):
        yield from ["# or:"] if number else []
        yield from (f"# {line}" for line in answer.splitlines())
    yield f"# What else may be needed (layout: {_LAYOUT_COMMENT}):"
    yield '# layout = "long"'
    yield '# columns = { session = "...", symbol = "...", close = "..." }   # morrow\'s name = the file\'s'
    yield '# dates = "day-first"       # or "month-first"'
    yield '# decimal = ","'


def describe_file(inspection: Inspection, file: str) -> str:
    """One sentence about a file."""
    usual = ("open", "high", "low", "close")
    fields = [name for name in usual if name in inspection.columns] or list(usual)
    *others, last = fields
    prices = "closes only" if inspection.close_only or not others else f"{', '.join(others)} and {last}"
    return (
        f"{toml_string(file)[1:-1]}, a {inspection.layout} {inspection.kind} file: "
        f"{list_symbols(inspection.symbols)}, {inspection.first} to {inspection.last}, {prices}, "
        f"calendar {inspection.calendar}"
    )


def list_preview(inspection: Inspection) -> Iterator[str]:
    """The first and last bars of two symbols, whose days they are, what is left aside, and what was noted."""
    yield from inspection.preview.bars
    if zone := inspection.notation.get("zone"):
        yield f"stamps are moments of {zone}, whose days these are"
    if inspection.preview.left_aside:
        yield f"left aside: {list_names(inspection.preview.left_aside)}"
    yield from inspection.preview.notes[:_LISTED_SYMBOLS]


def list_symbols(symbols: Sequence[str]) -> str:
    """The number of symbols, and the first ones."""
    listed = ", ".join(toml_string(name)[1:-1] for name in symbols[:_LISTED_SYMBOLS])
    more = f" and {len(symbols) - _LISTED_SYMBOLS} more" if len(symbols) > _LISTED_SYMBOLS else ""
    return f"{len(symbols)} symbol{'s' if len(symbols) != 1 else ''} ({listed}{more})"
