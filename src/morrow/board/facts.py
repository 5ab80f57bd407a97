"""What the board is written from: one universe's tables, reports and decisions, already read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from morrow.frames import quantile_column

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """One universe as its tables and reports have it; nothing in it is computed for the board.

    Attributes:
        universe: its name.
        currency: unit of its prices; empty where the configuration names none.
        levels: quantile levels of the forecasts, ascending.
        horizon: sessions ahead.
        now: wall clock at which the board is written, with a time zone.
        bars: a ``prices`` frame of the recent sessions, of all symbols.
        sessions: the calendar's sessions of the same span, ascending.
        forecasts: rows of the ``forecasts`` table of the recent cutoffs.
        scores: every row of the ``scores`` table.
        refused: rows of the ``quarantine`` table, without the rows as received.
        revisions: rows of the ``revisions`` table.
        ledger: decisions about the champion, oldest first.
        reports: of past nights, oldest first.
        leaderboard: rows of the last retraining, with their tables by step, symbol and volatility.
        verdict: of the last retraining; None before the first.
        windows: first and last session of each part of time at the last retraining, by part.
        versions: of the registered model: version, recipe, trained_through and state.
        waiting: symbols that are held or refused, and the command that lists all refused rows.
        problems: sentences on what could not be read.
        commands: lines to type, by what they are for.
        gate_pages: (title, address relative to the universe's folder) of the newest pages of the gates.
    """

    universe: str
    currency: str
    levels: tuple[float, ...]
    horizon: int
    now: datetime
    bars: pd.DataFrame
    sessions: pd.DatetimeIndex
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    refused: pd.DataFrame
    revisions: pd.DataFrame
    ledger: Sequence[Document] = ()
    reports: Sequence[Document] = ()
    leaderboard: Sequence[Document] = ()
    verdict: Document | None = None
    windows: Mapping[str, str] = field(default_factory=dict)
    versions: Sequence[Document] = ()
    waiting: Document = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    gate_pages: Sequence[tuple[str, str]] = ()

    @property
    def unit(self) -> str:
        """The unit of prices, in words."""
        return self.currency or "quote currency"

    @property
    def cutoff(self) -> str | None:
        """The newest cutoff with a forecast, an ISO date; None before the first."""
        return None if self.forecasts.empty else f"{self.forecasts['cutoff'].max():%Y-%m-%d}"

    @property
    def narrow(self) -> tuple[float, float]:
        """The two levels of the central 80 % interval, or the outermost where it is not forecast."""
        if 0.1 in self.levels and 0.9 in self.levels:
            return 0.1, 0.9
        return self.levels[0], self.levels[-1]

    @property
    def share(self) -> str:
        """The probability of the interval of ``narrow``, as "80 %"."""
        low, high = self.narrow
        return f"{100 * (high - low):.4g} %"

    def columns(self) -> tuple[str, str, str]:
        """Columns of the interval's lower end, the median and its upper end."""
        low, high = self.narrow
        return quantile_column(low), quantile_column(0.5), quantile_column(high)

    def newest_forecasts(self) -> pd.DataFrame:
        """The forecasts of the newest cutoff."""
        rows: pd.DataFrame = self.forecasts[self.forecasts["cutoff"] == self.forecasts["cutoff"].max()]
        return rows

    def symbols(self) -> list[str]:
        """Every symbol with a recent bar, a forecast or a refused row, in order."""
        frames = (self.bars, self.forecasts, self.refused)
        names = {str(name) for frame in frames for name in frame["symbol"].dropna().unique()}
        return sorted(names)
