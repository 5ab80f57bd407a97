"""Rows of rebased symbols, put on the basis of their stored bars. Arrays only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.store.rebasing import FEWEST_BARS, History, Rebasing, find_rebasing

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_ALL_FIELDS = 1.5  # a low is rounded as the close is, and may be smaller
_ALIKE = 1e-3  # of the logarithm: ratios of two symbols that are one
_FEWEST_ALIKE = 3  # symbols
_SAME = 1e-9  # of the logarithm


@dataclass(frozen=True, eq=False)
class MatchedRows:
    """The A rows of a batch that can be aligned, by symbol and session, beside S stored bars.

    Attributes:
        order: (A,) their indices in the batch.
        code: (A,) index of their symbol among the stored symbols.
        key: (A,) ascending numbers of symbol and session.
        common: (C,) those of them that are stored.
        nearest: (A,) index of each row's own stored bar, or of the next one.
        stored_code: (S,) index of each stored bar's symbol.
        stored_key: (S,) as ``key``.
    """

    order: Indices
    code: Indices
    key: Indices
    common: Indices
    nearest: Indices
    stored_code: Indices
    stored_key: Indices

    def symbol(self, code: int) -> "SymbolRows":
        """The rows and bars of one symbol."""
        first, end = np.searchsorted(self.code, [code, code + 1])
        bars = np.searchsorted(self.stored_code, [code, code + 1])
        low, high = np.searchsorted(self.common, [first, end])
        return SymbolRows(slice(first, end), slice(*bars), self.common[low:high])


@dataclass(frozen=True, eq=False)
class SymbolRows:
    """One symbol's rows and common rows among the aligned, and its bars among the stored."""

    rows: slice
    bars: slice
    common: Indices


@dataclass(frozen=True)
class Step:
    """A step of both factors that a source has put into a symbol's earlier prices since they were stored.

    Attributes:
        code: index of the symbol among the stored symbols.
        first: the first aligned row on the new basis.
        split: step of the split factor, 1 for none.
        dividend: step of the dividend factor, 1 for none.
        bars: how many bars agree.
    """

    code: int
    first: int
    split: float
    dividend: float
    bars: int


@dataclass(frozen=True, eq=False)
class RebasedRows:
    """What puts R rows of a batch on the basis of the stored bars.

    Attributes:
        scale: (R,) multiplies prices.
        volume_scale: (R,) multiplies volumes.
        noise: (R,) relative difference that rounding explains; 0 for rows of other symbols.
        given: (2, A) factors of the aligned rows.
        steps: those that are new, and that the source's own factors do not have.
        symbols: codes of the rebased symbols.
    """

    scale: Floats
    volume_scale: Floats
    noise: Floats
    given: Floats
    steps: tuple[Step, ...]
    symbols: tuple[int, ...]


def rebase_rows(
    rows: pd.DataFrame,
    stored: pd.DataFrame,
    matched: MatchedRows,
    given: Floats,
    declined: Mapping[str, Sequence[float]],
) -> RebasedRows | None:
    """Find the rebased symbols and put their rows on the stored basis; None where there is no such symbol.

    A ratio that most symbols share is a change of units, and one that a person has taken back is no action:
    such rows stay as they are.

    Args:
        rows: the batch: close and volume, among others.
        stored: symbol, close, volume and factors, sorted by symbol and session.
        matched: how the two match.
        given: (2, A) factors in the batch.
        declined: ratios by symbol that are no actions; 1 stands for any.
    """
    own = {name: _numbers(rows, name)[matched.order] for name in ("close", "volume")}
    kept = {name: _numbers(stored, name) for name in ("close", "volume", "split_factor", "dividend_factor")}
    rebasings = {
        code: rebasing
        for code in _changed_symbols(matched, own["close"], kept["close"])
        if (rebasing := find_rebasing(_history(matched.symbol(code), matched, own, kept)))
    }
    rebasings = _without_units(rebasings, len(np.unique(matched.code[matched.common])))
    names = stored["symbol"].to_numpy()
    for code in list(rebasings):
        refused = declined.get(str(names[matched.symbol(code).bars.start]), ())
        if any(ratio == 1 or abs(np.log(rebasings[code].ratio / ratio)) <= _ALIKE for ratio in refused):
            del rebasings[code]
    if not rebasings:
        return None
    whole = RebasedRows(
        np.ones(len(rows)), np.ones(len(rows)), np.zeros(len(rows)), given.copy(), (), tuple(rebasings)
    )
    factors = np.vstack([kept["split_factor"], kept["dividend_factor"]])
    steps = [_write_rows(code, rebasing, matched, factors, whole) for code, rebasing in rebasings.items()]
    return replace(whole, steps=tuple(step for step in steps if step))


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(np.float64, na_value=np.nan)


