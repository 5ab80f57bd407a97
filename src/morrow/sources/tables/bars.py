"""Turn typed rows into bars: duplicates, vendor quirks, factors, and tables refused as a whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.errors import SourceError, UndecidedError
from morrow.sources.adjustment_factors import derive_factors
from morrow.sources.batch import COLUMNS, Basis, Content, Texts
from morrow.sources.tables.columns import list_names
from morrow.sources.tables.day_evidence import describe_intraday
from morrow.sources.tables.layouts import Codes
from morrow.sources.tables.notation import suggest_separators
from morrow.sources.tables.price_columns import FIELDS
from morrow.sources.tables.reported_actions import ACTIONS, apply_actions, refuse_impossible_actions
from morrow.sources.tables.values import Flags

Note = tuple[str, str]

_LISTED_RIVALS = 48
_LISTED_SYMBOLS = 8  # with a note each
_FEWEST_ROWS = 20  # below which rivals prove nothing about the file
TALLIES = {
    "unread volumes": "{} volumes that cannot be read: their bars have none",
    "missing marks": "{} values such as -999 count as not given",
    "quote averages": "{} prices with a minus, as CRSP writes averages of bid and ask: taken without it",
    "event actions": "{} rows tell of a dividend or a split of their day's bar: read as actions",
    "event rows": "{} rows that tell of a dividend, a split or the like are no bars: skipped",
}


@dataclass(frozen=True)
class TypedRows:
    """Rows of a whole source before duplicates are collapsed.

    Attributes:
        frame: row, code (index into ``names``, −1 if unreadable), session, ``FIELDS``, malformed.
        names: the symbols.
        notes: (symbol or empty, line) pairs.
        texts: shows rows as received.
        only_adjusted: whether closes are adjusted ones because there are no others.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    texts: Texts
    only_adjusted: bool = False


def build_content(digest: str, typed: TypedRows, path: str) -> Content:
    """Collapse exact duplicates, derive factors and name the symbols.

    Raises:
        SourceError: most bars have a rival with other values.
    """
    frame = typed.frame
    if not frame["row"].is_monotonic_increasing:
        frame = frame.sort_values("row", kind="stable", ignore_index=True)
    symbols = name_symbols(frame["code"].to_numpy(), typed.names)
    alike = _share_bar(frame)
    copies = np.zeros(len(frame), dtype=bool)
    copies[alike] = frame.loc[alike].drop(columns="row").duplicated().to_numpy()
    repeated = pd.DataFrame({"symbol": symbols[copies], "session": frame.loc[copies, "session"]})
    if copies.any():
        frame, symbols = frame[~copies].reset_index(drop=True), symbols[~copies].reset_index(drop=True)
    if alike.any():
        _refuse_rivals(frame, symbols, path, typed.texts)
    notes = (*typed.notes, *remove_zero_prices(frame, frame["code"].to_numpy(), typed.names))
    refuse_impossible_actions(frame)
    frame["split_factor"], frame["dividend_factor"] = 1.0, 1.0
    basis: Basis = "adjusted" if typed.only_adjusted else "traded"
    if frame["adj_close"].notna().any():
        basis = "derived"
        frame["split_factor"], frame["dividend_factor"] = derive_factors(
            frame["code"].to_numpy(),
            frame["session"].to_numpy("datetime64[us]"),
            frame["close"].to_numpy(),
            frame["adj_close"].to_numpy(),
        )
    elif any(name in frame for name in ACTIONS):
        *factors, of_actions = apply_actions(frame, typed.names)
        frame["split_factor"], frame["dividend_factor"] = factors
        notes = (*notes, *(("", line) for line in of_actions))
    frame.insert(1, "symbol", symbols)
    frame["malformed"] = pa.array(frame["malformed"], pa.string()).to_pandas()
    columns = [*COLUMNS, *(["adj_close"] if basis == "derived" else [])]
    return Content(digest, frame[columns], repeated, typed.names, notes, typed.texts, basis=basis)


