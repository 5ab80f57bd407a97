"""What a night's contest takes from the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from morrow.steps.retrain.contest_record import was_chosen_since
from morrow.store.ledger import Decision, LedgerEntry
from morrow.store.succession import LOST

DAY = datetime(2026, 1, 5, tzinfo=UTC)


def decide(decision: Decision, day: int, entry: str = "", *, weighed: bool = False) -> LedgerEntry:
    """A decision on a day, by a night with evidence or by a person without."""
    versions = ("a", "1", "b", "2", "data", "code", "somebody", "because")
    evidence = {"pairs": {}, "seen": {"a": "2026-01-01"}} if weighed else {}
    return LedgerEntry(
        "us5",
        date(2026, 1, 5),
        entry or f"{day}",
        decision,
        *versions,
        DAY + timedelta(day),
        evidence=evidence,
    )


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([decide("promote", 1, weighed=True)], False),
        ([decide("promote", 1, weighed=True), decide("rollback", 2)], True),
        ([decide("promote", 1, weighed=True), decide("manual", 2)], True),
        ([decide("promote", 1, weighed=True), decide("retire", 2)], True),
        ([decide("promote", 1, weighed=True), replace(decide("retire", 2), version_after="1")], False),
        ([decide("promote", 1, weighed=True), replace(decide("retire", 2), figures={LOST: "how"})], False),
        ([decide("rollback", 1), decide("keep", 2, weighed=True)], False),
        ([decide("rollback", 1), decide("keep", 2, "tonight", weighed=True)], True),
        ([decide("manual", 1)], True),
        ([], False),
    ],
)
def test_a_persons_choice_outdates_the_evidence_before_it(
    decisions: list[LedgerEntry], expected: bool
) -> None:
    """What a person chose counts until the next contest, the same one run again left out."""
    assert was_chosen_since(decisions, "tonight") is expected
