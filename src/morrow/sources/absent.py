"""Zeros that a vendor writes where it has no open, high or low."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_OFTEN = 0.9
_FEW = 5  # bars, below which a symbol says too little of its vendor's habits
_RUN = 5


def without_zeros(frame: pd.DataFrame, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Take zero opens, highs and lows as not given where they are a habit, in place.

    A symbol's zeros are a habit if nine in ten of a field are, or five in a row; a field of a symbol with
    fewer than five bars is judged with all symbols' together. Any other zero stays, for the gate to refuse.

    Args:
        frame: code (place among ``names``, −1 if unreadable), session, open, high, low.
        names: the symbols.

    Returns:
        (symbol, line) of each that was changed.
    """
    notes: list[tuple[str, str]] = []
    for field in ("open", "high", "low"):
        values = frame[field].to_numpy()
        zero = (values == 0) & (frame["code"].to_numpy() >= 0)
        if not zero.any():
            continue
        habit = zero & _is_habit(frame, zero, ~np.isnan(values), len(names))
        if habit.any():
            frame[field] = np.where(habit, np.nan, values)
            counts = np.bincount(frame["code"].to_numpy()[habit], minlength=len(names))
            notes += [
                (names[code], f"symbol {names[code]}: {counts[code]} zeros for {field} count as not given")
                for code in np.flatnonzero(counts).tolist()
            ]
    return notes


def _is_habit(
    frame: pd.DataFrame, zero: NDArray[np.bool_], given: NDArray[np.bool_], symbols: int
) -> NDArray[np.bool_]:
    codes = frame["code"].to_numpy()
    known = given & (codes >= 0)
    bars = np.bincount(codes[known], minlength=symbols)
    zeros = np.bincount(codes[zero], minlength=symbols)
    overall = zeros.sum() / max(bars.sum(), 1) >= _OFTEN and bars.sum() >= _FEW
    often = np.where(bars >= _FEW, zeros >= _OFTEN * bars, overall)
    order = np.lexsort((frame["session"].to_numpy(), codes))
    order = order[known[order]]
    run = np.empty(len(order), dtype=bool)
    starts = np.flatnonzero(
        np.r_[True, (np.diff(codes[order]) != 0) | (np.diff(zero[order].astype(np.int8)) != 0)]
    )
    lengths = np.diff(np.r_[starts, len(order)])
    run[:] = np.repeat(lengths >= _RUN, lengths)
    habit = np.zeros(len(codes), dtype=bool)
    habit[order] = run
    habit |= often[codes]
    return habit
