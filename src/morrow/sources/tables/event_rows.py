"""Rows between the bars that tell of an event: a dividend, a split, a holiday. They are no bars."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Flags, to_texts

_EVENT = re.compile(
    r"dividend|\bdiv\b|distribution|capital gain|\bsplits?\b|aktiensplit|spin.?off|rights? issue|bonus issue"
    r"|merger|holiday|feiertag|\bclosed\b|no trad|suspended|halted|ausschüttung",
    re.IGNORECASE,
)


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

    >>> is_event("0.24 Dividend"), is_event("2:1 Stock Splits"), is_event("abc")
    (True, True, False)
    """
    return _EVENT.search(text) is not None
