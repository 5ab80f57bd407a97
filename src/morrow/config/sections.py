"""The tables of ``morrow.toml``: the keys of each, with their defaults and ranges."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from morrow.config.membership import Members
from morrow.config.sources import Source
from morrow.section import Section


class Paths(Section):
    """Folders, relative to the folder of ``morrow.toml``."""

    store: str = "data"
    exports: str = "exports"
    work: str = "work"
    expectations: str = "expectations"
    gates: str = "gates"
    board: str = "board"


class RegistrySection(Section):
    """The MLflow server: an SQLite file by default, or any tracking URI."""

    uri: str = "sqlite:///mlruns/mlflow.db"
    artifacts: str = "mlruns/artifacts"


class Forecast(Section):
    """Horizon, quantile levels and history of forecasts."""

    horizon: int = Field(5, ge=1, le=20, description="sessions ahead")
    levels: tuple[float, ...] = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
    window: int = Field(64, ge=8, le=1024, description="sessions a network reads before it answers")
    max_gap: int = Field(20, ge=1, description="sessions without a bar after which history starts anew")
    stale_after: int = Field(5, ge=1, description="sessions behind a given as_of that make data stale")

    @model_validator(mode="after")
    def _levels_are_usable(self) -> "Forecast":
        levels = self.levels
        if list(levels) != sorted(set(levels)) or 0.5 not in levels[1:-1]:
            raise ValueError("levels must be three or more, ascending, each once, with 0.5 between the ends")
        if levels[0] <= 0 or levels[-1] >= 1:
            raise ValueError("levels must lie between 0 and 1, both excluded")
        if any(abs(level * 10_000 - round(level * 10_000)) > 1e-6 for level in levels):
            raise ValueError("levels must be multiples of 0.0001, which is what their columns can name")
        return self


class Time(Section):
    """Size of each of the last four parts of time, a share of the sessions within bounds; and their folds."""

    share: float = Field(0.1, gt=0, le=0.2)
    minimum: int = Field(50, ge=5)
    maximum: int = Field(750, ge=5)
    folds: int = Field(
        1,
        ge=1,
        le=20,
        description="walk-forward folds that recipes are judged on; each trains every recipe anew",
    )

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> "Time":
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} must not exceed maximum {self.maximum}")
        return self


class Training(Section):
    """How recipes are trained."""

    recipes: tuple[str, ...] = (
        "rnn", "lstm", "gru", "regression", "ewma", "unconditional", "gjr-garch-t", "boosted", "ensemble",
    )  # fmt: skip
    seed: int = Field(7, ge=0)
    processes: int = Field(
        2, ge=1, le=256, description="recipes trained in parallel; 1 trains in this process"
    )
    retrain_every: int = Field(5, ge=1, description="sessions between retrainings")


class Contest(Section):
    """What a recipe must show to become champion."""

    effect: float = Field(
        0.2,
        ge=0,
        lt=100,
        description="per cent by which a challenger's pinball must be lower than the champion's; a simpler "
        "recipe may be higher by as much",
    )
    level: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="chance that is allowed, against one champion and by one claim, of ever crowning a "
        "recipe that is no better; evidence must reach 1 / level",
    )
    set_level: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="p-value above which recipes cannot be told apart when there is no champion",
    )
    coverage: float = Field(
        5.0, gt=0, le=80, description="percentage points by which the 80 % interval may miss its share"
    )
    expire_after: int = Field(
        250, ge=1, description="sessions without a refit after which the champion is not protected any more"
    )


class Ingest(Section):
    """How prices are taken in, compared with stored ones, and kept."""

    overlap: int = Field(10, ge=1, le=2600, description="stored sessions that each fetch asks for again")
    tolerance: float = Field(
        0.005, ge=0, lt=1, description="relative change of a stored price up to which it is a revision"
    )
    raw_days: int = Field(30, ge=0, description="days for which raw replies are kept; 0 keeps none")
    vacuum_days: int = Field(
        7, ge=0, description="days for which files stay that the newest version of a table no longer uses"
    )


class Retention(Section):
    """For how long a universe keeps the files of retrainings that nothing refers to."""

    sessions: int = Field(
        60,
        ge=1,
        description="sessions after which a run that never made a champion keeps its metrics and summaries "
        "alone",
    )
    work_sessions: int = Field(
        5, ge=1, description="sessions after which a retraining's folder of work is removed"
    )


class SessionChanges(Section):
    """Sessions that a universe's calendar lacks, and days that it takes for sessions."""

    add: tuple[date, ...] = Field((), description="days that are sessions, though the calendar has none")
    remove: tuple[date, ...] = Field((), description="sessions of the calendar that are none")


class Universe(Section):
    """Symbols that are forecast together, and where their prices come from."""

    source: Source
    second_source: Source | None = Field(None, description="source of closes to compare with")
    calendar: str = Field(description='an exchange\'s MIC, "24/7", "ECB" or "observed"')
    sessions: SessionChanges = SessionChanges()
    currency: str = "USD"
    tick: float | None = Field(
        None, gt=0, description="smallest price step; by default estimated from the prices"
    )
    symbols: tuple[str, ...] | None = Field(None, description="default: all that the source has")
    membership: Members | None = Field(
        None, description="members of the universe by date; default: all symbols with bars"
    )
    distinct: tuple[tuple[str, ...], ...] = Field(
        (), description="groups of symbols that may have equal bars, such as currencies with one peg"
    )
    gaps: Literal["stale", "leave_out"] = Field(
        "stale", description="treatment of a symbol without a bar at the cutoff"
    )
    settle_minutes: int = Field(30, ge=0, le=1440, description="minutes after the close until a bar is final")
    max_age_days: int | None = Field(
        None, ge=1, description="days that the newest session may be old before the night fails; default: any"
    )

    @property
    def trading_calendar(self) -> str:
        """The calendar with its changes, as a name that :mod:`morrow.sessions` understands."""
        changes = [f"+{day}" for day in self.sessions.add] + [f"-{day}" for day in self.sessions.remove]
        return " ".join([self.calendar, *changes])
