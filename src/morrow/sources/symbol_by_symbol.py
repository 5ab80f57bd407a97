"""Live sources that are fetched symbol by symbol: a symbol that fails does not stop the others."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pandas as pd

from morrow.errors import HistoryError, SourceError
from morrow.sources.batch import COLUMNS, Batch, Content, Start, Texts, Window, earliest
from morrow.sources.http.reply import FetchError
from morrow.sources.raw_replies import Keeper, RawReplies
from morrow.sources.tables.bars import remove_zero_prices
from morrow.sources.tables.rows_as_received import to_json

_MOST_NOTES = 10
_MOST_FAILURES = 3  # in a row, for a reason that concerns every symbol, before the rest are not asked for


@dataclass(frozen=True)
class Probe:
    """How far a source's history goes, and what kind of market it is.

    Attributes:
        first: first session of the symbol that goes back furthest, ISO.
        last: newest session, ISO.
        calendar: a guess, in the words of ``config.Universe``.
        currency: a guess.
    """

    first: str
    last: str
    calendar: str
    currency: str


@dataclass(frozen=True, eq=False)
class Reading:
    """One symbol's bars as a reply gave them.

    Attributes:
        digest: sha256 of the reply.
        rows: session, open, high, low, close, volume, split_factor, dividend_factor, malformed, as in
            ``Batch``; all of the reply, in its order.
        received: the vendor's fields of each row, under the vendor's names.
        notes: what a person should know.
    """

    digest: str
    rows: pd.DataFrame
    received: pd.DataFrame
    notes: tuple[str, ...] = ()


Ask = Callable[[str, date | None], Reading]
_EMPTY = pd.DataFrame({name: [] for name in COLUMNS})
_readings: dict[tuple[str, str], tuple[datetime, date | None, Reading]] = {}


@dataclass(frozen=True)
class SymbolReader:
    """Reads a source that answers for one symbol at a time.

    Within one night a symbol is asked for once: a reading is remembered until the run's clock moves.

    Attributes:
        name: kind of the source.
        identity: tells this source from others with the same symbols.
        connect: opens a connection, which asks for a symbol's bars from a day on.
        raw: where raw replies are kept.
    """

    name: str
    identity: str
    connect: Callable[[Keeper], AbstractContextManager[Ask]]
    raw: RawReplies | None = None

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Ask for each symbol; see ``batch.Reader``.

        Raises:
            SourceError: no symbols are named, or none has a bar.
            HistoryError: there is nothing up to ``as_of``.
        """
        if not symbols:
            raise SourceError(
                f'source {self.name} cannot list what it has; name them: symbols = ["AAPL", "MSFT"]'
            )
        keeper = Keeper(self.raw)
        readings, failed = self._ask_all(symbols, start, keeper)
        content = _join(readings)
        keeper.close(content.digest, self.name)
        if not readings:
            raise SourceError(_nothing_message(self.name, failed))
        window = Window(symbols, start, earliest(end, as_of))
        batch = content.batch(self.name, window)
        if batch.rows.empty and start is None:
            first = content.rows["session"].min()
            raise HistoryError(
                f"{self.name} has nothing up to {window.last}; its first session is {first:%Y-%m-%d}"
            )
        return with_failures(batch, failed)

    def _ask_all(
        self, symbols: tuple[str, ...], start: Start, keeper: Keeper
    ) -> tuple[dict[str, Reading], list[tuple[str, str]]]:
        readings: dict[str, Reading] = {}
        failed: list[tuple[str, str]] = []
        failures = 0
        with self.connect(keeper) as ask:
            for symbol in dict.fromkeys(symbols):
                if failures >= _MOST_FAILURES:
                    failed.append((symbol, f"not asked for, after {failures} failures in a row"))
                    continue
                since = start if isinstance(start, date) or start is None else start.get(symbol)
                try:
                    readings[symbol] = self._read(ask, symbol, since)
                    failures = 0
                except FetchError as fault:
                    failed.append((symbol, str(fault)))
                    failures = failures + 1 if fault.everyone else 0
        return readings, failed

    def _read(self, ask: Ask, symbol: str, since: date | None) -> Reading:
        key = (self.identity, symbol)
        if self.raw is not None and key in _readings:
            when, first, reading = _readings[key]
            if when == self.raw.now and (first is None or (since is not None and first <= since)):
                return reading
        reading = ask(symbol, since)
        if reading.rows["close"].isna().all():
            raise FetchError(f"no bar since {since}" if since else "no bar at all")
        if self.raw is not None:
            _forget_other_nights(self.raw.now)
            _readings[key] = (self.raw.now, since, reading)
        return reading


