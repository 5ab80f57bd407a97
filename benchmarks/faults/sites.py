"""A place where a fault may be planted, and what is noted of one that was."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.faults.sheet import Cell, Sheet
from benchmarks.faults.truth import Truth

HISTORY, EDGE = "history", "edge"


@dataclass(frozen=True, eq=False)
class Site:
    """A symbol and a session in a sheet.

    Attributes:
        truth: what the true bars say.
        sheet: where the fault is to be written; at the edge it ends with ``at``.
        symbol: its number.
        at: session number.
        context: whether what follows is known.
        rng: of everything drawn.
        free: whether another symbol may be touched from one session to another.
    """

    truth: Truth
    sheet: Sheet
    symbol: int
    at: int
    context: str
    rng: np.random.Generator
    free: Callable[[int, int, int], bool]

    @property
    def is_edge(self) -> bool:
        """Whether nothing follows."""
        return self.context == EDGE

    @property
    def volatility(self) -> float:
        """The symbol's own before the site."""
        return float(self.truth.volatility[self.symbol, self.at])

    def ordinary(self, volume: float = 2.0) -> bool:
        """Whether the true bar is an everyday one; see ``Truth.ordinary``."""
        return self.truth.ordinary(self.symbol, self.at, volume)

    def unlike_split(self, size: float) -> bool:
        """Whether prices that move by a log ratio do so without a volume that moves the other way."""
        if not self.truth.has_bars:
            return True
        return abs(size + self.truth.busy(self.symbol, self.at)) > abs(size) / 2

    def plant(self, kind: str, note: str, **more: object) -> "PlantedFault":
        """Note that this bar was spoilt."""
        given: dict[str, object] = {"cells": ((self.symbol, self.at),)} | more
        return PlantedFault(kind, self.context, self.symbol, self.at, note, **given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class PlantedFault:
    """A fault that was written into a sheet.

    Attributes:
        kind: its name in the catalogue.
        context: "history" or "edge".
        symbol: number of the symbol, ``at`` the session.
        note: what was done, in numbers.
        cells: the bars that must be refused.
        extras: the rows beside the grid that must be.
        touched: further bars that are no longer clean, though they need not be refused.
        share: of the cells that must be refused for the fault to be caught.
        holds: symbols whose later bars are spoilt or held too.
    """

    kind: str
    context: str
    symbol: int
    at: int
    note: str
    cells: tuple[Cell, ...]
    extras: tuple[int, ...] = ()
    touched: tuple[Cell, ...] = ()
    share: float = 1.0
    holds: tuple[int, ...] = ()
    rules: frozenset[str] = field(default_factory=frozenset)


Plant = Callable[[Site], PlantedFault | None]
