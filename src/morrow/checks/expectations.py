"""Our own expectations of bars: a table, and the Great Expectations classes that are made from its rows.

They compare what ``morrow.checks.measures`` has measured with the limits that a suite gives. Importing this
module registers them under the names that suites use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, cast

import numpy as np
import pandas as pd
from great_expectations.compatibility.pydantic import Field, validator
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
    multicolumn_condition_partial,
)
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

from morrow.checks.measures import range_holds_prices


class Limit(NamedTuple):
    """An argument of an expectation: its type, and the least and the most that a suite may give.

    ``neutral`` is its value in a suite that does not give it, and makes no difference; None where it must.
    """

    kind: type[int] | type[float]
    least: float
    most: float | None = None
    neutral: float | None = None


@dataclass(frozen=True)
class Row:
    """One expectation of bars.

    Attributes:
        type: its name in a suite.
        columns: that it reads: of the batch, or measures of ``measures.MEASURES``.
        sentence: what it expects, with the ``$names`` of its limits.
        fails: gets the bars (n rows of ``columns``) and the limits by name; answers (n,) which bars fail.
        limits: its arguments by name.
    """

    type: str
    columns: tuple[str, ...]
    sentence: str
    fails: Callable[..., Any]
    limits: Mapping[str, Limit] = field(default_factory=dict)


SCALES, GAP, TIMES = Limit(float, 5), Limit(int, 1), Limit(float, 1)
NOT_NEGATIVE, COUNT = Limit(float, 0), Limit(int, 1)
MOVE = Limit(float, 0.15, 1)  # smaller steps are not measured


def _calm(bars: pd.DataFrame, most_unrest: float) -> Any:
    """(n,) steps without the range and volume that a true move of their size has.

    What is allowed is given for a step of ten usual moves, and grows by a quarter up to twenty.
    """
    return bars["unrest"] <= most_unrest * (1 + np.clip(bars["scales"] / 10 - 1, 0, 1) / 4)


def _fall(bars: pd.DataFrame) -> Any:
    """(n,) each step as a fall, or as the fall that its inverse is: 0.5 for halving and for doubling."""
    return 1 - pd.concat([bars["times"], 1 / bars["times"]], axis=1).min(axis=1)


def _jumps(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) steps that are reversed by what follows; or have ordinary range and volume; or are huge."""
    fall, scales = _fall(bars), bars["scales"]
    large = (fall >= limit["least_fall"]) & ~(bars["stands_out"] < limit["least_out"])
    rare = _strange(bars, limit["edge_unrest"], limit["least_rarity"])
    back = (bars["follows"] == "back") & (scales >= limit["least_scales"]) & large & rare
    back &= _calm(bars, limit["most_unrest"])
    edge = (bars["whole"] == 1) & (scales >= limit["edge_scales"]) & large
    edge &= _calm(bars, limit["edge_unrest"])
    bare = (bars["whole"] == 0) & (scales >= limit["bare_scales"]) & (fall >= limit["bare_fall"]) & rare
    unknown = (bars["follows"] == "unknown") & (bars["gap"] <= limit["most_gap"])
    return (bars["sign"] == "jump") & (back | (unknown & (edge | bare)))


def _strange(bars: pd.DataFrame, most_unrest: float, least_rarity: float) -> Any:
    """(n,) steps that neither their bar's range and volume nor the symbol's own tails explain."""
    return ((bars["whole"] == 1) & _calm(bars, most_unrest)) | ~(bars["rarity"] < least_rarity)


def _currency_switches(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) first bars at a level that no action, market, range or volume explains."""
    calm = _calm(bars, limit["most_unrest"]) & (bars["range_after"] <= limit["most_after"])
    loud = (bars["scales"] >= limit["least_scales"]) & (_fall(bars) >= limit["least_fall"])
    near = bars["gap"] <= limit["most_gap"]
    return (bars["sign"] == "currency switch") & (bars["whole"] == 1) & loud & calm & near


def _missed_splits(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) first bars after a split that the factor does not have."""
    calm = _calm(bars, limit["most_unrest"])
    calm &= (bars["follows"] == "unknown") | ~(bars["range_after"] > limit["most_after"])
    near = (bars["scales"] >= limit["least_scales"]) & (bars["gap"] <= limit["most_gap"])
    return (bars["sign"] == "split missed") & calm & near


