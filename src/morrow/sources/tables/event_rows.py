"""Rows between the bars that tell of an event: a dividend, a split, a holiday. They are no bars."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Flags, to_texts

_EVENT = re.compile(
    r"dividend|\bdiv\b(?!/)|distribution|capital gain|\bsplits?\b|aktiensplit|spin.?off|rights? issue"
    r"|bonus issue|merger|holiday|feiertag|\bclosed\b|no trad|suspended|halted|ausschüttung",
    re.IGNORECASE,
)
_DIVIDEND = re.compile(r"dividend|\bdiv\b(?!/)|distribution|ausschüttung", re.IGNORECASE)
_SPLIT = re.compile(r"\bsplits?\b|aktiensplit", re.IGNORECASE)
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*(?::|/|-?for-?|-?to-?)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_AMOUNT = re.compile(r"(?<![\d.,])\d*[.,]?\d+(?![\d.,]*\d)")


def find_event_rows(table: RawBlock, numbers: Iterable[int], lone: Flags) -> Flags:
    """Which rows hold the words of an event in place of prices.

    Args:
        table: the rows.
        numbers: its columns of prices and volume.
        lone: (R,) rows with texts that are no numbers in those columns, and not one number.

    Returns:
        (R,) whether each is an event.
    """
    events = np.zeros(len(lone), dtype=bool)
    indices: NDArray[np.int64] = np.flatnonzero(lone)
    for number in numbers if len(indices) else ():
        texts = to_texts(table.columns[number].take(indices)).to_pylist()
        events[indices] |= [is_event(text) for text in texts]
    return events


def is_event(text: str) -> bool:
    """Whether a text tells of an event.

    >>> is_event("0.24 Dividend"), is_event("2:1 Stock Splits"), is_event("#Div/0!")
    (True, True, False)
    """
    return _EVENT.search(text) is not None


def read_action(text: str, decimal: str = ".") -> tuple[str, float] | None:
    """The dividend or split of an event; None where it is neither, or says no amount.

    >>> read_action("0.24 Dividend"), read_action("2:1 Stock Split"), read_action("Market closed")
    (('dividend', 0.24), ('split', 2.0), None)
    """
    if _SPLIT.search(text):
        ratio = _RATIO.search(text.replace(decimal, "."))
        return ("split", float(ratio[1]) / float(ratio[2])) if ratio and float(ratio[2]) > 0 else None
    amounts = _AMOUNT.findall(text)
    if len(amounts) != 1 or not _DIVIDEND.search(text) or ("," in amounts[0] and decimal != ","):
        return None
    return "dividend", float(amounts[0].replace(decimal, "."))


def take_actions(
    frame: pd.DataFrame, table: RawBlock, numbers: Iterable[int], events: Flags, bars: Flags, decimal: str
) -> int:
    """Write the dividends and splits of events into the bars of their symbols and days, in place.

    Args:
        frame: code, session; columns split and dividend are added where an event says one.
        table: its rows.
        numbers: the table's columns of prices and volume.
        events: (R,) which rows are events.
        bars: (R,) which rows are bars.
        decimal: decimal separator of the source.

    Returns:
        How many events are in a bar now; the others have none on their day, or say no amount.
    """
    rows = np.flatnonzero(events)
    texts = _join_texts(table, numbers, rows) if len(rows) else []
    read = {row: read_action(text, decimal) for row, text in zip(rows.tolist(), texts, strict=True)}
    actions = {row: action for row, action in read.items() if action is not None}
    codes, days = frame["code"].to_numpy(), frame["session"].to_numpy("datetime64[D]").astype(np.int64)
    candidates = np.flatnonzero(bars & np.isin(days, days[list(actions)])).tolist() if actions else []
    targets = {(codes[row], days[row]): row for row in reversed(candidates)}
    splits, dividends = np.ones(len(frame)), np.zeros(len(frame))
    taken = Counter[str]()
    for row, (kind, value) in actions.items():
        target = targets.get((codes[row], days[row]))
        if target is None:
            continue
        taken[kind] += 1
        if kind == "split":
            splits[target] *= value
        else:
            dividends[target] += value
    if taken["split"]:
        frame["split"] = splits
    if taken["dividend"]:
        frame["dividend"] = dividends
    return taken.total()


def _join_texts(table: RawBlock, numbers: Iterable[int], rows: NDArray[np.int64]) -> list[str]:
    """The texts of each row in some columns, joined by blanks."""
    columns = [to_texts(table.columns[number].take(rows)).to_pylist() for number in sorted(set(numbers))]
    return [" ".join(filter(None, cells)) for cells in zip(*columns, strict=True)]