def note_tallies(tallies: Iterable[Mapping[str, int]]) -> list[Note]:
    """Note how many values and rows were left out without refusing a bar, of all blocks together."""
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally)
    return [("", line.format(total[kind])) for kind, line in TALLIES.items() if total[kind]]


def note_empty_rows(
    names: Sequence[str],
    frame: pd.DataFrame,
    codes: Codes,
    sessions: NDArray[np.datetime64],
    *,
    is_complete: bool = True,
) -> list[Note]:
    """Note the empty rows before each symbol's first bar, inside and after its series; and symbols without.

    Args:
        names: the symbols.
        frame: the bars.
        codes: each empty row's symbol.
        sessions: its session.
        is_complete: whether all bars are there, so that nothing precedes the first.
    """
    if not len(codes):
        return []
    days = frame["session"].to_numpy("datetime64[us]")
    dated = (frame["code"].to_numpy() >= 0) & ~np.isnat(days)
    never, always = np.datetime64("9999-12-31", "us"), np.datetime64("0001-01-01", "us")
    first, last = np.full(len(names), never if is_complete else always), np.full(len(names), always)
    if is_complete:
        np.minimum.at(first, frame["code"].to_numpy()[dated], days[dated])
    np.maximum.at(last, frame["code"].to_numpy()[dated], days[dated])
    is_leading = sessions < first[codes]
    leading = np.bincount(codes[is_leading], minlength=len(names))
    notes = []
    for code in np.flatnonzero(leading).tolist():
        name, skipped = names[code], f"{leading[code]} empty leading rows skipped"
        notes.append((name, f"symbol {name}: {'no prices' if first[code] == never else skipped}"))
    is_trailing = ~is_leading & (sessions > last[codes])
    for chosen, where in ((~is_leading & ~is_trailing, "inside"), (is_trailing, "at the end of")):
        notes += _count_empty_rows(names, codes[chosen], where)
    return notes


def _count_empty_rows(names: Sequence[str], codes: Codes, where: str) -> list[Note]:
    """A note for each of a few symbols, or one for many."""
    counts = np.bincount(codes, minlength=len(names))
    affected = [(names[code], counts[code]) for code in np.argsort(-counts, kind="stable") if counts[code]]
    if len(affected) > _LISTED_SYMBOLS:
        listed = list_names([f"{name} {count:,}" for name, count in affected])
        return [("", f"{len(codes):,} empty rows {where} a series are no bars: {listed}")]
    return [
        (name, f"symbol {name}: {count:,} empty rows {where} its series are no bars")
        for name, count in affected
    ]


def no_rows() -> pd.DataFrame:
    """A frame of typed rows without any."""
    kinds = {"row": "int64", "code": "int64", "session": "datetime64[us]"}
    kinds |= dict.fromkeys(FIELDS, "float64") | {"malformed": "object"}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})


def remove_columns_of_words(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[Note]]:
    """Leave out the columns of a wide table that hold words and no number, and note each."""
    codes = frame["code"].to_numpy()
    has_symbol = codes >= 0
    finite = np.isfinite(frame["close"].to_numpy())
    unreadable = frame["malformed"].notna().to_numpy(copy=True)
    unreadable[unreadable] = [text.startswith("close=") for text in frame.loc[unreadable, "malformed"]]
    wordy = np.bincount(codes[has_symbol & unreadable], minlength=len(names)) > 0
    wordy &= np.bincount(codes[has_symbol & finite], minlength=len(names)) == 0
    if not wordy.any():
        return frame, []
    notes = [
        (names[code], f'column "{names[code]}" holds no number: skipped')
        for code in np.flatnonzero(wordy).tolist()
    ]
    return frame[~(has_symbol & wordy[codes])].reset_index(drop=True), notes


