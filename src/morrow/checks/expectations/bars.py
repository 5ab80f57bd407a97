"""Expectations of a bar by itself: its geometry, its date, its repeats and its volume."""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility.pydantic import Field

from morrow.checks.expectations.base import BarExpectation, BarMetric
from morrow.checks.signs import holds


class BarGeometry(BarMetric):
    """Whether open and close lie from low to high."""

    condition_metric_name = "bar.geometry"
    condition_value_keys = ("rounding",)

    @staticmethod
    def crossed(bars: pd.DataFrame, rounding: float) -> Any:
        """(n,) bars whose range does not hold their prices."""
        return pd.Series(~holds(bars, rounding), index=bars.index)


class ExpectBarsToHoldTheirPrices(BarExpectation):
    """Expect low ≤ open, close ≤ high, as far as they are given."""

    measures: ClassVar[tuple[str, ...]] = ("open", "high", "low", "close")
    rounding: float = Field(ge=0, le=0.1)
    map_metric = "bar.geometry"
    success_keys = ("rounding", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("rounding",)
    sentence: ClassVar[str] = "open and close must lie from low to high, but for a rounding of $rounding"


class BarOnCalendar(BarMetric):
    """Whether a session is one of the calendar's."""

    condition_metric_name = "bar.on_calendar"
    condition_value_keys = ()

    @staticmethod
    def crossed(bars: pd.DataFrame) -> Any:
        """(n,) bars on a day without trading."""
        return bars["off_calendar"]


class ExpectBarsOnTheCalendar(BarExpectation):
    """Expect every session to be one of the universe's calendar."""

    measures: ClassVar[tuple[str, ...]] = ("session", "off_calendar")
    map_metric = "bar.on_calendar"
    sentence: ClassVar[str] = "session must be a session of the universe's calendar"


class BarNotFuture(BarMetric):
    """Whether a session can have traded by now."""

    condition_metric_name = "bar.not_future"
    condition_value_keys = ()

    @staticmethod
    def crossed(bars: pd.DataFrame) -> Any:
        """(n,) bars dated after the run."""
        return bars["future"]


class ExpectBarsNotFromTheFuture(BarExpectation):
    """Expect no session that is later than the run's clock."""

    measures: ClassVar[tuple[str, ...]] = ("session", "future")
    map_metric = "bar.not_future"
    sentence: ClassVar[str] = "session must not be later than the run's clock"


class BarStale(BarMetric):
    """Whether a bar says again what several before it said, though the symbol usually moves."""

    condition_metric_name = "bar.stale"
    condition_value_keys = ("least_unchanged", "most_unmoved")

    @staticmethod
    def crossed(bars: pd.DataFrame, least_unchanged: float, most_unmoved: float) -> Any:
        """(n,) bars from the ``least_unchanged``-th of a run on."""
        return (bars["unchanged"] >= least_unchanged) & (bars["unmoved"] <= most_unmoved)


class ExpectBarsNotStale(BarExpectation):
    """Expect no run of unchanged bars with volume in a symbol whose closes usually change."""

    measures: ClassVar[tuple[str, ...]] = ("unchanged", "unmoved")
    least_unchanged: int = Field(ge=1)
    most_unmoved: float = Field(ge=0, le=1)
    map_metric = "bar.stale"
    success_keys = ("least_unchanged", "most_unmoved", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_unchanged", "most_unmoved")
    sentence: ClassVar[str] = (
        "fewer than $least_unchanged unchanged bars with volume may follow each other, where at most a share "
        "of $most_unmoved of the closes before did not change"
    )


class BarOriginal(BarMetric):
    """Whether a bar is no copy of another of its symbol."""

    condition_metric_name = "bar.original"
    condition_value_keys = ()

    @staticmethod
    def crossed(bars: pd.DataFrame) -> Any:
        """(n,) copies."""
        return bars["twin"].notna()


class ExpectBarsWithoutCopies(BarExpectation):
    """Expect no bar that has the prices and the volume of another session of its symbol."""

    measures: ClassVar[tuple[str, ...]] = ("session", "twin")
    map_metric = "bar.original"
    sentence: ClassVar[str] = "a bar must not be another session's bar again"


class BarVolumeOrdinary(BarMetric):
    """Whether a volume is in keeping with the bars before, the price's move and the bar after."""

    condition_metric_name = "bar.volume_ordinary"
    condition_value_keys = ("least_times", "least_highest", "most_moved", "most_lasting")

    @staticmethod
    def crossed(
        bars: pd.DataFrame, least_times: float, least_highest: float, most_moved: float, most_lasting: float
    ) -> Any:
        """(n,) volumes that stand out alone."""
        alone = ~(bars["volume_lasting"] > most_lasting * bars["volume_times"])
        high = (bars["volume_times"] >= least_times) & (bars["volume_highest"] >= least_highest)
        return high & alone & ~(bars["moved"] > most_moved)


class ExpectBarsWithoutVolumeSpike(BarExpectation):
    """Expect no volume many times the usual on a session on which the price did not move."""

    measures: ClassVar[tuple[str, ...]] = ("volume_times", "volume_highest", "volume_lasting", "moved")
    least_times: float = Field(ge=50)
    least_highest: float = Field(ge=1)
    most_moved: float = Field(ge=0)
    most_lasting: float = Field(ge=0)
    map_metric = "bar.volume_ordinary"
    success_keys = ("least_times", "least_highest", "most_moved", "most_lasting", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_times", "least_highest", "most_moved", "most_lasting")
    sentence: ClassVar[str] = (
        "volume must be below $least_times times the median and $least_highest times the highest of 60 bars, "
        "unless the price moves by more than $most_moved of its usual moves or a share of $most_lasting of "
        "it lasts"
    )


class BarVolumeThere(BarMetric):
    """Whether a bar on which the price moved has a volume."""

    condition_metric_name = "bar.volume_there"
    condition_value_keys = ("least_traded",)

    @staticmethod
    def crossed(bars: pd.DataFrame, least_traded: float) -> Any:
        """(n,) moves without volume in a symbol that always has some."""
        return bars["traded"] >= least_traded


class ExpectBarsWithVolume(BarExpectation):
    """Expect no volume of nought on a session on which the price moved, in a symbol that always trades."""

    measures: ClassVar[tuple[str, ...]] = ("volume", "traded")
    least_traded: int = Field(ge=1)
    map_metric = "bar.volume_there"
    success_keys = ("least_traded", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_traded",)
    sentence: ClassVar[str] = (
        "volume must not be 0 where the price moved and all of the last $least_traded bars or more had some"
    )
