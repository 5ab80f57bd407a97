"""Align a batch with the stored bars, and its factors with theirs. Arrays only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.store.rebased_rows import MatchedRows, RebasedRows, rebase_rows

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

_DAY_BITS, _EPOCH = 21, 1 << 20
_FACTORS = ("split_factor", "dividend_factor")


@dataclass(frozen=True, eq=False)
class Alignment:
    """R rows of a batch aligned with S stored bars, of which C are common.

    Attributes:
        position: (R,) index among the stored bars, −1 if the bar is not stored or the row cannot be aligned.
        corrected: (R,) common rows whose factor step differs from the stored one.
        scale: (R,) multiplies the batch's prices to give prices as stored; None if they already are.
        order: (A,) the rows that can be aligned, by symbol and session.
        code: (A,) index of their symbol among the stored symbols.
        given: (2, A) their factors in the batch.
        common: (C,) indices in ``order`` of the common rows.
        stored: (2, C) the stored factors of the common rows.
        steps: (2, C) the source's step over the stored step; 1 where they agree.
        stored_code: (S,) index of each stored bar's symbol.
        all_given: (2, R) every row's factors in the batch.
        outside: (2, A) factors for symbols without a common bar.
        rebased: the rows of rebased symbols; None without one, and for a source whose prices are followed.
    """

    position: Indices
    corrected: Flags
    scale: Floats | None
    order: Indices
    code: Indices
    given: Floats
    common: Indices
    stored: Floats
    steps: Floats
    stored_code: Indices
    all_given: Floats
    outside: Floats
    rebased: RebasedRows | None = None

    def without(self, rows: Flags) -> "Alignment":
        """The same alignment without the corrections that start at the given rows: (R,)."""
        steps = self.steps.copy()
        steps[:, rows[self.order[self.common]]] = 1.0
        return replace(self, steps=steps, corrected=self.corrected & ~rows)

    def factors(self) -> tuple[Floats, Floats]:
        """Both factors of every row, on the basis of the stored bars: (R,) each."""
        answer = self.all_given.copy()
        if len(self.order):
            base = self._base()
            answer[:, self.order] = self.outside
            known = base >= 0
            base = base[known]
            anchor = (self.stored * self._multipliers())[:, base]
            own = self.given[:, self.common[base]]
            # Factors already on the stored basis are kept bit for bit.
            answer[:, self.order[known]] = np.where(
                own == anchor, self.given[:, known], self.given[:, known] / own * anchor
            )
        return answer[0], answer[1]

    def stored_multipliers(self) -> tuple[Floats, Floats]:
        """Multipliers of both factors of every stored bar: (S,) each."""
        if not self.corrected.any():
            one = np.ones(len(self.stored_code))
            return one, one
        at = self.position[self.order[self.common]]
        before = np.searchsorted(at, np.arange(len(self.stored_code)), side="right") - 1
        same = (before >= 0) & (self.stored_code[at[before]] == self.stored_code)
        first, second = np.where(same, self._multipliers()[:, before], 1.0)
        return first, second

    def _multipliers(self) -> Floats:
        """(2, C) the cumulative product of a symbol's steps up to each common bar."""
        if (self.steps == 1).all():
            return self.steps
        code = self.code[self.common]
        return np.vstack([pd.Series(steps).groupby(code).cumprod().to_numpy() for steps in self.steps])

    def _base(self) -> Indices:
        """(A,) the common bar of the row's symbol at or before it, else the next one; −1 if none."""
        count = len(self.common)
        if not count:
            return np.full(len(self.order), -1)
        rows = np.arange(len(self.order))
        before = np.searchsorted(self.common, rows, side="right") - 1
        after = np.minimum(before + 1, count - 1)
        good = (before >= 0) & (self.code[self.common[before]] == self.code)
        next_good = self.code[self.common[after]] == self.code
        return np.where(good, before, np.where(next_good, after, -1))


def align(
    rows: pd.DataFrame,
    stored: pd.DataFrame,
    readable: Flags,
    noise: float,
    *,
    follow_prices: bool,
    declined: Mapping[str, Sequence[float]],
) -> Alignment:
    """Match each row with its stored bar, and find where the source's factor steps differ from the stored.

    Args:
        rows: symbol, session, close and factors.
        stored: the same, sorted by symbol and session, each bar once.
        readable: (R,) rows that parse as a bar.
        noise: largest log difference between two factor steps that counts as rounding.
        follow_prices: the source's prices are themselves adjusted; see ``_undo_adjustment``. Those of other
            sources are followed where one ratio explains a symbol's; see ``rebase_rows``.
        declined: ratios by symbol that are no actions.
    """
    given = np.vstack([rows[name].to_numpy(np.float64, na_value=np.nan) for name in _FACTORS])
    matched = _match_rows(rows, stored, readable, given)
    order, code, common, nearest = matched.order, matched.code, matched.common, matched.nearest
    at = np.full(len(rows), -1)
    at[order[common]] = nearest[common]
    scale, own, rebased = None, given[:, order], None
    if follow_prices and len(common):
        scale, own = _undo_adjustment(rows, stored, at, order, code, common, noise)
    elif len(common):
        rebased = rebase_rows(rows, stored, matched, own, declined)
    if rebased is not None:
        scale, own = rebased.scale, rebased.given
    stored_factors = np.vstack([stored[name].to_numpy(np.float64)[nearest[common]] for name in _FACTORS])
    steps = _steps(code[common], own[:, common], stored_factors, noise)
    corrected = np.zeros(len(rows), bool)
    corrected[order[common]] = (steps != 1).any(axis=0)
    outside = _continue_factors(code, matched.key, own, common, matched.stored_key, stored)
    return Alignment(
        at,
        corrected,
        scale,
        order,
        code,
        own,
        common,
        stored_factors,
        steps,
        matched.stored_code,
        given,
        outside,
        rebased,
    )


