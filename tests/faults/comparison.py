"""Read a file as a universe would, and compare it with the slow reader."""

import contextlib
import math
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from morrow.config import Universe
from morrow.errors import MorrowError
from morrow.sources import Batch, fetch, show_raw_rows
from morrow.sources.files import FileSource
from tests.faults.slow_notation import ReadOptions
from tests.faults.slow_reader import PRICES, Content, UnreadableError, read

LIMIT_S = 20.0


@contextlib.contextmanager
def in_time(seconds: float = LIMIT_S) -> Iterator[None]:
    """Fail what takes longer."""

    def late(*_: object) -> None:
        raise AssertionError(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fetch_file(path: Path, options: Mapping[str, Any]) -> Batch | str:
    """What the file gives, or the one line with which it is refused; its rows can be shown as received."""
    universe = Universe(source=FileSource.model_validate(options), calendar="observed")
    try:
        with in_time():
            batch = fetch(universe, path.parent)
            shown = show_raw_rows(batch, batch.rows["row"])
    except MorrowError as error:
        message = str(error)
        assert message
        assert "\n" not in message, message
        return message
    assert len(shown) == len(batch.rows)
    assert batch.rows["row"].is_unique
    assert (batch.rows["split_factor"] == 1).all()
    return batch


def compare(
    data: bytes, batch: Batch | str, options: ReadOptions, columns: Mapping[str, str]
) -> Content | None:
    """Assert that what was accepted is what the slow reader reads, and that nothing was left out unsaid."""
    try:
        found = read(data, options, columns)
    except (UnreadableError, ValueError) as error:
        if isinstance(batch, str):
            return None
        raise AssertionError(f"accepted, though {error}") from None
    if isinstance(batch, str):
        return found
    rows = batch.rows.set_index("row")
    whole = rows["malformed"].isna()
    words = _columns_of_words(found) if options.wide else set()
    good = {place: row for place, row in found.good.items() if row.symbol not in words}
    kept = set(rows.index[whole])
    assert kept <= set(good), f"taken in, though broken or blank: {sorted(kept - set(good))[:3]}"
    for place in kept:
        _same(rows.loc[place], good[place])
    refused = set(rows.index[~whole])
    assert not refused & set(good), f"refused, though sound: {sorted(refused & set(good))[:3]}"
    left_out, unsaid = set(good) - kept, found.bad - found.hollow - refused
    missing = left_out if options.wide else left_out | unsaid
    assert len(missing) <= batch.duplicates, f"left out unsaid: {sorted(missing)[:3]}"
    bars = {_key(good[place]) for place in kept}
    assert all(_key(good[place]) in bars for place in left_out)
    return found


def _same(row: Any, expected: Any) -> None:
    assert row["symbol"] == expected.symbol
    assert row["session"].date() == expected.session
    for name in PRICES:
        value, should = float(row[name]), expected.values.get(name, math.nan)
        if should == 0 and name in ("open", "high", "low") and np.isnan(value):
            continue  # a habit of zeros counts as not given, with a note
        assert (np.isnan(value) and np.isnan(should)) or value == should, (name, value, should)


def _columns_of_words(found: Content) -> set[str]:
    """Symbols of a wide file below which no number stands."""
    finite = {row.symbol for row in found.good.values() if math.isfinite(row.values["close"])}
    return set(found.wordy) - finite


def _key(row: Any) -> tuple[Any, ...]:
    return (row.symbol, row.session, *(row.values.get(name) for name in PRICES))
