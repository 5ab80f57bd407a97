"""Typed blocks of one or several files assembled into one content, within a budget of memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.source_kinds import TableSource
from morrow.sources.batch import EVERYTHING, Content, Window
from morrow.sources.tables import bars, day_evidence
from morrow.sources.tables.columns import refuse_days
from morrow.sources.tables.layouts import LAYOUTS, Codes, TypedBlock
from morrow.sources.tables.raw_block import Header, RawBlock, Restore
from morrow.sources.tables.reading_notes import TextFacts, common_encoding, describe_texts
from morrow.sources.tables.rows_as_received import StoredBlock, show_rows
from morrow.sources.tables.symbol_names import refuse_case_pairs

Mark = tuple[int, int, int, int, int, int, int, int, int]

_ROW_BYTES = 320  # of a typed row, with the copies that sorting and naming make
_NO_CODES, _NO_DAYS = np.empty(0, np.int64), np.empty(0, "datetime64[us]")


class BudgetError(SourceError):
    """The rows of a source, all its files together, need more memory than it may take."""


@dataclass(frozen=True)
class Block:
    """A typed block and what it was read from.

    Attributes:
        typed: its rows.
        table: what they were read from, as far as it is wanted.
        size: data rows of the block, wanted or not.
        restore: gives the complete table when rows are to be shown.
        stored_bytes: memory that ``restore`` holds.
    """

    typed: TypedBlock
    table: RawBlock
    size: int
    restore: Restore
    stored_bytes: int = 0


def assemble(
    digest: str,
    table: RawBlock,
    options: TableSource,
    path: str,
    symbol: str = "",
    *,
    notes_empty_rows: bool = True,
) -> Content:
    """Read a whole table that is in memory.

    Args:
        digest: sha256 of the source's bytes.
        table: its rows.
        options: how it is laid out and written.
        path: its name in messages.
        symbol: its symbol, where neither it nor the options name one.
        notes_empty_rows: whether empty rows are noted.

    Raises:
        SourceError: a needed column is missing or unreadable, or nothing is left.
    """
    layout = LAYOUTS[options.layout]
    assembly = Assembly(options, path, notes_empty_rows=notes_empty_rows)
    typed = layout.read_block(table, layout.find_columns(table, options, path), options, symbol)
    assembly.add(Block(typed, table, table.rows, lambda: table))
    return assembly.finish(digest)


class Assembly:
    """Takes blocks in their order, and gives the content."""

    def __init__(
        self,
        options: TableSource,
        path: str,
        window: Window = EVERYTHING,
        *,
        notes_empty_rows: bool = True,
        only_window: bool = False,
    ) -> None:
        """Start empty.

        Args:
            options: how the source is laid out and written.
            path: its name in messages.
            window: which rows to keep.
            notes_empty_rows: whether empty rows are noted.
            only_window: whether only rows of the window come, whose shares say nothing about the source.
        """
        self._options, self._path, self._window = options, path, window
        self._notes_empty_rows, self._only_window = notes_empty_rows, only_window
        self._frames: list[pd.DataFrame] = []
        self._stored: list[StoredBlock] = []
        self._blanks: list[tuple[Codes, NDArray[np.datetime64]]] = []
        self._tallies: list[Mapping[str, int]] = []
        self._codes: dict[str, int] = {}
        self._base = self._bytes = 0
        self._size = self._ragged = self._empty = self._repeated_headers = self._lines = self._undated = 0
        self._comments = 0
        self._texts: list[TextFacts] = []
        self._asides: list[str] = []
        self._file = path
        self._only_adjusted = False

    def begin_file(self, name: str) -> Mark:
        """Begin a file, by its name in messages; ``undo`` goes back to the mark."""
        counts = (self._size, self._ragged, self._empty, self._repeated_headers, self._comments)
        mark = (len(self._frames), len(self._blanks), len(self._tallies), len(self._asides), *counts)
        self._file, self._lines, self._undated = name, 0, 0
        return mark

    def undo(self, mark: Mark) -> None:
        """Forget what was added since a mark; its rows keep their numbers."""
        frames, blanks, tallies, asides, *counts = mark
        self._size, self._ragged, self._empty, self._repeated_headers, self._comments = counts
        del self._frames[frames:], self._stored[frames:], self._blanks[blanks:], self._asides[asides:]
        del self._tallies[tallies:]

    def add(self, block: Block) -> None:
        """Add a block.

        Raises:
            BudgetError: the rows need more memory than is allowed.
            SourceError: most days cannot be read.
        """
        typed, table = block.typed, block.table
        self._size += block.size
        blank = sum(not any(field.strip() for field in fields) for fields in table.ragged.values())
        self._ragged += len(table.ragged) - blank
        self._empty += blank + typed.hollow + table.repeated_headers + table.comments
        self._lines += block.size - len(table.ragged) - typed.hollow - table.comments
        self._undated += typed.undated
        self._repeated_headers += table.repeated_headers
        self._comments += table.comments
        if self._undated * 2 > self._lines and not self._only_window:
            refuse_days(table, typed.columns.session, self._file)
        codes = np.array(
            [*(self._codes.setdefault(name, len(self._codes)) for name in typed.names), -1], dtype=np.int64
        )
        self._tallies.append(typed.tally)
        self._blanks.append((codes[typed.blank_codes], typed.blank_days))
        prices, width = typed.columns.prices, typed.columns.width
        self._only_adjusted |= bool(prices) and "close" not in prices
        frame = typed.frame.assign(code=codes[typed.frame["code"]], row=typed.frame["row"] + self._base)
        frame = self._select(frame)
        if len(frame):
            self._frames.append(frame)
            self._stored.append(StoredBlock(self._base, block.restore, typed.columns))
            self._refuse_excess(len(frame) * _ROW_BYTES + block.stored_bytes)
        self._base += block.size * width

    def add_text(self, header: Header, encoding: str) -> None:
        """Add what was seen around the rows of the file, to note it."""
        self._texts.append(TextFacts(header, encoding))

    def note(self, line: str) -> None:
        """Add a note about the file."""
        self._asides.append(line)

    def finish(self, digest: str, failed: tuple[tuple[str, str], ...] = ()) -> Content:
        """Give the content.

        Args:
            digest: sha256 of the source's bytes.
            failed: (symbol, reason) of files that were passed over.

        Raises:
            SourceError: nothing is left, most rows are broken or undated, or most bars have a rival.
        """
        if not self._only_window:
            self._refuse_shape()
        names, is_wide = tuple(self._codes), self._options.layout == "wide"
        blank_codes = np.concatenate([_NO_CODES, *(codes for codes, _ in self._blanks)])
        blank_days = np.concatenate([_NO_DAYS, *(sessions for _, sessions in self._blanks)])
        frame = pd.concat(self._frames, ignore_index=True) if self._frames else bars.no_rows()
        self._frames.clear()
        notes: list[bars.Note] = self._notes()
        if is_wide:
            frame, of_words = bars.remove_columns_of_words(frame, names)
            blank = ~np.isin(blank_codes, [names.index(name) for name, _ in of_words])
            blank_codes, blank_days = blank_codes[blank], blank_days[blank]
            notes += [("", line) for _, line in of_words]
        if self._window == EVERYTHING:
            bars.refuse_no_closes(frame, self._path, names if is_wide else ())
            self._refuse_days(frame)
            refuse_case_pairs(frame, names, self._options, self._path)
        if self._notes_empty_rows:
            wanted = self._select(pd.DataFrame({"code": blank_codes, "session": blank_days})).index
            is_complete = self._window.start is None
            notes += bars.note_empty_rows(
                names, frame, blank_codes[wanted], blank_days[wanted], is_complete=is_complete
            )
        texts = partial(show_rows, self._stored)
        typed = bars.TypedRows(frame, names, tuple(notes), texts, self._only_adjusted)
        is_complete = self._window.start is None and self._window.last is None
        content = bars.build_content(digest, typed, self._path)
        encoding = common_encoding(self._texts)
        return replace(content, failed=failed, is_complete=is_complete, encoding=encoding)

    def _notes(self) -> list[bars.Note]:
        notes = [("", line) for line in (*describe_texts(self._texts), *self._asides)]
        if self._comments:
            notes.append(("", f"{self._comments} comment lines skipped"))
        if self._only_adjusted:
            notes.append(("", "no close column: adjusted closes stand in, without open, high and low"))
        if self._repeated_headers:
            notes.append(("", f"{self._repeated_headers} repeated header lines skipped"))
        return notes + bars.note_tallies(self._tallies)

    def _select(self, frame: pd.DataFrame) -> pd.DataFrame:
        if self._window == EVERYTHING:
            return frame
        symbols = bars.name_symbols(frame["code"].to_numpy(), tuple(self._codes)).to_numpy()
        return frame[self._window.select(frame.assign(symbol=symbols))]

    def _refuse_excess(self, added: int) -> None:
        self._bytes += added
        if self._bytes > self._options.memory_mb << 20:
            raise BudgetError(
                f'the rows of "{self._path}" need more than the {self._options.memory_mb:,} MiB of memory_mb'
                "; raise source.memory_mb, name fewer symbols, or split the universe"
            )

    def _refuse_days(self, frame: pd.DataFrame) -> None:
        if self._options.swapped_days is None:
            day_evidence.refuse_swapped_days(frame, self._path)
        if self._options.frequency == "daily":
            day_evidence.refuse_other_frequency(frame, self._path)

    def _refuse_shape(self) -> None:
        rows = self._size - self._empty
        if rows <= 0:
            raise SourceError(no_rows_message(self._path))
        if self._ragged * 2 > rows:
            raise SourceError(
                f'{self._ragged} of {rows} rows of "{self._path}" do not have the fields of its '
                "header; export it again with one separator"
            )


def no_rows_message(name: str) -> str:
    """Message about a table that has columns and no row."""
    return f'"{name}" has a header and no rows; export it again'
