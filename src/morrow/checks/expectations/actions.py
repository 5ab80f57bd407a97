"""Expectations of splits, and of bars that belong to another symbol or another session."""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility.pydantic import Field

from morrow.checks.expectations.base import BarExpectation, BarMetric
from morrow.checks.expectations.steps import quiet

_SCALES = Field(ge=5)
_GAP = Field(ge=1)
_TIMES = Field(ge=1)


class BarNoSplitMissed(BarMetric):
    """Whether prices and volume do not move as in a split that the factor does not know."""

    condition_metric_name = "bar.no_split_missed"
    condition_value_keys = ("least_scales", "most_unrest", "most_after", "most_gap")

    @staticmethod
    def crossed(bars: pd.DataFrame, **line: float) -> Any:
        """(n,) first bars after a split without a factor."""
        calm = quiet(bars, line["most_unrest"])
        calm &= (bars["follows"] == "unknown") | (bars["range_after"] <= line["most_after"])
        near = (bars["scales"] >= line["least_scales"]) & (bars["gap"] <= line["most_gap"])
        return (bars["sign"] == "split missed") & calm & near


class ExpectBarsWithoutSplitMissed(BarExpectation):
    """Expect no step of prices by a split's ratio, with its volume, that the factor does not explain."""

    measures: ClassVar[tuple[str, ...]] = ("sign", "follows", "scales", "gap", "range_after", "unrest")
    least_scales: float = _SCALES
    most_unrest: float = Field(ge=0)
    most_after: float = _TIMES
    most_gap: int = _GAP
    map_metric = "bar.no_split_missed"
    success_keys = (*BarNoSplitMissed.condition_value_keys, "mostly")
    lines: ClassVar[tuple[str, ...]] = BarNoSplitMissed.condition_value_keys
    sentence: ClassVar[str] = (
        "prices must not move by a split's ratio and $least_scales usual moves without a factor, with range "
        "and a split's volume together at most $most_unrest usual deviations above the usual"
    )


class BarNoSplitTwice(BarMetric):
    """Whether a split's factor moves with the prices."""

    condition_metric_name = "bar.no_split_twice"
    condition_value_keys = ("least_scales",)

    @staticmethod
    def crossed(bars: pd.DataFrame, least_scales: float) -> Any:
        """(n,) first bars with a factor too many."""
        return (bars["sign"] == "split twice") & (bars["scales"] >= least_scales)


