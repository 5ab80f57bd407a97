"""The fields of one line of delimited text."""

import csv
from collections.abc import Iterable

csv.field_size_limit(1 << 23)


def split_line(line: str, separator: str) -> list[str] | None:
    """Fields of a line, or None if a quote is not closed or something follows where it is."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return None


def join_fields(fields: Iterable[str], separator: str) -> bytes:
    """A line with every field in quotes."""
    quoted = ('"' + field.replace('"', '""') + '"' for field in fields)
    return separator.join(quoted).encode()
