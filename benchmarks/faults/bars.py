"""Faults of single bars: geometry, jumps, decimals, volumes, copies and stale prices.

Each function writes its fault and notes it, or answers None and writes nothing where the catalogue's line
says that it could not be told from truth there.
"""

import numpy as np

from benchmarks.faults.sites import PlantedFault, Site
from benchmarks.faults.truth import is_distinct

_TRIES = 200
_STALE = 5


def ohlc(site: Site) -> PlantedFault | None:
    """High below low, or open or close outside them, by half a percent and more."""
    if not site.truth.has_bars:
        return None
    bar, off = site.sheet.bar(site.symbol, site.at), 1 + site.rng.uniform(0.006, 0.08)
    how = site.rng.choice(["crossed", "close above", "close below", "open above", "open below"])
    if how == "crossed":
        bar["low"], bar["high"] = bar["high"] * off, bar["low"] / off
    elif how.endswith("above"):
        bar["high"] = bar[how.split()[0]] / off
        bar["low"] = min(bar["low"], bar["high"] / 1.001)
    else:
        bar["low"] = bar[how.split()[0]] * off
        bar["high"] = max(bar["high"], bar["low"] * 1.001)
    site.sheet.put(site.symbol, site.at, bar)
    return site.plant("ohlc", f"{how} by {off - 1:.2%}")


def jump(site: Site) -> PlantedFault | None:
    """One bar's prices times a factor, and the next bar is back."""
    if not site.ordinary():
        return None
    blind = site.is_edge and not site.truth.has_bars
    least = max((20 if blind else 12) * site.volatility, 0.92 if blind else 0.29)
    moved = site.truth.move(site.symbol, site.at)
    after = [site.truth.move(site.symbol, int(day)) for day in site.truth.after(site.symbol, site.at, 1)]
    for _ in range(_TRIES):
        size = float(site.rng.choice([-1, 1]) * (least + site.rng.exponential(0.4)))
        seen = [size + moved, *(size - move for move in after)]
        if not site.unlike_split(size):
            continue
        if is_distinct(size, site.volatility) and all(abs(each) >= least for each in seen):
            _scale(site, np.exp(size))
            return site.plant("jump", f"× {np.exp(size):.3f}, {abs(size) / site.volatility:.0f} sigma")
    return None


def decimal_shift(site: Site) -> PlantedFault | None:
    """One bar's prices times a power of ten, and the next bar is back."""
    if not site.truth.steady(site.symbol, site.at, 1):
        return None
    factor = float(10.0 ** (site.rng.choice([-1, 1]) * site.rng.integers(1, 4)))
    _scale(site, factor)
    return site.plant("decimal shift", f"× {factor:g}")


def duplicated_session(site: Site) -> PlantedFault | None:
    """An earlier session's bar again, under this session's date."""
    before = site.truth.before(site.symbol, site.at, 5)
    if not site.truth.has_bars or len(before) < 5 or not site.truth.steady(site.symbol, site.at, 6):
        return None
    back = int(min(site.rng.geometric(0.6), 5))
    source = int(before[-back])
    fields = site.truth.market.fields
    if fields["high"][site.symbol, source] <= fields["low"][site.symbol, source]:
        return None
    if all(values[site.symbol, source] == values[site.symbol, site.at] for values in fields.values()):
        return None
    site.sheet.put(site.symbol, site.at, site.sheet.bar(site.symbol, source))
    return site.plant("duplicated session", f"{back} back", touched=((site.symbol, source),))


def copy_ahead(site: Site) -> PlantedFault | None:
    """The next session's bar under this session's date as well: this one is false, the next may wait."""
    after = site.truth.after(site.symbol, site.at, 1)
    return _copy(site, "copy ahead", after) if len(after) else None


def late_copy(site: Site) -> PlantedFault | None:
    """The newest bar repeats the one before, and both are new: the newest is false, the other may wait."""
    return _copy(site, "late copy", site.truth.before(site.symbol, site.at, 1))


def _copy(site: Site, kind: str, beside: np.ndarray) -> PlantedFault | None:
    """Write the bar of a session beside under this one's date."""
    if not site.truth.has_bars or not len(beside) or not site.truth.steady(site.symbol, site.at, 6):
        return None
    source, fields = int(beside[0]), site.truth.market.fields
    if (
        abs(source - site.at) != 1
        or fields["high"][site.symbol, source] <= fields["low"][site.symbol, source]
    ):
        return None
    site.sheet.put(site.symbol, site.at, site.sheet.bar(site.symbol, source))
    return site.plant(kind, f"of session {source - site.at:+d}", touched=((site.symbol, source),))