def _match_rows(rows: pd.DataFrame, stored: pd.DataFrame, readable: Flags, given: Floats) -> MatchedRows:
    """Find the stored bar of each usable row; ``given`` (2, R) are the rows' factors."""
    stored_code, names = pd.factorize(stored["symbol"])
    number, symbols = pd.factorize(rows["symbol"])
    among = pd.Index(names).get_indexer(pd.Index(symbols)) if len(names) else np.full(len(symbols), -1)
    code = np.append(among, -1)[number].astype(np.int64)
    key, stored_key = _keys(code, rows["session"]), _keys(stored_code, stored["session"])
    usable = readable & (code >= 0) & rows["session"].notna().to_numpy()
    order = _order_rows(key, usable & np.isfinite(given).all(axis=0) & (given > 0).all(axis=0))
    nearest = np.minimum(np.searchsorted(stored_key, key[order]), max(len(stored_key) - 1, 0))
    there = stored_key[nearest] == key[order] if len(stored_key) else np.zeros(len(order), bool)
    return MatchedRows(
        order, code[order], key[order], np.flatnonzero(there), nearest, stored_code, stored_key
    )


def _order_rows(key: Indices, usable: Flags) -> Indices:
    """(A,) the usable rows by symbol and session, without those whose bar comes more than once."""
    chosen = np.flatnonzero(usable)
    chosen = chosen[~pd.Series(key[chosen]).duplicated(keep=False).to_numpy()]
    return chosen[np.argsort(key[chosen], kind="stable")]


def _keys(code: Indices, sessions: "pd.Series[pd.Timestamp]") -> Indices:
    days = sessions.to_numpy("datetime64[D]").astype(np.int64)
    return (code.astype(np.int64) << _DAY_BITS) + np.clip(days, -_EPOCH, _EPOCH - 1) + _EPOCH


def _steps(code: Indices, given: Floats, stored: Floats, noise: float) -> Floats:
    """(2, C) the source's step over the stored step; 1 within the noise and at a symbol's first bar."""
    steps = np.ones_like(stored)
    if stored.shape[1] > 1:
        ratio = (given[:, 1:] / given[:, :-1]) / (stored[:, 1:] / stored[:, :-1])
        other = (np.abs(np.log(ratio)) > noise) & (code[1:] == code[:-1])
        steps[:, 1:] = np.where(other, ratio, 1.0)
    return steps


def _continue_factors(
    code: Indices, key: Indices, given: Floats, common: Indices, stored_key: Indices, stored: pd.DataFrame
) -> Floats:
    """Factors of symbols without a common bar, assuming no action in between."""
    answer = given.copy()
    for symbol in np.setdiff1d(code, code[common]):
        start, end = np.searchsorted(code, symbol), np.searchsorted(code, symbol, side="right")
        anchor, base = start, int(np.searchsorted(stored_key, key[start])) - 1
        if base < 0 or stored_key[base] >> _DAY_BITS != symbol:
            base += 1  # the symbol's first stored bar, which some or all of the rows precede
            anchor = start + max(int(np.searchsorted(key[start:end], stored_key[base])) - 1, 0)
        stored_factors = np.array([[stored[name].iloc[base]] for name in _FACTORS])
        answer[:, start:end] = given[:, start:end] / given[:, [anchor]] * stored_factors
    return answer


def _undo_adjustment(
    rows: pd.DataFrame,
    stored: pd.DataFrame,
    at: Indices,
    order: Indices,
    code: Indices,
    common: Indices,
    noise: float,
) -> tuple[Floats, Floats]:
    """Undo the adjustments that a source has made to prices since they were stored.

    Such a source multiplies all earlier prices at each new action. The stored prices stay, the newest rows
    are as traded, and the multiplier of the earlier rows becomes a dividend factor at that action.

    Returns:
        (R,) multipliers of the prices, and (2, A) the factors of the rows that can be aligned.
    """
    close = rows["close"].to_numpy(np.float64, na_value=np.nan)
    stored_close = stored["close"].to_numpy(np.float64, na_value=np.nan)
    scale = np.ones(len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.log(stored_close[at[order[common]]] / close[order[common]])
    level = np.where(np.isfinite(level), level, 0.0)
    for symbol in np.unique(code[common[np.abs(level) > noise]]):
        mine = np.flatnonzero(code == symbol)
        shared = code[common] == symbol
        plateaus = _plateaus(level[shared], noise)
        before = np.searchsorted(common[shared], mine, side="right") - 1
        adjusted = np.where(mine > common[shared][-1], 0.0, plateaus[np.maximum(before, 0)])
        scale[order[mine]] = np.exp(adjusted)
    return scale, np.vstack([np.ones(len(order)), 1 / scale[order]])


def _plateaus(level: Floats, noise: float) -> Floats:
    """Remove noise from the level, and single bars off both neighbours: those are changed prices."""
    level = level.copy()
    far = 2 * noise
    for i in range(1, len(level) - 1):
        if abs(level[i] - level[i - 1]) > far and abs(level[i + 1] - level[i - 1]) <= far:
            level[i] = level[i - 1]
    if len(level) > 2 and abs(level[0] - level[1]) > far and abs(level[1] - level[2]) <= far:
        level[0] = level[1]
    edges = np.flatnonzero(np.abs(np.diff(level, prepend=np.inf)) > far)
    for start, end in zip(edges, np.append(edges[1:], len(level)), strict=True):
        middle = float(np.median(level[start:end]))
        level[start:end] = 0.0 if abs(middle) <= noise else middle
    return level
