"""Splits and dividends in columns beside the prices, as factors where the prices do not contain them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.sources.adjustment_factors import accumulate_actions, plausible_splits
from morrow.sources.tables.values import Flags

Floats = NDArray[np.float64]
Words = NDArray[np.object_]

ACTIONS = ("split", "dividend")
_DIGITS = (2, 3, 4)  # decimals that prices as traded have
_SINGLE = 1.2e-7  # relative error of a float32
_LARGEST_ERROR, _EXACT_SHARE = 0.05, 0.9
_LEAST_SPLIT = 0.1  # of the logarithm; a smaller one says nothing about prices


def apply_actions(frame: pd.DataFrame, symbols: Sequence[str]) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Factors out of reported splits and dividends, in place of those that the prices contain already.

    Prices contain the splits if they do not move by them on their days, and the dividends if they have more
    decimals than prices as traded.

    Args:
        frame: code, session, close, and split (new shares for an old one; 0 or 1 where none is) or dividend
            (as paid on a share of that day) or both; impossible ones are absent.
        symbols: the names of the codes.

    Returns:
        (R,) split factors, (R,) dividend factors, and what a person should know.
    """
    splits, paid = _column(frame, "split", 1.0), _column(frame, "dividend", 0.0)
    splits = plausible_splits(np.where(splits > 0, splits, 1.0))
    order = np.lexsort((frame["session"].to_numpy(), frame["code"].to_numpy()))
    are_traded = _are_before_splits(frame, splits, order)
    notes = []
    if (splits != 1).any():
        what = "taken as actions" if are_traded else "contained in the prices already, and not applied again"
        notes.append(f"{_count(int((splits != 1).sum()), 'split')} reported: {what}")
    if (paid > 0).any():
        contained = not are_traded or not (splits != 1).any()
        contained = contained and not _are_short(_undo_splits(frame, splits, order, undo=not are_traded))
        what = "contained in the prices already, and not applied again" if contained else "taken as actions"
        notes.append(f"{_count(int((paid > 0).sum()), 'dividend')} reported: {what}")
        paid = np.zeros(len(paid)) if contained else paid
    splits = splits if are_traded else np.ones(len(splits))
    factors = np.ones((2, len(frame)))
    codes, days, closes = (frame[name].to_numpy() for name in ("code", "session", "close"))
    for code in range(len(symbols)):
        rows = np.flatnonzero(codes == code)
        if (splits[rows] != 1).any() or (paid[rows] > 0).any():
            factors[:, rows] = accumulate_actions(days[rows], closes[rows], splits[rows], paid[rows])
    return factors[0], factors[1], tuple(notes)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def describe_impossible_actions(frame: pd.DataFrame) -> Words:
    """Why each row's adjusted close, split or dividend cannot be true: (R,), None where nothing is wrong.

    Args:
        frame: code, session, close, adj_close, and split and dividend where there are such columns.
    """
    reasons: Words = np.full(len(frame), None, dtype=object)
    adjusted = frame["adj_close"].to_numpy(np.float64)
    _add(reasons, adjusted <= 0, "adj_close", adjusted, "is not above 0")
    if "split" in frame:
        splits = frame["split"].to_numpy(np.float64)
        zero_is_none = (splits == 0).sum() > (splits == 1).sum()  # as the column has it on ordinary days
        _add(reasons, (splits < 0) | ((splits == 0) & (not zero_is_none)), "split", splits, "is not above 0")
    if "dividend" in frame and (frame["dividend"] != 0).any():
        paid, before = frame["dividend"].to_numpy(np.float64), _closes_before(frame)
        _add(reasons, paid < 0, "dividend", paid, "is below 0")
        _add(reasons, (paid > 0) & (paid >= before), "dividend", paid, "is not below the close before it")
    return reasons


def refuse_impossible_actions(frame: pd.DataFrame) -> None:
    """Mark rows with an adjusted close, split or dividend that cannot be true, and take it out, in place.

    Args:
        frame: as for ``describe_impossible_actions``, and malformed.
    """
    reasons = describe_impossible_actions(frame)
    wrong = pd.notna(reasons)
    if wrong.any():
        pairs = zip(frame.loc[wrong, "malformed"], reasons[wrong], strict=True)
        both = [f"{old}, {new}" if isinstance(old, str) else new for old, new in pairs]
        frame["malformed"] = frame["malformed"].astype(object)
        frame.loc[wrong, "malformed"] = both
        frame.loc[wrong, [name for name in ("adj_close", *ACTIONS) if name in frame]] = np.nan


def _closes_before(frame: pd.DataFrame) -> Floats:
    """Close of each symbol's session before, NaN at its first."""
    ordered = frame[["code", "session", "close"]].sort_values(["code", "session"], kind="stable")
    return ordered.groupby("code")["close"].shift().reindex(frame.index).to_numpy(np.float64)


def _add(reasons: Words, wrong: Flags, name: str, values: Floats, why: str) -> None:
    for index in np.flatnonzero(wrong).tolist():
        reason = f'{name}="{values[index]:g}", which {why}'
        reasons[index] = f"{reasons[index]}, {reason}" if reasons[index] else reason


def _column(frame: pd.DataFrame, name: str, none: float) -> Floats:
    if name not in frame:
        return np.full(len(frame), none)
    return frame[name].fillna(none).to_numpy(np.float64)


def _are_before_splits(frame: pd.DataFrame, splits: Floats, order: NDArray[np.int64]) -> bool:
    """Whether prices move by the splits on their days, all splits together."""
    closes, codes, ratio = frame["close"].to_numpy()[order], frame["code"].to_numpy()[order], splits[order]
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log(closes[1:] / closes[:-1])
    telling = (codes[1:] == codes[:-1]) & np.isfinite(moved) & (np.abs(np.log(ratio[1:])) > _LEAST_SPLIT)
    moved, expected = moved[telling], np.log(ratio[1:][telling])
    return bool(np.abs(moved + expected).sum() <= np.abs(moved).sum())


def _undo_splits(frame: pd.DataFrame, splits: Floats, order: NDArray[np.int64], *, undo: bool) -> Floats:
    """Closes as traded."""
    closes = frame["close"].to_numpy(np.float64)
    if not undo:
        return closes
    codes = frame["code"].to_numpy()[order]
    through = pd.Series(splits[order]).groupby(codes).cumprod()
    ahead = through.groupby(codes).transform("last") / through
    traded = closes.copy()
    traded[order] = closes[order] * ahead.to_numpy()
    return traded


def _are_short(closes: Floats) -> bool:
    """Whether nearly all prices have the few decimals of prices as traded."""
    prices = closes[np.isfinite(closes) & (closes > 0)]
    short = np.zeros(len(prices), dtype=bool)
    for digits in _DIGITS:
        scaled = prices * 10.0**digits
        error = np.maximum(scaled * _SINGLE, 1e-6)
        short |= (np.abs(scaled - np.rint(scaled)) <= error) & (error < _LARGEST_ERROR)
    return bool(len(prices) and short.mean() >= _EXACT_SHARE)
