"""Returns over several spans, in units of the volatility known at the bar."""

import numpy as np

from morrow.features.bars import Array, Block
from morrow.features.declaration import make_decorator
from morrow.features.windows import lag_values

feature = make_decorator("returns", "block")

MOMENTA = (1, 2, 3, 5, 10, 20, 60, 120, 250)
LARGEST = 10.0  # units; a larger move adds no information


def declare_momentum(lag: int) -> None:
    """Declare the return over ``lag`` sessions."""

    @feature(
        name=f"return_{lag}",
        warm_up=max(lag, 20),
        unit="volatility of as many sessions",
        source="Jegadeesh & Titman (1993), Journal of Finance 48(1)",
        why=f"The move of the last {lag} session{'s' if lag > 1 else ''}: trends and reversals show here.",
    )
    def move(block: Block) -> Array:
        moved = block.log_close - lag_values(block.log_close, lag)
        return np.asarray(moved / (block.unit * np.sqrt(lag)))

    del move


for _lag in MOMENTA:
    declare_momentum(_lag)


@feature(
    warm_up=20,
    unit="volatility of a session",
    why="The size of the last move whatever its sign: volatility follows it.",
)
def absolute_return(block: Block) -> Array:
    """Size of the last move, at most ``LARGEST``: (S, T)."""
    return np.minimum(np.abs(block.returns) / block.unit, LARGEST)
