"""The line of champions that a ledger's decisions lead to."""

from datetime import timedelta

from morrow.store.ledger import LedgerEntry
from morrow.store.succession import RETIRED, key, order, trace
from tests.unit.store.test_ledger import FRIDAY, NOW, entry


def decisions(*moves: tuple[str, str | None, str | None]) -> list[LedgerEntry]:
    """Decisions an hour apart, each a kind with the version before and after it."""
    return [
        entry(
            entry=f"e{number}",
            decision=kind,
            version_before=before,
            version_after=after,
            champion_after=after and f"recipe {after}",
            recorded_at=NOW + timedelta(hours=number),
        )
        for number, (kind, before, after) in enumerate(moves)
    ]


def test_the_newest_version_is_champion_since_its_decision() -> None:
    """A night that keeps the champion does not begin a new reign."""
    made = decisions(("promote", None, "1"), ("refresh", "1", "2"), ("keep", "2", "2"))
    line = trace(made)
    assert (line.version, line.name, line.since) == ("2", "recipe 2", made[1])
    assert line.line == ("1", "2")
    assert trace([]).version is None


def test_two_rollbacks_go_back_two_versions() -> None:
    """The version that was left is no predecessor, so a second rollback does not return to it."""
    moves = [("promote", None, "1"), ("refresh", "1", "2"), ("refresh", "2", "3"), ("rollback", "3", "2")]
    once = trace(decisions(*moves))
    assert once.predecessors(["1", "2", "3"]) == ["1"]
    twice = trace(decisions(*moves, ("rollback", "2", "1"), ("refresh", "1", "4")))
    assert twice.line == ("1", "4")


def test_retired_and_deleted_versions_are_no_predecessors() -> None:
    """Nor is the champion itself, though it reigned twice."""
    made = decisions(
        *(("refresh", str(n) if n else None, str(n + 1)) for n in range(4)), ("manual", "4", "2")
    )
    made += [entry(decision="retire", version_before="2", version_after="2", figures={RETIRED: "3"})]
    made[-1] = type(made[-1])(**{**vars(made[-1]), "recorded_at": NOW + timedelta(days=1)})
    line = trace(made)
    assert line.predecessors(["1", "2", "3", "4"]) == ["4", "1"]
    assert line.predecessors(["2", "3"]) == []


def test_a_person_may_take_a_retirement_back() -> None:
    """A retired version that a person promotes is not retired any more."""
    retirement = entry(decision="retire", version_before="2", version_after="1", figures={RETIRED: "2"})
    again = entry(
        decision="manual", version_before="1", version_after="2", recorded_at=NOW + timedelta(hours=1)
    )
    assert list(trace([retirement]).retired) == ["2"]
    assert dict(trace([retirement, again]).retired) == {}


def test_a_retired_champion_without_a_predecessor_leaves_nobody() -> None:
    """Then the next version has no champion before it."""
    made = decisions(("promote", None, "1"))
    made.append(
        entry(
            decision="retire", version_before="1", version_after=None, champion_after=None,
            figures={RETIRED: "1"}, recorded_at=NOW + timedelta(days=1),
        )
    )  # fmt: skip
    line = trace(made)
    assert (line.version, line.name, line.since) == (None, None, made[1])
    assert line.predecessors(["1"]) == []


def test_an_alias_that_was_moved_by_hand_belongs_to_the_line() -> None:
    """The next decision names the version that it found, which nobody decided."""
    assert trace(decisions(("promote", None, "1"), ("refresh", "5", "6"))).line == ("1", "5", "6")


def test_a_move_by_hand_has_no_reason_of_another_decision() -> None:
    """A night that kept what it found does not give it the reason of the version before."""
    line = trace(decisions(("promote", None, "1"), ("promote", "1", "2"), ("keep", "1", "1")))
    assert (line.version, line.name) == ("1", "recipe 1")
    assert line.since is not None
    assert (line.since.decision, line.since.by, line.since.version_before) == ("manual", "unknown", "2")
    assert line.since.reason == "the alias was moved by hand; keep of 2026-01-09 found it there"


def test_decisions_are_in_the_order_in_which_they_were_made() -> None:
    """A person's decision about old data comes after a night of newer ones, if it was made later."""
    old = entry(as_of=FRIDAY - timedelta(days=900), recorded_at=NOW + timedelta(hours=1))
    assert order([old, entry()]) == [entry(), old]
    assert key(entry()) == "2026-01-09 abc"
