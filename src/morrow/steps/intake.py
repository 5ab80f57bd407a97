"""The first step: take in what the source has, through the gate."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import sessions, sources
from morrow.errors import NightError, SourceError
from morrow.frames import PRICES, QUARANTINE, empty
from morrow.steps import gates
from morrow.steps.decisions import bars_as_text, row_ids
from morrow.steps.gates import Gate
from morrow.steps.night import Night, Results
from morrow.steps.settled import without_early

if TYPE_CHECKING:
    from morrow.checks import Verdict


@dataclass(frozen=True)
class Ingested:
    """What became of the rows that the source gave, and what a person should know of it.

    Every received row is one of accepted (stored tonight), revised (a stored bar that the source has
    changed), unchanged (stored before), duplicates (collapsed), quarantined (refused tonight),
    refused_before and early (left for a later night, because the session is not final).
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
    symbols: int
    notes: tuple[str, ...]
    gates: tuple[Gate, ...] = ()


def ingest(night: Night, _results: Results) -> Ingested:
    """Fetch, check and store; refused rows go to quarantine with rule and reason.

    Raises:
        SourceError: the source is unreadable or gave no row.
        NightError: the gate stops the night, or no row was ever accepted.
    """
    batch = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw())
    if batch.rows.empty:
        upto = f" up to {night.as_of}" if night.as_of else ""
        raise SourceError(f'source {batch.source} of universe "{night.universe}" gave no row{upto}')
    batch, early = without_early(night, batch)
    store = night.store()
    fresh = store.differing(night.universe, batch.rows)
    seen = store.read(QUARANTINE, night.universe, columns=["batch", "row", "rule", "received"])
    nothing_new = Ingested(
        batch=batch.id,
        received=len(batch.rows) + batch.duplicates + early,
        accepted=0,
        revised=0,
        unchanged=int((~fresh).sum()),
        duplicates=batch.duplicates,
        quarantined=0,
        refused_before=int(fresh.sum()),
        early=early,
        symbols=int(batch.rows["symbol"].nunique()),
        notes=batch.notes,
    )
    if not fresh.any():
        return nothing_new
    return _take_in(night, batch, _with_same_key(batch.rows, fresh), seen, nothing_new)


def _take_in(
    night: Night, batch: sources.Batch, rows: pd.DataFrame, seen: pd.DataFrame, before: Ingested
) -> Ingested:
    """Put rows through the gate, the bad ones into quarantine and the others into the store."""
    verdict = gate(night, batch, rows)
    refused, store = verdict.refusals, night.store()
    bad = rows["row"].isin(refused["row"])
    good = rows[~bad]
    as_of = night.as_of or (night.now.date() if good.empty else good["session"].max().date())
    run = gates.keep(
        night,
        verdict,
        "raw",
        as_of,
        facts={"Source": batch.source, "Batch": batch.id[:8], "Rows judged": f"{len(rows):,}"},
        ids=row_ids(batch, gates.example_rows(verdict), seen),
    )
    if verdict.stops:
        raise NightError(f'universe "{night.universe}": {"; ".join(verdict.stops)}{gates.seen(run)}')
    refused_now = _quarantine(night, batch, rows, refused, seen)
    counts = store.ingest(night.universe, good, batch.source, as_of, night.now)
    if bad.all() and store.signature(PRICES, night.universe).rows == 0:
        raise SourceError(
            f'nothing of source {batch.source} is left for universe "{night.universe}": all '
            f"{len(rows):,} rows were refused, the first because {refused['reason'].iloc[0]}{gates.seen(run)}"
        )
    return replace(
        before,
        accepted=counts.new,
        revised=counts.revised,
        unchanged=len(batch.rows) - int(bad.sum()) - counts.new - counts.revised,
        quarantined=refused_now,
        refused_before=int(bad.sum()) - refused_now,
        notes=(*batch.notes, *verdict.warnings),
        gates=(run,),
    )


def _with_same_key(rows: pd.DataFrame, fresh: NDArray[np.bool_]) -> pd.DataFrame:
    """The fresh rows and every other row of the batch for the same bar: a conflict concerns them all."""
    key = pd.MultiIndex.from_frame(rows[["symbol", "session"]])
    return rows[fresh | key.isin(key[fresh])]


def gate(
    night: Night, batch: sources.Batch, rows: pd.DataFrame, history: pd.DataFrame | None = None
) -> "Verdict":
    """Put rows of a batch through the raw gate, with stored bars as context.

    Raises:
        ConfigError: the calendar or the suite cannot be used.
    """
    from morrow import checks  # noqa: PLC0415 (three seconds, and most nights have nothing new to check)

    days = pd.DatetimeIndex(batch.rows["session"].dropna().unique()).sort_values()
    calendar = sessions.sessions(night.options.calendar, days[0], days[-1], days) if len(days) else days
    # Somewhere it is tomorrow already; later than that nothing can have traded.
    latest = pd.Timestamp(night.now.date()) + pd.Timedelta(days=1)
    suite = checks.load_suite("raw", night.config.folder(night.config.paths.expectations))
    return checks.check_raw(rows, calendar, suite, history, latest=latest)


def _quarantine(
    night: Night, batch: sources.Batch, rows: pd.DataFrame, refused: pd.DataFrame, seen: pd.DataFrame
) -> int:
    """Keep refused rows, but not the same row with the same fault again because its file grew.

    Returns the number of rows that were not kept before.
    """
    if refused.empty:
        return 0
    kept = refused.merge(rows[["row", "symbol", "session"]], on="row")
    kept["received"] = sources.received(batch, kept["row"])
    known = pd.MultiIndex.from_frame(seen[["received", "rule"]])
    kept = kept[~pd.MultiIndex.from_frame(kept[["received", "rule"]]).isin(known)].copy()
    kept = kept.assign(batch=batch.id, universe=night.universe, first_seen=night.now)
    texts = bars_as_text(rows[rows["row"].isin(kept["row"])], batch.source)
    kept["bar"] = texts.reindex(kept["row"]).to_numpy()
    kept = kept.assign(decision=None, decided_by=None, decided_at=None, decision_reason=None)
    if len(kept):
        night.store().append(QUARANTINE, kept[empty(QUARANTINE).columns.tolist()])
    return int(kept["row"].nunique())