def _stale_prices(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) unchanged bars of a symbol that moved before, on sessions on which others move."""
    moving = (bars["unmoved"] <= limit["most_unmoved"]) & (bars["pegged"] <= limit["most_pegged"])
    alone = bars["market_moved"] < limit["least_market"]
    return (bars["unchanged"] >= limit["least_unchanged"]) & moving & ~alone


def _volume_spikes(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) volumes far above those before and after them, without a move of the price."""
    alone = ~(bars["volume_lasting"] > limit["most_lasting"] * bars["volume_times"])
    high = bars["volume_times"] >= limit["least_times"]
    high &= bars["volume_highest"] >= limit["least_highest"]
    return high & alone & ~(bars["moved"] > limit["most_moved"])


def _find_date_shifts(bars: pd.DataFrame, least_evidence: float, least_evidence_hole: float) -> Any:
    """(n,) bars of a stretch that follows the market of a neighbouring session."""
    hole = (bars["shifted_hole"] == 1) & (bars["shifted_evidence"] >= least_evidence_hole)
    return hole | (bars["shifted_evidence"] >= least_evidence)


def _disagreements(bars: pd.DataFrame, least_apart: float, least_usual: float) -> Any:
    """(n,) closes that the second source does not confirm."""
    apart = bars["apart"].abs()
    return (apart > least_apart) & (apart > least_usual * bars["apart_usual"])


