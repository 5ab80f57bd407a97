"""The lines of a configuration that answer a question about a table's layout, as TOML."""

import json
from collections.abc import Mapping, Sequence

WIDE = 'layout = "wide"'


def answer_columns(columns: Mapping[str, str]) -> str:
    """The line that names columns.

    >>> answer_columns({"close": "Wert"})
    'columns = { close = "Wert" }'
    """
    entries = ", ".join(f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in columns.items())
    return f"columns = {{ {entries} }}"


def answer_fields(columns: Mapping[str, str]) -> str:
    """The lines that say that each symbol has several columns, and name their fields."""
    return f'layout = "fields"\n{answer_columns(columns)}'


def answer_wide(symbols: Sequence[str]) -> str:
    """The lines that say which columns hold one symbol each."""
    return f"{WIDE}\ngroups = {json.dumps(list(symbols), ensure_ascii=False)}"
