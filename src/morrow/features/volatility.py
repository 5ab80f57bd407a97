"""Volatility of the closes over several spans, of both sides and of one, against the unit."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.features.block import SETTLED, Array, Block
from morrow.features.declared import declaring

feature = declaring("volatility", "block")

DECAY = 0.94
SPANS = (5, 10, 20, 60, 120, 250)
ONE_SIDED = (5, 20, 60, 250)
SOURCE = "J.P. Morgan & Reuters (1996), RiskMetrics Technical Document"
SIDED = "Barndorff-Nielsen, Kinnebrock & Shephard (2010), Measuring Downside Risk: Realised Semivariance"


def unit_volatility(returns: Array, floor: Array) -> Array:
    """EWMA volatility of one series' log returns, per session, never below ``floor``: (T,) -> (T,).

    NaN until ``SETTLED`` returns are known. The first return is NaN and is not used.

    Source: J.P. Morgan & Reuters (1996), RiskMetrics Technical Document; decay 0.94 of daily returns.
    """
    volatility = np.sqrt(_mean(np.square(returns[1:]), 1 - DECAY))
    volatility[: SETTLED - 1] = np.nan
    return np.concatenate([[np.nan], np.maximum(volatility, floor[1:])])


def _mean(values: Array, weight: float) -> Array:
    """Exponentially weighted mean from the first value on, with weights that sum to one: (T,) -> (T,)."""
    if not len(values):
        return values
    decay = [1.0, weight - 1.0]
    mean: Array = lfilter([weight], decay, values) / lfilter([weight], decay, np.ones(len(values)))
    return mean


def _spanned(span: int) -> None:
    @feature(
        name=f"volatility_{span}",
        warm_up=SETTLED,
        unit="log of a ratio to the unit",
        source=SOURCE,
        why=f"Volatility of about {span} sessions against that of now: what it will come back to.",
    )
    def level(block: Block) -> Array:
        return block.settled(block.log_ratio(block.ewma("square", lambda: block.squares, span)))

    del level


def _sided(name: str, span: int, falls: bool) -> None:
    word = "falls" if falls else "rises"

    @feature(
        name=name,
        warm_up=SETTLED,
        unit="log of a ratio to the unit",
        source=SIDED,
        why=f"Volatility of the {word} of about {span} sessions: the sides are not followed by the same.",
    )
    def side(block: Block) -> Array:
        def counted() -> Array:
            return _counted(block.returns, block.squares, falls)

        return block.settled(block.log_ratio(block.ewma(word, counted, span)))

    del side


def _counted(returns: Array, squares: Array, falls: bool) -> Array:
    counts: NDArray[np.bool_] = returns < 0 if falls else returns > 0
    return np.where(counts, squares, 0.0)


for _span in SPANS:
    _spanned(_span)
for _span in ONE_SIDED:
    _sided("downside" if _span == 20 else f"downside_{_span}", _span, True)
    _sided(f"upside_{_span}", _span, False)


@feature(
    warm_up=SETTLED,
    unit="log of a ratio",
    source="Corsi (2009), A Simple Approximate Long-Memory Model of Realized Volatility",
    why="The unit against its own mean of about three years: volatility comes back to it in the end.",
)
def volatility_level(block: Block) -> Array:
    """Log of the unit over its geometric mean of about 750 sessions: (S, T)."""
    level = np.log(block.unit)
    return block.settled(level - block.ewma("level", lambda: level, 750, first=SETTLED))
