"""Real events that look like faults, each in symbols of its own of a clean market: none may be refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.market.bars import Market
from benchmarks.market.moves import Floats

EARLIEST, LATEST = 300, 20  # sessions before the first event, and after the last
_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Event:
    """An event that was written into a market.

    Attributes:
        name: its name in ``EVENTS``.
        symbol: its number.
        at: session number of its first bar.
        note: what was done, in numbers.
        waits: how many of its symbol's rows may wait, for what they mean is asked.
    """

    name: str
    symbol: int
    at: int
    note: str
    waits: int = 0


@dataclass
class Scene:
    """A symbol in a market in the making, and the session at which something happens to it.

    Attributes:
        fields: (S, T) by name, written into.
        trades: (S, T) whether there is a bar, written into.
        returns: (T,) mean log return of all symbols.
        symbol: its number.
        at: session number.
        rng: of everything drawn.
    """

    fields: dict[str, Floats]
    trades: np.ndarray
    returns: Floats
    symbol: int
    at: int
    rng: np.random.Generator

    def times(self, factor: float | Floats, days: slice) -> None:
        """Multiply the prices on some sessions."""
        for name in _PRICES:
            if name in self.fields:
                self.fields[name][self.symbol, days] *= factor

    def rewrite(self, closes: Floats) -> None:
        """Give the symbol other closes, each bar keeping its shape."""
        self.times(np.round(closes, 6) / self.fields["close"][self.symbol], slice(None))

    def event(self, name: str, note: str, waits: int = 0) -> Event:
        """Note what happened."""
        return Event(name, self.symbol, self.at, note, waits)


def spin_off(scene: Scene) -> Event:
    """A part of the company goes to its owners: the price falls, the volume rises, no factor says so."""
    left, busy = scene.rng.uniform(0.6, 0.85), scene.rng.uniform(1.5, 4)
    scene.times(left, slice(scene.at, None))
    if "volume" in scene.fields:
        scene.fields["volume"][scene.symbol, scene.at] *= busy
    return scene.event("spin-off", f"× {left:.2f}, volume × {busy:.1f}", waits=1)


def raw_split(scene: Scene) -> Event:
    """A split in prices as traded, without its factor: it may be inferred, or asked about."""
    ratio = float(scene.rng.choice([2, 1.5, 7, 1 / 8]))
    scene.times(1 / ratio, slice(scene.at, None))
    if "volume" in scene.fields:
        scene.fields["volume"][scene.symbol, scene.at :] *= ratio
    return scene.event("raw split", f"{ratio:g}:1", waits=len(scene.returns))


def doubling(scene: Scene) -> Event:
    """A price that doubles and stays there, shortly before the end: it may be asked about."""
    scene.at = len(scene.returns) - int(scene.rng.integers(5, 12))
    scene.times(2.0, slice(scene.at, None))
    return scene.event("doubling", "× 2", waits=len(scene.returns))


def early_market(scene: Scene) -> Event:
    """An index of an exchange that closes before: it follows the others' market of the session before."""
    follows, own = scene.rng.uniform(0.6, 1.0), scene.rng.uniform(0.004, 0.01)
    moves = follows * np.roll(scene.returns, 1) + own * scene.rng.standard_normal(len(scene.returns))
    moves[0] = 0
    scene.rewrite(1000 * np.exp(np.cumsum(moves)))
    scene.at = 0
    return scene.event("early market", f"{follows:.2f} of the session before")


def zero_opens(scene: Scene) -> Event:
    """No open on twenty days, which the vendor writes as zero."""
    days = scene.rng.choice(len(scene.returns), 20, replace=False)
    scene.fields["open"][scene.symbol, days] = 0.0
    scene.at = int(days.min())
    return scene.event("zero opens", "20")


def peg(scene: Scene) -> Event:
    """A stablecoin or a pegged rate: one price, or a tick beside it now and then."""
    rate, often = float(scene.rng.choice([1.0, 3.75, 7.8])), scene.rng.uniform(0, 0.15)
    moves = scene.rng.random(len(scene.returns)) < often
    closes = np.where(moves, rate + scene.rng.choice([-0.001, 0.001], len(moves)), rate)
    for name in _PRICES:
        if name in scene.fields:
            scene.fields[name][scene.symbol] = closes
    scene.at = 0
    return scene.event("peg", f"a tick on {often:.0%} of the days")