TABLE = (
    # A bar by itself: its range, its date, its repeats and its volume.
    Row(
        "expect_bars_to_hold_their_prices",
        ("open", "high", "low", "close"),
        "open and close must lie from low to high, but for a rounding of $rounding",
        lambda bars, rounding: pd.Series(~range_holds_prices(bars, rounding), index=bars.index),
        {"rounding": Limit(float, 0, 0.1)},
    ),
    Row(
        "expect_bars_on_the_calendar",
        ("session", "off_calendar"),
        "session must be a session of the universe's calendar",
        lambda bars: bars["off_calendar"],
    ),
    Row(
        "expect_bars_not_from_the_future",
        ("session", "future"),
        "session must not be later than the run's clock",
        lambda bars: bars["future"],
    ),
    Row(
        "expect_bars_not_stale",
        ("unchanged", "unmoved", "pegged", "market_moved"),
        "fewer than $least_unchanged unchanged bars with volume may follow each other, where at most a share "
        "of $most_unmoved of the closes before did not change, at most $most_pegged of the symbol's other "
        "bars are unchanged for as long, and at least $least_market of the other symbols move",
        _stale_prices,
        {
            "least_unchanged": COUNT,
            "most_unmoved": Limit(float, 0, 1),
            "most_pegged": Limit(float, 0, 1, neutral=1),
            "least_market": Limit(float, 0, 1, neutral=0),
        },
    ),
    Row(
        "expect_bars_without_copies",
        ("session", "twin", "twin_odds"),
        "a bar must not be another session's bar again, unless the market and the bars beside make its own "
        "date $clear_odds times as likely as the other",
        lambda bars, clear_odds: bars["twin"].notna() & (bars["twin_odds"] * clear_odds > 1),
        {"clear_odds": Limit(float, 1, neutral=1)},
    ),
    Row(
        "expect_bars_without_volume_spike",
        ("volume_times", "volume_highest", "volume_lasting", "moved"),
        "volume must be below $least_times times the median and $least_highest times the highest of 60 bars, "
        "unless the price moves by more than $most_moved of its usual moves or a share of $most_lasting of "
        "it lasts",
        _volume_spikes,
        {
            "least_times": Limit(float, 50),
            "least_highest": TIMES,
            "most_moved": NOT_NEGATIVE,
            "most_lasting": NOT_NEGATIVE,
        },
    ),
    Row(
        "expect_bars_with_volume",
        ("volume", "traded"),
        "volume must not be 0 where the price moved and all of the last $least_traded bars or more had some",
        lambda bars, least_traded: bars["traded"] >= least_traded,
        {"least_traded": COUNT},
    ),
    # The step from one bar to the next: each names one fault that a loud step may be.
    Row(
        "expect_bars_without_jump",
        ("sign", "follows", "times", "scales", "gap", "whole", "unrest", "stands_out", "rarity"),
        "a bar must not stand $least_scales usual moves and a fall of $least_fall away from the bars before "
        "and after it, nor $least_out of the largest of its usual moves of 60 and 250 bars, unless it "
        "moves so far once in $least_rarity sessions; while none is after it, $edge_scales usual moves with "
        "ordinary range and volume, or $bare_scales and a fall of $bare_fall where these are not given",
        _jumps,
        {
            "least_scales": SCALES,
            "least_fall": MOVE,
            "most_unrest": NOT_NEGATIVE,
            "edge_scales": SCALES,
            "edge_unrest": NOT_NEGATIVE,
            "bare_scales": SCALES,
            "bare_fall": MOVE,
            "most_gap": GAP,
            "least_out": Limit(float, 0, neutral=0),
            "least_rarity": Limit(float, 0, neutral=0),
        },
    ),
    Row(
        "expect_bars_without_decimal_shift",
        ("sign", "gap", "scales", "whole", "unrest", "rarity"),
        "a bar must not be its neighbours times a power of ten, at most $most_gap sessions after one, unless "
        "range or volume are $most_unrest usual deviations above the usual, or not given, and the symbol "
        "moves so far once in $least_rarity sessions",
        lambda bars, most_gap, most_unrest, least_rarity: (
            (bars["sign"] == "decimal shift")
            & (bars["gap"] <= most_gap)
            & _strange(bars, most_unrest, least_rarity)
        ),
        {
            "most_gap": GAP,
            "most_unrest": Limit(float, 0, neutral=0),
            "least_rarity": Limit(float, 0, neutral=0),
        },
    ),
    Row(
        "expect_bars_without_unit_shift",
        ("sign", "gap"),
        "prices must not go on at a power of ten times the bar before, at most $most_gap sessions after it",
        lambda bars, most_gap: (bars["sign"] == "unit shift") & (bars["gap"] <= most_gap),
        {"most_gap": GAP},
    ),
    Row(
        "expect_bars_without_currency_switch",
        ("sign", "times", "scales", "gap", "whole", "unrest", "range_after"),
        "prices must not go on $least_scales usual moves and a fall of $least_fall away from the bar before, "
        "with range and volume together at most $most_unrest usual deviations above the usual",
        _currency_switches,
        {
            "least_scales": SCALES,
            "least_fall": MOVE,
            "most_unrest": NOT_NEGATIVE,
            "most_after": TIMES,
            "most_gap": GAP,
        },
    ),
    # Splits, and bars that belong to another symbol or another session.
    Row(
        "expect_bars_without_split_missed",
        ("sign", "follows", "scales", "gap", "range_after", "unrest"),
        "prices must not move by a split's ratio and $least_scales usual moves without a factor, with range "
        "and a split's volume together at most $most_unrest usual deviations above the usual",
        _missed_splits,
        {"least_scales": SCALES, "most_unrest": NOT_NEGATIVE, "most_after": TIMES, "most_gap": GAP},
    ),
    Row(
        "expect_bars_without_split_twice",
        ("sign", "scales"),
        "a split's factor must not move the adjusted price by its ratio and $least_scales usual moves",
        lambda bars, least_scales: (bars["sign"] == "split twice") & (bars["scales"] >= least_scales),
        {"least_scales": SCALES},
    ),
    Row(
        "expect_bars_without_symbol_swap",
        ("sign", "scales"),
        "two symbols must not step to each other's prices on one session, $least_scales usual moves away",
        lambda bars, least_scales: (bars["sign"] == "symbol swap") & (bars["scales"] >= least_scales),
        {"least_scales": SCALES},
    ),
    Row(
        "expect_bars_under_their_own_dates",
        ("shifted_evidence", "shifted_hole"),
        "no stretch of bars may follow the market of the session before or after its dates, by a log "
        "likelihood of $least_evidence, or of $least_evidence_hole beside a missing session",
        _find_date_shifts,
        {"least_evidence": Limit(float, 6), "least_evidence_hole": Limit(float, 6)},
    ),
    Row(
        "expect_bars_without_gaps",
        ("session", "missing"),
        "fewer than $least_missing sessions may be missing between two bars of a symbol",
        lambda bars, least_missing: bars["missing"] >= least_missing,
        {"least_missing": COUNT},
    ),
    # What is stored, and what a second source says.
    Row(
        "expect_bars_as_stored",
        ("close", "revised"),
        "the prices of a stored bar may come again changed by a share of $tolerance at most",
        lambda bars, tolerance: bars["revised"] > tolerance,
        {"tolerance": NOT_NEGATIVE},
    ),
    Row(
        "expect_bars_agreed_by_sources",
        ("apart", "apart_usual"),
        "a second source's close may differ by a share of $least_apart or $least_usual times their usual "
        "difference at most",
        _disagreements,
        {"least_apart": NOT_NEGATIVE, "least_usual": NOT_NEGATIVE},
    ),
)


