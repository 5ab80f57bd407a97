"""The nightly run's Delta Lake tables: bars as known at a date, and other rows by key.

``tables`` reads and writes any schema; this module adds revisions and point-in-time reads for prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as arithmetic
from numpy.typing import NDArray

from morrow.frames import PRICE_FIELDS, PRICES, REVISIONS, Schema
from morrow.store.actions import (
    Action,
    list_action_steps,
    name_action_revisions,
    name_actions,
    name_ratios_taken_back,
)
from morrow.store.commits import Change
from morrow.store.comparison import SAME, Basis, Comparison, InferredStep, compare
from morrow.store.rows import (
    BAR,
    cast_rows,
    find_differences,
    find_positions,
    join_stored_revisions,
    list_changes,
    undo_revisions,
)
from morrow.store.tables import Condition, Tables

CHANGED = "source changed"

__all__ = [
    "SAME",
    "Basis",
    "Comparison",
    "Condition",
    "InferredStep",
    "Ingest",
    "Inventory",
    "Signature",
    "Store",
    "compare",
]


@dataclass(frozen=True)
class Ingest:
    """Bar counts of one ingest."""

    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True)
class Signature:
    """A universe's row count and its newest date (None without rows)."""

    rows: int
    newest: date | None


@dataclass(frozen=True)
class Inventory:
    """A universe's stored bars: the bar count, the sessions, and each symbol's first and last session."""

    rows: int
    sessions: NDArray[np.datetime64]
    first: Mapping[str, date]
    last: Mapping[str, date]

    @classmethod
    def of(cls, bars: pa.Table) -> "Inventory":
        """Summarize bars from their symbols and sessions."""
        at = bars.column_names.index("session")
        bars = bars.set_column(at, "session", bars["session"].cast(pa.date32()))
        ends = bars.group_by("symbol").aggregate([("session", "min"), ("session", "max")]).to_pydict()
        first, last = (
            dict(zip(ends["symbol"], ends[f"session_{end}"], strict=True)) for end in ("min", "max")
        )
        days = np.sort(np.asarray(bars["session"].unique(), dtype="datetime64[D]"))
        return cls(len(bars), days, first, last)

    @property
    def newest(self) -> date | None:
        """The newest session over all symbols; None without bars."""
        return max(self.last.values(), default=None)


