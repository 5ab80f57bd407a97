"""The context of one night: its clock, its open handles, and what is known of the market."""

import fcntl
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from morrow.config import Config, Universe
from morrow.frames import PRICES
from morrow.sources import RawReplies
from morrow.steps.clock import Clock
from morrow.steps.market import KnownMarket, read_market
from morrow.store import Store

if TYPE_CHECKING:
    from morrow.registry import Registry

_Finding = TypeVar("_Finding")
ProgressListener = Callable[[str, Mapping[str, Any]], None]


def ignore_progress(_event: str, _facts: Mapping[str, Any]) -> None:
    """Discard progress events."""


@dataclass(frozen=True)
class Night:
    """One universe on one night, with everything that its steps share.

    Handles are opened at their first use and kept. What is known of the market is read once and kept until
    the intake begins or writes.

    Attributes:
        config: the run configuration.
        universe: its name in it.
        as_of: nothing later than the end of this date is seen; None is the last session in the data.
        now: wall clock, only ever stored as a stamp.
        forced: retrain though it is not due.
        since: ask the source again for all sessions from this day on, stored or not; None does not.
        tell: receives progress: an event and its facts.
        keeps_pages: whether the gates' pages are written; a trial beside the night leaves the night's alone.
        config_file: of the configuration, for command lines; None is morrow.toml in the current folder.
    """

    config: Config
    universe: str
    as_of: date | None
    now: datetime
    forced: bool = False
    since: date | None = None
    keeps_pages: bool = True
    tell: ProgressListener = field(default=ignore_progress, compare=False)
    config_file: Path | None = field(default=None, compare=False)
    _findings: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the caches of libraries inside the project; matplotlib, which arch also imports, would not."""
        os.environ.setdefault("MPLCONFIGDIR", str(self.config.folder(".cache/matplotlib")))

    @property
    def options(self) -> Universe:
        """The universe's section of the configuration."""
        return self.config.universes[self.universe]

    def command_line(self, words: str) -> str:
        """Write the line that runs a command on this universe with the same configuration."""
        other_file = f" --config {shlex.quote(str(self.config_file))}" if self.config_file else ""
        return f"morrow {words} --universe {shlex.quote(self.universe)}{other_file}"

    @cached_property
    def clock(self) -> Clock:
        """The night's clock."""
        return Clock(self.as_of, self.now)

    @cached_property
    def store(self) -> Store:
        """The tables."""
        path = self.config.paths.store
        root = path if "://" in path else self.config.folder(path)
        return Store(root, self.config.ingest.vacuum_days)

    @cached_property
    def registry(self) -> "Registry":
        """The tracking server and model registry."""
        from morrow.registry import Registry  # noqa: PLC0415 (MLflow: seconds)

        return Registry(self.config.registry.uri, self.config.registry.artifacts, self.config.root)

    @cached_property
    def raw_replies(self) -> RawReplies:
        """Where a live source's raw replies are kept."""
        # No universe can have this name, so nobody's work is in the way.
        folder = self.config.folder(self.config.paths.work) / "raw_replies" / self.universe
        return RawReplies(folder, self.config.ingest.raw_days, self.now)

    @cached_property
    def stored_bars(self) -> pd.DataFrame:
        """Every stored bar of the universe, whenever it became known: a ``prices`` frame.

        Raises:
            StoreError: the table cannot be read.
        """
        # The version first: a write in between is taken for one that came later.
        self.__dict__["stored_version"] = self.store.version(PRICES)
        return self.store.read(PRICES, self.universe)

    @cached_property
    def market(self) -> KnownMarket:
        """What is known of the market at the end of the night's day.

        Raises:
            HistoryError: the universe's membership was never taken in.
            StoreError: a table cannot be read.
        """
        # Bars that a quiet intake has read need not be read again; nobody needs them after this.
        stored = self.__dict__.pop("stored_bars", None)
        if stored is not None and self.__dict__["stored_version"] != self.store.version(PRICES):
            stored = None  # somebody has accepted a row while the source was read
        command = self.command_line("ingest")
        return read_market(self.config, self.universe, self.clock, self.store, stored, command)

    @property
    def newest(self) -> pd.Timestamp:
        """The last session with a stored bar that is known at the end of the night's day; NaT without one.

        Raises:
            StoreError: the table cannot be read.
        """
        if self.as_of is not None or "market" in self.__dict__:
            return self.market.newest
        newest = self.find_once("newest", lambda: self.store.signature(PRICES, self.universe).newest)
        day: pd.Timestamp = pd.to_datetime(newest) if newest else pd.NaT  # type: ignore[assignment]
        return day

    def find_once(self, name: str, find: Callable[[], _Finding]) -> _Finding:
        """Find something in the tables under a name of its own; kept until the tables change."""
        if name not in self._findings:
            self._findings[name] = find()
        finding: _Finding = self._findings[name]
        return finding

    def forget_findings(self) -> None:
        """Forget what was found in the tables, because one that is no part of the market has changed."""
        self._findings.clear()

    def forget_market(self) -> None:
        """Forget what was read of the market, and what was found in it, because the tables have changed."""
        for name in ("stored_bars", "stored_version", "market"):
            self.__dict__.pop(name, None)
        self.forget_findings()

    def restart(self) -> None:
        """Forget what was read and which day it is, because the tables may have changed."""
        self.forget_market()
        self.__dict__.pop("clock", None)

    def work(self, identity: str) -> Path:
        """The folder where a retraining keeps what it has finished, until the next one."""
        return self.config.folder(self.config.paths.work) / self.universe / identity

    @contextmanager
    def alone(self, lock: str = ".lock") -> Iterator[None]:
        """Hold a lock of the universe's work; others wait. The system frees it if this process dies."""
        folder = self.config.folder(self.config.paths.work) / self.universe
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
