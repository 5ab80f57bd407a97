"""Compare a batch with the stored bars: which rows are new or changed, and on which factor basis."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.frames import PRICE_FIELDS
from morrow.store.alignment import Alignment, align
from morrow.store.rows import BAR

Basis = Literal["traded", "derived", "adjusted"]
Flags = NDArray[np.bool_]

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

    def corrections(self, refused: Flags) -> tuple[str, ...]:
        """One line per symbol whose factors the source has corrected: at most ten, then how many more."""
        starts = self.rows.loc[self.corrected & ~refused, BAR].groupby("symbol")["session"].min()
        lines = [f"{symbol}: factors corrected from {day:%Y-%m-%d} on" for symbol, day in starts.items()]
        more = len(lines) - _NAMED
        return (*lines[:_NAMED], *([f"and {more} more symbols' factors"] if more > 0 else []))

    def _without(self, refused: Flags) -> Alignment:
        return self.aligned.without(refused) if (refused & self.corrected).any() else self.aligned


def compare(
    rows: pd.DataFrame, stored: pd.DataFrame, tolerance: float, basis: Basis = "traded"
) -> Comparison:
    """Compare a batch with the stored bars.

    Factors are rebased at a symbol's earliest common session. Where the source's steps agree, the stored
    factors stay; where a step differs, all later factors change with it.

    Args:
        rows: the batch: symbol, session, price fields, malformed; factors cumulative in the batch.
        stored: bars of the same symbols from the batch's first session or earlier, sorted by symbol and
            session.
        tolerance: largest relative price change that counts as a revision.
        basis: ``traded``: factors are the source's own; ``derived``: computed from rounded adjusted closes;
            ``adjusted``: each new action changes all earlier prices; the change becomes the factor.
    """
    readable = rows["malformed"].isna().to_numpy() if "malformed" in rows else np.ones(len(rows), dtype=bool)
    aligned = align(rows, stored, readable, _STEP[basis], follow_prices=basis == "adjusted")
    kind = np.full(len(rows), NEW, dtype=np.int8)
    common = np.flatnonzero(aligned.position >= 0)
    changed, beyond = np.zeros(len(common), bool), np.zeros(len(common), bool)
    moved = {}
    for name in (*PRICES_OF_A_BAR, "volume"):
        given = rows[name].to_numpy(np.float64, na_value=np.nan)
        if name != "volume" and aligned.scale is not None:
            given = given * aligned.scale
            moved[name] = given
        here, there = (
            given[common],
            stored[name].to_numpy(np.float64, na_value=np.nan)[aligned.position[common]],
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.abs(here - there) / np.abs(there)
        both_empty = np.isnan(here) & np.isnan(there)
        noise = _TINY if name == "volume" or aligned.scale is None else _STEP[basis]
        changed |= ~both_empty & ~(off <= noise) & (here != there)
        if name != "volume":
            beyond |= off > tolerance
    kind[common] = np.where(beyond, BEYOND, np.where(changed, REVISED, SAME))
    factors = dict(zip(FACTORS, aligned.factors(), strict=True))
    return Comparison(rows.assign(**moved, **factors), kind, aligned.corrected, stored, aligned)
