"""What every step is given: the night, its rooms and what the steps before it returned."""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import morrow
from morrow.config import Config, Universe
from morrow.errors import HistoryError
from morrow.frames import MEMBERSHIP, RENAMES

if TYPE_CHECKING:
    import pandas as pd

    from morrow.membership import Membership
    from morrow.registry import Registry
    from morrow.sources import RawReplies
    from morrow.store import Store

Results = Mapping[str, object]
Tell = Callable[[str, Mapping[str, Any]], None]
Found = TypeVar("Found")


def silent(_event: str, _facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Night:
    """One universe on one night.

    Attributes:
        config: the run configuration.
        universe: its name in it.
        as_of: nothing later than the end of this date is seen; None is the last session in the data.
        now: wall clock, only ever stored as a stamp.
        forced: retrain though it is not due.
        since: ask the source for sessions from here on, however long they are stored; None is not to.
        tell: hears of progress: an event and its facts.
    """

    config: Config
    universe: str
    as_of: date | None
    now: datetime
    forced: bool = False
    since: date | None = None
    tell: Tell = field(default=silent, compare=False)

    def __post_init__(self) -> None:
        """Keep what libraries cache inside the project: matplotlib, which arch imports too, would not."""
        os.environ.setdefault("MPLCONFIGDIR", str(self.config.folder(".cache/matplotlib")))

    @property
    def options(self) -> Universe:
        """The universe's section of the configuration."""
        return self.config.universes[self.universe]

    def store(self) -> "Store":
        """Open the tables."""
        from morrow.store import Store  # noqa: PLC0415

        path = self.config.paths.store
        root = path if "://" in path else self.config.folder(path)
        return Store(root, self.config.ingest.vacuum_days)

    def registry(self) -> "Registry":
        """Open the tracking server and model registry."""
        from morrow.registry import Registry  # noqa: PLC0415

        return Registry(self.config.registry.uri, self.config.registry.artifacts, self.config.root)

    def work(self, identity: str) -> Path:
        """The folder where a retraining keeps what it has finished, until the next one."""
        return self.config.folder(self.config.paths.work) / self.universe / identity

    def raw(self) -> "RawReplies":
        """Where a live source's raw replies are kept."""
        from morrow.sources import RawReplies  # noqa: PLC0415

        # No universe can have this name, so nobody's work is in the way.
        folder = self.config.folder(self.config.paths.work) / "raw_replies" / self.universe
        return RawReplies(folder, self.config.ingest.raw_days, self.now)

    def prices(self) -> "pd.DataFrame":
        """Bars as known at ``as_of``.

        Raises:
            HistoryError: none are known, and why.
        """
        return self.known()[0]

    def known(self) -> "tuple[pd.DataFrame, Membership]":
        """Bars as known at ``as_of``, under the names of that day, and who was in the universe then.

        Raises:
            HistoryError: there are no bars, or the universe's membership was never taken in, and why.
        """
        store = self.store()
        prices = store.prices(self.universe, self.as_of)
        members = self.members(prices["session"].max() if self.as_of is None else self.as_of)
        prices = members.select_bars(members.bars(prices), self.options.symbols)
        if prices.empty:
            held = members.select_bars(store.prices(self.universe), self.options.symbols)
            if held.empty:
                raise HistoryError(
                    f'universe "{self.universe}" has no prices yet; take them in with: morrow ingest'
                )
            raise HistoryError(
                f'as_of {self.as_of} is before the first usable session of "{self.universe}", '
                f"{held['session'].min():%Y-%m-%d}; choose that date or a later one"
            )
        return prices, members

    def members(self, day: "date | pd.Timestamp") -> "Membership":
        """Who was in the universe, and under which names, as known at the end of a day (NaT: nothing yet).

        Raises:
            HistoryError: the universe has a membership table that was never taken in.
        """
        import pandas as pd  # noqa: PLC0415

        from morrow import membership  # noqa: PLC0415

        store, at = self.store(), pd.Timestamp(day)
        renames = store.read(RENAMES, self.universe)
        if self.options.membership is None:
            return membership.membership_at(None, renames, at)
        rows = store.read(MEMBERSHIP, self.universe)
        if rows.empty and not pd.isna(at):
            raise HistoryError(
                f'universe "{self.universe}" has a membership table that was not taken in yet; '
                "take it in with: morrow ingest"
            )
        return membership.membership_at(membership.spells_on_record(rows, at), renames, at)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the universe's work for this process; another waits. The system frees it if we die."""
        folder = self.config.folder(self.config.paths.work) / self.universe
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def axis(self, prices: "pd.DataFrame") -> "pd.DatetimeIndex":
        """Every session of the universe's calendar from the first to the last bar."""
        import pandas as pd  # noqa: PLC0415

        from morrow import sessions  # noqa: PLC0415

        observed = pd.DatetimeIndex(prices["session"].unique()).sort_values()
        return sessions.sessions(self.options.calendar, observed[0], observed[-1], observed)


@dataclass(frozen=True)
class Step:
    """A step of the night: its name, its function, and how often it may be tried again."""

    name: str
    function: Callable[[Night, Results], object]
    retries: int


def taken(results: Results, kind: type[Found]) -> Found:
    """What an earlier step returned, by its type.

    Raises:
        LookupError: no earlier step returned one: the steps were called out of order.
    """
    found = taken_or_none(results, kind)
    if found is not None:
        return found
    raise LookupError(f"no step before this one returned {kind.__name__}; got {list(results)}")


def taken_or_none(results: Results, kind: type[Found]) -> Found | None:
    """What an earlier step returned, by its type; None if none did."""
    return next((result for result in results.values() if isinstance(result, kind)), None)


def play(night: Night, steps: Sequence[Step]) -> tuple[dict[str, object], dict[str, float]]:
    """Take the steps in order, without Prefect.

    Returns:
        what each step returned, and the seconds it took, with their total.
    """
    results: dict[str, object] = {}
    seconds: dict[str, float] = {}
    for step in steps:
        night.tell("step", {"step": step.name})
        began = perf_counter()
        results[step.name] = step.function(night, results)
        seconds[step.name] = perf_counter() - began
    seconds["total"] = sum(seconds.values())
    return results, seconds


@cache
def code_version() -> str:
    """Git revision of the running code, with a hash of what was changed since; else the package's version."""
    try:
        _git("ls-files", "--error-unmatch", "__init__.py")
        found = _git("describe", "--always", "--dirty", "--abbrev=12").decode().strip()
        change = _git("diff", "HEAD", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return morrow.__version__
    return f"{found}-{hashlib.sha256(change).hexdigest()[:8]}" if found.endswith("-dirty") else found


def _git(*words: str) -> bytes:
    source = Path(morrow.__file__).resolve().parent
    return subprocess.run(["git", "-C", str(source), *words], capture_output=True, check=True).stdout  # noqa: S607


@cache
def package_versions() -> Mapping[str, str]:
    """Versions of the packages that numbers depend on."""
    names = ("torch", "numpy", "pandas", "scikit-learn", "arch", "scipy", "mlflow", "deltalake")
    return {f"package.{name}": version(name) for name in names}
