"""The bar's position in the week and month, and the gap before it; the next session's date is never used."""

import numpy as np

from morrow.features.bars import Array, Block
from morrow.features.declaration import make_decorator

feature = make_decorator("calendar", "block")

SOURCE = "French (1980), Journal of Financial Economics 8(1)"
MONTH_END = "Ariel (1987), Journal of Financial Economics 18(1)"


def _weekday(block: Block) -> Array:
    """(S, T) day of the week, from 0 (Monday) to 6."""
    return np.asarray((block.day.astype("datetime64[D]").astype(np.int64) + 3) % 7, dtype=np.float64)


def _mask_no_close(block: Block, values: Array) -> Array:
    return np.asarray(np.where(np.isfinite(block.close), values, np.nan))


@feature(
    warm_up=0,
    unit="-1 to 1",
    source=SOURCE,
    why="The day of the week, with its cosine: weeks end in breaks.",
)
def weekday_sine(block: Block) -> Array:
    """Sine of the bar's position in the week: (S, T)."""
    return _mask_no_close(block, np.sin(2 * np.pi * _weekday(block) / 7))


@feature(
    warm_up=0,
    unit="-1 to 1",
    source=SOURCE,
    why="The day of the week, with its sine: weeks end in breaks.",
)
def weekday_cosine(block: Block) -> Array:
    """Cosine of the bar's position in the week: (S, T)."""
    return _mask_no_close(block, np.cos(2 * np.pi * _weekday(block) / 7))


@feature(warm_up=0, unit="-1 to 1", source=SOURCE, why="With the others, tells the days of the week apart.")
def weekday_sine_2(block: Block) -> Array:
    """Sine of twice the bar's position in the week: (S, T)."""
    return _mask_no_close(block, np.sin(4 * np.pi * _weekday(block) / 7))


@feature(warm_up=0, unit="-1 to 1", source=SOURCE, why="With the others, tells the days of the week apart.")
def weekday_cosine_2(block: Block) -> Array:
    """Cosine of twice the bar's position in the week: (S, T)."""
    return _mask_no_close(block, np.cos(4 * np.pi * _weekday(block) / 7))


@feature(
    warm_up=0,
    unit="-1 to 1",
    source=MONTH_END,
    why="The bar's day in its month: funds trade around its end.",
)
def month_place(block: Block) -> Array:
    """From -1 on the first calendar day of the month to 1 on its last: (S, T)."""
    day = block.day.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    first = month.astype("datetime64[D]")
    length = ((month + 1).astype("datetime64[D]") - first).astype(np.int64)
    return _mask_no_close(block, 2 * (day - first).astype(np.int64) / (length - 1) - 1)


@feature(
    warm_up=1,
    unit="log of calendar days",
    source="French & Roll (1986), Journal of Financial Economics 17(1)",
    why="How long there was no session before this one: a long break holds more news.",
)
def days_since(block: Block) -> Array:
    """Log of the calendar days since the bar before, 0 for one day: (S, T)."""
    day = block.day.astype("datetime64[D]").astype(np.int64).astype(np.float64)
    gap = np.full(day.shape, np.nan)
    gap[..., 1:] = np.log(np.maximum(np.diff(day, axis=-1), 1.0))
    return _mask_no_close(block, gap)
