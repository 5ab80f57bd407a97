"""The table of our expectations of bars: what each reads and expects, and its limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from morrow.checks.bar_conditions import (
    find_currency_switches,
    find_date_shifts,
    find_disagreements,
    find_jumps,
    find_missed_splits,
    find_stale_prices,
    find_strange_steps,
    find_volume_spikes,
)
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
        find_stale_prices,
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
        find_volume_spikes,
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
        find_jumps,
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
            & find_strange_steps(bars, most_unrest, least_rarity)
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
        find_currency_switches,
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
        ("sign", "follows", "times", "scales", "gap", "range_after", "unrest"),
        "prices must not move by a split's ratio and $least_scales usual moves without a factor, with range "
        "and a split's volume together at most $most_unrest usual deviations above the usual",
        find_missed_splits,
        {
            "least_scales": SCALES,
            "most_unrest": NOT_NEGATIVE,
            "most_after": TIMES,
            "most_gap": GAP,
            "sure_fall": Limit(float, 0.15, 1, neutral=1),
        },
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
        find_date_shifts,
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
        find_disagreements,
        {"least_apart": NOT_NEGATIVE, "least_usual": NOT_NEGATIVE},
    ),
)
