"""Close-to-close volatility over several spans, two-sided and one-sided, relative to the unit."""

import numpy as np
from scipy.signal import lfilter

from morrow.features.bars import UNIT_WARM_UP, Array, Block, mask_warm_up
from morrow.features.declaration import make_decorator

feature = make_decorator("volatility", "block")

DECAY = 0.94
SPANS = (5, 10, 20, 60, 120, 250)
ONE_SIDED = (5, 20, 60, 250)
SOURCE = "J.P. Morgan & Reuters (1996), RiskMetrics Technical Document"
SIDED_SOURCE = (
    "Barndorff-Nielsen, Kinnebrock & Shephard (2010), Measuring Downside Risk: Realised Semivariance"
)


def unit_volatility(returns: Array, floor: Array) -> Array:
    """EWMA volatility of one series' log returns, per session, never below ``floor``: (T,) -> (T,).

    NaN until ``UNIT_WARM_UP`` returns are known. The first return is NaN and ignored.

    Source: J.P. Morgan & Reuters (1996), RiskMetrics Technical Document; decay 0.94 of daily returns.
    """
    volatility = np.sqrt(_ewma(np.square(returns[1:]), 1 - DECAY))
    volatility[: UNIT_WARM_UP - 1] = np.nan
    return np.concatenate([[np.nan], np.maximum(volatility, floor[1:])])


def _ewma(values: Array, weight: float) -> Array:
    """Exponentially weighted mean from the first value on, with weights that sum to one: (T,) -> (T,)."""
    if not len(values):
        return values
    decay = [1.0, weight - 1.0]
    mean: Array = lfilter([weight], decay, values) / lfilter([weight], decay, np.ones(len(values)))
    return mean


def _declare_span(span: int) -> None:
    @feature(
        name=f"volatility_{span}",
        warm_up=UNIT_WARM_UP,
        unit="log of a ratio to the unit",
        source=SOURCE,
        why=f"Volatility of about {span} sessions against that of now: what it will revert to.",
    )
    def level(block: Block) -> Array:
        return mask_warm_up(block.log_ratio(block.ewma("square", lambda: block.squares, span)))

    del level


def _declare_side(name: str, span: int, falls: bool) -> None:
    word = "falls" if falls else "rises"

    @feature(
        name=name,
        warm_up=UNIT_WARM_UP,
        unit="log of a ratio to the unit",
        source=SIDED_SOURCE,
        why=f"Volatility of the {word} of about {span} sessions: each side has its own aftermath.",
    )
    def side(block: Block) -> Array:
        counts = block.returns < 0 if falls else block.returns > 0
        variance = block.ewma(word, lambda: np.where(counts, block.squares, 0.0), span)
        return mask_warm_up(block.log_ratio(variance))

    del side


for _span in SPANS:
    _declare_span(_span)
for _span in ONE_SIDED:
    _declare_side("downside" if _span == 20 else f"downside_{_span}", _span, True)
    _declare_side(f"upside_{_span}", _span, False)


@feature(
    warm_up=UNIT_WARM_UP,
    unit="log of a ratio",
    source="Corsi (2009), A Simple Approximate Long-Memory Model of Realized Volatility",
    why="The unit against its own mean of about three years: volatility reverts to it in the end.",
)
def volatility_level(block: Block) -> Array:
    """Log of the unit over its geometric mean of about 750 sessions: (S, T)."""
    level = np.log(block.unit)
    return mask_warm_up(level - block.ewma("level", lambda: level, 750, first=UNIT_WARM_UP))
