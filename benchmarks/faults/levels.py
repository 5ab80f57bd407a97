"""Faults that go on: units, currencies, splits, swapped symbols, and dates that slipped by a day.

In history the fault lasts to the symbol's last bar, and every bar of it must be refused or held. At the
edge only its first bar is there.
"""

import numpy as np

from benchmarks.faults.spots import Planted, Spot
from benchmarks.faults.truth import plain

_TRIES = 20
_RATIOS = (2.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 1.5, 1 / 2, 1 / 4, 1 / 5, 1 / 10, 1 / 20)
_NATS = 30.0  # how much likelier a block must be under its own dates
_SHOWN = 1.4  # within so many times the usual, a volume shows whether it was multiplied
_LIKE = 0.45  # correlation with the mean, which is known no better than ± 0.05
_BLURRED = 10  # sessions beside a block whose dates cannot be told from it to the day


def unit_shift(spot: Spot) -> Planted | None:
    """All prices times a power of ten from a session on."""
    if not spot.truth.steady(spot.symbol, spot.at, 3):
        return None
    factor = float(spot.rng.choice([100, 0.01, 10, 0.1]))
    return _shifted(spot, "unit shift", f"× {factor:g}", prices=factor)


def currency_switch(spot: Spot) -> Planted | None:
    """All prices times an exchange rate from a session on; volumes stay."""
    if not spot.truth.has_bars or not spot.ordinary(_SHOWN):
        return None
    moved = spot.truth.move(spot.symbol, spot.at)
    for _ in range(_TRIES):
        weak = spot.rng.random() < 0.5
        size = float(np.log(spot.rng.uniform(0.3, 0.8)) if weak else spot.rng.uniform(*np.log([1.25, 150])))
        if not spot.unlike_split(size):
            continue
        if plain(size, spot.volatility) and min(abs(size), abs(size + moved)) >= 10 * spot.volatility:
            sigma = abs(size) / spot.volatility
            return _shifted(
                spot,
                "currency switch",
                f"× {np.exp(size):.3f}, {sigma:.0f} sigma",
                prices=float(np.exp(size)),
            )
    return None


def missed_split(spot: Spot) -> Planted | None:
    """Prices and volumes split, and the factor does not know."""
    if not spot.truth.has_bars or not spot.ordinary(_SHOWN):
        return None
    ratio = float(spot.rng.choice(_RATIOS))
    return _shifted(spot, "missed split", f"{ratio:g}:1", prices=1 / ratio, volume=ratio)


def split_twice(spot: Spot) -> Planted | None:
    """A split whose factor moves though prices were adjusted already, or moves twice, or is applied again."""
    if not spot.ordinary():
        return None
    ratio = float(spot.rng.choice(_RATIOS))
    how = str(spot.rng.choice(["adjusted already", "factor twice", "prices twice"]))
    if how == "adjusted already":
        return _shifted(spot, "split twice", f"{ratio:g}:1 {how}", factor=ratio)
    power = 2 if how == "prices twice" else 1
    return _shifted(
        spot, "split twice", f"{ratio:g}:1 {how}",
        prices=ratio**-power, volume=ratio, factor=ratio ** (3 - power),
    )  # fmt: skip


def symbol_swap(spot: Spot) -> Planted | None:
    """Two symbols' bars exchanged, on one session or from one on."""
    closes = spot.truth.market.fields["close"]
    for partner in spot.rng.permutation(len(closes))[:_TRIES]:
        other = int(partner)
        lasting = not spot.is_edge and bool(spot.rng.random() < 0.4)
        last = len(spot.sheet.days) - 1 if lasting else spot.at
        if (
            other == spot.symbol
            or not spot.free(other, spot.at, last)
            or not spot.free(spot.symbol, spot.at, last)
        ):
            continue
        if not all(spot.truth.ordinary(each, spot.at) for each in (spot.symbol, other)):
            continue
        apart = abs(float(np.log(closes[spot.symbol, spot.at] / closes[other, spot.at])))
        noise = max(float(spot.truth.volatility[each, spot.at]) for each in (spot.symbol, other))
        least = max(float(np.log(1.5)), 10 * noise)
        if apart >= least:
            return _swap(spot, other, lasting, apart, least)
    return None


