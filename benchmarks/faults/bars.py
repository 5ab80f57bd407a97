"""Faults of single bars: geometry, jumps, decimals, volumes, copies and stale prices.

Each function writes its fault and notes it, or answers None and writes nothing where the catalogue's line
says that it could not be told from truth there.
"""

import numpy as np

from benchmarks.faults.spots import Planted, Spot
from benchmarks.faults.truth import plain

_TRIES = 200
_STALE = 5


def ohlc(spot: Spot) -> Planted | None:
    """High below low, or open or close outside them, by half a percent and more."""
    if not spot.truth.has_bars:
        return None
    bar, off = spot.sheet.bar(spot.symbol, spot.at), 1 + spot.rng.uniform(0.006, 0.08)
    how = spot.rng.choice(["crossed", "close above", "close below", "open above", "open below"])
    if how == "crossed":
        bar["low"], bar["high"] = bar["high"] * off, bar["low"] / off
    elif how.endswith("above"):
        bar["high"] = bar[how.split()[0]] / off
        bar["low"] = min(bar["low"], bar["high"] / 1.001)
    else:
        bar["low"] = bar[how.split()[0]] * off
        bar["high"] = max(bar["high"], bar["low"] * 1.001)
    spot.sheet.put(spot.symbol, spot.at, bar)
    return spot.planted("ohlc", f"{how} by {off - 1:.2%}")


def jump(spot: Spot) -> Planted | None:
    """One bar's prices times a factor, and the next bar is back."""
    if not spot.ordinary():
        return None
    blind = spot.is_edge and not spot.truth.has_bars
    least = max((20 if blind else 12) * spot.volatility, 0.92 if blind else 0.29)
    moved = spot.truth.move(spot.symbol, spot.at)
    after = [spot.truth.move(spot.symbol, int(day)) for day in spot.truth.after(spot.symbol, spot.at, 1)]
    for _ in range(_TRIES):
        size = float(spot.rng.choice([-1, 1]) * (least + spot.rng.exponential(0.4)))
        seen = [size + moved, *(size - move for move in after)]
        if not spot.unlike_split(size):
            continue
        if plain(size, spot.volatility) and all(abs(each) >= least for each in seen):
            _scale(spot, np.exp(size))
            return spot.planted("jump", f"× {np.exp(size):.3f}, {abs(size) / spot.volatility:.0f} sigma")
    return None


def decimal_shift(spot: Spot) -> Planted | None:
    """One bar's prices times a power of ten, and the next bar is back."""
    if not spot.truth.steady(spot.symbol, spot.at, 1):
        return None
    factor = float(10.0 ** (spot.rng.choice([-1, 1]) * spot.rng.integers(1, 4)))
    _scale(spot, factor)
    return spot.planted("decimal shift", f"× {factor:g}")


def duplicated_session(spot: Spot) -> Planted | None:
    """An earlier session's bar again, under this session's date."""
    before = spot.truth.before(spot.symbol, spot.at, 5)
    if not spot.truth.has_bars or len(before) < 5 or not spot.truth.steady(spot.symbol, spot.at, 6):
        return None
    back = int(min(spot.rng.geometric(0.6), 5))
    source = int(before[-back])
    fields = spot.truth.market.fields
    if fields["high"][spot.symbol, source] <= fields["low"][spot.symbol, source]:
        return None
    if all(values[spot.symbol, source] == values[spot.symbol, spot.at] for values in fields.values()):
        return None
    spot.sheet.put(spot.symbol, spot.at, spot.sheet.bar(spot.symbol, source))
    return spot.planted("duplicated session", f"{back} back")


