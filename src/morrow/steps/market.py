"""The market as known at the end of a day: bars, names, sessions and panels, each built once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from morrow import membership, sessions
from morrow.completeness import find_shared_session
from morrow.config import Config, identity
from morrow.errors import HistoryError
from morrow.frames import MEMBERSHIP, RENAMES, content_version
from morrow.membership import Membership
from morrow.steps.clock import Clock
from morrow.steps.feature_selection import select_features
from morrow.store import Store

if TYPE_CHECKING:
    from morrow.panel import Panel


@dataclass(frozen=True, eq=False)
class KnownMarket:
    """A universe as it was known at the end of a day; what is made of it is made at its first use and kept.

    Attributes:
        config: the run configuration.
        universe: its name in it.
        store: where the bars come from.
        as_of: the date that was asked for, None for the last session.
        newest: the last session with a stored bar of any symbol; NaT without one.
        all_bars: a ``prices`` frame of every symbol with a bar, under the names of that day.
        members: who was in the universe, and under which names.
        held: symbols that are left out of ``bars``.
        ingest_command: takes prices in.
    """

    config: Config
    universe: str
    store: Store
    as_of: date | None
    newest: pd.Timestamp
    all_bars: pd.DataFrame
    members: Membership
    held: frozenset[str] = frozenset()
    ingest_command: str = "morrow ingest"
    _panels: "dict[tuple[str, ...] | None, Panel]" = field(default_factory=dict, init=False, repr=False)
    _subsets: "dict[frozenset[str], KnownMarket]" = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def known_bars(self) -> pd.DataFrame:
        """Bars of the configured symbols, whatever their session: a ``prices`` frame.

        Raises:
            HistoryError: none are known, and why.
        """
        wanted = self.config.universes[self.universe].symbols
        bars = self.members.select_bars(self.all_bars, wanted)
        if bars.empty:
            raise HistoryError(self._why_empty(wanted))
        return bars

    @cached_property
    def bars(self) -> pd.DataFrame:
        """Those through the newest session that enough symbols share, of the symbols that are not held.

        Raises:
            HistoryError: none are known, and why.
        """
        bars = self.known_bars
        later = bars["session"] > find_shared_session(bars)
        if later.any() or self.held:
            bars = bars[~(later | bars["symbol"].isin(self.held))].reset_index(drop=True)
        return bars

    @cached_property
    def later_bars(self) -> Mapping[str, date]:
        """The last session of each symbol with bars after the cutoff, which wait for the other symbols."""
        bars = self.known_bars
        later = bars[bars["session"] > pd.Timestamp(self.cutoff)]
        return {str(name): last.date() for name, last in later.groupby("symbol")["session"].max().items()}

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """Every session of the universe's calendar from the first to the last of ``bars``."""
        observed = pd.DatetimeIndex(self.bars["session"].unique()).sort_values()
        calendar = self.config.universes[self.universe].trading_calendar
        return sessions.sessions(calendar, observed[0], observed[-1], observed)

    @cached_property
    def cutoff(self) -> date:
        """The last session of ``bars``."""
        cutoff: date = self.bars["session"].max().date()
        return cutoff

    @cached_property
    def data_version(self) -> str:
        """Hash of the bars, and of who was a member when."""
        version, spells = content_version(self.bars), self.members.spells
        if spells is None:
            return version
        texts = spells[["symbol", "from", "to", "kind", "successor", "terminal"]].astype(str)
        return identity({"bars": version, "members": texts.to_numpy().tolist()})

    def panel(self, names: tuple[str, ...] | None = None) -> "Panel":
        """The panel of ``bars``.

        Args:
            names: of its features; None for those selected by the configuration that the bars can carry.
        """
        panel = self._panels.get(names)
        if panel is None:
            panel = self._build_panel(names)
            self._panels.update({names: panel, panel.names: panel})
        return panel

    def without(self, symbols: Iterable[str]) -> "KnownMarket":
        """The same market with these symbols held; of the same ones, the same object."""
        held = self.held | frozenset(symbols)
        if held == self.held:
            return self
        if held not in self._subsets:
            self._subsets[held] = replace(self, held=held)
        return self._subsets[held]

    def _build_panel(self, names: tuple[str, ...] | None) -> "Panel":
        from morrow import panel as panels  # noqa: PLC0415 (scikit-learn: a quiet night does without)

        config = self.config
        return panels.build(
            self.bars,
            self.sessions,
            config.forecast,
            config.time,
            tick=config.universes[self.universe].tick,
            names=names,
            select=select_features(config) if names is None else (),
            members=self.members,
        )

    def _why_empty(self, wanted: tuple[str, ...] | None) -> str:
        stored = self.members.select_bars(self.store.prices(self.universe), wanted)
        if stored.empty:
            return f'universe "{self.universe}" has no prices yet; take them in with: {self.ingest_command}'
        return (
            f'as_of {self.as_of} is before the first usable session of "{self.universe}", '
            f"{stored['session'].min():%Y-%m-%d}; choose that date or a later one"
        )


def read_market(
    config: Config,
    universe: str,
    clock: Clock,
    store: Store,
    stored: pd.DataFrame | None,
    ingest_command: str,
) -> KnownMarket:
    """Read what is known at the end of a clock's day.

    Args:
        config: the run configuration.
        universe: its name in it.
        clock: of the night.
        store: its tables.
        stored: every stored bar of the universe, if they have been read already.
        ingest_command: takes prices in.

    Raises:
        HistoryError: the universe's membership was never taken in.
        StoreError: a table cannot be read.
    """
    bars = store.prices(universe, clock.as_of, stored=stored)
    newest = bars["session"].max()
    known = not bars.empty or clock.as_of is not None
    day = clock.resolve(None if bars.empty else newest.date()) if known else None
    members = read_members(config, universe, store, day, ingest_command)
    return KnownMarket(
        config,
        universe,
        store,
        clock.as_of,
        newest,
        members.bars(bars),
        members,
        ingest_command=ingest_command,
    )


def read_members(
    config: Config, universe: str, store: Store, day: date | None, ingest_command: str = "morrow ingest"
) -> Membership:
    """Who was in a universe, and under which names, as known at the end of a day (None: nothing is yet).

    Raises:
        HistoryError: the universe has a membership table that was never taken in.
        StoreError: a table cannot be read.
    """
    at: pd.Timestamp = pd.to_datetime(day) if day else pd.NaT  # type: ignore[assignment]
    renames = store.read(RENAMES, universe)
    if config.universes[universe].membership is None:
        return membership.membership_at(None, renames, at)
    rows = store.read(MEMBERSHIP, universe)
    if rows.empty and day is not None:
        raise HistoryError(
            f'universe "{universe}" has a membership table that was not taken in yet; '
            f"take it in with: {ingest_command}"
        )
    return membership.membership_at(membership.spells_on_record(rows, at), renames, at)