def shifted_dates(spot: Spot) -> Planted | None:
    """Twenty bars or more under the date of the session before or after their own.

    At the edge the spot is the last of them, and they all arrive at once.
    """
    count, by = int(spot.rng.integers(20, 60 if spot.is_edge else 90)), int(spot.rng.choice([-1, 1]))
    first = spot.at - count if spot.is_edge else spot.at
    last = first + count
    if first < 1 or last + 2 >= len(spot.truth.common) or spot.truth.likeness(spot.symbol, first) < _LIKE:
        return None
    window = slice(first - 1, last + 2)
    if not spot.truth.market.trades[spot.symbol, window].all() or not spot.free(spot.symbol, first, last):
        return None
    own = np.arange(first, last) if by > 0 else np.arange(first + 1, last + 1)
    nats = spot.truth.aligned(spot.symbol, own[1:], by)
    lost = last if by > 0 else first  # this true bar is overwritten
    wild = abs(spot.truth.move(spot.symbol, lost)) > 2.5 * spot.truth.volatility[spot.symbol, lost]
    if nats < _NATS or wild:
        return None
    bars = [spot.sheet.bar(spot.symbol, int(day)) for day in own]
    for day, bar in zip(own + by, bars, strict=True):
        spot.sheet.put(spot.symbol, int(day), bar)
    spot.sheet.there[spot.symbol, first if by > 0 else last] = False
    beside = range(max(first - _BLURRED, 0), min(last + _BLURRED + 1, len(spot.sheet.days)))
    touched = tuple((spot.symbol, day) for day in beside)
    cells = tuple((spot.symbol, int(day)) for day in own + by)
    note = f"{count} bars by {by:+d}, {nats:.0f} nats"
    return spot.planted("shifted dates", note, cells=cells, touched=touched, share=0.5)


def _shifted(
    spot: Spot, kind: str, note: str, *, prices: float = 1.0, volume: float = 1.0, factor: float = 1.0
) -> Planted | None:
    """Scale the symbol's bars from the spot on."""
    last = len(spot.sheet.days) - 1
    if not spot.free(spot.symbol, spot.at, last):
        return None
    values = spot.sheet.values
    for name in spot.sheet.prices:
        values[name][spot.symbol, spot.at :] *= prices
    values["factor"][spot.symbol, spot.at :] *= factor
    if "volume" in values:
        values["volume"][spot.symbol, spot.at :] *= volume
    days = [spot.at, *spot.truth.after(spot.symbol, spot.at, last)]
    cells = tuple((spot.symbol, int(day)) for day in days if day <= last)
    return spot.planted(kind, note, cells=cells, share=0.9, holds=(spot.symbol,))


def _swap(spot: Spot, other: int, lasting: bool, apart: float, least: float) -> Planted:
    """Exchange bars; half the time the adjusted close goes along, as in columns that were mixed up.

    Not where adjusted closes are closer than ``least``: then it looks like a split with its factor.
    """
    days = slice(spot.at, None) if lasting else slice(spot.at, spot.at + 1)
    pair = [spot.symbol, other]
    for name in spot.sheet.fields:
        values = spot.sheet.values[name]
        values[pair, days] = values[pair[::-1], days]
    factor = spot.sheet.values["factor"]
    basis = factor[pair, -1:].copy()
    steps = np.log(factor[pair[::-1], spot.at] / factor[pair, spot.at] * basis[:, 0] / basis[::-1, 0])
    if spot.rng.random() < 0.5 and min(abs(apart - abs(float(step))) for step in steps) >= least:
        factor[pair, days] = basis * (factor[pair, days] / basis)[::-1]
    there = spot.sheet.there
    there[pair, days] = there[pair[::-1], days]
    if not lasting:
        cells = tuple((each, spot.at) for each in pair)
        return spot.planted("symbol swap", f"× {np.exp(apart):.2f}, one session", cells=cells)
    cells = tuple((each, int(day)) for each in pair for day in np.flatnonzero(there[each]) if day >= spot.at)
    note = f"× {np.exp(apart):.2f}, from here on"
    return spot.planted("symbol swap", note, cells=cells, share=0.9, holds=tuple(pair))
