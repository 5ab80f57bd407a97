"""Targets of each bar: log returns to the next sessions, or to the final price of a symbol that ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.membership import Membership
from morrow.membership.spells import to_records


@dataclass(frozen=True)
class FinalPrice:
    """The last bar of a symbol that ended: symbol code, session index and adjusted final price."""

    code: int
    session: int
    price: float


def find_final_prices(
    members: Membership | None,
    symbols: Sequence[str],
    axis: NDArray[np.datetime64],
    code: NDArray[np.int64],
    session: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    close: NDArray[np.float64],
) -> tuple[FinalPrice, ...]:
    """Find final prices of ended symbols: the terminal value on the last bar's basis, or that bar's price."""
    finals = []
    codes = {name: number for number, name in enumerate(symbols)}
    for end in to_records(members.ends()) if members else []:
        own = np.flatnonzero(code == codes.get(end["symbol"], -1))
        own = own[axis[session[own]] <= end["to"].to_datetime64()]
        if len(own):
            last = own[-1]
            value = close[last] if np.isnan(end["terminal"]) else end["terminal"]
            finals.append(
                FinalPrice(int(code[last]), int(session[last]), float(value * adjusted[last] / close[last]))
            )
    return tuple(finals)


def compute_targets(
    code: NDArray[np.int64],
    session: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    length: int,
    horizon: int,
    ends: Sequence[FinalPrice] = (),
) -> NDArray[np.float32]:
    """Log return to each of the next sessions: (R, H), NaN if there is no bar and the symbol has not ended.

    Args:
        code: (R,) each bar's symbol, from 0.
        session: (R,) each bar's session index.
        adjusted: (R,) price adjusted by both factors.
        length: T, number of known sessions.
        horizon: H.
        ends: symbols whose price is final from the session after their last bar.
    """
    grid = np.full((int(code.max()) + 1, length + horizon), np.nan)  # (N, T + H)
    grid[code, session] = np.log(adjusted)
    for end in ends:
        after = grid[end.code, end.session + 1 : min(end.session + 1 + horizon, length)]
        after[np.isnan(after)] = np.log(end.price)
    now = grid[code, session]
    return np.stack([grid[code, session + h] - now for h in range(1, horizon + 1)], axis=1).astype(np.float32)
