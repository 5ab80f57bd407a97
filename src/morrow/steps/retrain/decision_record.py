"""A retraining's decision in the ledger, written before the registry's alias moves."""

from morrow.steps.context import Night
from morrow.steps.lineage import code_version
from morrow.steps.results import Judgement, Plan
from morrow.store.ledger import Decision, LedgerEntry, append_entry


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
    champion = night.registry.champion(night.universe)
    before = (champion.name, champion.version) if champion else (None, None)
    after = before if version is None else (judged.winner, version)
    reason = str(judged.verdict["reason"])
    if fault:
        reason += f"; but the new version's forecasts fail their suite ({fault}), so the old stays"
    entry = LedgerEntry(
        universe=night.universe,
        as_of=plan.cutoff,
        entry=plan.identity,
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


def _name_decision(judged: Judgement, version: str | None) -> Decision:
    if version is None:
        return "keep"
    if judged.verdict.get("expired"):
        return "expire"
    return "promote" if judged.verdict["promoted"] else "refresh"
