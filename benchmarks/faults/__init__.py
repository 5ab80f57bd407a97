"""Faults by the names of the catalogue in docs/faults.md: how each is planted, and what may call it right.

Nothing here knows how faults are found, and nothing that finds them knows this.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.faults import bars, levels, rows
from benchmarks.faults.sheet import Extra, Sheet, sheet_of
from benchmarks.faults.sites import EDGE, HISTORY, Plant, PlantedFault, Site
from benchmarks.faults.truth import Truth

__all__ = [
    "EDGE", "HISTORY", "KINDS", "Extra", "Kind", "PlantedFault", "Sheet", "Site", "Truth", "sheet_of",
]  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        plant: writes it.
        names: rules that name it rightly.
        edge_names: rules that do so as well while nothing follows.
        at_edge: share of the placements that are at the edge.
        closes: share of the placements that are in markets of closes alone.
        lasting: whether it goes on to the symbol's last bar in history.
        confirmed: whether it takes a second source to see it.
    """

    plant: Plant
    names: tuple[str, ...]
    edge_names: tuple[str, ...] = ()
    at_edge: float = 0.5
    closes: float = 0.0
    lasting: bool = False
    confirmed: bool = False

    def rightly(self, context: str) -> frozenset[str]:
        """Rules that name it rightly in a context."""
        return frozenset(self.names) | (frozenset(self.edge_names) if context == EDGE else frozenset())


KINDS: Mapping[str, Kind] = {
    "ohlc": Kind(bars.ohlc, ("low to high",)),
    "jump": Kind(bars.jump, ("jump",), closes=0.4),
    "decimal shift": Kind(bars.decimal_shift, ("decimal shift",), ("unit shift",), closes=0.4),
    "unit shift": Kind(levels.unit_shift, ("unit shift",), ("decimal shift",), closes=0.4, lasting=True),
    "currency switch": Kind(levels.currency_switch, ("currency switch",), ("jump",), lasting=True),
    "missed split": Kind(levels.missed_split, ("split missed",), lasting=True),
    "split twice": Kind(levels.split_twice, ("split twice",), lasting=True),
    "symbol swap": Kind(
        levels.symbol_swap, ("symbol swap",), ("jump", "unit shift"), closes=0.3, lasting=True
    ),
    "duplicated session": Kind(bars.duplicated_session, ("duplicated session",)),
    "copy ahead": Kind(bars.copy_ahead, ("duplicated session",), at_edge=0.0),
    "late copy": Kind(bars.late_copy, ("duplicated session",), at_edge=0.0),
    "shifted dates": Kind(levels.shifted_dates, ("shifted dates",), at_edge=0.15),
    "stale price": Kind(bars.stale_price, ("stale price",)),
    "volume spike": Kind(bars.volume_spike, ("volume spike",)),
    "volume zero": Kind(bars.volume_zero, ("volume zero",)),
    "off calendar": Kind(rows.off_calendar, ("session on the calendar",), closes=0.2),
    "future session": Kind(rows.future_session, ("future session",), closes=0.2),
    "conflicting duplicate": Kind(rows.conflicting_duplicate, ("conflicting duplicate",), closes=0.2),
    "non-positive": Kind(bars.non_positive, ("prices positive",), closes=0.2),
    "unreadable": Kind(rows.unreadable, ("readable", "finite"), closes=0.2),
    "revision": Kind(bars.revision, ("revision",), at_edge=1.0, closes=0.3),
    "disagreement": Kind(bars.disagreement, ("cross-source disagreement",), closes=0.3, confirmed=True),
}  # fmt: skip