def refuse_no_closes(frame: pd.DataFrame, path: str, wide: Sequence[str] = ()) -> None:
    """Refuse a table in which no row has a close.

    Args:
        frame: its rows.
        path: its name in the message.
        wide: the columns of a wide one.

    Raises:
        UndecidedError: it shows what could not be read, and the options that may read it.
    """
    if np.isfinite(frame["close"].to_numpy()).any():
        return
    reasons = frame["malformed"].dropna()
    example = f", first unreadable: {reasons.iloc[0]}" if len(reasons) else ""
    lacks = f"price column: no number below any of {list_names(wide)}" if wide else "row with a close"
    answers = suggest_separators(reasons[:_LISTED_RIVALS])
    plain = "numbers are written like 1234.5, unless source.decimal or source.thousands says otherwise"
    raise UndecidedError(f'"{path}" has no {lacks}{example}{"" if answers else f"; {plain}"}', answers)


def remove_zero_prices(frame: pd.DataFrame, codes: Codes, names: Sequence[str]) -> list[Note]:
    """Take zero opens, highs and lows beside a close as not given, in place.

    Args:
        frame: open, high, low, close.
        codes: each row's index into ``names``, −1 if unreadable.
        names: the symbols.

    Returns:
        (symbol, line) of each that was changed.
    """
    notes: list[Note] = []
    has_close = (frame["close"].to_numpy() > 0) & (codes >= 0)
    for name in ("open", "high", "low"):
        values = frame[name].to_numpy()
        zero = (values == 0) & has_close
        if zero.any():
            frame[name] = np.where(zero, np.nan, values)
            counts = np.bincount(codes[zero], minlength=len(names))
            notes += [
                (names[code], f"symbol {names[code]}: {counts[code]} zeros for {name} count as not given")
                for code in np.flatnonzero(counts).tolist()
            ]
    return notes


def name_symbols(codes: Codes, names: Sequence[str]) -> "pd.Series[str]":
    """Names of the symbols by their codes, missing where there is none."""
    indices = pa.array(codes, pa.int64(), mask=codes < 0)
    symbols: pd.Series[str] = pa.array(names, pa.string()).take(indices).to_pandas()
    return symbols


def _refuse_rivals(frame: pd.DataFrame, symbols: "pd.Series[str]", path: str, texts: Texts) -> None:
    """Refuse several bars per day, or several symbols taken for one."""
    rivals = _share_bar(frame) & frame["session"].notna().to_numpy()
    if len(frame) < _FEWEST_ROWS or int(rivals.sum()) * 2 <= len(frame):
        return
    first = int(rivals.argmax())
    same = (frame["session"] == frame["session"][first]) & (frame["code"] == frame["code"][first])
    when = f"first for {symbols[first]} on {frame['session'][first]:%Y-%m-%d}"
    apart = describe_intraday(texts(frame.loc[same, "row"].to_numpy()[:_LISTED_RIVALS]))
    if apart:
        raise SourceError(
            f'"{path}" has intraday bars, {apart}, {when}; morrow reads daily bars: resample them, with '
            'pandas frame.resample("1D").agg({"open": "first", "high": "max", "low": "min", "close": "last", '
            '"volume": "sum"}) for each symbol'
        )
    raise SourceError(
        f'"{path}" has several different rows for most days, {when}; one bar per symbol and day is read; if '
        'it holds several symbols, name their column: columns = { symbol = "..." }'
    )


def _share_bar(frame: pd.DataFrame) -> Flags:
    """Whether each row shares its symbol and session (both may be unreadable) with another."""
    day = frame["session"].to_numpy("datetime64[D]").astype(np.int64)
    day, code = np.maximum(day, -(1 << 22)), frame["code"].to_numpy()
    for key in (code * (1 << 23) + day, day * (1 << 31) + code):
        if (np.diff(key) > 0).all():  # sorted by symbol and session, or the other way round: all distinct
            return np.zeros(len(frame), dtype=bool)
    return pd.Series(code * (1 << 23) + day).duplicated(keep=False).to_numpy()
