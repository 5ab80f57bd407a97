"""The columns of rows without a header, as far as the geometry of bars leaves no doubt about them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from morrow.sources.tables.cell_kinds import cell_kind

Floats = NDArray[np.float64]

_FEWEST_ROWS = 5
_SHARE = 0.99
_CLEARLY_NEARER = 0.8
_STAMPS = ((3e8, 6e9), (3e11, 6e12), (3e14, 6e15), (3e17, 6e18))  # seconds to nanoseconds since 1970


def guess_names(rows: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Name the columns of rows with a day, four prices side by side, and what follows them.

    High and low are the two that bound the others in nearly all rows. The open is the one that continues the
    other's last; where that does not tell, they stand as in "open, high, low, close", or are in doubt.

    Args:
        rows: (R, C) cells.

    Returns:
        (C,) morrow's names, "column 7" for what has none; None where something is in doubt.

    >>> day = "2024-01-0{},10,12,{},11,500"
    >>> guess_names([day.format(n, 9 - n / 10).split(",") for n in range(1, 7)])
    ('session', 'open', 'high', 'low', 'close', 'volume')
    """
    if len(rows) < _FEWEST_ROWS:
        return None
    columns = list(zip(*rows, strict=True))
    numbers = [_read(column) for column in columns]
    session = next(
        (number for number, column in enumerate(columns) if _are_days(column, numbers[number])), None
    )
    if session is not None and _falls(columns[session], numbers[session]):
        numbers = [None if column is None else column[::-1] for column in numbers]
    prices = _find_prices(numbers, session) if session is not None else None
    if session is None or prices is None:
        return None
    names = {session: "session", **prices}
    after = max(prices) + 1
    if after < len(columns) and (volume := numbers[after]) is not None and (volume >= 0).all():
        names[after] = "volume"
    words = [number for number, column in enumerate(columns) if _are_words(column)]
    if len(words) == 1:
        names[words[0]] = "symbol"
    return tuple(names.get(number, f"column {number + 1}") for number in range(len(columns)))


def _are_words(column: Sequence[str]) -> bool:
    return all(cell_kind(cell) == "text" and any(map(str.isalpha, cell)) for cell in column)


def _read(column: Sequence[str]) -> Floats | None:
    """A column as numbers; None if a cell is none."""
    try:
        values = np.array([float(cell.replace(",", ".")) for cell in column])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _are_days(column: Sequence[str], numbers: Floats | None) -> bool:
    """Whether a column has days as texts, or as steadily rising or falling counts since 1970."""
    if {cell_kind(cell) for cell in column} == {"date"}:
        return True
    if numbers is None or (numbers % 1 != 0).any():
        return False
    steps = np.diff(numbers)
    is_steady = bool((steps > 0).all() or (steps < 0).all())
    kinds = [(low <= numbers) & (numbers < high) for low, high in _STAMPS]
    return is_steady and bool(np.logical_or.reduce(kinds).all())


def _falls(column: Sequence[str], numbers: Floats | None) -> bool:
    """Whether the newest day comes first; days as texts are compared where the year stands first."""
    if numbers is not None:
        return bool(numbers[0] > numbers[-1])
    return column[0][:4].isdigit() and column[0] > column[-1]


def _find_prices(columns: Sequence[Floats | None], session: int) -> dict[int, str] | None:
    """The first four columns side by side of which one is the highest and one the lowest."""
    for first in range(len(columns) - 3):
        window = range(first, first + 4)
        four = [column for number in window if (column := columns[number]) is not None and number != session]
        if len(four) == 4 and (roles := _find_roles(np.stack(four))) is not None:
            following = columns[first + 4] if first + 4 < len(columns) else None
            if following is not None and _moves_with(following, four[roles.index("close")]):
                return None  # an adjusted close, or what else?
            return dict(zip(window, roles, strict=True))
    return None


def _find_roles(prices: Floats) -> list[str] | None:
    """The role of each of four columns: (4, R) to their names."""
    if (prices <= 0).any():
        return None
    is_high = (prices >= prices.max(axis=0)).mean(axis=1) >= _SHARE
    is_low = (prices <= prices.min(axis=0)).mean(axis=1) >= _SHARE
    if is_high.sum() != 1 or is_low.sum() != 1 or (is_high & is_low).any():
        return None
    roles = ["high" if high else "low" if low else "" for high, low in zip(is_high, is_low, strict=True)]
    if prices[is_high.argmax()].max() > 3 * prices[is_low.argmax()].max():
        return None
    first, second = (number for number, role in enumerate(roles) if not role)
    opens_first = _opens_first(prices[first], prices[second])
    if opens_first is None:
        if roles[1:3] != ["high", "low"]:
            return None
        opens_first = True
    roles[first], roles[second] = ("open", "close") if opens_first else ("close", "open")
    return roles


def _opens_first(first: Floats, second: Floats) -> bool | None:
    """Whether the first continues the second's last value rather than the other way round; None in doubt."""
    forwards = np.abs(np.log(first[1:] / second[:-1])).mean()
    backwards = np.abs(np.log(second[1:] / first[:-1])).mean()
    if forwards < _CLEARLY_NEARER * backwards:
        return True
    return False if backwards < _CLEARLY_NEARER * forwards else None


def _moves_with(values: Floats, close: Floats) -> bool:
    if (values <= 0).any():
        return False
    moves, closes = np.diff(np.log(values)), np.diff(np.log(close))
    return bool(np.abs(closes).max() > 0 and np.abs(moves - closes).max() < 0.01)