def energy(scene: Scene) -> Event:
    """A price of heavy tails that jumps and comes back, and triples on one day."""
    size, count = 0.05 * scene.rng.standard_t(4, len(scene.returns)), len(scene.returns)
    spikes = np.where(scene.rng.random(count) < 0.02, scene.rng.exponential(0.4, count), 0.0)
    spikes[scene.at] = np.log(3)
    fading = np.zeros(count)
    for day in range(count):
        fading[day] = 0.4 * fading[day - 1] * (day > 0) + spikes[day]
    walk = np.zeros(count)
    for day in range(1, count):
        walk[day] = 0.98 * walk[day - 1] + size[day]
    scene.rewrite(40 * np.exp(walk + fading))
    return scene.event("energy", "× 3 for a day")


def nine_moves(scene: Scene) -> Event:
    """A day that moves by nine of the symbol's usual moves, and the next that takes it back."""
    closes = np.log(scene.fields["close"][scene.symbol])
    usual = 1.4826 * float(np.median(np.abs(np.diff(closes[scene.at - 61 : scene.at]))))
    scene.times(np.exp(9 * usual), slice(scene.at, scene.at + 1))
    return scene.event("nine moves", f"{9 * usual:.2f}")


def early_end(scene: Scene) -> Event:
    """A symbol whose last bar lies days or months before the others'."""
    scene.at = len(scene.returns) - int(scene.rng.integers(2, 120))
    scene.trades[scene.symbol, scene.at :] = False
    return scene.event("early end", f"{len(scene.returns) - scene.at} sessions before the others")


def longer_history(scene: Scene) -> Event:
    """A symbol that has one day more than the others."""
    scene.at = len(scene.returns) - 1
    others = np.arange(len(scene.trades)) != scene.symbol
    scene.trades[others, scene.at] = False
    return scene.event("one more day", "1", waits=1)


EVENTS: Mapping[str, Callable[[Scene], Event]] = {
    "spin-off": spin_off, "raw split": raw_split, "doubling": doubling, "early market": early_market,
    "zero opens": zero_opens, "peg": peg, "energy": energy, "nine moves": nine_moves, "early end": early_end,
    "one more day": longer_history,
}  # fmt: skip
_ONLY = {"zero opens": "stocks", "energy": "close-only", "nine moves": "close-only", "doubling": "close-only"}


def write_events(market: Market, each: int, seed: int) -> tuple[Market, list[Event]]:
    """Let every event that fits the market happen to ``each`` symbols that trade on all sessions.

    Returns:
        The market with the events, and what they are; nothing else is changed but for the one day more,
        which all others lack.
    """
    rng = np.random.default_rng([seed, 29])
    log = np.log(market.fields["close"] * market.factor)
    returns = np.concatenate([[0.0], np.diff(log, axis=1).mean(axis=0)])
    names = [name for name in EVENTS if _ONLY.get(name, market.style) == market.style]
    queue = [name for name in names for _ in range(1 if name == "one more day" else each)]
    chosen = rng.permutation(np.flatnonzero(market.trades.all(axis=1)))[: len(queue)]
    adjusted = _without_actions(market, chosen)
    fields, trades = dict(adjusted.fields), market.trades.copy()
    written = []
    for name, symbol in zip(queue, chosen.tolist(), strict=True):
        at = int(rng.integers(EARLIEST, len(returns) - LATEST))
        written.append(EVENTS[name](Scene(fields, trades, returns, symbol, at, rng)))
    return replace(adjusted, trades=trades), written


def _without_actions(market: Market, symbols: np.ndarray) -> Market:
    """The market with some symbols' prices adjusted, as if they never split nor paid a dividend."""
    factor, split = market.factor.copy(), market.split.copy()
    fields = {name: values.copy() for name, values in market.fields.items()}
    for name, values in fields.items():
        values[symbols] *= factor[symbols] if name in _PRICES else 1 / split[symbols]
    factor[symbols], split[symbols] = 1.0, 1.0
    return replace(market, fields=fields, factor=factor, split=split)