class Store(Tables):
    """The tables under one root, with point-in-time prices."""

    def prices(
        self,
        universe: str,
        as_of: date | None = None,
        symbol: str | None = None,
        stored: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Read a universe's bars as known at the end of ``as_of`` (None: as known now).

        Omits bars of later sessions and bars that became known later. A field that was revised later
        has the value it had before the earliest of those revisions.

        Args:
            universe: name of the universe.
            as_of: the end of this day; None for now.
            symbol: read only this symbol's bars; None for all.
            stored: every stored bar of the universe, if already read.

        Returns:
            A ``prices`` frame, sorted by symbol and session.

        Raises:
            StoreError: a table cannot be read.
        """
        own: list[Condition] = [("symbol", "=", symbol)] if symbol is not None else []
        if stored is None:
            upto: list[Condition] = [("session", "<=", as_of), ("known_at", "<=", as_of)] if as_of else []
            bars = self.read(PRICES, universe, where=[*upto, *own])
        else:
            mask = np.ones(len(stored), bool) if symbol is None else (stored["symbol"] == symbol).to_numpy()
            if as_of is not None:
                day = pd.Timestamp(as_of)
                mask &= ((stored["session"] <= day) & (stored["known_at"] <= day)).to_numpy()
            bars = stored if mask.all() else stored[mask].reset_index(drop=True)
        if as_of is None:
            return bars
        # Revisions are written before their bars, so they must be read after them.
        return undo_revisions(bars, self.read(REVISIONS, universe, where=[("known_at", ">", as_of), *own]))

    def ingest(
        self,
        universe: str,
        rows: pd.DataFrame,
        source: "str | pd.Series[str]",
        as_of: date,
        now: datetime,
        reason: str = CHANGED,
        actions: Sequence[Action] = (),
    ) -> Ingest:
        """Store bars: append new ones, and record and apply the source's changes to stored ones.

        The first bars of a universe count as known at their own session, later ones at ``as_of``. Each
        changed field adds one row to ``revisions``, written before the bars, so that a rerun completes a
        run that was killed in between.

        Args:
            universe: name of the universe.
            rows: symbol, session and the price fields, as traded; other columns are ignored. New bars of
                sessions after ``as_of`` are left for a later run.
            source: name of the rows' source, or one name per row.
            as_of: the last session whose data the run may know.
            now: wall clock with a time zone, stored as ``ingested_at``.
            reason: stored with the ``revisions`` of this ingest.
            actions: steps of the rows' factors that the source does not give; each is recorded in
                ``revisions`` and named in the source of its bar, as far as that bar is among the rows.

        Raises:
            ShapeError: a column is missing, a required value is empty or a bar is duplicated.
            StoreError: a table cannot be read or written, or other writers kept winning the race.
        """
        today = pd.Timestamp(as_of)
        given = rows[[*BAR, *PRICE_FIELDS]].assign(universe=universe, source=source)
        given["source"] = name_actions(given, actions)
        given = cast_rows(PRICES, given.assign(known_at=today, ingested_at=now))
        past = (given["session"] <= today).to_numpy()
        stored_bars = 0

        def plan(stored: pd.DataFrame) -> Change:
            nonlocal stored_bars
            if stored.empty and not self.holds(PRICES, universe):
                first = _where(given, past).assign(known_at=given["session"])
                self._record(universe, list_action_steps(first, actions))
                return Change(first, given[:0])
            at = find_positions(given, stored, PRICES.key)
            stored_bars = int((at >= 0).sum())
            common, before = given[at >= 0], stored.iloc[at[at >= 0]]
            differences = find_differences(common, before, PRICE_FIELDS)
            changed = differences.any(axis=1).to_numpy()
            after, before = common[changed], before[changed]
            new = given[(at < 0) & past]
            self._record(universe, list_action_steps(new, actions))
            changes = list_changes(before, after, differences[changed]).assign(reason=reason)
            self._revise(universe, name_action_revisions(changes, actions), today)
            return Change(new, after.assign(known_at=before["known_at"].to_numpy()))

        change = self.transact(PRICES, given, PRICES.names, plan)
        revised = len(change.updates)
        return Ingest(len(change.inserts), revised, stored_bars - revised)

    def signature(self, schema: Schema, universe: str, column: str = "session") -> Signature:
        """Count a universe's rows and find the newest date in a column, reading only that column.

        Raises:
            StoreError: the table cannot be read.
        """
        dates = self.columns(schema, universe, [column])[column]
        return Signature(len(dates), arithmetic.max(dates).as_py())

    def inventory(self, universe: str, as_of: date | None = None) -> Inventory:
        """Summarize a universe's stored bars up to and including a session (None: all), reading two columns.

        Raises:
            StoreError: the table cannot be read.
        """
        where: list[Condition] = [("session", "<=", as_of)] if as_of is not None else []
        return Inventory.of(self.columns(PRICES, universe, ["symbol", "session"], where))

    def last_session_of_first_load(self, universe: str) -> date | None:
        """The last session of a universe's first load; None if it has no bars.

        Bars up to this session are assumed to have been known at their own session: nothing was recorded
        before the first load.

        Raises:
            StoreError: the table cannot be read.
        """
        stamps = self.columns(PRICES, universe, ["session", "ingested_at"])
        if not len(stamps):
            return None
        first = arithmetic.equal(stamps["ingested_at"], arithmetic.min(stamps["ingested_at"]))
        last: date = arithmetic.max(stamps["session"].filter(first)).as_py()
        return last

    def _revise(self, universe: str, changes: pd.DataFrame, as_of: pd.Timestamp) -> None:
        if changes.empty:
            return
        stored = self.read(REVISIONS, universe, where=[("known_at", ">=", as_of)])
        joined = join_stored_revisions(changes, stored, as_of)
        self._record(universe, name_ratios_taken_back(joined, changes))

    def _record(self, universe: str, revisions: pd.DataFrame) -> None:
        if not revisions.empty:
            self.upsert(REVISIONS, revisions.assign(universe=universe))


def _where(frame: pd.DataFrame, mask: NDArray[np.bool_]) -> pd.DataFrame:
    return frame if mask.all() else frame[mask]
