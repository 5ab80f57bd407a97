"""The markets that the oracle goes through: a history at once, nights one by one, and clean ones."""

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.faults import EDGE, HISTORY, KINDS, Sheet, sheet_of
from benchmarks.faults.placement import Edge, in_history
from benchmarks.faults.sheet import Cell
from benchmarks.faults.verdicts import JudgedEvent, Project, Tally, find_lost_rows, judge_faults
from benchmarks.market import Market, make, stocks
from benchmarks.market.awkward import write_events

CLEAN, EVENTS = "clean", "events"
_NIGHTS = 5  # after the first load of a market with events
_OF_EACH = 3  # events
_SHARES = {"stocks": 1.0, "close-only": 0.4, "crypto": 0.3, "rates": 0.3}


@dataclass(frozen=True)
class Run:
    """One market to go through.

    Attributes:
        context: "history", "edge", "clean" or "events".
        style: of the market.
        symbols: how many, and ``sessions``.
        seed: of the market and the faults.
        counts: placements by kind.
        first: number of the session before the first night, at the edge.
        a_night: most faults of a night.
    """

    context: str
    style: str
    symbols: int
    sessions: int
    seed: int
    counts: Mapping[str, int]
    first: int = 300
    a_night: int = 1


def go(run: Run) -> Tally:
    """Take one market through the public path, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="morrow-oracle-") as folder:
        return _GO[run.context](run, Path(folder))


def _history(run: Run, folder: Path) -> Tally:
    market = make(run.style, run.symbols, run.sessions, run.seed)
    rng = np.random.default_rng([run.seed, 17])
    sheet, planted, unplaced = in_history(market, run.counts, rng)
    _, refused = Project(folder, market.calendar, _second(run, market)).ingest(sheet)
    seen = list(judge_faults(sheet, planted, refused))
    spoilt = sum(len(each.cells) + len(each.extras) for each in planted)
    return Tally(
        seen, int(sheet.there.sum()) - spoilt, list(find_lost_rows(sheet, planted, refused)), dict(unplaced)
    )


def _edge(run: Run, folder: Path) -> Tally:
    market = make(run.style, run.symbols, run.sessions, run.seed)
    project, tally = Project(folder, market.calendar, _second(run, market)), Tally()
    rng = np.random.default_rng([run.seed, 19])
    placed: Counter[str] = Counter()
    spoilt: set[Cell] = set()
    for night in Edge(market, run.first, run.counts, run.a_night, rng).nights():
        ingested, refused = project.ingest(night.sheet)
        seen = list(judge_faults(night.sheet, night.planted, refused))
        tally.seen += seen
        tally.rows += ingested.accepted
        at_hand = {cell for cell in spoilt | night.standing if cell[1] <= night.at}
        tally.lost += find_lost_rows(night.sheet, night.planted, refused, at_hand)
        placed.update(each.kind for each in night.planted)
        for one in seen:
            if not one.caught or one.planted.share < 1:
                spoilt.update(one.planted.cells, one.planted.touched)
    tally.unplaced = dict(Counter(run.counts) - placed)
    return tally


def _second(run: Run, market: Market) -> Sheet | None:
    """Closes of another vendor: 5 basis points off, and 30 for one symbol in ten."""
    if not any(KINDS[kind].confirmed for kind in run.counts):
        return None
    rng = np.random.default_rng([run.seed, 23])
    usual = np.where(rng.random(len(market.symbols)) < 0.1, 0.003, 0.0005)[:, None]
    sheet = sheet_of(market.only_closes())
    sheet.values["close"] = sheet.values["close"] * np.exp(usual * rng.standard_normal(sheet.there.shape))
    return sheet


def _clean(run: Run, folder: Path) -> Tally:
    return _history(run, folder)


def _events(run: Run, folder: Path) -> Tally:
    """A first load and some nights of a market in which real things happen that look like faults."""
    market = stocks(run.symbols, run.sessions, run.seed, whole=True)
    market = market if run.style == market.style else market.only_closes()
    market, written = write_events(market, _OF_EACH, run.seed)
    whole, project = sheet_of(market), Project(folder, market.calendar)
    refused: dict[tuple[str, str], str] = {}
    for at in range(run.sessions - 1 - _NIGHTS, run.sessions):
        sheet = whole.upto(at)
        _, rows = project.ingest(sheet)
        refused |= {(symbol, day): rules for symbol, day, rules in find_lost_rows(sheet, (), rows)}
    judged = []
    for event in written:
        name = market.symbols[event.symbol]
        rules = [refused.pop(key) for key in sorted(refused) if key[0] == name]
        wrongly = max(len(rules) - event.waits, 0)
        judged.append(
            JudgedEvent(
                event.name, event.note, name, int(market.trades[event.symbol].sum()), len(rules), wrongly,
                tuple(sorted(set(rules))),
            )
        )  # fmt: skip
    lost = [(symbol, day, rules) for (symbol, day), rules in refused.items()]
    return Tally(rows=market.rows, lost=lost, events=judged)


_GO: Mapping[str, Callable[[Run, Path], Tally]] = {
    HISTORY: _history, EDGE: _edge, CLEAN: _clean, EVENTS: _events,
}  # fmt: skip


def runs(seed: int, placements: int, only: Collection[str] = ()) -> list[Run]:
    """All markets for so many placements of each kind, or of some kinds alone."""
    kinds = [name for name in KINDS if not only or name in only]
    planned_runs = []
    for context in (EDGE, HISTORY):
        for style in _SHARES:
            for confirmed in (False, True):
                chosen = [name for name in kinds if KINDS[name].confirmed == confirmed]
                counts = {name: _count(name, context, style, placements) for name in chosen}
                counts = {name: count for name, count in counts.items() if count}
                if counts:
                    planned_runs.append(_size_run(context, style, seed + confirmed * 1_000, counts))
    clean = (("stocks", 120, 4000), ("close-only", 40, 4000), ("crypto", 40, 3000), ("rates", 40, 5000))
    if not only:
        planned_runs += [Run(CLEAN, style, size, long, seed + 500, {}) for style, size, long in clean]
        planned_runs += [
            Run(EVENTS, style, 80, 900, seed + 600 + number, {})
            for style in ("stocks", "close-only")
            for number in range(2)
        ]
    return planned_runs


def _count(name: str, context: str, style: str, placements: int) -> int:
    """How many of a kind's placements go to a context and a style of market."""
    kind = KINDS[name]
    share = _SHARES[style]
    if name == "off calendar":
        share = {"crypto": 0.0, "rates": _SHARES["rates"] + _SHARES["crypto"]}.get(style, share)
    part = kind.at_edge if context == EDGE else 1 - kind.at_edge
    part *= (1 - kind.closes) if style == "stocks" else kind.closes * share
    return int(np.ceil(round(part * placements, 6)))


def _size_run(context: str, style: str, seed: int, counts: Mapping[str, int]) -> Run:
    """A market with room for its faults."""
    total = sum(counts.values())
    if context == HISTORY:
        symbols = max(40, total // 3, 3 * max(counts.values()) // 2)
        return Run(context, style, symbols, 750, seed, counts)
    symbols = {"stocks": 400}.get(style, 120)
    a_night = max(1, round(symbols * 0.05))
    nights = max(int(total / a_night * 1.15) + 8, 95 if "shifted dates" in counts else 25)
    return Run(context, style, symbols, 330 + nights, seed, counts, first=330, a_night=a_night)
