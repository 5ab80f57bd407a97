"""The tables of the night, in Delta Lake: bars as they were known at a date, and rows by key.

``tables`` reads and writes any schema; this adds what only prices need: revisions and the point in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow.compute as arithmetic
from numpy.typing import NDArray

from morrow.frames import PRICE_FIELDS, PRICES, REVISIONS, Schema
from morrow.store.commits import Change
from morrow.store.comparison import SAME, Basis, Compared, compare
from morrow.store.rows import BAR, changed_fields, differs, fitted_to, join_stored, position, undo
from morrow.store.tables import Condition, Tables

CHANGED = "source changed"

__all__ = ["SAME", "Basis", "Compared", "Condition", "Held", "Ingest", "Signature", "Store", "compare"]


@dataclass(frozen=True)
class Ingest:
    """Bars of one ingest by what became of them."""

    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True)
class Signature:
    """What a universe holds at a glance: its rows, and the newest date among them (None without rows)."""

    rows: int
    newest: date | None


@dataclass(frozen=True)
class Held:
    """What a universe has: its bars, its sessions, and the first and the last one of each symbol."""

    rows: int
    sessions: NDArray[np.datetime64]
    first: Mapping[str, date]
    last: Mapping[str, date]

    @property
    def newest(self) -> date | None:
        """The last session of all."""
        return max(self.last.values(), default=None)


class Store(Tables):
    """The tables under one root, and the prices in them."""

    def prices(self, universe: str, as_of: date | None = None, symbol: str | None = None) -> pd.DataFrame:
        """Bars of a universe as they were known at the end of ``as_of`` (None: as known now).

        Bars of later sessions and bars that became known later are left out, and a field that was
        revised later has the value it had before the earliest of the later revisions.

        Args:
            universe: name of the universe.
            as_of: end of this day; None for now.
            symbol: its bars only; None for all.

        Returns:
            A ``prices`` frame, sorted by symbol and session.

        Raises:
            StoreError: a table cannot be read.
        """
        own: list[Condition] = [("symbol", "=", symbol)] if symbol is not None else []
        if as_of is None:
            return self.read(PRICES, universe, where=own)
        bars = self.read(PRICES, universe, where=[("session", "<=", as_of), ("known_at", "<=", as_of), *own])
        # Revisions are written before the bars they belong to, so they must be read after them.
        return undo(bars, self.read(REVISIONS, universe, where=[("known_at", ">", as_of), *own]))

    def ingest(
        self,
        universe: str,
        rows: pd.DataFrame,
        source: "str | pd.Series[str]",
        as_of: date,
        now: datetime,
        reason: str = CHANGED,
    ) -> Ingest:
        """Take in bars: append the new, record and apply what the source changed, leave the rest alone.

        The first bars of a universe count as known at their own session, later ones at ``as_of``. Each
        changed field leaves one row in ``revisions``, written before the bars, so that a run killed in
        between is finished by running it again.

        Args:
            universe: name of the universe.
            rows: symbol, session and the price fields, as traded; other columns are not looked at.
                New bars of sessions after ``as_of`` are left for a later night.
            source: where the rows come from, in a word, or a word a row.
            as_of: the run knows all until the end of this session.
            now: wall clock with a time zone, stored as ``ingested_at``.
            reason: kept in ``revisions`` of what changes.

        Returns:
            Counts of bars.

        Raises:
            ShapeError: a column is missing, a required value is empty or a bar comes twice.
            StoreError: a table cannot be read or written, or others kept writing to it.
        """
        today = pd.Timestamp(as_of)
        given = rows[[*BAR, *PRICE_FIELDS]].assign(universe=universe, source=source)
        given = fitted_to(PRICES, given.assign(known_at=today, ingested_at=now))
        come = (given["session"] <= today).to_numpy()
        stored_bars = 0

        def plan(stored: pd.DataFrame) -> Change:
            nonlocal stored_bars
            if stored.empty and not self.holds(PRICES, universe):
                return Change(_where(given, come).assign(known_at=given["session"]), given[:0])
            at = position(given, stored, PRICES.key)
            stored_bars = int((at >= 0).sum())
            known, before = given[at >= 0], stored.iloc[at[at >= 0]]
            differing = differs(known, before, PRICE_FIELDS)
            changed = differing.any(axis=1).to_numpy()
            after, before = known[changed], before[changed]
            self._revise(universe, changed_fields(before, after, differing[changed]), today, reason)
            return Change(given[(at < 0) & come], after.assign(known_at=before["known_at"].to_numpy()))

        change = self.transact(PRICES, given, PRICES.names, plan)
        revised = len(change.updates)
        return Ingest(len(change.inserts), revised, stored_bars - revised)

    def signature(self, schema: Schema, universe: str, column: str = "session") -> Signature:
        """Rows of a universe and the newest date of a column, from that column alone.

        Raises:
            StoreError: the table cannot be read.
        """
        dates = self.columns(schema, universe, [column])[column]
        return Signature(len(dates), arithmetic.max(dates).as_py())

    def held(self, universe: str, as_of: date | None = None) -> Held:
        """Which bars a universe has, up to and with a session (None: all), from two columns alone.

        Raises:
            StoreError: the table cannot be read.
        """
        where: list[Condition] = [("session", "<=", as_of)] if as_of is not None else []
        bars = self.columns(PRICES, universe, ["symbol", "session"], where)
        ends = bars.group_by("symbol").aggregate([("session", "min"), ("session", "max")]).to_pydict()
        first, last = (
            dict(zip(ends["symbol"], ends[f"session_{end}"], strict=True)) for end in ("min", "max")
        )
        days = np.sort(np.asarray(bars["session"].unique(), dtype="datetime64[D]"))
        return Held(len(bars), days, first, last)

    def first_load(self, universe: str) -> date | None:
        """The last session that came with a universe's first load; None if it has no bars.

        Bars up to there that are known at their own session are so by assumption: what was known when is
        not on record before the first load.

        Raises:
            StoreError: the table cannot be read.
        """
        stamps = self.columns(PRICES, universe, ["session", "ingested_at"])
        if not len(stamps):
            return None
        first = arithmetic.equal(stamps["ingested_at"], arithmetic.min(stamps["ingested_at"]))
        found: date = arithmetic.max(stamps["session"].filter(first)).as_py()
        return found

    def _revise(self, universe: str, changes: pd.DataFrame, as_of: pd.Timestamp, reason: str) -> None:
        if changes.empty:
            return
        stored = self.read(REVISIONS, universe, where=[("known_at", ">=", as_of)])
        changes = join_stored(changes, stored, as_of)
        self.upsert(REVISIONS, changes.assign(universe=universe, reason=reason))


def _where(frame: pd.DataFrame, mask: NDArray[np.bool_]) -> pd.DataFrame:
    return frame if mask.all() else frame[mask]
