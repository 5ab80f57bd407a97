"""What long and wide tables share on their way to bars: complaints, duplicates, factors, refusals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources import absent, factors
from morrow.sources.batch import COLUMNS, NUMBERS, Basis, Content, Texts
from morrow.sources.columns import Layout, listed
from morrow.sources.tables import Table
from morrow.sources.values import Flags, Written, days, texts

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
        adjusted: closes are adjusted ones, as there are no others.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    texts: Texts
    adjusted: bool = False


def finished(digest: str, read: Read, path: str) -> Content:
    """Collapse exact duplicates, derive factors and name the symbols.

    Raises:
        SourceError: most bars have a rival that says otherwise.
    """
    frame = read.frame
    if not frame["row"].is_monotonic_increasing:
        frame = frame.sort_values("row", kind="stable", ignore_index=True)
    symbols = named(frame["code"].to_numpy(), read.names)
    alike = _same_bar(frame)
    copies = np.zeros(len(frame), dtype=bool)
    copies[alike] = frame.loc[alike].drop(columns="row").duplicated().to_numpy()
    repeated = pd.DataFrame({"symbol": symbols[copies], "session": frame.loc[copies, "session"]})
    if copies.any():
        frame, symbols = frame[~copies].reset_index(drop=True), symbols[~copies].reset_index(drop=True)
    if alike.any():
        _refuse_rivals(frame, symbols, path)
    notes = (*read.notes, *absent.without_zeros(frame, read.names))
    frame["split_factor"], frame["dividend_factor"] = 1.0, 1.0
    basis: Basis = "adjusted" if read.adjusted else "traded"
    if frame["adj_close"].notna().any():
        basis = "derived"
        frame["split_factor"], frame["dividend_factor"] = factors.from_adjusted(
            frame["code"].to_numpy(),
            frame["session"].to_numpy("datetime64[us]"),
            frame["close"].to_numpy(),
            frame["adj_close"].to_numpy(),
        )
    frame.insert(1, "symbol", symbols)
    frame["malformed"] = pa.array(frame["malformed"], pa.string()).to_pandas()
    kept = [*COLUMNS, *(["adj_close"] if basis == "derived" else [])]
    return Content(digest, frame[kept], repeated, read.names, notes, read.texts, basis=basis)


def complain(malformed: NDArray[np.object_], field: str, column: pa.ChunkedArray, bad: Flags) -> None:
    """Write into ``malformed`` the text of each field that could not be read."""
    at = np.flatnonzero(bad)
    if not len(at):
        return
    for place, text in zip(at, texts(column.take(pa.array(at))).to_pylist(), strict=True):
        said = f'{field}="{text[:_SHOWN]}"'
        malformed[place] = f"{malformed[place]}, {said}" if malformed[place] else said


def with_ragged(
    frame: pd.DataFrame, table: Table, layout: Layout, names: Sequence[str], written: Written
) -> pd.DataFrame:
    """Add the rows that could not be told apart, their symbol and session as far as they can be read."""
    known = {name: code for code, name in enumerate(names)}
    rows = []
    for position, fields in table.ragged.items():
        if not any(field.strip() for field in fields):
            continue
        session = fields[layout.session] if layout.session < len(fields) else ""
        code = -1 if layout.symbol is not None or layout.wide else 0
        if layout.symbol is not None and layout.symbol < len(fields):
            code = known.get(fields[layout.symbol].strip(), -1)
        place = position * max(len(layout.wide), 1)
        day = days(pa.chunked_array([[session]]), written.dates)[0][0]
        rows.append((place, code, day, table.whys[position]))
    if not rows:
        return frame
    added = pd.DataFrame(rows, columns=["row", "code", "session", "malformed"]).reindex(columns=frame.columns)
    return pd.concat([frame, added.astype(dict.fromkeys(FIELDS, "float64"))])


def empty_rows(
    names: Sequence[str], frame: pd.DataFrame, codes: Codes, sessions: NDArray[np.datetime64]
) -> list[Note]:
    """Note the empty rows before each symbol's first bar, and symbols without any.

    Args:
        names: the symbols.
        frame: the bars.
        codes: each empty row's symbol.
        sessions: its session.
    """
    if not len(codes):
        return []
    days = frame["session"].to_numpy("datetime64[us]")
    dated = (frame["code"].to_numpy() >= 0) & ~np.isnat(days)
    never = np.datetime64("9999-12-31", "us")
    first = np.full(len(names), never)
    np.minimum.at(first, frame["code"].to_numpy()[dated], days[dated])
    leading = np.bincount(codes[sessions < first[codes]], minlength=len(names))
    notes = []
    for code in np.flatnonzero(leading).tolist():
        name, skipped = names[code], f"{leading[code]} empty leading rows skipped"
        notes.append((name, f"symbol {name}: {'no prices' if first[code] == never else skipped}"))
    return notes


def nothing() -> pd.DataFrame:
    """No typed row."""
    kinds = {"row": "int64", "code": "int64", "session": "datetime64[us]"}
    kinds |= dict.fromkeys(FIELDS, "float64") | {"malformed": "object"}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})


def without_words(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[Note]]:
    """Leave out the columns of a wide table that hold words and no number, and note each."""
    codes = frame["code"].to_numpy()
    known = codes >= 0
    finite = np.isfinite(frame["close"].to_numpy())
    said = frame["malformed"].notna().to_numpy(copy=True)
    said[said] = [text.startswith("close=") for text in frame.loc[said, "malformed"]]
    wordy = np.bincount(codes[known & said], minlength=len(names)) > 0
    wordy &= np.bincount(codes[known & finite], minlength=len(names)) == 0
    if not wordy.any():
        return frame, []
    notes = [
        (names[code], f'column "{names[code]}" holds no number: skipped')
        for code in np.flatnonzero(wordy).tolist()
    ]
    return frame[~(known & wordy[codes])].reset_index(drop=True), notes


def refuse_no_closes(frame: pd.DataFrame, path: str, wide: Sequence[str] = ()) -> None:
    """Refuse a table of which no row has a close.

    Args:
        frame: its rows.
        path: how the message names it.
        wide: the columns of a wide one.

    Raises:
        SourceError: it shows what could not be read.
    """
    if np.isfinite(frame["close"].to_numpy()).any():
        return
    said = frame["malformed"].dropna()
    example = f", first unreadable: {said.iloc[0]}" if len(said) else ""
    lacks = f"price column: no number below any of {listed(wide)}" if wide else "row with a close"
    raise SourceError(
        f'"{path}" has no {lacks}{example}; numbers are written like 1234.5, unless source.decimal or '
        "source.thousands says otherwise"
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
    day, code = np.maximum(day, -(1 << 22)), frame["code"].to_numpy()
    for key in (code * (1 << 23) + day, day * (1 << 31) + code):
        if (np.diff(key) > 0).all():  # sorted by symbol and session, or the other way round: all distinct
            return np.zeros(len(frame), dtype=bool)
    return pd.Series(code * (1 << 23) + day).duplicated(keep=False).to_numpy()


def named(codes: Codes, names: Sequence[str]) -> "pd.Series[str]":
    """Names of the symbols by their places, missing where there is none."""
    places = pa.array(codes, pa.int64(), mask=codes < 0)
    known: pd.Series[str] = pa.array(names, pa.string()).take(places).to_pandas()
    return known
