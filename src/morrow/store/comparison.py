"""Compare a batch with the stored bars: which rows are new or changed, and on which factor basis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.frames import PRICE_FIELDS
from morrow.store.alignment import Alignment, align
from morrow.store.rows import BAR

Basis = Literal["traded", "derived", "adjusted"]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
NOTHING_DECLINED: Mapping[str, Sequence[float]] = MappingProxyType({})

SAME, NEW, REVISED, BEYOND = range(4)
PRICES_OF_A_BAR = ("open", "high", "low", "close")
FACTORS = ("split_factor", "dividend_factor")
_NAMED = 10
_TINY = 1e-9  # relative: precision lost in text or in a multiplication
_STEP = {"traded": 1e-7, "derived": 5e-4, "adjusted": 5e-4}  # relative: rounding error of a factor's step


@dataclass(frozen=True, eq=False)
class BarsToStore:
    """Bars to store, and how many of them are stored bars of which only the factors change."""

    rows: pd.DataFrame
    followers: int


@dataclass(frozen=True)
class InferredStep:
    """A step of a symbol's factors that was read out of the source's earlier prices.

    Attributes:
        symbol: whose factors.
        session: of the first bar on the new basis.
        split: step of the split factor, 1 for none.
        dividend: step of the dividend factor, 1 for none.
        bars: how many bars agree.
    """

    symbol: str
    session: pd.Timestamp
    split: float
    dividend: float
    bars: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """A batch of R rows compared with S stored bars.

    Attributes:
        rows: the batch, factors on the stored bars' basis; row numbers and order are the batch's.
        kind: (R,) ``SAME`` as stored, ``NEW``, ``REVISED`` within the tolerance or ``BEYOND`` it. A row that
            cannot be aligned (unreadable, or a duplicate key in the batch) is new.
        corrected: (R,) rows at which the source's factor step differs from the stored one.
    """

    rows: pd.DataFrame
    kind: NDArray[np.int8]
    corrected: Flags
    stored: pd.DataFrame
    aligned: Alignment

    @property
    def new(self) -> Flags:
        """(R,) rows without a stored bar."""
        return np.asarray(self.kind == NEW)

    @property
    def beyond(self) -> Flags:
        """(R,) rows whose price differs from the stored one by more than the tolerance."""
        return np.asarray(self.kind == BEYOND)

    @property
    def rows_to_judge(self) -> Flags:
        """(R,) rows that the gate must judge: rows that would change a table, and others with their keys."""
        fresh: Flags = np.asarray((self.kind != SAME) | self.corrected)
        if fresh.all() or not fresh.any():
            return fresh
        key = pd.MultiIndex.from_frame(self.rows[BAR])
        return np.asarray(fresh | key.isin(key[fresh]))

    def context(self, keep: Flags) -> pd.DataFrame:
        """The stored bars in ``keep``, with the factors that this batch would give them."""
        bars = self.stored.loc[keep, [*BAR, *PRICE_FIELDS]]
        moved = {
            name: bars[name] * multiplier[keep]
            for name, multiplier in zip(FACTORS, self.aligned.stored_multipliers(), strict=True)
        }
        moved_bars: pd.DataFrame = bars.assign(**moved)
        return moved_bars

    def bars_to_store(self, refused: Flags) -> BarsToStore:
        """Rows that are new or changed and not refused, and stored bars whose factors change with them.

        Args:
            refused: (R,) rows not to store; a correction that starts at one of them is not applied.
        """
        aligned = self._without(refused)
        taken = (self.kind != SAME) & ~refused
        factors = dict(zip(FACTORS, aligned.factors(), strict=True))
        rows = self.rows if taken.all() else self.rows[taken]
        rows = rows[[*BAR, *PRICE_FIELDS]].assign(**{name: f[taken] for name, f in factors.items()})
        multipliers = aligned.stored_multipliers()
        follow: Flags = (multipliers[0] != 1) | (multipliers[1] != 1)
        stored = aligned.position[taken]
        follow[stored[stored >= 0]] = False
        if not follow.any():
            return BarsToStore(rows, 0)
        bars = self.stored.loc[follow, [*BAR, *PRICE_FIELDS]]
        bars = bars.assign(**{n: bars[n] * m[follow] for n, m in zip(FACTORS, multipliers, strict=True)})
        given = np.zeros(len(follow), dtype=bool)
        given[aligned.position[(aligned.position >= 0) & ~refused]] = True
        return BarsToStore(pd.concat([rows, bars], ignore_index=True), int((follow & ~given).sum()))

    def rebasings(self, refused: Flags) -> tuple["InferredStep", ...]:
        """The factors' steps that the source has put into earlier prices since they were stored.

        A step begins at the first bar on the new basis that is not refused; without one it waits.
        """
        if self.aligned.rebased is None:
            return ()
        steps = []
        for step in self.aligned.rebased.steps:
            places = self.aligned.order[step.first : np.searchsorted(self.aligned.code, step.code, "right")]
            late = self.aligned.position[places[0]] >= 0
            taken = places[:1][~refused[places[:1]]] if late else places[~refused[places]]
            if len(taken):
                symbol, session = self.rows[BAR].iloc[taken[0]]
                steps.append(InferredStep(symbol, session, step.split, step.dividend, step.bars))
        return tuple(steps)

    def corrections(self, refused: Flags) -> tuple[str, ...]:
        """One line per symbol whose factors the source has corrected: at most ten, then how many more."""
        inferred = [step.symbol for step in self.rebasings(refused)]
        starts = self.rows.loc[self.corrected & ~refused, BAR].groupby("symbol")["session"].min()
        starts = starts[~starts.index.isin(inferred)]
        lines = [f"{symbol}: factors corrected from {day:%Y-%m-%d} on" for symbol, day in starts.items()]
        more = len(lines) - _NAMED
        return (*lines[:_NAMED], *([f"and {more} more symbols' factors"] if more > 0 else []))

    def _without(self, refused: Flags) -> Alignment:
        return self.aligned.without(refused) if (refused & self.corrected).any() else self.aligned


def compare(
    rows: pd.DataFrame,
    stored: pd.DataFrame,
    tolerance: float,
    basis: Basis = "traded",
    declined: Mapping[str, Sequence[float]] = NOTHING_DECLINED,
) -> Comparison:
    """Compare a batch with the stored bars.

    Factors are rebased at a symbol's earliest common session. Where the source's steps agree, the stored
    factors stay; where a step differs, all later factors change with it. A symbol whose earlier prices the
    source has divided by one number is put on the stored basis, and the number becomes a factor's step.

    Args:
        rows: the batch: symbol, session, price fields, malformed; factors cumulative in the batch.
        stored: bars of the same symbols from the batch's first session or earlier, sorted by symbol and
            session.
        tolerance: largest relative price change that counts as a revision.
        basis: ``traded``: factors are the source's own; ``derived``: computed from rounded adjusted closes;
            ``adjusted``: each new action changes all earlier prices; the change becomes the factor.
        declined: ratios by symbol that a person has said to be no actions.
    """
    readable = rows["malformed"].isna().to_numpy() if "malformed" in rows else np.ones(len(rows), dtype=bool)
    aligned = align(
        rows, stored, readable, _STEP[basis], follow_prices=basis == "adjusted", declined=declined
    )
    kind = np.full(len(rows), NEW, dtype=np.int8)
    common = np.flatnonzero(aligned.position >= 0)
    changed, beyond = np.zeros(len(common), bool), np.zeros(len(common), bool)
    moved: dict[str, Floats] = {}
    for name in (*PRICES_OF_A_BAR, "volume"):
        given = rows[name].to_numpy(np.float64, na_value=np.nan)
        scale = _scale(aligned, name)
        if scale is not None:
            given = moved[name] = given * scale
        here = given[common]
        there = stored[name].to_numpy(np.float64, na_value=np.nan)[aligned.position[common]]
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.abs(here - there) / np.abs(there)
        both_empty = np.isnan(here) & np.isnan(there)
        noise = _noise(aligned, name, common, there, _STEP[basis])
        if aligned.rebased is not None:
            given[common] = here = np.where(off <= noise, there, here)
        changed |= ~both_empty & ~(off <= noise) & (here != there)
        if name != "volume":
            beyond |= off > np.maximum(noise, tolerance)
    kind[common] = np.where(beyond, BEYOND, np.where(changed, REVISED, SAME))
    factors = dict(zip(FACTORS, aligned.factors(), strict=True))
    return Comparison(rows.assign(**moved, **factors), kind, aligned.corrected, stored, aligned)


def _scale(aligned: Alignment, name: str) -> Floats | None:
    """(R,) what a field of the batch is multiplied by to be as stored; None for nothing."""
    if name != "volume":
        return aligned.scale
    return None if aligned.rebased is None else aligned.rebased.volume_scale


def _noise(
    aligned: Alignment, name: str, common: NDArray[np.int64], stored: Floats, rounding: float
) -> float | Floats:
    """(C,) relative difference of a field of the common rows that is none."""
    if aligned.rebased is None:
        return _TINY if name == "volume" or aligned.scale is None else rounding
    noise = aligned.rebased.noise[common]
    if name != "volume":
        return np.maximum(noise, _TINY)
    with np.errstate(divide="ignore"):  # volumes are whole numbers
        whole = np.maximum(aligned.rebased.volume_scale[common], 1.0) / np.abs(stored)
    return np.where(noise > 0, _TINY + whole, _TINY)
