"""Sources that are asked symbol by symbol: what one cannot give, others still do."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import HistoryError, SourceError
from morrow.sources.batch import COLUMNS, Batch, Content, Start, Texts
from morrow.sources.http import FetchError
from morrow.sources.raw import Keeper, Raw

_NOTED = 10
_LARGEST_SPLIT = 1e4  # what is beyond is no split
_DISAGREES = 0.005  # of the logarithm
PATIENT_WITH = 3  # symbols in a row that fail for a reason that is not theirs


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


Floats = NDArray[np.float64]
Ask = Callable[[str, date | None], Reading]
_EMPTY = pd.DataFrame({name: [] for name in COLUMNS})
_remembered: dict[tuple[str, str], tuple[datetime, date | None, Reading]] = {}


@dataclass(frozen=True)
class Live:
    """A source that answers for one symbol at a time.

    Within one night a symbol is asked for once: what was read is remembered until the run's clock moves.

    Attributes:
        name: kind of the source.
        identity: tells this source from others with the same symbols.
        opened: opens a connection: asks for a symbol's bars from a day on.
        raw: where raw replies are kept.
    """

    name: str
    identity: str
    opened: Callable[[Keeper], AbstractContextManager[Ask]]
    raw: Raw | None = None

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Ask for each symbol; see ``sources.Source``.

        Raises:
            SourceError: no symbols are named, or none has a bar.
            HistoryError: there is nothing up to ``as_of``.
        """
        if not symbols:
            raise SourceError(
                f'source {self.name} cannot list what it has; name them: symbols = ["AAPL", "MSFT"]'
            )
        keeper = Keeper(self.raw)
        readings, failed = self._asked(symbols, start, keeper)
        content = _joined(readings)
        keeper.close(content.digest, self.name)
        if not readings:
            raise SourceError(_nothing(self.name, failed))
        last = min((day for day in (end, as_of) if day is not None), default=None)
        batch = content.batch(self.name, symbols, last, start)
        if batch.rows.empty and start is None:
            first = content.rows["session"].min()
            raise HistoryError(f"{self.name} has nothing up to {last}; its first session is {first:%Y-%m-%d}")
        return without(batch, failed)

    def _asked(
        self, symbols: tuple[str, ...], start: Start, keeper: Keeper
    ) -> tuple[dict[str, Reading], list[tuple[str, str]]]:
        readings: dict[str, Reading] = {}
        failed: list[tuple[str, str]] = []
        in_a_row = 0
        with self.opened(keeper) as ask:
            for symbol in dict.fromkeys(symbols):
                if in_a_row >= PATIENT_WITH:
                    failed.append((symbol, f"not asked for, after {in_a_row} failures in a row"))
                    continue
                since = start if isinstance(start, date) or start is None else start.get(symbol)
                try:
                    readings[symbol] = self._read(ask, symbol, since)
                    in_a_row = 0
                except FetchError as fault:
                    failed.append((symbol, str(fault)))
                    in_a_row = in_a_row + 1 if fault.everyone else 0
        return readings, failed

    def _read(self, ask: Ask, symbol: str, since: date | None) -> Reading:
        key = (self.identity, symbol)
        if self.raw is not None and key in _remembered:
            when, known_since, reading = _remembered[key]
            if when == self.raw.now and (known_since is None or (since is not None and known_since <= since)):
                return reading
        reading = ask(symbol, since)
        if reading.rows["close"].isna().all():
            raise FetchError(f"no bar since {since}" if since else "no bar at all")
        if self.raw is not None:
            _forget(self.raw.now)
            _remembered[key] = (self.raw.now, since, reading)
        return reading


def without(batch: Batch, failed: Sequence[tuple[str, str]]) -> Batch:
    """The batch with what failed, for programs and, in its notes, for people."""
    lines = [f"{symbol}: nothing from {batch.source} ({why})" for symbol, why in failed[:_NOTED]]
    if len(failed) > _NOTED:
        lines.append(f"and nothing for {len(failed) - _NOTED} more symbols")
    return replace(batch, notes=(*batch.notes, *lines), failed=tuple(failed))


def _forget(now: datetime) -> None:
    """Forget what was read in other nights."""
    for key in [key for key, (when, _, _) in _remembered.items() if when != now]:
        del _remembered[key]