def stale_price(site: Site) -> PlantedFault | None:
    """Six bars or more that repeat the close before, with volumes of their own; the sixth on must go.

    At the edge the site is the last of them.
    """
    count = int(site.rng.integers(6, 13))
    if not site.truth.has_bars:
        return None
    if site.is_edge:
        run = np.append(site.truth.before(site.symbol, site.at, count - 1), site.at)
    else:
        run = np.append(site.at, site.truth.after(site.symbol, site.at, count - 1))
    before = site.truth.before(site.symbol, int(run[0]), 1)
    if len(run) < count or not len(before) or site.truth.still[site.symbol, run[0]] > 0.05:
        return None
    if not all(site.truth.steady(site.symbol, int(day), 2) for day in run):
        return None
    kept = site.sheet.bar(site.symbol, int(before[0]))
    if site.rng.random() < 0.5:
        kept |= dict.fromkeys(("open", "high", "low"), kept["close"])
    del kept["volume"], kept["factor"]
    factors = site.truth.market.factor[site.symbol, run]
    moves = site.truth.returns[site.symbol, [*run, *site.truth.after(site.symbol, int(run[-1]), 1)]]
    calm = np.abs(np.cumsum(moves)).max() <= 5 * site.truth.volatility[site.symbol, run[0]]
    if (factors != factors[0]).any() or not calm:
        return None
    for day in run:
        site.sheet.put(site.symbol, int(day), kept)
    all_of_them = [(site.symbol, int(day)) for day in run]
    must = tuple(all_of_them[-1:] if site.is_edge else all_of_them[_STALE:])
    return site.plant("stale price", f"{count} copies", cells=must, touched=tuple(all_of_them))


def volume_spike(site: Site) -> PlantedFault | None:
    """Volume times a thousand and more, on a day without a move."""
    if not site.truth.has_bars or not site.ordinary():
        return None
    if abs(site.truth.move(site.symbol, site.at)) >= 2 * site.volatility:
        return None
    factor = float(np.rint(10 ** site.rng.uniform(3.0, 6.0)))
    volume = site.truth.market.fields["volume"][site.symbol]
    if factor * volume[site.at] < 25 * volume[site.truth.before(site.symbol, site.at, 60)].max():
        return None
    site.sheet.values["volume"][site.symbol, site.at] *= factor
    return site.plant("volume spike", f"× {factor:g}")


def volume_zero(site: Site) -> PlantedFault | None:
    """No volume though the price moved, in a symbol that always has volume."""
    if not site.truth.has_bars:
        return None
    fields, before = site.truth.market.fields, site.truth.before(site.symbol, site.at, 60)
    moved = fields["high"][site.symbol, site.at] > fields["low"][site.symbol, site.at]
    closes = fields["close"][site.symbol]
    changed = len(before) > 0 and closes[before[-1]] != closes[site.at]
    if len(before) < 60 or not moved or not changed or not fields["volume"][site.symbol, before].all():
        return None
    site.sheet.values["volume"][site.symbol, site.at] = 0
    return site.plant("volume zero", "× 0")


def non_positive(site: Site) -> PlantedFault | None:
    """A price of zero or below; an open, high or low of zero alone is no fault but missing."""
    fields = site.sheet.prices
    chosen = fields if site.rng.random() < 0.4 else [str(site.rng.choice(fields))]
    sign = float(site.rng.choice([0.0, -1.0]))
    if "close" not in chosen:
        sign = -1.0
    for name in chosen:
        site.sheet.values[name][site.symbol, site.at] *= sign
    return site.plant("non-positive", f"{','.join(chosen)} × {sign:g}")


def revision(site: Site) -> PlantedFault | None:
    """A bar that was stored some nights ago, with other prices now."""
    before = site.truth.before(site.symbol, site.at, 8)
    if len(before) < 8 or not site.truth.steady(site.symbol, site.at, 8):
        return None
    day = int(site.rng.choice(before))
    factor = float(np.exp(site.rng.choice([-1, 1]) * site.rng.uniform(0.012, 0.25)))
    for name in site.sheet.prices:
        site.sheet.values[name][site.symbol, day] *= factor
    return site.plant("revision", f"× {factor:.3f}, {site.at - day} back", cells=((site.symbol, day),))


def disagreement(site: Site) -> PlantedFault | None:
    """Prices that a second source does not confirm, though they could be true."""
    factor = float(np.exp(site.rng.choice([-1, 1]) * site.rng.uniform(0.03, 0.12)))
    _scale(site, factor)
    return site.plant("disagreement", f"× {factor:.3f}")


def _scale(site: Site, factor: float) -> None:
    for name in site.sheet.prices:
        site.sheet.values[name][site.symbol, site.at] *= factor
