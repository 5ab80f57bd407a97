"""What long and wide tables share on their way to bars: complaints, duplicates, factors, refusals."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources import factors
from morrow.sources.batch import COLUMNS, NUMBERS, Content, Texts
from morrow.sources.columns import Layout
from morrow.sources.tables import Table
from morrow.sources.values import Flags, days, texts

FIELDS = (*NUMBERS, "adj_close")
Codes = NDArray[np.int64]
Note = tuple[str, str]

_SHOWN = 40
_RIVALS_LOOKED_FOR = 20


@dataclass(frozen=True)
class Read:
    """Typed rows before duplicates are collapsed.

    Attributes:
        frame: row, code (place among ``names``, −1 if unreadable), session, ``FIELDS``, malformed.
        names: the symbols.
        notes: (symbol or empty, line) pairs.
        texts: shows rows as received.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    texts: Texts


def finished(digest: str, read: Read, path: str) -> Content:
    """Collapse exact duplicates, derive factors and name the symbols.

    Raises:
        SourceError: most bars have a rival that says otherwise.
    """
    frame = read.frame.sort_values("row", kind="stable", ignore_index=True)
    symbols = _named(frame["code"].to_numpy(), read.names)
    alike = _same_bar(frame)
    copies = np.zeros(len(frame), dtype=bool)
    copies[alike] = frame.loc[alike].drop(columns="row").duplicated().to_numpy()
    repeated = pd.DataFrame({"symbol": symbols[copies], "session": frame.loc[copies, "session"]})
    frame, symbols = frame[~copies].reset_index(drop=True), symbols[~copies].reset_index(drop=True)
    _refuse_rivals(frame, symbols, path)
    frame["split_factor"], frame["dividend_factor"] = 1.0, 1.0
    if frame["adj_close"].notna().any():
        frame["split_factor"], frame["dividend_factor"] = factors.from_adjusted(
            frame["code"].to_numpy(),
            frame["session"].to_numpy("datetime64[us]"),
            frame["close"].to_numpy(),
            frame["adj_close"].to_numpy(),
        )
    frame.insert(1, "symbol", symbols)
    frame["malformed"] = pa.array(frame["malformed"], pa.string()).to_pandas()
    return Content(digest, frame[list(COLUMNS)], repeated, read.names, read.notes, read.texts)


def complain(malformed: NDArray[np.object_], field: str, column: pa.ChunkedArray, bad: Flags) -> None:
    """Write into ``malformed`` the text of each field that could not be read."""
    at = np.flatnonzero(bad)
    if not len(at):
        return
    for place, text in zip(at, texts(column.take(pa.array(at))).to_pylist(), strict=True):
        said = f'{field}="{text[:_SHOWN]}"'
        malformed[place] = f"{malformed[place]}, {said}" if malformed[place] else said


def with_ragged(frame: pd.DataFrame, table: Table, layout: Layout, names: Sequence[str]) -> pd.DataFrame:
    """Add the rows with too few or too many fields, their symbol and session as far as they can be read."""
    known = {name: code for code, name in enumerate(names)}
    rows = []
    for position, fields in table.ragged.items():
        if not any(field.strip() for field in fields):
            continue
        session = fields[layout.session] if layout.session < len(fields) else ""
        code = -1 if layout.symbol is not None or layout.wide else 0
        if layout.symbol is not None and layout.symbol < len(fields):
            code = known.get(fields[layout.symbol].strip(), -1)
        several = len(fields) != len(table.names)
        said = f"fields={len(fields)} of {len(table.names)}" if several else "unmatched quote"
        place = position * max(len(layout.wide), 1)
        rows.append((place, code, days(pa.chunked_array([[session]]))[0][0], said))
    if not rows:
        return frame
    added = pd.DataFrame(rows, columns=["row", "code", "session", "malformed"]).reindex(columns=frame.columns)
    return pd.concat([frame, added.astype(dict.fromkeys(FIELDS, "float64"))])


