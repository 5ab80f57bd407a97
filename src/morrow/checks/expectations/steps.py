"""Expectations of the step from one bar to the next: each names one fault that a loud step may be."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from great_expectations.compatibility.pydantic import Field

from morrow.checks.expectations.base import BarExpectation, BarMetric

_MOVE = Field(ge=0.15, le=1)  # smaller steps are not looked at
_SCALES = Field(ge=5)
_GAP = Field(ge=1)
_TIMES = Field(ge=1)
_UNREST = Field(ge=0)


def quiet(bars: pd.DataFrame, most_unrest: float) -> Any:
    """(n,) steps without the range and volume that a true move of their size has.

    What is allowed is given for a step of ten usual moves, and grows by a quarter up to twenty.
    """
    return bars["unrest"] <= most_unrest * (1 + np.clip(bars["scales"] / 10 - 1, 0, 1) / 4)


def _fall(bars: pd.DataFrame) -> Any:
    """(n,) a step as the fall that it or its mirror image is: 0.5 for a half and for a double."""
    return 1 - pd.concat([bars["times"], 1 / bars["times"]], axis=1).min(axis=1)


class BarNoJump(BarMetric):
    """Whether a bar's prices do not stand alone."""

    condition_metric_name = "bar.no_jump"
    condition_value_keys = (
        "least_scales", "least_fall", "most_unrest", "edge_scales", "edge_unrest", "bare_scales", "bare_fall",
        "most_gap",
    )  # fmt: skip

    @staticmethod
    def crossed(bars: pd.DataFrame, **line: float) -> Any:
        """(n,) jumps: taken back by what follows; or with ordinary range and volume; or huge."""
        fall, scales = _fall(bars), bars["scales"]
        back = (bars["follows"] == "back") & (scales >= line["least_scales"]) & (fall >= line["least_fall"])
        back &= quiet(bars, line["most_unrest"])
        edge = (bars["whole"] == 1) & (scales >= line["edge_scales"]) & (fall >= line["least_fall"])
        edge &= quiet(bars, line["edge_unrest"])
        bare = (bars["whole"] == 0) & (scales >= line["bare_scales"]) & (fall >= line["bare_fall"])
        unknown = (bars["follows"] == "unknown") & (bars["gap"] <= line["most_gap"])
        return (bars["sign"] == "jump") & (back | (unknown & (edge | bare)))


class ExpectBarsWithoutJump(BarExpectation):
    """Expect no bar at prices of its own that no action, market, range, volume or next bar explains."""

    measures: ClassVar[tuple[str, ...]] = (
        "sign",
        "follows",
        "times",
        "scales",
        "gap",
        "whole",
        "unrest",
    )
    least_scales: float = _SCALES
    least_fall: float = _MOVE
    most_unrest: float = _UNREST
    edge_scales: float = _SCALES
    edge_unrest: float = _UNREST
    bare_scales: float = _SCALES
    bare_fall: float = _MOVE
    most_gap: int = _GAP
    map_metric = "bar.no_jump"
    success_keys = (*BarNoJump.condition_value_keys, "mostly")
    lines: ClassVar[tuple[str, ...]] = BarNoJump.condition_value_keys
    sentence: ClassVar[str] = (
        "a bar must not stand $least_scales usual moves and a fall of $least_fall away from the bars before "
        "and after it; while none is after it, $edge_scales usual moves with ordinary range and volume, or "
        "$bare_scales and a fall of $bare_fall where these are not given"
    )


class BarNoDecimalShift(BarMetric):
    """Whether a bar's prices are not those of its neighbours times a power of ten."""

    condition_metric_name = "bar.no_decimal_shift"
    condition_value_keys = ("most_gap",)

    @staticmethod
    def crossed(bars: pd.DataFrame, most_gap: float) -> Any:
        """(n,) single bars in another power of ten."""
        return (bars["sign"] == "decimal shift") & (bars["gap"] <= most_gap)


class ExpectBarsWithoutDecimalShift(BarExpectation):
    """Expect no single bar at its neighbours' prices times a power of ten."""

    measures: ClassVar[tuple[str, ...]] = ("sign", "gap")
    most_gap: int = _GAP
    map_metric = "bar.no_decimal_shift"
    success_keys = ("most_gap", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("most_gap",)
    sentence: ClassVar[str] = (
        "a bar must not be its neighbours times a power of ten, at most $most_gap sessions after one"
    )


class BarNoUnitShift(BarMetric):
    """Whether prices do not go on in another power of ten."""

    condition_metric_name = "bar.no_unit_shift"
    condition_value_keys = ("most_gap",)

    @staticmethod
    def crossed(bars: pd.DataFrame, most_gap: float) -> Any:
        """(n,) first bars in another power of ten."""
        return (bars["sign"] == "unit shift") & (bars["gap"] <= most_gap)


class ExpectBarsWithoutUnitShift(BarExpectation):
    """Expect prices not to go on at a power of ten times what they were, without a split that says so."""

    measures: ClassVar[tuple[str, ...]] = ("sign", "gap")
    most_gap: int = _GAP
    map_metric = "bar.no_unit_shift"
    success_keys = ("most_gap", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("most_gap",)
    sentence: ClassVar[str] = (
        "prices must not go on at a power of ten times the bar before, at most $most_gap sessions after it"
    )


class BarNoCurrencySwitch(BarMetric):
    """Whether prices do not go on at another level as if nothing had happened."""

    condition_metric_name = "bar.no_currency_switch"
    condition_value_keys = ("least_scales", "least_fall", "most_unrest", "most_after", "most_gap")

    @staticmethod
    def crossed(bars: pd.DataFrame, **line: float) -> Any:
        """(n,) first bars at a level that no action, market, range or volume explains."""
        calm = quiet(bars, line["most_unrest"]) & (bars["range_after"] <= line["most_after"])
        loud = (bars["scales"] >= line["least_scales"]) & (_fall(bars) >= line["least_fall"])
        near = bars["gap"] <= line["most_gap"]
        return (bars["sign"] == "currency switch") & (bars["whole"] == 1) & loud & calm & near


class ExpectBarsWithoutCurrencySwitch(BarExpectation):
    """Expect prices not to go on at another level with the range and the volume of an ordinary session."""

    measures: ClassVar[tuple[str, ...]] = (
        "sign",
        "times",
        "scales",
        "gap",
        "whole",
        "unrest",
        "range_after",
    )
    least_scales: float = _SCALES
    least_fall: float = _MOVE
    most_unrest: float = _UNREST
    most_after: float = _TIMES
    most_gap: int = _GAP
    map_metric = "bar.no_currency_switch"
    success_keys = (*BarNoCurrencySwitch.condition_value_keys, "mostly")
    lines: ClassVar[tuple[str, ...]] = BarNoCurrencySwitch.condition_value_keys
    sentence: ClassVar[str] = (
        "prices must not go on $least_scales usual moves and a fall of $least_fall away from the bar before, "
        "with range and volume together at most $most_unrest usual deviations above the usual"
    )
