"""The options of one file among several: as configured, but for columns and a notation that are its own."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from morrow.errors import SourceError
from morrow.source_kinds import TableSource
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.notation import detect_notation
from morrow.sources.tables.raw_block import RawBlock

Options = TypeVar("Options", bound=TableSource)

_SAMPLE_ROWS = 50


def fit_options(options: Options, table: RawBlock, name: str, note: Callable[[str], None]) -> Options:
    """Fit the options of a source to one of its files.

    A column that the file lacks is looked for by its usual names. If most of its first rows still cannot be
    read, and can be in a notation that the file itself proves, that is taken.

    Args:
        options: of the source.
        table: the first rows of the file.
        name: of it, for notes.
        note: takes a line about each difference.
    """
    options = _fit_columns(options, table, name, note)
    if _reads(options, table, name):
        return options
    try:
        notation = detect_notation(table)
    except SourceError:
        return options
    other = options.model_copy(update=notation)
    if not notation or not _reads(other, table, name):
        return options
    listed = ", ".join(f'{key} = "{value}"' for key, value in notation.items())
    note(f'"{name}" has its own notation: {listed}')
    return other


def _fit_columns(options: Options, table: RawBlock, name: str, note: Callable[[str], None]) -> Options:
    usual = match_names(table.names)
    taken = {theirs for theirs in options.columns.values() if theirs in table.names}
    lacking = {
        ours: table.names[usual[ours]]
        for ours, theirs in options.columns.items()
        if theirs not in table.names and ours in usual and table.names[usual[ours]] not in taken
    }
    if not lacking:
        return options
    read = ", ".join(f'"{theirs}" for "{options.columns[ours]}"' for ours, theirs in lacking.items())
    note(f'"{name}" has its own header: {read}')
    return options.model_copy(update={"columns": {**options.columns, **lacking}})


def _reads(options: TableSource, table: RawBlock, name: str) -> bool:
    """Whether most of the first rows can be read."""
    layout = LAYOUTS[options.layout]
    head = table.select(np.arange(len(table.positions)) < _SAMPLE_ROWS)
    try:
        typed = layout.read_block(head, layout.find_columns(head, options, name), options, name)
    except SourceError:
        return False
    return bool(typed.frame["malformed"].isna().mean() > 0.5) if len(typed.frame) else True
