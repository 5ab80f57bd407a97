"""Choosing where faults go: far enough from each other, and only where the catalogue's line allows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.faults import EDGE, HISTORY, KINDS, PlantedFault, Sheet, Site, Truth, sheet_of
from benchmarks.faults.sheet import Cell
from benchmarks.market import Market
from benchmarks.market.moves import Floats

_LEARNT = 90  # bars of a symbol that are left clean at first
_APART = {HISTORY: 70, EDGE: 15}  # sessions between two faults of a symbol
_FOLLOWING = 20  # bars that follow a fault in history
_TRIES = 4_000
_CROSSED = 0.2  # log distance within which a price is near another
_LEVELS = {"jump", "decimal shift", "unit shift", "currency switch", "missed split", "split twice"}
STANDING = {"stale price"}  # they stay in all later files
_BLOCKS = {*STANDING, "shifted dates"}
_AT_THE_END = {"future session", "late copy"}
_LONGEST = 60  # sessions of a block that arrives at once


@dataclass
class Busy:
    """Which sessions of which symbols are spoken for."""

    apart: int
    taken: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    had: set[tuple[int, str]] = field(default_factory=set)

    def free(self, symbol: int, first: int, last: int) -> bool:
        """Whether nothing is near these sessions."""
        return all(
            last + self.apart < start or end + self.apart < first for start, end in self.taken.get(symbol, [])
        )

    def take(self, planted: PlantedFault, last: int) -> None:
        """Speak for all that a fault touches."""
        self.had.add((planted.symbol, planted.kind))
        days: dict[int, list[int]] = {}
        for symbol, day in (*planted.cells, *planted.touched, (planted.symbol, planted.at)):
            days.setdefault(symbol, []).append(day)
        for symbol, touched in days.items():
            end = last if symbol in planted.holds else max(touched)
            self.taken.setdefault(symbol, []).append((min(touched), end))


def in_history(
    market: Market, counts: Mapping[str, int], rng: np.random.Generator
) -> tuple[Sheet, list[PlantedFault], Counter[str]]:
    """A whole history with faults in it, what was planted, and how many of a kind found no place."""
    truth, sheet, busy = Truth(market), sheet_of(market), Busy(_APART[HISTORY])
    faults: list[PlantedFault] = []
    unplaced: Counter[str] = Counter()
    end = len(market.days) - 1
    for kind in sorted(_shuffle(counts, rng), key=lambda kind: not KINDS[kind].lasting):
        for _ in range(_TRIES):
            symbol = int(rng.integers(len(market.symbols)))
            bars = truth.bars(symbol)
            if len(bars) < _LEARNT + 2 * _FOLLOWING:
                continue
            late = len(bars) - 150 if KINDS[kind].lasting else _LEARNT
            at = int(bars[rng.integers(max(late, _LEARNT), len(bars) - _FOLLOWING)])
            at = end if kind in _AT_THE_END else at
            if (symbol, kind) in busy.had or not busy.free(symbol, at, at):
                continue
            planted = KINDS[kind].plant(Site(truth, sheet, symbol, at, HISTORY, rng, busy.free))
            if planted is not None and _crosses(truth, sheet, planted, faults):
                _take_back(market, sheet, planted)
                continue
            if planted is not None:
                busy.take(planted, end)
                faults.append(_with_rules(planted))
                break
        else:
            unplaced[kind] += 1
    return sheet, faults, unplaced


@dataclass(frozen=True)
class Night:
    """One night's file, and the faults that arrive in it.

    Attributes:
        at: number of its session.
        sheet: the file.
        planted: what arrives tonight.
        standing: bars that are spoilt in this file and all later ones.
    """

    at: int
    sheet: Sheet
    planted: tuple[PlantedFault, ...]
    standing: frozenset[Cell] = frozenset()


@dataclass(frozen=True)
class Edge:
    """Faults that arrive one night at a time, and are corrected by the vendor the night after.

    Attributes:
        market: the true bars.
        first: number of the session up to which everything is there, and clean.
        counts: placements by kind.
        a_night: most faults of one night.
        rng: of everything drawn.
    """

    market: Market
    first: int
    counts: Mapping[str, int]
    a_night: int
    rng: np.random.Generator

    def nights(self) -> Iterator[Night]:
        """The nights, the clean first load before them, until no fault or no session is left."""
        truth, base, busy = Truth(self.market), sheet_of(self.market), Busy(_APART[EDGE])
        blocks = list(self._blocks(truth, base, busy))
        standing = frozenset(cell for one in blocks if one.kind in STANDING for cell in one.touched)
        queue = [kind for kind in _shuffle(self.counts, self.rng) if kind not in _BLOCKS]
        yield Night(self.first, base.upto(self.first), ())
        for at in range(self.first + 1, len(self.market.days) - 2):
            sheet, tonight = base.upto(at), []
            for block in blocks:
                if block.kind == "shifted dates":
                    self._silence(sheet, block, at)
                if block.at == at:
                    tonight.append(self._arrive(truth, sheet, block))
            for kind in queue[: 3 * self.a_night]:
                if len(tonight) >= self.a_night:
                    break
                planted = self._plant(truth, sheet, busy, kind, at)
                if planted is not None and _crosses(truth, sheet, planted, tonight):
                    _take_back(self.market, sheet, planted)
                elif planted is not None:
                    busy.take(planted, at)
                    queue.remove(kind)
                    tonight.append(planted)
            yield Night(at, sheet, tuple(tonight), standing)
            if not queue and at >= max((block.at for block in blocks), default=0):
                return

    def _plant(self, truth: Truth, sheet: Sheet, busy: Busy, kind: str, at: int) -> PlantedFault | None:
        for symbol in self.rng.permutation(len(self.market.symbols))[:40].tolist():
            if not self.market.trades[symbol, at] or not busy.free(symbol, at, at):
                continue
            if len(truth.before(symbol, at, _LEARNT)) < _LEARNT:
                continue
            planted = KINDS[kind].plant(Site(truth, sheet, symbol, at, EDGE, self.rng, busy.free))
            if planted is not None:
                return _with_rules(planted)
        return None

    def _blocks(self, truth: Truth, base: Sheet, busy: Busy) -> Iterator[PlantedFault]:
        """Stale prices, which stay in all later files, and blocks of dates, which come at once."""
        last = len(self.market.days) - 4
        for kind in _shuffle({kind: n for kind, n in self.counts.items() if kind in _BLOCKS}, self.rng):
            for _ in range(_TRIES):
                symbol = int(self.rng.integers(len(self.market.symbols)))
                at = int(self.rng.integers(self.first + (14 if kind in STANDING else _LONGEST + 2), last))
                if (symbol, kind) in busy.had or not busy.free(symbol, at - 14, at):
                    continue
                if len(truth.before(symbol, at, _LEARNT + 100)) < _LEARNT + 100:
                    continue
                sheet = base if kind in STANDING else base.upto(at)
                seed = np.random.default_rng([symbol, at])
                planted = KINDS[kind].plant(Site(truth, sheet, symbol, at, EDGE, seed, busy.free))
                if planted is not None:
                    busy.take(planted, at)
                    yield _with_rules(planted)
                    break

    def _silence(self, sheet: Sheet, block: PlantedFault, at: int) -> None:
        """Leave a block's bars out of the files until it arrives."""
        first = min(day for _, day in block.cells) - 1
        if first <= at < block.at:
            sheet.there[block.symbol, first:] = False

    def _arrive(self, truth: Truth, sheet: Sheet, block: PlantedFault) -> PlantedFault:
        if block.kind in STANDING:
            return block
        seed = np.random.default_rng([block.symbol, block.at])
        site = Site(truth, sheet, block.symbol, block.at, EDGE, seed, lambda *_: True)
        planted = KINDS[block.kind].plant(site)
        return block if planted is None else _with_rules(planted)


