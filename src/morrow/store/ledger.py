"""The ledger: every decision about who is champion, with its reasons; rows are added and never changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd

from morrow.frames import LEDGER
from morrow.store.tables import Condition, Tables

Decision = Literal["promote", "keep", "refresh", "rollback", "retire", "expire", "manual"]
DOCUMENTS = ("rules", "figures", "evidence", "windows")  # stored as JSON


@dataclass(frozen=True)
class LedgerEntry:
    """One decision.

    To record a decision, make an entry and give it to :func:`append_entry` before the registry's alias
    moves; if the process dies in between, running it again adds no second row and moves the alias.

    Attributes:
        universe: whose champion it is about.
        as_of: the cutoff of a night, or the day on which a person decided.
        entry: with universe and as_of the key, so the same decision must always have the same one: the
            identity of a night, or a hash of what a person asked for.
        decision: what was decided. A night promotes, refreshes or keeps.
        champion_before, champion_after: recipe; None without a champion.
        version_before, version_after: of the registered model.
        data_version, code_version: what the decision was made with.
        by: who or what decided; "morrow" for a night.
        reason: in words.
        recorded_at: wall clock; entries of one day are in its order.
        rules: each rule with ``rule``, ``figure``, ``limit``, ``held`` and ``about``.
        figures: what was measured.
        evidence: e-values that the next contest carries forward; empty for a decision that measured none.
        windows: first and last session of each part of time.
    """

    universe: str
    as_of: date
    entry: str
    decision: Decision
    champion_before: str | None
    version_before: str | None
    champion_after: str | None
    version_after: str | None
    data_version: str
    code_version: str
    by: str
    reason: str
    recorded_at: datetime
    rules: Sequence[Mapping[str, Any]] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    windows: Mapping[str, Any] = field(default_factory=dict)


def append_entry(store: Tables, entry: LedgerEntry) -> bool:
    """Add a decision unless the ledger has one of this universe, day and ``entry``; returns whether it did.

    It is recorded after all others of its universe: a clock that was put back must not change the order.

    Raises:
        StoreError: the table cannot be read or written, or other writers kept winning the race.
    """
    row = {each.name: getattr(entry, each.name) for each in fields(entry)}
    row |= {name: json.dumps(row[name], sort_keys=True, allow_nan=False) for name in DOCUMENTS}
    row["as_of"] = pd.Timestamp(entry.as_of)
    others = store.read(LEDGER, entry.universe, columns=["recorded_at"])["recorded_at"]
    if len(others):
        row["recorded_at"] = max(pd.Timestamp(entry.recorded_at), others.max() + pd.Timedelta(microseconds=1))
    return store.append(LEDGER, pd.DataFrame([row])) > 0


def read_entries(store: Tables, universe: str, as_of: date | None = None) -> list[LedgerEntry]:
    """Read a universe's decisions up to and including a day (None: all), oldest first.

    Raises:
        StoreError: the table cannot be read.
    """
    where: list[Condition] = [("as_of", "<=", as_of)] if as_of is not None else []
    rows = store.read(LEDGER, universe, where=where).sort_values(["as_of", "recorded_at"], kind="stable")
    return [_make_entry(row) for row in rows.to_dict("records")]


def read_evidence(store: Tables, universe: str, through: date, without: str = "") -> Mapping[str, Any]:
    """The e-values of the newest decision up to and including a day that has any; empty without one.

    A night leaves its own decision out, so that the same night run again starts where it did; another try on
    the same day goes on from the tries before.

    Raises:
        StoreError: the table cannot be read.
    """
    where: list[Condition] = [("as_of", "<=", through), ("evidence", "!=", "{}")]
    rows = store.read(LEDGER, universe, columns=["as_of", "entry", "recorded_at", "evidence"], where=where)
    rows = rows[rows["entry"] != without]
    if rows.empty:
        return {}
    newest = rows.sort_values(["as_of", "recorded_at"], kind="stable")["evidence"].iloc[-1]
    evidence: Mapping[str, Any] = json.loads(newest)
    return evidence


def _make_entry(row: Mapping[Any, Any]) -> LedgerEntry:
    values: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    values |= {name: json.loads(values[name]) for name in DOCUMENTS}
    values |= {"as_of": values["as_of"].date(), "recorded_at": values["recorded_at"].to_pydatetime()}
    return LedgerEntry(**values)
