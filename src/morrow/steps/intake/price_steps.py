"""Price steps: where the level of a symbol changes, with the bars around it and the rows that wait."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from morrow.errors import UserError
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.steps.context import Night
from morrow.steps.intake.accepted_bars import find_fault, to_rows
from morrow.steps.intake.refusal_listing import UNDECIDED, RefusedRow, RowQuery, find_rows
from morrow.store.actions import DIVIDEND, SPLIT

_LEAST_COMPANY = 3  # symbols that make a market
_WIDEST_MARKET = 0.5  # no market moves further in a session
_BEFORE = pd.Timedelta(days=14)  # in which the others have a bar before the step


@dataclass(frozen=True, eq=False)
class PriceStep:
    """A step of a symbol.

    Attributes:
        symbol: its name.
        session: first session after the step.
        stored: all stored bars of the symbol.
        waiting: its rows that wait from that session on.
        size: log of the adjusted price over the bar before, less the market's move.
        left: log by which the first stored bar after that session stands above the bar before; None if there
            is none.
    """

    symbol: str
    session: pd.Timestamp
    stored: pd.DataFrame
    waiting: tuple[RefusedRow, ...]
    size: float
    left: float | None

    def refuse_ended(self, night: Night, explained: float) -> None:
        """Refuse a step whose first stored bar after it is nearer to the old level than to the new.

        Args:
            night: of the symbol's universe.
            explained: log of the factors that the step has already.

        Raises:
            UserError: it ended.
        """
        if self.left is None or abs(self.left - explained) >= abs(self.left - self.size):
            return
        rows = night.command_line(f"quarantine list --symbol {shlex.quote(self.symbol)}")
        raise UserError(
            f"{self.symbol} is back at its old level after the step of {self.session.date()}, so that a "
            "factor would make a false return there; nothing was accepted; correct the source, or drop the "
            f"rows of the fault by their ids, see: {rows}"
        )


def find_steps(night: Night, starts: Mapping[str, date]) -> tuple[PriceStep, ...]:
    """Find steps with the bars around them; the tables are read once for all.

    Args:
        night: of the symbols' universe.
        starts: first session after the step, by symbol.

    Raises:
        UserError: a symbol has no bar before or at its step.
        StoreError: a table cannot be read.
    """
    names = tuple(sorted(starts))
    bars = night.store.read(PRICES, night.universe, where=[("symbol", "in", names)])
    own = {str(symbol): each for symbol, each in bars.groupby("symbol")}
    query = RowQuery(symbol=names[0] if len(names) == 1 else None, states=(UNDECIDED,))
    refused: dict[str, list[RefusedRow]] = {}
    for row in find_rows(night, query):
        refused.setdefault(str(row.symbol), []).append(row)

    @cache
    def moves(session: date) -> pd.Series:
        return _read_moves(night, pd.Timestamp(session))

    steps = []
    for symbol, session in starts.items():
        stored = own.get(symbol, bars[:0]).sort_values("session", ignore_index=True)
        waiting = _find_waiting(night, session, stored, refused.get(symbol, []))
        market = _find_market(moves(session), symbol)
        steps.append(_make_step(symbol, session, stored, waiting, market))
    return tuple(steps)


def _make_step(
    symbol: str, session: date, stored: pd.DataFrame, waiting: tuple[RefusedRow, ...], market: float
) -> PriceStep:
    day = pd.Timestamp(session)
    first = stored[stored["session"] == day]
    before, after = stored[stored["session"] < day].tail(1), stored[stored["session"] > day].head(1)
    at = first if len(first) else to_rows([row for row in waiting if row.session == session])
    if before.empty or at.empty:
        raise UserError(f"{symbol} has no bar at {session}, or none before it; name the session of a step")
    left = _level(after) - _level(before) if len(after) else None
    return PriceStep(symbol, day, stored, waiting, _level(at) - _level(before) - market, left)


def _find_waiting(
    night: Night, session: date, stored: pd.DataFrame, refused: Sequence[RefusedRow]
) -> tuple[RefusedRow, ...]:
    """The refused rows that can be stored, from a session on, one per session without a bar."""
    there = {each.date() for each in stored["session"]}
    later = [
        row
        for row in refused
        if row.session and row.session >= session and row.session not in there and not find_fault(row, night)
    ]
    return tuple({row.session: row for row in sorted(later, key=lambda row: row.row)}.values())


def _level(bars: pd.DataFrame) -> float:
    bar = bars.iloc[0]
    return float(np.log(bar["close"] * bar[SPLIT] * bar[DIVIDEND]))


def _read_moves(night: Night, day: pd.Timestamp) -> pd.Series:
    """The log return of each symbol with a bar on a session, by symbol."""
    near = night.store.read(
        PRICES,
        night.universe,
        columns=["symbol", "session", *PRICE_FIELDS],
        where=[("session", ">=", (day - _BEFORE).date()), ("session", "<=", day.date())],
    )
    near = near.assign(level=np.log((near["close"] * near[SPLIT] * near[DIVIDEND]).to_numpy(np.float64)))
    near = near.assign(move=near.groupby("symbol")["level"].diff())
    moves: pd.Series = near[near["session"] == day].set_index("symbol")["move"].dropna()
    return moves


def _find_market(moves: pd.Series, symbol: str) -> float:
    """The median log return of the other symbols; 0 where fewer than three have one."""
    others = moves.drop(symbol, errors="ignore")
    if len(others) < _LEAST_COMPANY:
        return 0.0
    return float(np.clip(others.median(), -_WIDEST_MARKET, _WIDEST_MARKET))