class ExpectBarsWithoutSplitTwice(BarExpectation):
    """Expect a split's factor to move against the prices, once and as far."""

    measures: ClassVar[tuple[str, ...]] = ("sign", "scales")
    least_scales: float = _SCALES
    map_metric = "bar.no_split_twice"
    success_keys = ("least_scales", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_scales",)
    sentence: ClassVar[str] = (
        "a split's factor must not move the adjusted price by its ratio and $least_scales usual moves"
    )


class BarOwn(BarMetric):
    """Whether a bar is not another symbol's."""

    condition_metric_name = "bar.own"
    condition_value_keys = ("least_scales",)

    @staticmethod
    def crossed(bars: pd.DataFrame, least_scales: float) -> Any:
        """(n,) bars that landed where another symbol was, while that one landed here."""
        return (bars["sign"] == "symbol swap") & (bars["scales"] >= least_scales)


class ExpectBarsWithoutSymbolSwap(BarExpectation):
    """Expect no two symbols whose bars land on each other's prices on the same session."""

    measures: ClassVar[tuple[str, ...]] = ("sign", "scales")
    least_scales: float = _SCALES
    map_metric = "bar.own"
    success_keys = ("least_scales", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_scales",)
    sentence: ClassVar[str] = (
        "two symbols must not step to each other's prices on one session, $least_scales usual moves away"
    )


class BarDatedRight(BarMetric):
    """Whether a stretch of bars follows the market of its own sessions."""

    condition_metric_name = "bar.dated_right"
    condition_value_keys = ("least_evidence", "least_evidence_hole")

    @staticmethod
    def crossed(bars: pd.DataFrame, least_evidence: float, least_evidence_hole: float) -> Any:
        """(n,) bars of a stretch that follows the neighbour session's market."""
        hole = (bars["shifted_hole"] == 1) & (bars["shifted_evidence"] >= least_evidence_hole)
        return hole | (bars["shifted_evidence"] >= least_evidence)


class ExpectBarsUnderTheirOwnDates(BarExpectation):
    """Expect no stretch of bars that follows the market of the session before or after its dates."""

    measures: ClassVar[tuple[str, ...]] = ("shifted_evidence", "shifted_hole")
    least_evidence: float = Field(ge=6)
    least_evidence_hole: float = Field(ge=6)
    map_metric = "bar.dated_right"
    success_keys = ("least_evidence", "least_evidence_hole", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_evidence", "least_evidence_hole")
    sentence: ClassVar[str] = (
        "no stretch of bars may follow the market of the session before or after its dates, by a log "
        "likelihood of $least_evidence, or of $least_evidence_hole beside a missing session"
    )


class BarNoGap(BarMetric):
    """Whether few sessions are missing before a bar."""

    condition_metric_name = "bar.no_gap"
    condition_value_keys = ("least_missing",)

    @staticmethod
    def crossed(bars: pd.DataFrame, least_missing: float) -> Any:
        """(n,) bars after a gap."""
        return bars["missing"] >= least_missing


class ExpectBarsWithoutGaps(BarExpectation):
    """Expect fewer than so many sessions without a bar between two bars of a symbol."""

    measures: ClassVar[tuple[str, ...]] = ("session", "missing")
    least_missing: int = Field(ge=1)
    map_metric = "bar.no_gap"
    success_keys = ("least_missing", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_missing",)
    sentence: ClassVar[str] = "fewer than $least_missing sessions may be missing between two bars of a symbol"


class BarAsStored(BarMetric):
    """Whether a bar that is stored already comes with the same prices."""

    condition_metric_name = "bar.as_stored"
    condition_value_keys = ("tolerance",)

    @staticmethod
    def crossed(bars: pd.DataFrame, tolerance: float) -> Any:
        """(n,) bars that came again with other prices."""
        return bars["revised"] > tolerance


class ExpectBarsAsStored(BarExpectation):
    """Expect a stored bar to come again with the same prices, within a tolerance."""

    measures: ClassVar[tuple[str, ...]] = ("close", "revised")
    tolerance: float = Field(ge=0)
    map_metric = "bar.as_stored"
    success_keys = ("tolerance", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("tolerance",)
    sentence: ClassVar[str] = (
        "the prices of a stored bar may come again changed by a share of $tolerance at most"
    )


class BarAgreed(BarMetric):
    """Whether a second source has the same close."""

    condition_metric_name = "bar.agreed"
    condition_value_keys = ("least_apart", "least_usual")

    @staticmethod
    def crossed(bars: pd.DataFrame, least_apart: float, least_usual: float) -> Any:
        """(n,) closes that the second source does not have."""
        apart = bars["apart"].abs()
        return (apart > least_apart) & (apart > least_usual * bars["apart_usual"])


class ExpectBarsAgreedBySources(BarExpectation):
    """Expect a second source's close to differ by no more than usual."""

    measures: ClassVar[tuple[str, ...]] = ("apart", "apart_usual")
    least_apart: float = Field(ge=0)
    least_usual: float = Field(ge=0)
    map_metric = "bar.agreed"
    success_keys = ("least_apart", "least_usual", "mostly")
    lines: ClassVar[tuple[str, ...]] = ("least_apart", "least_usual")
    sentence: ClassVar[str] = (
        "a second source's close may differ by a share of $least_apart or $least_usual times their usual "
        "difference at most"
    )