def _joined(readings: Mapping[str, Reading]) -> Content:
    """All symbols' rows as one content, exact duplicates collapsed."""
    parts, repeated, starts = [_EMPTY], [_EMPTY[["symbol", "session"]]], [0]
    for symbol, reading in readings.items():
        rows = reading.rows.assign(symbol=symbol, row=np.arange(len(reading.rows)) + starts[-1])
        copies = rows.drop(columns="row").duplicated().to_numpy()
        parts.append(rows.loc[~copies, list(COLUMNS)])
        repeated.append(rows.loc[copies, ["symbol", "session"]])
        starts.append(starts[-1] + len(rows))
    hashed = hashlib.sha256("".join(reading.digest for reading in readings.values()).encode())
    return Content(
        hashed.hexdigest(),
        _typed(pd.concat(parts[1:] or parts, ignore_index=True)),
        pd.concat(repeated[1:] or repeated, ignore_index=True),
        tuple(readings),
        tuple((symbol, f"{symbol}: {note}") for symbol, found in readings.items() for note in found.notes),
        _texts(readings, starts),
    )


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in COLUMNS if name not in ("row", "symbol", "session", "malformed")]
    kinds = {"row": "int64", "symbol": "str", "session": "datetime64[us]", "malformed": "str"}
    return rows.astype({**kinds, **dict.fromkeys(numbers, "float64")})[list(COLUMNS)]


def _texts(readings: Mapping[str, Reading], starts: Sequence[int]) -> Texts:
    symbols = tuple(readings)

    def shown(row: int) -> str:
        place = int(np.searchsorted(starts, row, side="right")) - 1
        fields = readings[symbols[place]].received.iloc[row - starts[place]].to_dict()
        plain = {"symbol": symbols[place], **{name: _plain(value) for name, value in fields.items()}}
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)

    return lambda rows: [shown(int(row)) for row in rows]


def _plain(value: object) -> object:
    """A number or text that JSON has; others as texts."""
    if isinstance(value, np.generic):
        value = value.item()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _nothing(name: str, failed: Sequence[tuple[str, str]]) -> str:
    symbol, why = failed[0]
    others = f", and nothing for {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"source {name} gave nothing for {symbol} ({why}){others}; try again later, or check its symbols"


def actions(
    sessions: NDArray[np.datetime64],
    closes: Floats,
    splits: Floats,
    dividends: Floats,
) -> tuple[Floats, Floats]:
    """Cumulative factors out of what a vendor says happened.

    A dividend d multiplies by 1 / (1 − d / previous close), both in shares of the dividend's own day. Of
    several rows for one session the first counts.

    Args:
        sessions: (R,) in any order, NaT if unreadable.
        closes: (R,) as traded, NaN if absent.
        splits: (R,) new shares for an old one, 1 where nothing happened; absurd ones count as 1.
        dividends: (R,) as paid on a share of that day, 0 where none was.

    Returns:
        (R,) split and dividend factors, 1 at the first session.

    Source: CRSP, cumulative factors to adjust prices and distributions.
    """
    frame = pd.DataFrame({"session": sessions, "close": closes, "split": splits, "paid": dividends})
    days = frame.dropna(subset="session").drop_duplicates("session").set_index("session").sort_index()
    ratio = pd.Series(plausible(days["split"].to_numpy()), index=days.index)
    ratio.iloc[:1] = 1.0
    cumulative = ratio.cumprod()
    previous = (days["close"].where(days["close"] > 0) * cumulative).ffill().shift() / cumulative
    share = (days["paid"] / previous).where(lambda part: (part > 0) & (part < 1), 0.0)
    paid = (1 / (1 - share)).cumprod()
    at = frame["session"]
    split = np.asarray(at.map(cumulative).fillna(1.0), dtype=np.float64)
    dividend = np.asarray(at.map(paid).fillna(1.0), dtype=np.float64)
    return split, dividend


def plausible(splits: Floats) -> Floats:
    """Splits with 1 for what can be none."""
    kept: Floats = np.where((splits >= 1 / _LARGEST_SPLIT) & (splits <= _LARGEST_SPLIT), splits, 1.0)
    return kept


def disagreement(
    sessions: NDArray[np.datetime64], closes: Floats, adjusted: Floats, factors: Floats
) -> tuple[str, ...]:
    """Say where a vendor's adjusted closes contradict what it says happened.

    Args:
        sessions: (R,) NaT if unreadable.
        closes: (R,) as traded.
        adjusted: (R,) the vendor's own, NaN if absent.
        factors: (R,) product of both factors.
    """
    usable = ~np.isnat(sessions) & (closes > 0) & (adjusted > 0) & np.isfinite(closes * adjusted)
    order = np.flatnonzero(usable)[np.argsort(sessions[usable], kind="stable")]
    level = np.log(closes[order] * factors[order] / adjusted[order])
    moved = np.flatnonzero(np.abs(np.diff(level)) > _DISAGREES)
    if not len(moved):
        return ()
    first = np.datetime_as_string(sessions[order[moved[0] + 1]], unit="D")
    return (f"adjusted closes contradict the splits and dividends on {len(moved)} sessions, first {first}",)
