"""Faults that go on: units, currencies, splits, swapped symbols, and dates that slipped by a day.

In history the fault lasts to the symbol's last bar. Its first bar must be on record as refused; the later
ones are held only until the new level has behaved like a price. At the edge only the first bar is there.
"""

import numpy as np

from benchmarks.faults.sites import PlantedFault, Site
from benchmarks.faults.truth import is_distinct

_TRIES = 20
_RATIOS = (2.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 1.5, 1 / 2, 1 / 4, 1 / 5, 1 / 10, 1 / 20)
_NATS = 30.0  # how much likelier a block must be under its own dates
_SHOWN = 1.4  # within so many times the usual, a volume shows whether it was multiplied
_LIKE = 0.45  # correlation with the mean, which is known no better than ± 0.05
_BLURRED = 10  # sessions beside a block whose dates cannot be told from it to the day


def unit_shift(site: Site) -> PlantedFault | None:
    """All prices times a power of ten from a session on."""
    if not site.truth.steady(site.symbol, site.at, 3):
        return None
    factor = float(site.rng.choice([100, 0.01, 10, 0.1]))
    return _shift_bars(site, "unit shift", f"× {factor:g}", prices=factor)


def currency_switch(site: Site) -> PlantedFault | None:
    """All prices times an exchange rate from a session on; volumes stay."""
    if not site.truth.has_bars or not site.ordinary(_SHOWN):
        return None
    moved = site.truth.move(site.symbol, site.at)
    for _ in range(_TRIES):
        weak = site.rng.random() < 0.5
        size = float(np.log(site.rng.uniform(0.3, 0.8)) if weak else site.rng.uniform(*np.log([1.25, 150])))
        if not site.unlike_split(size):
            continue
        if is_distinct(size, site.volatility) and min(abs(size), abs(size + moved)) >= 10 * site.volatility:
            sigma = abs(size) / site.volatility
            return _shift_bars(
                site,
                "currency switch",
                f"× {np.exp(size):.3f}, {sigma:.0f} sigma",
                prices=float(np.exp(size)),
            )
    return None


def missed_split(site: Site) -> PlantedFault | None:
    """Prices and volumes split, and the factor does not know."""
    if not site.truth.has_bars or not site.ordinary(_SHOWN):
        return None
    ratio = float(site.rng.choice(_RATIOS))
    return _shift_bars(site, "missed split", f"{ratio:g}:1", prices=1 / ratio, volume=ratio)


def split_twice(site: Site) -> PlantedFault | None:
    """A split whose factor moves though prices were adjusted already, or moves twice, or is applied again."""
    if not site.ordinary():
        return None
    ratio = float(site.rng.choice(_RATIOS))
    how = str(site.rng.choice(["adjusted already", "factor twice", "prices twice"]))
    if how == "adjusted already":
        return _shift_bars(site, "split twice", f"{ratio:g}:1 {how}", factor=ratio)
    power = 2 if how == "prices twice" else 1
    return _shift_bars(
        site, "split twice", f"{ratio:g}:1 {how}",
        prices=ratio**-power, volume=ratio, factor=ratio ** (3 - power),
    )  # fmt: skip


def symbol_swap(site: Site) -> PlantedFault | None:
    """Two symbols' bars exchanged, on one session or from one on."""
    closes = site.truth.market.fields["close"]
    for partner in site.rng.permutation(len(closes))[:_TRIES]:
        other = int(partner)
        lasting = not site.is_edge and bool(site.rng.random() < 0.4)
        last = len(site.sheet.days) - 1 if lasting else site.at
        if (
            other == site.symbol
            or not site.free(other, site.at, last)
            or not site.free(site.symbol, site.at, last)
        ):
            continue
        if not all(site.truth.ordinary(each, site.at) for each in (site.symbol, other)):
            continue
        apart = abs(float(np.log(closes[site.symbol, site.at] / closes[other, site.at])))
        noise = max(float(site.truth.volatility[each, site.at]) for each in (site.symbol, other))
        least = max(float(np.log(1.5)), 10 * noise)
        if apart >= least:
            return _swap(site, other, lasting, apart, least)
    return None


