"""A retraining's decision in the ledger, written before the registry's alias moves."""

from collections.abc import Sequence

from morrow.steps.context import Night
from morrow.steps.ledger_agreement import find_champion
from morrow.steps.lineage import code_version
from morrow.steps.results import Judgement, Plan
from morrow.store.ledger import Decision, LedgerEntry, append_entry, read_entries
from morrow.store.succession import LOST, order, trace


def record_decision(
    night: Night, plan: Plan, judged: Judgement, *, version: str | None = None, fault: str | None = None
) -> bool:
    """Write how a retraining ended into the ledger, once for its identity; returns whether it was new.

    Args:
        night: of one universe.
        plan: of the retraining.
        judged: its judgement.
        version: the new version that is about to get the alias; None if the old one stays.
        fault: what is wrong with the new version's forecasts, if that is why the old one stays.

    Raises:
        StoreError: the ledger cannot be written; the alias must not move then.
    """
    champion, entries = find_champion(night), read_entries(night.store, night.universe)
    before = (champion.name, champion.version) if champion else (None, None)
    after = before if version is None else (judged.winner, version)
    reason = str(judged.verdict["reason"])
    if fault:
        reason += f"; but the new version's forecasts fail their suite ({fault}), so the old stays"
    reign = trace(entries)
    if None not in (before[1], reign.version) and before[1] != reign.version:
        reason += f"; the alias was at version {before[1]}, not {reign.version}: moved by hand, by unknown"
    entry = LedgerEntry(
        universe=night.universe,
        as_of=plan.cutoff,
        entry=name_entry(plan, entries),
        decision=_name_decision(judged, version),
        champion_before=before[0],
        version_before=before[1],
        champion_after=after[0],
        version_after=after[1],
        data_version=plan.data_version,
        code_version=code_version(),
        by="morrow",
        reason=reason,
        recorded_at=night.now,
        **judged.ledger,
    )
    return append_entry(night.store, entry)


def name_entry(plan: Plan, entries: Sequence[LedgerEntry]) -> str:
    """The name of a retraining's decision: its identity.

    If a version was lost since, the same retraining may decide once more: the entry of that retirement is
    added.
    """
    name, decided = plan.identity, False
    for each in order(entries):
        if (each.as_of, each.entry) == (plan.cutoff, name):
            decided = True
        elif decided and each.figures.get(LOST):
            name, decided = f"{plan.identity} {each.entry}", False
    return name


def _name_decision(judged: Judgement, version: str | None) -> Decision:
    if version is None:
        return "keep"
    if judged.verdict.get("expired"):
        return "expire"
    return "promote" if judged.verdict["promoted"] else "refresh"