def with_failures(batch: Batch, failed: Sequence[tuple[str, str]]) -> Batch:
    """The batch with the symbols that failed, for programs and, in its notes, for people."""
    lines = [f"{symbol}: nothing from {batch.source} ({reason})" for symbol, reason in failed[:_MOST_NOTES]]
    if len(failed) > _MOST_NOTES:
        lines.append(f"and nothing for {len(failed) - _MOST_NOTES} more symbols")
    return replace(
        batch,
        notes=(*batch.notes, *lines),
        failed=tuple(failed),
        noted=batch.noted | {symbol for symbol, _ in failed},
    )


def _forget_other_nights(now: datetime) -> None:
    for key in [key for key, (when, _, _) in _readings.items() if when != now]:
        del _readings[key]


def _join(readings: Mapping[str, Reading]) -> Content:
    """All symbols' rows as one content, exact duplicates collapsed."""
    parts, repeated, starts = [_EMPTY], [_EMPTY[["symbol", "session"]]], [0]
    for symbol, reading in readings.items():
        rows = reading.rows.assign(symbol=symbol, row=np.arange(len(reading.rows)) + starts[-1])
        copies = rows.drop(columns="row").duplicated().to_numpy()
        parts.append(rows.loc[~copies, list(COLUMNS)])
        repeated.append(rows.loc[copies, ["symbol", "session"]])
        starts.append(starts[-1] + len(rows))
    rows = pd.concat(parts[1:] or parts, ignore_index=True)
    codes, names = pd.factorize(rows["symbol"])
    zeros = remove_zero_prices(rows, codes.astype(np.int64), names.tolist())
    notes = [(symbol, f"{symbol}: {note}") for symbol, reading in readings.items() for note in reading.notes]
    digest = hashlib.sha256("".join(reading.digest for reading in readings.values()).encode())
    return Content(
        digest.hexdigest(),
        _set_types(rows),
        pd.concat(repeated[1:] or repeated, ignore_index=True),
        tuple(readings),
        (*notes, *zeros),
        _show_with(readings, starts),
    )


def _set_types(rows: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in COLUMNS if name not in ("row", "symbol", "session", "malformed")]
    kinds = {"row": "int64", "symbol": "str", "session": "datetime64[us]", "malformed": "str"}
    return rows.astype({**kinds, **dict.fromkeys(numbers, "float64")})[list(COLUMNS)]


def _show_with(readings: Mapping[str, Reading], starts: Sequence[int]) -> Texts:
    symbols = tuple(readings)

    def show(row: int) -> str:
        index = int(np.searchsorted(starts, row, side="right")) - 1
        fields = readings[symbols[index]].received.iloc[row - starts[index]]
        return to_json({"symbol": symbols[index], **{str(name): value for name, value in fields.items()}})

    return lambda rows: [show(int(row)) for row in rows]


def _nothing_message(name: str, failed: Sequence[tuple[str, str]]) -> str:
    symbol, reason = failed[0]
    others = f", and nothing for {len(failed) - 1} more" if len(failed) > 1 else ""
    return (
        f"source {name} gave nothing for {symbol} ({reason}){others}; try again later, or check its symbols"
    )