def shifted_dates(site: Site) -> PlantedFault | None:
    """Twenty bars or more under the date of the session before or after their own.

    At the edge the site is the last of them, and they all arrive at once.
    """
    count, by = int(site.rng.integers(20, 60 if site.is_edge else 90)), int(site.rng.choice([-1, 1]))
    first = site.at - count if site.is_edge else site.at
    last = first + count
    if first < 1 or last + 2 >= len(site.truth.common) or site.truth.likeness(site.symbol, first) < _LIKE:
        return None
    window = slice(first - 1, last + 2)
    if not site.truth.market.trades[site.symbol, window].all() or not site.free(site.symbol, first, last):
        return None
    own = np.arange(first, last) if by > 0 else np.arange(first + 1, last + 1)
    nats = site.truth.alignment_evidence(site.symbol, own[1:], by)
    lost = last if by > 0 else first  # this true bar is overwritten
    wild = abs(site.truth.move(site.symbol, lost)) > 2.5 * site.truth.volatility[site.symbol, lost]
    if nats < _NATS or wild:
        return None
    bars = [site.sheet.bar(site.symbol, int(day)) for day in own]
    for day, bar in zip(own + by, bars, strict=True):
        site.sheet.put(site.symbol, int(day), bar)
    site.sheet.there[site.symbol, first if by > 0 else last] = False
    beside = range(max(first - _BLURRED, 0), min(last + _BLURRED + 1, len(site.sheet.days)))
    touched = tuple((site.symbol, day) for day in beside)
    cells = tuple((site.symbol, int(day)) for day in own + by)
    note = f"{count} bars by {by:+d}, {nats:.0f} nats"
    return site.plant("shifted dates", note, cells=cells, touched=touched, share=0.5)


def _shift_bars(
    site: Site, kind: str, note: str, *, prices: float = 1.0, volume: float = 1.0, factor: float = 1.0
) -> PlantedFault | None:
    """Scale the symbol's bars from the site on."""
    last = len(site.sheet.days) - 1
    if not site.free(site.symbol, site.at, last):
        return None
    values = site.sheet.values
    for name in site.sheet.prices:
        values[name][site.symbol, site.at :] *= prices
    values["factor"][site.symbol, site.at :] *= factor
    if "volume" in values:
        values["volume"][site.symbol, site.at :] *= volume
    first = ((site.symbol, site.at),)
    return site.plant(kind, note, cells=first, holds=(site.symbol,))


def _swap(site: Site, other: int, lasting: bool, apart: float, least: float) -> PlantedFault:
    """Exchange bars; half the time the adjusted close goes along, as in columns that were mixed up.

    Not where adjusted closes are closer than ``least``: then it looks like a split with its factor.
    """
    days = slice(site.at, None) if lasting else slice(site.at, site.at + 1)
    pair = [site.symbol, other]
    for name in site.sheet.fields:
        values = site.sheet.values[name]
        values[pair, days] = values[pair[::-1], days]
    factor = site.sheet.values["factor"]
    basis = factor[pair, -1:].copy()
    steps = np.log(factor[pair[::-1], site.at] / factor[pair, site.at] * basis[:, 0] / basis[::-1, 0])
    if site.rng.random() < 0.5 and min(abs(apart - abs(float(step))) for step in steps) >= least:
        factor[pair, days] = basis * (factor[pair, days] / basis)[::-1]
    there = site.sheet.there
    there[pair, days] = there[pair[::-1], days]
    if not lasting:
        cells = tuple((each, site.at) for each in pair)
        return site.plant("symbol swap", f"× {np.exp(apart):.2f}, one session", cells=cells)
    cells = tuple((each, site.at) for each in pair)
    note = f"× {np.exp(apart):.2f}, from here on"
    return site.plant("symbol swap", note, cells=cells, holds=tuple(pair))
