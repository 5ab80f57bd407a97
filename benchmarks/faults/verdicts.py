"""Ingests files through the public path, and compares the quarantine with the planted faults."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.faults import PlantedFault, Sheet
from benchmarks.faults.sheet import Cell
from morrow import config, steps
from morrow.frames import QUARANTINE
from morrow.steps.results import IngestResult

UNIVERSE = "bench"
_TOML = """
[universes.{name}]
calendar = "{calendar}"
{more}source = {{ kind = "parquet", path = "prices.parquet" }}
"""
_SECOND = 'second_source = { kind = "parquet", path = "second.parquet" }\n'
RefusedRows = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class JudgedFault:
    """A fault and what became of it: the rules under which its rows were refused."""

    planted: PlantedFault
    symbol: str
    session: str
    caught: bool
    named: bool
    rules: tuple[str, ...]


@dataclass(frozen=True)
class JudgedEvent:
    """A real event and what became of its symbol.

    Attributes:
        name: of the event.
        note: what happened, in numbers.
        symbol: whose rows they are.
        rows: that were judged.
        refused: how many of them were refused.
        wrongly: how many of these should not have been.
        rules: that refused them.
    """

    name: str
    note: str
    symbol: str
    rows: int
    refused: int
    wrongly: int
    rules: tuple[str, ...]


@dataclass
class Tally:
    """All that one market told.

    Attributes:
        seen: every planted fault.
        rows: clean rows that were judged.
        lost: clean rows that were refused: symbol, session, rules.
        unplaced: kinds that found no place, and how often.
        events: real events that look like faults, and what was refused of their symbols.
    """

    seen: list[JudgedFault] = field(default_factory=list)
    rows: int = 0
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    unplaced: dict[str, int] = field(default_factory=dict)
    events: list[JudgedEvent] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take another market's in."""
        self.seen += other.seen
        self.rows += other.rows
        self.lost += other.lost
        self.events += other.events
        for kind, count in other.unplaced.items():
            self.unplaced[kind] = self.unplaced.get(kind, 0) + count


class Project:
    """A folder with a configuration, whose file grows night by night.

    Args:
        folder: made if need be.
        calendar: of the universe.
        second: the whole of what a second source says, if there is one.
    """

    def __init__(self, folder: Path, calendar: str, second: Sheet | None = None) -> None:
        self.folder, self.second = folder, second
        more = "" if second is None else _SECOND
        folder.mkdir(parents=True, exist_ok=True)
        text = _TOML.format(name=UNIVERSE, calendar=calendar, more=more)
        (folder / "morrow.toml").write_text(text, encoding="utf-8")
        self.config = config.load(folder / "morrow.toml")

    def ingest(self, sheet: Sheet) -> tuple[IngestResult, RefusedRows]:
        """Write a file and take it in on the night after its last session.

        Returns:
            what the step said, and the rules by row of the file for the rows refused tonight.
        """
        sheet.write(self.folder / "prices.parquet")
        if self.second is not None:
            self.second.upto(len(sheet.days) - 1).write(self.folder / "second.parquet")
        return self.ingest_file(sheet)

    def ingest_file(self, sheet: Sheet) -> tuple[IngestResult, RefusedRows]:
        """Take in the file that is there: this sheet's."""
        now = datetime.combine(sheet.days[-1].astype(object), datetime.min.time(), UTC) + timedelta(hours=26)
        night = steps.Night(self.config, UNIVERSE, None, now)
        ingested = steps.STEPS[0](night, {})
        if not isinstance(ingested, IngestResult):
            raise TypeError(f"the first step returned {type(ingested).__name__}, not Ingested")
        rows = night.store.read(
            QUARANTINE,
            UNIVERSE,
            columns=["row", "rule", "first_seen"],
            where=[("batch", "=", ingested.batch)],
        )
        rows = rows[rows["first_seen"] == now]
        rules_by_row: dict[int, set[str]] = {}
        for row, rule in zip(rows["row"].tolist(), rows["rule"].tolist(), strict=True):
            rules_by_row.setdefault(row, set()).add(rule)
        return ingested, {row: frozenset(rules) for row, rules in rules_by_row.items()}


def judge_faults(
    sheet: Sheet, planted: Iterable[PlantedFault], refused: RefusedRows
) -> Iterator[JudgedFault]:
    """Compare what was planted in a file with what was refused of it."""
    for each in planted:
        rows = [sheet.row(*cell) for cell in each.cells] + [sheet.row_of_extra(n) for n in each.extras]
        hit = [refused[row] for row in rows if row in refused]
        right = [rules for rules in hit if rules & each.rules]
        yield JudgedFault(
            planted=each,
            symbol=sheet.symbols[each.symbol],
            session=str(sheet.days[each.at]),
            caught=len(hit) >= each.share * len(rows),
            named=len(right) >= each.share * len(rows),
            rules=tuple(sorted(rule for rule in frozenset[str]().union(*hit))),
        )


def find_lost_rows(
    sheet: Sheet, planted: Iterable[PlantedFault], refused: RefusedRows, before: Iterable[Cell] = ()
) -> Iterator[tuple[str, str, str]]:
    """The clean rows that were refused: not planted, not touched, and not held behind a lasting fault.

    Args:
        sheet: the file.
        planted: what it holds.
        refused: rules by row.
        before: bars that an earlier file spoilt.
    """
    spoilt = np.zeros(sheet.there.shape, dtype=bool)
    extras = set()
    for symbol, day in before:
        spoilt[symbol, day] = True
    for each in planted:
        for symbol, day in (*each.cells, *each.touched):
            spoilt[symbol, day] = True
        for symbol in each.holds:
            spoilt[symbol, each.at :] = True
        extras |= {sheet.row_of_extra(number) for number in each.extras}
    days, symbols = np.nonzero(sheet.there.T)
    for row, rules in refused.items():
        if row in extras:
            continue
        if row >= len(days):
            yield "a row beside the grid", str(row), ", ".join(sorted(rules))
        elif not spoilt[symbols[row], days[row]]:
            yield sheet.symbols[symbols[row]], str(sheet.days[days[row]]), ", ".join(sorted(rules))