class BarExpectation(MulticolumnMapExpectation):  # type: ignore[misc]  # the library has no types
    """Expects that no bar fails; each row of ``TABLE`` becomes a subclass with its limits as fields."""

    column_list: Any = None
    ignore_row_if: Any = "never"
    row: ClassVar[Row]

    @validator("column_list", pre=True, always=True)  # type: ignore[untyped-decorator]
    def _own_columns(cls, given: Any) -> list[str]:  # noqa: N805 (the decorator makes it a class's)
        return list(given or cls.row.columns)

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether it is this class, which expects nothing."""
        return cls.map_metric is None or bool(super().is_abstract())

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        for name in cls.row.limits:
            renderer_configuration.add_param(name=name, param_type=RendererValueType.NUMBER)
        renderer_configuration.template_str = cls.row.sentence
        return renderer_configuration


class BarMetric(MulticolumnMapMetricProvider):  # type: ignore[misc]  # as above
    """Whether each bar does what an expectation expects; each row of ``TABLE`` becomes a subclass."""

    row: ClassVar[Row]

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: Any, **kwargs: Any) -> Any:  # noqa: N805 (as above)
        return ~cls.row.fails(column_list, **{name: kwargs[name] for name in cls.row.limits})


def _register(row: Row) -> None:
    """Make a row's expectation and its metric; the library registers a class when it is made."""
    name = "".join(word.capitalize() for word in row.type.split("_"))
    shared = {"__module__": __name__, "__doc__": f"Expects: {row.sentence}.", "row": row}
    metric = {"condition_metric_name": row.type, "condition_value_keys": tuple(row.limits)}
    make_metric, make_expectation = cast("Any", type(BarMetric)), cast("Any", type(BarExpectation))
    make_metric(f"{name}Metric", (BarMetric,), shared | metric)
    fields = {
        name: Field(... if limit.neutral is None else limit.neutral, ge=limit.least, le=limit.most)
        for name, limit in row.limits.items()
    }
    kinds = {"__annotations__": {name: limit.kind for name, limit in row.limits.items()}}
    keys = {"map_metric": row.type, "success_keys": (*row.limits, "mostly")}
    make_expectation(name, (BarExpectation,), shared | kinds | fields | keys)


for _row in TABLE:
    _register(_row)
