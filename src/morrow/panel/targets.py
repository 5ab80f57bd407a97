"""What each bar is judged by: the log returns to the next sessions, and to the end of one that ended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.membership import Membership
from morrow.membership.spells import to_records


@dataclass(frozen=True)
class Final:
    """The last bar of a symbol that ended: its code and place, and the adjusted price that it ended at."""

    code: int
    place: int
    price: float


def finals(
    members: Membership | None,
    symbols: Sequence[str],
    axis: NDArray[np.datetime64],
    code: NDArray[np.int64],
    place: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    close: NDArray[np.float64],
) -> tuple[Final, ...]:
    """Where the symbols that ended did so: at the terminal value on their last bar's basis, or its price."""
    found = []
    codes = {name: number for number, name in enumerate(symbols)}
    for end in to_records(members.ends()) if members else []:
        own = np.flatnonzero(code == codes.get(end["symbol"], -1))
        own = own[axis[place[own]] <= end["to"].to_datetime64()]
        if len(own):
            last = own[-1]
            value = close[last] if np.isnan(end["terminal"]) else end["terminal"]
            found.append(
                Final(int(code[last]), int(place[last]), float(value * adjusted[last] / close[last]))
            )
    return tuple(found)


def targets(
    code: NDArray[np.int64],
    place: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    length: int,
    horizon: int,
    ends: Sequence[Final] = (),
) -> NDArray[np.float32]:
    """Log return to each of the next sessions: (R, H), NaN where there is no bar and nothing ended.

    Args:
        code: (R,) symbol of each bar, from 0.
        place: (R,) its session's number.
        adjusted: (R,) price with both factors.
        length: T, sessions that are known.
        horizon: H.
        ends: symbols whose price is final from the session after their last bar on.
    """
    grid = np.full((int(code.max()) + 1, length + horizon), np.nan)  # (N, T + H)
    grid[code, place] = np.log(adjusted)
    for end in ends:
        after = grid[end.code, end.place + 1 : min(end.place + 1 + horizon, length)]
        after[np.isnan(after)] = np.log(end.price)
    now = grid[code, place]
    return np.stack([grid[code, place + h] - now for h in range(1, horizon + 1)], axis=1).astype(np.float32)
