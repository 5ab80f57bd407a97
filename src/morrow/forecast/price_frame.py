"""The long frame of prices that a served model is given by others: its columns, completed and checked."""

import numpy as np
import pandas as pd

from morrow.errors import ShapeError
from morrow.frames import PRICE_FIELDS, PRICES

KEY = ("symbol", "session")
OPTIONAL = tuple(column.name for column in PRICES.columns if column.name in PRICE_FIELDS and column.nullable)
ABOVE_ZERO = ("open", "high", "low", "close", "split_factor", "dividend_factor")


def complete_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Give a frame of prices every column that a model reads, with its type.

    Args:
        prices: symbol, session (dates or ISO texts) and the fields of a bar; those that a bar may lack may
            be missing.

    Raises:
        ShapeError: a column is missing or has values of another type, a price is not above zero, or a symbol
            has two bars of one session.
    """
    required = [name for name in (*KEY, *PRICE_FIELDS) if name not in OPTIONAL]
    if missing := [name for name in required if name not in prices]:
        raise ShapeError(
            f"the prices lack the columns {', '.join(missing)}; they need "
            f"{', '.join(required)}, and may have {', '.join(OPTIONAL)}"
        )
    if prices.empty:
        raise ShapeError("the prices have no row; give each symbol's history up to the last session")
    whole = prices.assign(session=_read_sessions(prices["session"]), symbol=_read_symbols(prices["symbol"]))
    numbers = {name: _read_numbers(whole, name) for name in PRICE_FIELDS}
    whole = whole.assign(**numbers)
    repeated = whole.duplicated(list(KEY))
    if repeated.any():
        first = whole[repeated].iloc[0]
        raise ShapeError(f'"{first["symbol"]}" has two bars of {first["session"]:%Y-%m-%d}; give one')
    return whole


def _read_symbols(symbols: pd.Series) -> pd.Series:
    if symbols.isna().any():
        raise ShapeError("a row has no symbol; give every row the name of its symbol")
    return symbols.astype("str")


def _read_sessions(sessions: pd.Series) -> pd.Series:
    try:
        days = pd.to_datetime(sessions, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise ShapeError(f"session must be dates such as 2013-03-01: {error}") from None
    if days.isna().any():
        raise ShapeError("a row has no session; give every row its date, such as 2013-03-01")
    return days


def _read_numbers(prices: pd.DataFrame, name: str) -> pd.Series:
    if name not in prices:
        return pd.Series(np.nan, index=prices.index)
    try:
        values = pd.to_numeric(prices[name]).astype(np.float64)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"{name} must be numbers: {error}") from None
    wrong = np.isinf(values) | ((values <= 0) & (name in ABOVE_ZERO))
    if name not in OPTIONAL:
        wrong |= values.isna()
    if wrong.any():
        row = prices[wrong].iloc[0]
        raise ShapeError(
            f'{name} of "{row["symbol"]}" on {row["session"]:%Y-%m-%d} is {row[name]}; it must be finite'
            + (" and above 0" if name in ABOVE_ZERO else "")
        )
    return values
