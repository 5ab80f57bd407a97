"""Days in three columns of year, month and day: they become one column of days, which is called "date"."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from morrow.sources.tables.cell_kinds import cell_kind
from morrow.sources.tables.field_names import match_field, normalize_name
from morrow.sources.tables.month_names import month_number
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import to_texts

DAYS = "date"
_YEAR = {"year", "yyyy", "yr", "jahr", "annee", "ano", "anno", "rok", "год", "年"}
_MONTH = {"month", "mm", "mon", "monat", "mois", "mes", "mese", "miesiac", "месяц", "月"}
_DAY = {"day", "dd", "dom", "dayofmonth", "tag", "jour", "dia", "giorno", "dzien", "день", "日"}
_SAMPLE_ROWS = 100


def join_day_parts(table: RawBlock) -> RawBlock:
    r"""The table with ISO days in place of its day of the month, and without names of year and month.

    A table with another column of days, or with anything but small numbers below its "day", is left as it is.

    >>> from morrow.sources.tables.delimited_text import read_csv
    >>> joined = join_day_parts(read_csv(b"year,month,day,close\n2024,1,31,5\n", "p.csv"))
    >>> joined.names, joined.columns[2].to_pylist()
    (('', '', 'date', 'close'), ['2024-01-31'])
    """
    parts = _find_parts(table.names)
    if parts is None or _has_days(table, parts):
        return table
    year, month, day = parts
    texts = [_read_part(table.columns[number]) for number in parts]
    if not pc.any(pc.match_substring_regex(texts[2][:_SAMPLE_ROWS], r"^\d{1,2}$")).as_py():
        return table
    names, columns = list(table.names), list(table.columns)
    joined = pc.binary_join_element_wise(
        texts[0], _number_months(texts[1]), pc.utf8_lpad(texts[2], 2, "0"), "-"
    )
    is_written = pc.not_equal(texts[0], "")
    columns[day] = pa.chunked_array([pc.if_else(is_written, joined, "")])
    names[year], names[month], names[day] = "", "", DAYS
    return replace(table, names=tuple(names), columns=tuple(columns))


def _find_parts(names: Sequence[str]) -> tuple[int, int, int] | None:
    plain = [normalize_name(name) for name in names]
    by_part = [
        [number for number, name in enumerate(plain) if name in words] for words in (_YEAR, _MONTH, _DAY)
    ]
    if any(len(numbers) != 1 for numbers in by_part):
        return None
    year, month, day = (numbers[0] for numbers in by_part)
    return year, month, day


def _has_days(table: RawBlock, parts: Sequence[int]) -> bool:
    """Whether a further column is named like one of days and begins with a day."""
    others = (n for n, name in enumerate(table.names) if n not in parts and match_field(name) == "session")
    return any(
        cell_kind(text) == "date" for n in others for text in to_texts(table.columns[n][:1]).to_pylist()
    )


def _read_part(column: pa.ChunkedArray) -> pa.Array:
    return pc.replace_substring_regex(to_texts(column), r"\.0+$", "")


def _number_months(texts: pa.Array) -> pa.Array:
    """Months in two digits, also where they are names."""
    encoded = texts.dictionary_encode()
    months = [f"{month_number(text) or text:0>2}" for text in encoded.dictionary.to_pylist()]
    return pa.array(months, pa.string()).take(encoded.indices)
