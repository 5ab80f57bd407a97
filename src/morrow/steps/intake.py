"""The first step: take in what the source has, through the gate."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import sessions, sources
from morrow.errors import NightError, SourceError
from morrow.steps import gates, members, refusals, second, windows
from morrow.steps.ahead import import_ahead
from morrow.steps.decisions import row_ids
from morrow.steps.gates import Gate
from morrow.steps.night import Night, Results
from morrow.steps.settled import without_early
from morrow.store import Comparison, Inventory, compare

if TYPE_CHECKING:
    from morrow.checks import Verdict


@dataclass(frozen=True)
class Ingested:
    """What became of the rows that the source gave, and what a person should know of it.

    Every received row is one of accepted (stored tonight), revised (a stored bar that the source has
    changed), unchanged (stored before), duplicates (collapsed), quarantined (refused tonight),
    refused_before and early (left for a later night, because the session is not final). Late are those of
    the accepted whose session was over for the others before; released are rows that were refused on an
    earlier night and that the gate let pass now.
    """

    batch: str
    received: int
    accepted: int
    revised: int
    unchanged: int
    duplicates: int
    quarantined: int
    refused_before: int
    early: int
    late: int
    released: int
    symbols: int
    notes: tuple[str, ...]
    gates: tuple[Gate, ...] = ()


def ingest(night: Night, _results: Results) -> Ingested:
    """Fetch, compare with what is stored, check and store; refused rows go to quarantine.

    Raises:
        SourceError: the source is unreadable or gave no row, or no row was ever accepted.
        NightError: the gate stops the night.
    """
    store = night.store()
    held = store.inventory(night.universe, night.as_of)
    import_ahead(night)
    batch = windows.fetch(night, held)
    if batch.rows.empty:
        upto = f" up to {night.as_of}" if night.as_of else ""
        why = f": {batch.failed[0][0]}: {batch.failed[0][1]}" if batch.failed else ""
        raise SourceError(f'source {batch.source} of universe "{night.universe}" gave no row{upto}{why}')
    batch, early = without_early(night, batch)
    compared = compare(
        batch.rows, windows.beside(night, store, held, batch), night.config.ingest.tolerance, batch.basis
    )
    known = refusals.met(night, batch, compared.rows)
    work = _Work(night, batch, held, compared, known)
    judged = compared.judged & ~work.dropped
    found = work.before(early)
    if judged.any():
        found = _take_in(work, judged, found)
    else:
        found = replace(found, released=refusals.release(night, known, batch.rows[~work.dropped]))
    members.take_in(night)
    return found


@dataclass(frozen=True, eq=False)
class _Work:
    """A batch on its way in: what is stored beside it, and what was refused of it before."""

    night: Night
    batch: sources.Batch
    held: Inventory
    compared: Comparison
    known: refusals.Met

    @cached_property
    def dropped(self) -> NDArray[np.bool_]:
        """(R,) rows that stay out because somebody said so."""
        return self.known.dropped(self.compared.rows)

    def before(self, early: int) -> Ingested:
        """What is known before any row is judged; so many more came too early."""
        batch, dropped = self.batch, int(self.dropped.sum())
        said = [
            f"{symbol} could not be read: {why}"
            for symbol, why in batch.failed
            if not any(note.startswith(symbol) for note in batch.notes)
        ]
        return Ingested(
            batch=batch.id,
            received=len(batch.rows) + batch.duplicates + early,
            accepted=0,
            revised=0,
            unchanged=len(batch.rows) - dropped,
            duplicates=batch.duplicates,
            quarantined=0,
            refused_before=dropped,
            early=early,
            late=0,
            released=0,
            symbols=int(batch.rows["symbol"].nunique()),
            notes=(*batch.notes, *said),
        )

    def as_of(self, refused: NDArray[np.bool_]) -> date:
        """What the night knows all until: the date asked for, or the last session that is not refused."""
        if self.night.as_of is not None:
            return self.night.as_of
        last = self.compared.rows.loc[~refused, "session"].max()
        days = [day for day in (self.held.newest, None if pd.isna(last) else last.date()) if day is not None]
        return max(days, default=self.night.now.date())

    def late(self, taken: NDArray[np.bool_]) -> int:
        """Of the rows taken, how many came after the universe had gone past their session."""
        newest = self.held.newest
        if newest is None:
            return 0
        rows = self.compared.rows[taken & self.compared.new]
        first = pd.to_datetime(rows["symbol"].map(dict(self.held.first)))
        return int(((rows["session"] > first) & (rows["session"] <= pd.Timestamp(newest))).sum())


def _take_in(work: _Work, judged: NDArray[np.bool_], found: Ingested) -> Ingested:
    """Put rows through the gate, the bad ones into quarantine and the others into the store."""
    night, batch, compared = work.night, work.batch, work.compared
    rows = compared.rows if judged.all() else compared.rows[judged]
    other, complaints = second.closes(night, rows)
    history = compared.context(windows.around(compared.stored, rows["session"]))
    verdict = gate(night, batch, rows, history, other)
    beyond = compared.beyond[judged]
    verdict = refusals.ruled(verdict, work.known, rows, beyond, night.config.ingest.tolerance)
    refused = compared.rows["row"].isin(verdict.refusals["row"]).to_numpy() | work.dropped
    as_of = work.as_of(refused)
    run = gates.keep(
        night,
        verdict,
        "raw",
        as_of,
        facts={"Source": batch.source, "Batch": batch.id[:8], "Rows judged": f"{len(rows):,}"},
        ids=row_ids(batch, gates.example_rows(verdict), work.known.table),
    )
    if verdict.stops:
        raise NightError(f'universe "{night.universe}": {"; ".join(verdict.stops)}{gates.seen(run)}')
    quarantined = refusals.quarantine(night, batch, rows, verdict.refusals, work.known)
    settled = compared.bars_to_store(refused)
    counts = night.store().ingest(night.universe, settled.rows, batch.source, as_of, night.now)
    if refused.all() and work.held.newest is None:
        raise SourceError(f"{_nothing_left(work, rows, verdict)}{gates.seen(run)}")
    revised = counts.revised - settled.followers
    return replace(
        found,
        accepted=counts.new,
        revised=revised,
        unchanged=len(batch.rows) - int(refused.sum()) - counts.new - revised,
        quarantined=quarantined,
        refused_before=int(refused.sum()) - quarantined,
        late=work.late(~refused),
        released=refusals.release(night, work.known, batch.rows[~refused]),
        notes=(*found.notes, *complaints, *compared.corrections(refused), *verdict.warnings),
        gates=(run,),
    )


def _nothing_left(work: _Work, rows: pd.DataFrame, verdict: "Verdict") -> str:
    return (
        f'nothing of source {work.batch.source} is left for universe "{work.night.universe}": all '
        f"{len(rows):,} rows were refused, the first because {verdict.refusals['reason'].iloc[0]}"
    )


def gate(
    night: Night,
    batch: sources.Batch,
    rows: pd.DataFrame,
    history: pd.DataFrame | None = None,
    other: pd.DataFrame | None = None,
) -> "Verdict":
    """Put rows of a batch through the raw gate.

    Args:
        night: of one universe.
        batch: the reading.
        rows: those of its rows that are to be judged.
        history: stored bars around them, as context.
        other: symbol, session and close of a second source.

    Raises:
        ConfigError: the calendar or the suite cannot be used.
    """
    from morrow import checks  # noqa: PLC0415 (seconds, and most nights have nothing new to check)

    days = pd.DatetimeIndex(batch.rows["session"].dropna().unique()).sort_values()
    calendar = sessions.sessions(night.options.calendar, days[0], days[-1], days) if len(days) else days
    # Somewhere it is tomorrow already; later than that nothing can have traded.
    latest = pd.Timestamp(night.now.date()) + pd.Timedelta(days=1)
    suite = checks.load_suite("raw", night.config.folder(night.config.paths.expectations))
    return checks.check_raw(rows, calendar, suite, history, other, latest=latest)
