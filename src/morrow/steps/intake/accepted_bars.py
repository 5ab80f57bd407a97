"""Refused rows as bars: whether one can be stored at all, and the frame of those that a person accepts."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from morrow.frames import PRICE_FIELDS
from morrow.steps.context import Night
from morrow.steps.intake.refusal_listing import RefusedRow

_TOMORROW = timedelta(days=1)  # somewhere it is that day already
_ABOVE_ZERO = ("open", "high", "low", "close", "split_factor", "dividend_factor")


def find_fault(each: RefusedRow, night: Night) -> str | None:  # noqa: PLR0911 (one per fault)
    """Say why a row cannot become a bar, if it cannot."""
    if each.symbol is None or each.session is None:
        return f"its {'symbol' if each.symbol is None else 'session'} cannot be read"
    if each.bar is None:
        return (
            f"what would be stored of it was not kept; take it in again with: {night.command_line('ingest')}"
        )
    if each.bar["malformed"]:
        return f"it cannot be read: {each.bar['malformed']}"
    if each.bar["close"] is None:
        return "it has no close"
    if night.as_of is not None and each.session > night.as_of:
        return f"its session {each.session} is after the as_of {night.as_of}"
    if each.session > night.now.date() + _TOMORROW:
        return f"its session {each.session} has not come yet"
    return next(filter(None, (_number_fault(name, each.bar[name]) for name in PRICE_FIELDS)), None)


def _number_fault(name: str, value: float | str | None) -> str | None:
    """Say why a number cannot be stored, if it cannot: returns are logarithms of ratios of prices."""
    if value is None:
        return f"{name} is missing" if name.endswith("factor") else None
    if isinstance(value, str):
        return f"{name} is {value}, and must be finite"
    if name in _ABOVE_ZERO and value <= 0:
        return f"{name} is {value}, and has no logarithm unless it is above 0"
    return f"{name} is {value}, and must be 0 or more" if value < 0 else None


def to_rows(chosen: Sequence[RefusedRow]) -> pd.DataFrame:
    """The rows as a batch has them, numbered by their position among the chosen."""
    columns = {
        "row": range(len(chosen)),
        "symbol": [each.symbol for each in chosen],
        "session": pd.to_datetime([str(each.session) for each in chosen]),
        "source": [str((each.bar or {})["source"]) for each in chosen],
        **{
            name: pd.Series([(each.bar or {})[name] for each in chosen], dtype="float64")
            for name in PRICE_FIELDS
        },
    }
    return pd.DataFrame(columns).assign(malformed=None).astype({"symbol": "str", "malformed": "str"})
