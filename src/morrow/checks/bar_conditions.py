"""Conditions of bars: which of n bars fail an expectation, by their measures and the limits of a suite."""

from typing import Any

import numpy as np
import pandas as pd


def _are_calm(bars: pd.DataFrame, most_unrest: float) -> Any:
    """(n,) steps without the range and volume that a true move of their size has.

    What is allowed is given for a step of ten usual moves, and grows by a quarter up to twenty.
    """
    return bars["unrest"] <= most_unrest * (1 + np.clip(bars["scales"] / 10 - 1, 0, 1) / 4)


def _measure_fall(bars: pd.DataFrame) -> Any:
    """(n,) each step as a fall, or as the fall that its inverse is: 0.5 for halving and for doubling."""
    return 1 - pd.concat([bars["times"], 1 / bars["times"]], axis=1).min(axis=1)


def find_jumps(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) steps that are reversed by what follows; or have ordinary range and volume; or are huge."""
    fall, scales = _measure_fall(bars), bars["scales"]
    large = (fall >= limit["least_fall"]) & ~(bars["stands_out"] < limit["least_out"])
    rare = find_strange_steps(bars, limit["edge_unrest"], limit["least_rarity"])
    back = (bars["follows"] == "back") & (scales >= limit["least_scales"]) & large & rare
    back &= _are_calm(bars, limit["most_unrest"])
    edge = (bars["whole"] == 1) & (scales >= limit["edge_scales"]) & large
    edge &= _are_calm(bars, limit["edge_unrest"])
    bare = (bars["whole"] == 0) & (scales >= limit["bare_scales"]) & (fall >= limit["bare_fall"]) & rare
    unknown = (bars["follows"] == "unknown") & (bars["gap"] <= limit["most_gap"])
    return (bars["sign"] == "jump") & (back | (unknown & (edge | bare)))


def find_strange_steps(bars: pd.DataFrame, most_unrest: float, least_rarity: float) -> Any:
    """(n,) steps that neither their bar's range and volume nor the symbol's own tails explain."""
    return ((bars["whole"] == 1) & _are_calm(bars, most_unrest)) | ~(bars["rarity"] < least_rarity)


def find_currency_switches(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) first bars at a level that no action, market, range or volume explains."""
    calm = _are_calm(bars, limit["most_unrest"]) & (bars["range_after"] <= limit["most_after"])
    loud = (bars["scales"] >= limit["least_scales"]) & (_measure_fall(bars) >= limit["least_fall"])
    near = bars["gap"] <= limit["most_gap"]
    return (bars["sign"] == "currency switch") & (bars["whole"] == 1) & loud & calm & near


def find_missed_splits(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) first bars after a split that the factor does not have.

    A crash makes the bars after it wide, but no price goes so far as ``sure_fall`` with a calm bar.
    """
    crash = (bars["range_after"] > limit["most_after"]) & (_measure_fall(bars) < limit["sure_fall"])
    calm = _are_calm(bars, limit["most_unrest"]) & ((bars["follows"] == "unknown") | ~crash)
    near = (bars["scales"] >= limit["least_scales"]) & (bars["gap"] <= limit["most_gap"])
    return (bars["sign"] == "split missed") & calm & near


def find_stale_prices(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) unchanged bars of a symbol that moved before, on sessions on which others move."""
    moving = (bars["unmoved"] <= limit["most_unmoved"]) & (bars["pegged"] <= limit["most_pegged"])
    alone = bars["market_moved"] < limit["least_market"]
    return (bars["unchanged"] >= limit["least_unchanged"]) & moving & ~alone


def find_volume_spikes(bars: pd.DataFrame, **limit: float) -> Any:
    """(n,) volumes far above those before and after them, without a move of the price."""
    alone = ~(bars["volume_lasting"] > limit["most_lasting"] * bars["volume_times"])
    high = bars["volume_times"] >= limit["least_times"]
    high &= bars["volume_highest"] >= limit["least_highest"]
    return high & alone & ~(bars["moved"] > limit["most_moved"])


def find_date_shifts(bars: pd.DataFrame, least_evidence: float, least_evidence_hole: float) -> Any:
    """(n,) bars of a stretch that follows the market of a neighbouring session."""
    hole = (bars["shifted_hole"] == 1) & (bars["shifted_evidence"] >= least_evidence_hole)
    return hole | (bars["shifted_evidence"] >= least_evidence)


def find_disagreements(bars: pd.DataFrame, least_apart: float, least_usual: float) -> Any:
    """(n,) closes that the second source does not confirm."""
    apart = bars["apart"].abs()
    return (apart > least_apart) & (apart > least_usual * bars["apart_usual"])
