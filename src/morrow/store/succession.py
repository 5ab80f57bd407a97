"""Who reigned when: the ledger of a universe, read as one line of champions. Nothing is written here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from morrow.store.ledger import LedgerEntry

RETIRED = "retired_version"  # in the figures of a retirement: which version
LOST = "lost"  # beside it, where the version was deleted, or its files missing or altered: how
BACKWARDS = ("rollback", "retire")


@dataclass(frozen=True)
class Succession:
    """What a ledger's decisions lead to.

    Attributes:
        version: the champion's; None without one.
        name: its recipe.
        since: the decision that put it, or nobody, in place; None if no decision changed the champion. If
            the alias was moved by hand, a ``manual`` one by "unknown", which is not in the ledger.
        line: versions that led to the champion, oldest first, which is the last. A rollback shortens it.
        retired: the decision by version; a retired version may only come back by a person's ``manual`` one.
        decisions: how many there are.
    """

    version: str | None
    name: str | None
    since: LedgerEntry | None
    line: tuple[str, ...]
    retired: Mapping[str, LedgerEntry]
    decisions: int

    def predecessors(self, existing: Iterable[str]) -> list[str]:
        """Versions that a rollback may return to, the nearest first: they exist and are not retired."""
        usable = set(existing) - set(self.retired) - {self.version}
        return list(dict.fromkeys(version for version in reversed(self.line) if version in usable))


def trace(entries: Sequence[LedgerEntry]) -> Succession:
    """Follow decisions in the order in which they were made."""
    line: list[str] = []
    retired: dict[str, LedgerEntry] = {}
    version: str | None = None
    name: str | None = None
    since: LedgerEntry | None = None
    ordered = order(entries)
    for entry in ordered:
        if entry.version_before not in (None, version):
            since = _word_move_by_hand(entry, version, name)
            line, version = [*line, entry.version_before], entry.version_before
        if entry.decision == "retire":
            retired[str(entry.figures[RETIRED])] = entry
        elif entry.decision == "manual" and entry.version_after is not None:
            retired.pop(entry.version_after, None)
        if entry.version_after != version:
            line, since = _extend(line, entry), entry
        version, name = entry.version_after, entry.champion_after
    return Succession(version, name, since, tuple(line), retired, len(ordered))


def order(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The decisions as they were made; those of one moment in the order of their days."""
    return sorted(entries, key=lambda entry: (entry.recorded_at, entry.as_of))


def key(entry: LedgerEntry) -> str:
    """What names a decision within its universe."""
    return f"{entry.as_of} {entry.entry}"


def _word_move_by_hand(next_entry: LedgerEntry, version: str | None, name: str | None) -> LedgerEntry:
    """The move of an alias that nobody decided, as the next decision found it; it has that one's key."""
    return replace(
        next_entry,
        decision="manual",
        by="unknown",
        reason=f"the alias was moved by hand; {next_entry.decision} of {next_entry.as_of} found it there",
        version_before=version,
        champion_before=name,
        version_after=next_entry.version_before,
        champion_after=next_entry.champion_before,
    )


def _extend(line: list[str], entry: LedgerEntry) -> list[str]:
    after = entry.version_after
    if after is None:
        return line
    if entry.decision in BACKWARDS and after in line:
        return line[: len(line) - line[::-1].index(after)]
    return [*line, after]