def _changed_symbols(matched: MatchedRows, close: Floats, stored_close: Floats) -> list[int]:
    """Symbols with enough closes that are not the stored ones."""
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.abs(np.log(close[matched.common] / stored_close[matched.nearest[matched.common]]))
    counts = np.bincount(matched.code[matched.common][moved > _SAME])
    return np.flatnonzero(counts >= FEWEST_BARS).tolist()


def _history(
    symbol: SymbolRows, matched: MatchedRows, own: Mapping[str, Floats], kept: Mapping[str, Floats]
) -> History:
    at, newest = matched.nearest[symbol.common], symbol.bars.stop - 1
    later = np.flatnonzero(matched.key[symbol.rows] > matched.stored_key[newest])
    following = own["close"][symbol.rows][later[0]] if len(later) else np.nan
    factors = np.vstack([kept["split_factor"], kept["dividend_factor"]])
    return History(
        own["close"][symbol.common],
        kept["close"][at],
        own["volume"][symbol.common],
        kept["volume"][at],
        factors[:, at],
        factors[:, newest],
        float(following),
    )


def _without_units(rebasings: Mapping[int, Rebasing], symbols: int) -> dict[int, Rebasing]:
    """The rebasings without those whose ratio most symbols of the universe share."""
    sizes = {code: np.log(each.ratio) for code, each in rebasings.items()}
    alike = {
        code: sum(abs(size - other) <= _ALIKE for other in sizes.values()) for code, size in sizes.items()
    }
    return {
        code: each
        for code, each in rebasings.items()
        if abs(sizes[code]) <= _SAME or alike[code] < max(_FEWEST_ALIKE, symbols / 2)
    }


def _write_rows(
    code: int, rebasing: Rebasing, matched: MatchedRows, factors: Floats, whole: RebasedRows
) -> Step | None:
    """Write one symbol's multipliers and factors; return its new step, if the source does not give it."""
    symbol = matched.symbol(code)
    key, newest = matched.key[symbol.rows], symbol.bars.stop - 1
    at = np.searchsorted(matched.stored_key[symbol.bars], key, side="right") - 1
    at = symbol.bars.start + np.maximum(at, 0)  # each row's own stored bar, or the one before
    edge = (
        matched.key[symbol.common[rebasing.start]]
        if rebasing.start < len(symbol.common)
        else matched.stored_key[newest] + 1
    )
    moved = key >= edge
    undone = np.array(rebasing.undone)  # (2,)
    relative = np.log(factors[:, at] / factors[:, [newest]]) * undone[:, None]  # (2, n)
    rows = matched.order[symbol.rows]
    whole.scale[rows] = np.exp(-(relative.sum(axis=0) + np.where(moved, 0.0, rebasing.level)))
    if rebasing.moves_volume:
        whole.volume_scale[rows] = np.exp(relative[0]) / np.where(moved, 1.0, rebasing.split)
    whole.noise[matched.order[symbol.common]] = _ALL_FIELDS * rebasing.noise
    given = whole.given[:, symbol.rows]
    first = int(np.argmax(moved)) if moved.any() and rebasing.level != 0 else None
    is_given = first is not None and first > 0 and _explains(given[:, first] / given[:, first - 1], rebasing)
    given[undone] = factors[:, at][undone]
    step = np.array([rebasing.split, rebasing.dividend])
    given[:, moved] *= np.where(undone | (not is_given), step, 1.0)[:, None]
    if first is None or is_given:
        return None
    return Step(code, symbol.rows.start + first, rebasing.split, rebasing.dividend, rebasing.bars)


def _explains(steps: Floats, rebasing: Rebasing) -> bool:
    """Whether the source's own factors step as its earlier prices did."""
    return bool(abs(np.log(steps.prod() / rebasing.ratio)) <= _ALIKE)
