"""How far ahead something sees: the furthest session whose rewriting, or absence, changes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.audit import comparison, future
from morrow.panel import Panel

Build = Callable[[pd.DataFrame], Panel]
FAR = 0.9  # of what is left: who still sees past it sees the whole sample


@dataclass(frozen=True)
class Sight:
    """A way from prices to a panel under audit, with the other futures that were tried already.

    Attributes:
        build: of one universe, always the same features.
        prices: as they are; ``base`` is their panel and ``axis`` (T,) their sessions.
        seed: of the futures.
    """

    build: Build
    prices: pd.DataFrame
    base: Panel
    axis: NDArray[np.datetime64]
    seed: int
    _panels: dict[tuple[str, int], Panel] = field(default_factory=dict, repr=False)
    _moved: dict[tuple[str, int], Mapping[str, comparison.Marks]] = field(default_factory=dict, repr=False)

    def panel(self, how: str, cutoff: int) -> Panel:
        """The panel in which sessions after that number are truncated or rewritten."""
        key = how, cutoff
        if key not in self._panels:
            self._panels[key] = self.build(future.altered(self.prices, self.axis[cutoff], how, self.seed))
        return self._panels[key]

    def moved(self, how: str, cutoff: int) -> Mapping[str, comparison.Marks]:
        """What that changes of the bars through the cutoff, as :func:`comparison.moved`."""
        key = how, cutoff
        if key not in self._moved:
            self._moved[key] = comparison.moved(self.base, self.panel(how, cutoff), self.axis[cutoff])
        return self._moved[key]


def lag(sees: Callable[[int], bool], at: int, cutoff: int, length: int) -> int | None:
    """Sessions ahead of ``at`` that something sees; None for the whole sample.

    Args:
        sees: whether it still changes when only the sessions after that number do; taken to be true up to
            some number and false from there on.
        at: number of the session that it stands on.
        cutoff: where it was seen to change.
        length: T.
    """
    last = length - 2
    far = cutoff + int(FAR * (last - cutoff))
    if far > cutoff and sees(far):
        return None
    low, high = cutoff, max(far, cutoff + 1)  # it sees past the low one, and not past the high one
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sees(middle) else (low, middle)
    return low + 1 - at