def _crosses(truth: Truth, sheet: Sheet, planted: PlantedFault, others: Iterable[PlantedFault]) -> bool:
    """Whether a fault and another of the same session send both symbols near each other's last closes."""
    if planted.kind not in _LEVELS:
        return False

    def step(symbol: int) -> Floats:
        before = truth.before(symbol, planted.at, 1)
        last = truth.market.fields["close"][symbol, before[-1]]
        return np.log(np.abs([last, sheet.values["close"][symbol, planted.at]]))

    mine = step(planted.symbol)
    same = (one.symbol for one in others if one.at == planted.at and one.kind in _LEVELS)
    return any(bool((np.abs(mine - step(symbol)[::-1]) < _CROSSED).all()) for symbol in same)


def _take_back(market: Market, sheet: Sheet, planted: PlantedFault) -> None:
    """Write the true bars again where a fault that changes levels was written."""
    days = slice(planted.at, len(sheet.days) if planted.holds else planted.at + 1)
    for name, values in sheet.values.items():
        true = market.factor if name == "factor" else market.fields[name]
        values[planted.symbol, days] = true[planted.symbol, days]


def _with_rules(planted: PlantedFault) -> PlantedFault:
    return replace(planted, rules=KINDS[planted.kind].rightly(planted.context))


def _shuffle(counts: Mapping[str, int], rng: np.random.Generator) -> list[str]:
    queue = [kind for kind, count in counts.items() for _ in range(count)]
    return [queue[place] for place in rng.permutation(len(queue))]