def stale_price(spot: Spot) -> Planted | None:
    """Six bars or more that repeat the close before, with volumes of their own; the sixth on must go.

    At the edge the spot is the last of them.
    """
    count = int(spot.rng.integers(6, 13))
    if not spot.truth.has_bars:
        return None
    if spot.is_edge:
        run = np.append(spot.truth.before(spot.symbol, spot.at, count - 1), spot.at)
    else:
        run = np.append(spot.at, spot.truth.after(spot.symbol, spot.at, count - 1))
    before = spot.truth.before(spot.symbol, int(run[0]), 1)
    if len(run) < count or not len(before) or spot.truth.still[spot.symbol, run[0]] > 0.05:
        return None
    if not all(spot.truth.steady(spot.symbol, int(day), 2) for day in run):
        return None
    kept = spot.sheet.bar(spot.symbol, int(before[0]))
    if spot.rng.random() < 0.5:
        kept |= dict.fromkeys(("open", "high", "low"), kept["close"])
    del kept["volume"], kept["factor"]
    factors = spot.truth.market.factor[spot.symbol, run]
    moves = spot.truth.returns[spot.symbol, [*run, *spot.truth.after(spot.symbol, int(run[-1]), 1)]]
    calm = np.abs(np.cumsum(moves)).max() <= 5 * spot.truth.volatility[spot.symbol, run[0]]
    if (factors != factors[0]).any() or not calm:
        return None
    for day in run:
        spot.sheet.put(spot.symbol, int(day), kept)
    all_of_them = [(spot.symbol, int(day)) for day in run]
    must = tuple(all_of_them[-1:] if spot.is_edge else all_of_them[_STALE:])
    return spot.planted("stale price", f"{count} copies", cells=must, touched=tuple(all_of_them))


def volume_spike(spot: Spot) -> Planted | None:
    """Volume times a thousand and more, on a day without a move."""
    if not spot.truth.has_bars or not spot.ordinary():
        return None
    if abs(spot.truth.move(spot.symbol, spot.at)) >= 2 * spot.volatility:
        return None
    factor = float(np.rint(10 ** spot.rng.uniform(3.0, 6.0)))
    volume = spot.truth.market.fields["volume"][spot.symbol]
    if factor * volume[spot.at] < 25 * volume[spot.truth.before(spot.symbol, spot.at, 60)].max():
        return None
    spot.sheet.values["volume"][spot.symbol, spot.at] *= factor
    return spot.planted("volume spike", f"× {factor:g}")


def volume_zero(spot: Spot) -> Planted | None:
    """No volume though the price moved, in a symbol that always has volume."""
    if not spot.truth.has_bars:
        return None
    fields, before = spot.truth.market.fields, spot.truth.before(spot.symbol, spot.at, 60)
    moved = fields["high"][spot.symbol, spot.at] > fields["low"][spot.symbol, spot.at]
    closes = fields["close"][spot.symbol]
    changed = len(before) > 0 and closes[before[-1]] != closes[spot.at]
    if len(before) < 60 or not moved or not changed or not fields["volume"][spot.symbol, before].all():
        return None
    spot.sheet.values["volume"][spot.symbol, spot.at] = 0
    return spot.planted("volume zero", "× 0")


def non_positive(spot: Spot) -> Planted | None:
    """A price of zero or below, in one field or in all."""
    fields = spot.sheet.prices
    chosen = fields if spot.rng.random() < 0.4 else [str(spot.rng.choice(fields))]
    sign = float(spot.rng.choice([0.0, -1.0]))
    for name in chosen:
        spot.sheet.values[name][spot.symbol, spot.at] *= sign
    return spot.planted("non-positive", f"{','.join(chosen)} × {sign:g}")


def revision(spot: Spot) -> Planted | None:
    """A bar that was stored some nights ago, with other prices now."""
    before = spot.truth.before(spot.symbol, spot.at, 8)
    if len(before) < 8 or not spot.truth.steady(spot.symbol, spot.at, 8):
        return None
    day = int(spot.rng.choice(before))
    factor = float(np.exp(spot.rng.choice([-1, 1]) * spot.rng.uniform(0.012, 0.25)))
    for name in spot.sheet.prices:
        spot.sheet.values[name][spot.symbol, day] *= factor
    return spot.planted("revision", f"× {factor:.3f}, {spot.at - day} back", cells=((spot.symbol, day),))


def disagreement(spot: Spot) -> Planted | None:
    """Prices that a second source does not confirm, though they could be true."""
    factor = float(np.exp(spot.rng.choice([-1, 1]) * spot.rng.uniform(0.03, 0.12)))
    _scale(spot, factor)
    return spot.planted("disagreement", f"× {factor:.3f}")


def _scale(spot: Spot, factor: float) -> None:
    for name in spot.sheet.prices:
        spot.sheet.values[name][spot.symbol, spot.at] *= factor
