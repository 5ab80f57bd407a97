"""The first step: fetch from the source, and store what passes the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import NightError, SourceError
from morrow.sources import Batch
from morrow.sources.carried_rows import without_carried
from morrow.steps import gate_pages
from morrow.steps.context import Night
from morrow.steps.intake import fetch_window, membership, quarantine, second_source_closes
from morrow.steps.intake.early_imports import import_ahead
from morrow.steps.intake.failure_notes import list_failures
from morrow.steps.intake.finality import without_early
from morrow.steps.intake.level_changes import infer_actions
from morrow.steps.intake.rebasings import list_rebasings
from morrow.steps.intake.row_decisions import row_ids
from morrow.steps.intake.twin_symbols import list_twins
from morrow.steps.results import IngestResult, Results
from morrow.store import Comparison, Inventory, compare
from morrow.store.actions import Action, apply_actions, list_taken_back, net_actions, read_ledger

if TYPE_CHECKING:
    from morrow.checks import Verdict

_MOST_READINGS = 3  # a level that is explained can uncover another step


@dataclass(frozen=True, eq=False)
class JudgedSource:
    """What a night would take in of a source.

    Attributes:
        batch: its rows without those that are early or no bars.
        counts: of the intake before anything is stored, with its notes and the actions that it would infer.
        refusals: row, rule and reason of what would be refused.
        stops: why the night would stop.
    """

    batch: Batch
    counts: IngestResult
    refusals: pd.DataFrame
    stops: tuple[str, ...]


def ingest(night: Night, _results: Results) -> IngestResult:
    """Fetch, compare with what is stored, check and store; refused rows go to quarantine.

    Raises:
        SourceError: the source is unreadable or gave no row, or no row was ever accepted.
        NightError: the gate stops the night.
    """
    night.restart()
    stored = fetch_window.read_stored(night)
    import_ahead(night)
    work, counts = _receive(night, stored)
    if work.rows_to_judge.any():
        counts = _take_in(work, counts)
    else:
        rest = work.batch.rows[~work.dropped_rows]
        counts = replace(counts, released=quarantine.release(night, work.known, rest))
    membership.take_in(night, stored.held.newest)
    return replace(counts, notes=(*counts.notes, *list_twins(night)))


def judge_source(night: Night) -> JudgedSource:
    """Take in a source as ``ingest`` does, up to the gate's verdict, and store nothing.

    Raises:
        SourceError: the source is unreadable or gave no row.
    """
    work, counts = _receive(night, fetch_window.read_stored(night))
    rows = work.compared.rows[work.rows_to_judge]
    if rows.empty:
        return JudgedSource(work.batch, counts, pd.DataFrame({"row": [], "rule": [], "reason": []}), ())
    other, complaints = second_source_closes.closes(night, rows)
    work, verdict, _ = _judge(work, other)
    notes = (*counts.notes, *complaints, *verdict.warnings)
    counts = replace(counts, notes=notes, inferred=work.inferred)
    return JudgedSource(work.batch, counts, verdict.refusals, verdict.stops)


def _receive(night: Night, stored: fetch_window.StoredBars) -> "tuple[_Work, IngestResult]":
    """Fetch, leave out what is early or no bar, and compare with what is stored."""
    batch = fetch_window.fetch(night, stored.held)
    if batch.rows.empty:
        upto = f" up to {night.as_of}" if night.as_of else ""
        why = f": {batch.failed[0][0]}: {batch.failed[0][1]}" if batch.failed else ""
        raise SourceError(f'source {batch.source} of universe "{night.universe}" gave no row{upto}{why}')
    batch, early = without_early(night, batch)
    batch, carried = without_carried(batch)
    work = _start(night, batch, stored)
    return work, work.before(early, carried)


def _start(night: Night, batch: Batch, stored: fetch_window.StoredBars) -> "_Work":
    """Compare a batch with what is stored, with the actions on record in its factors."""
    ledger = read_ledger(night.store, night.universe, night.as_of)
    actions, declined = net_actions(ledger), list_taken_back(ledger)
    beside = fetch_window.beside(night, stored, batch)
    compared = _compare(night, batch, beside, actions, declined)
    known = quarantine.find_refused(night, batch, compared.rows)
    return _Work(night, batch, stored.held, beside, compared, known, actions, declined)


def _compare(
    night: Night,
    batch: Batch,
    beside: pd.DataFrame,
    actions: Sequence[Action],
    declined: Mapping[str, Sequence[float]],
) -> Comparison:
    rows = apply_actions(batch.rows, actions)
    return compare(rows, beside, night.config.ingest.tolerance, batch.basis, declined)


@dataclass(frozen=True, eq=False)
class _Work:
    """A batch being ingested, with the stored bars around it, its earlier refusals and its actions."""

    night: Night
    batch: Batch
    held: Inventory
    beside: pd.DataFrame
    compared: Comparison
    known: quarantine.RefusedBefore
    actions: tuple[Action, ...]
    declined: Mapping[str, Sequence[float]]
    inferred: tuple[Action, ...] = ()

    def with_actions(self, more: tuple[Action, ...]) -> "_Work":
        """The same batch with more actions in its factors."""
        actions = (*self.actions, *more)
        compared = _compare(self.night, self.batch, self.beside, actions, self.declined)
        return replace(self, compared=compared, actions=actions, inferred=(*self.inferred, *more))

    @cached_property
    def rows_to_judge(self) -> NDArray[np.bool_]:
        """(R,) rows that the gate judges."""
        return self.compared.rows_to_judge & ~self.dropped_rows

    @cached_property
    def dropped_rows(self) -> NDArray[np.bool_]:
        """(R,) rows that a person has dropped."""
        return self.known.find_dropped(self.compared.rows)

    def before(self, early: int, carried: int) -> IngestResult:
        """Result before any row is judged; ``early`` rows are not final, ``carried`` ones are no bars."""
        batch, dropped = self.batch, int(self.dropped_rows.sum())
        return IngestResult(
            batch=batch.id,
            received=len(batch.rows) + batch.duplicates + early + carried,
            accepted=0,
            revised=0,
            unchanged=len(batch.rows) - dropped,
            duplicates=batch.duplicates,
            quarantined=0,
            refused_before=dropped,
            early=early,
            carried=carried,
            late=0,
            released=0,
            symbols=int(batch.rows["symbol"].nunique()),
            notes=(*batch.notes, *_failure_notes(batch)),
        )

    def day(self, refused: NDArray[np.bool_]) -> date:
        """The day whose end the night works from; refused sessions do not count."""
        last = self.compared.rows.loc[~refused, "session"].max()
        return self.night.clock.resolve(self.held.newest, None if pd.isna(last) else last.date())

    def late(self, taken: NDArray[np.bool_]) -> int:
        """Count the accepted rows whose session the universe had already passed."""
        newest = self.held.newest
        if newest is None:
            return 0
        rows = self.compared.rows[taken & self.compared.new]
        first = pd.to_datetime(rows["symbol"].map(dict(self.held.first)))
        return int(((rows["session"] > first) & (rows["session"] <= pd.Timestamp(newest))).sum())


def _failure_notes(batch: Batch) -> tuple[str, ...]:
    """One line per unreadable symbol that no note mentions yet, at most ten."""
    failed = [(symbol, why) for symbol, why in batch.failed if symbol not in batch.noted]
    return list_failures(failed, "could not be read")


def _take_in(work: _Work, before: IngestResult) -> IngestResult:
    """Put rows through the gate, the bad ones into quarantine and the others into the store."""
    night, batch = work.night, work.batch
    other, complaints = second_source_closes.closes(night, work.compared.rows[work.rows_to_judge])
    work, verdict, named = _judge(work, other)
    compared = work.compared
    rows = compared.rows[work.rows_to_judge]
    refused = compared.rows["row"].isin(verdict.refusals["row"]).to_numpy() | work.dropped_rows
    day = work.day(refused)
    facts = {"Source": batch.source, "Batch": batch.id[:8], "Rows judged": f"{len(rows):,}"}
    ids = row_ids(batch, gate_pages.example_rows(verdict), work.known.table)
    run = gate_pages.keep(night, verdict, "raw", day, facts=facts, ids=ids)
    if verdict.stops:
        raise NightError(
            f'universe "{night.universe}": {"; ".join(verdict.stops)}{gate_pages.page_hint(run)}'
        )
    quarantined = quarantine.keep_refused(night, batch, rows, verdict.refusals, work.known)
    inferred = quarantine.keep_inferred(
        night, batch, compared.rows[~refused], named, work.inferred, work.known
    )
    inferred = (*inferred, *list_rebasings(compared.rebasings(refused)))
    settled = compared.bars_to_store(refused)
    counts = night.store.ingest(night.universe, settled.rows, batch.source, day, night.now, actions=inferred)
    night.forget_market()
    if refused.all() and work.held.newest is None:
        raise SourceError(f"{_nothing_left(work, rows, verdict)}{gate_pages.page_hint(run)}")
    revised = counts.revised - settled.followers
    return replace(
        before,
        accepted=counts.new,
        revised=revised,
        unchanged=len(batch.rows) - int(refused.sum()) - counts.new - revised,
        quarantined=quarantined,
        refused_before=int(refused.sum()) - quarantined,
        late=work.late(~refused),
        released=quarantine.release(night, work.known, batch.rows[~refused]),
        notes=(*before.notes, *complaints, *compared.corrections(refused), *verdict.warnings),
        gates=(run,),
        inferred=inferred,
    )


def _judge(work: _Work, other: pd.DataFrame | None) -> "tuple[_Work, Verdict, pd.DataFrame]":
    """Put rows through the gate; where its holds can be explained by actions, again with these.

    Returns:
        the batch with the inferred actions, the verdict on it, and the refusals that they have ended.
    """
    from morrow.steps.intake.gate import check_rows  # noqa: PLC0415 (Great Expectations: seconds)

    ended = []
    for _ in range(_MOST_READINGS):
        rows = work.compared.rows if work.rows_to_judge.all() else work.compared.rows[work.rows_to_judge]
        history = work.compared.context(fetch_window.around(work.compared.stored, rows["session"]))
        verdict = check_rows(work.night, work.batch, rows, history, other)
        tried = {(action.symbol, action.session) for action in work.actions}
        more = tuple(
            action for action in infer_actions(verdict.holds) if (action.symbol, action.session) not in tried
        )
        if not more:
            break
        ended.append(verdict.holds[["row", "symbol", "session", "rule", "reason"]])
        work = work.with_actions(more)
    beyond = work.compared.beyond[work.rows_to_judge]
    verdict = quarantine.apply_decisions(
        verdict, work.known, rows, beyond, work.night.config.ingest.tolerance
    )
    return work, verdict, pd.concat(ended) if ended else pd.DataFrame()


def _nothing_left(work: _Work, rows: pd.DataFrame, verdict: "Verdict") -> str:
    return (
        f'nothing of source {work.batch.source} is left for universe "{work.night.universe}": all '
        f"{len(rows):,} rows were refused, the first because {verdict.refusals['reason'].iloc[0]}"
    )