def empty_rows(
    names: Sequence[str], codes: Codes, sessions: NDArray[np.datetime64], empty: Flags
) -> list[Note]:
    """Note the empty rows before each symbol's first bar, and symbols without any."""
    dated = (codes >= 0) & ~np.isnat(sessions)
    never = np.datetime64("9999-12-31", "us")
    first = np.full(len(names), never)
    np.minimum.at(first, codes[dated & ~empty], sessions[dated & ~empty])
    blank = codes[dated & empty]
    leading = np.bincount(blank[sessions[dated & empty] < first[blank]], minlength=len(names))
    notes = []
    for code in np.flatnonzero(leading).tolist():
        name, skipped = names[code], f"{leading[code]} empty leading rows skipped"
        notes.append((name, f"symbol {name}: {'no prices' if first[code] == never else skipped}"))
    return notes


def texts_by(table: Table, places: Callable[[int], tuple[int, Sequence[int]]]) -> Texts:
    """Show rows as canonical JSON.

    Args:
        table: what was read.
        places: a batch row's place among the table's rows, and the columns that belong to it.
    """

    def line(row: int) -> Mapping[str, Any]:
        position, chosen = places(row)
        if position in table.ragged:
            return {"fields": list(table.ragged[position])}
        at = int(np.searchsorted(table.positions, position))
        return {table.names[c] or f"column {c + 1}": table.columns[c][at].as_py() for c in chosen}

    return lambda rows: [_json(line(int(row))) for row in rows]


def refuse_shape(table: Table, path: str) -> None:
    """Refuse a table without rows, or with more ragged rows than whole ones.

    Raises:
        SourceError: it says what was found.
    """
    rows = len(table.positions) + len(table.ragged)
    if not rows:
        raise SourceError(f'"{path}" has a header and no rows, so nothing is left; export it again')
    if len(table.ragged) * 2 > rows:
        raise SourceError(
            f'{len(table.ragged)} of {rows} rows of "{path}" do not have the {len(table.names)} fields of '
            "its header; export it again with one separator"
        )


def refuse_no_closes(frame: pd.DataFrame, path: str) -> None:
    """Refuse a table of which no row has a close.

    Raises:
        SourceError: it shows what could not be read.
    """
    if np.isfinite(frame["close"].to_numpy()).any():
        return
    said = frame["malformed"].dropna()
    example = f", first unreadable: {said.iloc[0]}" if len(said) else ""
    raise SourceError(
        f'"{path}" has no row with a close{example}; numbers are written like 1234.5, without separators'
    )


def _refuse_rivals(frame: pd.DataFrame, symbols: "pd.Series[str]", path: str) -> None:
    """Refuse several bars a day, or several symbols taken for one."""
    rivals = _same_bar(frame) & frame["session"].notna().to_numpy()
    if len(frame) < _RIVALS_LOOKED_FOR or int(rivals.sum()) * 2 <= len(frame):
        return
    first = int(rivals.argmax())
    raise SourceError(
        f'"{path}" has several different rows for most days, first for {symbols[first]} on '
        f"{frame['session'][first]:%Y-%m-%d}; one bar a symbol and day is read; if it holds several symbols, "
        'name their column: columns = { symbol = "..." }'
    )


def _same_bar(frame: pd.DataFrame) -> Flags:
    """Whether each row shares its symbol and session (both may be unreadable) with another."""
    day = frame["session"].to_numpy("datetime64[D]").astype(np.int64)
    key = frame["code"].to_numpy() * (1 << 23) + np.maximum(day, -(1 << 22))
    return pd.Series(key).duplicated(keep=False).to_numpy()


def _named(codes: Codes, names: Sequence[str]) -> "pd.Series[str]":
    places = pa.array(codes, pa.int64(), mask=codes < 0)
    known: pd.Series[str] = pa.array(names, pa.string()).take(places).to_pandas()
    return known


def _json(line: Mapping[str, Any]) -> str:
    plain = {
        name: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in line.items()
    }
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
