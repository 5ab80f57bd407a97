"""What a universe keeps of old retrainings, and what may go: artifacts that nobody refers to, and work."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from morrow.steps.context import Night
from morrow.steps.delivery_results import Cleaning
from morrow.steps.results import Results
from morrow.steps.retrain.work_folder import read_cutoff
from morrow.store.ledger import read_entries

if TYPE_CHECKING:
    from morrow.registry import OldRun


@dataclass(frozen=True)
class OldWork:
    """A retraining's folder of work, which only a killed one would have needed.

    Attributes:
        folder: its path.
        cutoff: of the retraining.
        size: bytes.
    """

    folder: Path
    cutoff: date
    size: int


@dataclass(frozen=True)
class Leftovers:
    """What may be removed of a universe."""

    runs: "tuple[OldRun, ...]"
    work: tuple[OldWork, ...]

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return sum(run.size for run in self.runs) + sum(each.size for each in self.work)


def clean(night: Night, _results: Results) -> Cleaning:
    """Remove what may go, at the end of a retraining; run again, it removes what a killed one has left.

    Raises:
        RegistryError: MLflow cannot be reached.
        StoreError: a table cannot be read.
    """
    leftovers = find_leftovers(night)
    remove(night, leftovers)
    return Cleaning(len(leftovers.runs), len(leftovers.work), leftovers.size)


def find_leftovers(night: Night) -> Leftovers:
    """Find what may be removed, by ``[retention]``; ages are counted in sessions before the night's cutoff.

    Runs that the ledger or an alias refers to by a version, and the newest two cutoffs, are never among them.

    Raises:
        HistoryError: no session is known.
        RegistryError: MLflow cannot be reached.
        StoreError: a table cannot be read.
    """
    options, axis = night.config.retention, night.market.sessions
    through = _count_back(axis, options.sessions)
    runs = () if through is None else _list_runs(night, through)
    last = _count_back(axis, options.work_sessions)
    work = () if last is None else tuple(each for each in _list_work(night) if each.cutoff <= last)
    return Leftovers(runs, work)


def remove(night: Night, leftovers: Leftovers) -> None:
    """Remove it: runs keep their metrics and summaries, and say on which day they were thinned."""
    for run in leftovers.runs:
        night.registry.thin_run(run, night.clock.resolve(night.market.cutoff))
    if leftovers.work:
        with night.alone():
            for each in leftovers.work:
                shutil.rmtree(each.folder, ignore_errors=True)


def _count_back(axis: pd.DatetimeIndex, count: int) -> date | None:
    """The session so many before the last one; None if there are fewer."""
    return axis[-1 - count].date() if len(axis) > count else None


def _list_runs(night: Night, through: date) -> "tuple[OldRun, ...]":
    registry, universe = night.registry, night.universe
    entries = read_entries(night.store, universe)
    aliases = registry.aliases(universe)
    named = {each for entry in entries for each in (entry.version_before, entry.version_after)}
    named |= {aliases.champion, aliases.previous}
    protected = {each.run_id for each in registry.versions(universe) if each.version in named}
    return registry.list_old_runs(universe, through, protected)


def _list_work(night: Night) -> Iterator[OldWork]:
    place = night.config.folder(night.config.paths.work) / night.universe
    for folder in sorted(place.glob("[!.]*")):
        cutoff = read_cutoff(folder)
        if cutoff is not None:
            files = [file for file in folder.rglob("*") if file.is_file()]
            yield OldWork(folder, cutoff, sum(file.stat().st_size for file in files))
