"""Whether MLflow's aliases and tags are those of the ledger, and how they are made so; the ledger decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from morrow.errors import RegistryError, VersionError
from morrow.steps.context import Night
from morrow.store.ledger import LedgerEntry, read_entries
from morrow.store.succession import LOST, Succession, key, order, trace

if TYPE_CHECKING:
    from morrow.registry import Aliases, Champion, Version

DECISION_LOCK = ".decision.lock"  # held from reading the ledger until the aliases have followed it
RETIRED_TAG = "retired"
BY_PERSON = ("manual", "rollback", "retire")


@dataclass(frozen=True)
class Difference:
    """Something that MLflow says otherwise than the ledger; None where one of them says nothing.

    Attributes:
        what: ``alias champion``, ``alias previous`` or ``tag retired of version N``.
        registry: what MLflow says.
        ledger: what the ledger says.
    """

    what: str
    registry: str | None
    ledger: str | None


@dataclass(frozen=True)
class Agreement:
    """A universe's ledger beside its registered model."""

    night: Night
    succession: Succession
    aliases: "Aliases"

    @cached_property
    def versions(self) -> "Mapping[str, Version]":
        """The versions that exist."""
        return {each.version: each for each in self.night.registry.versions(self.night.universe)}

    @property
    def champion(self) -> str | None:
        """The version that reigns: the ledger's; that of the alias where the ledger is empty."""
        return self.succession.version if self.succession.decisions else self.aliases.champion

    @property
    def interrupted_move(self) -> LedgerEntry | None:
        """The newest move of the champion, if not all of its aliases have followed and they still can.

        They cannot where somebody else moved them, or the version was deleted.
        """
        since = self.succession.since
        if since is None or self.aliases.entry == key(since):
            return None
        if since.version_after is not None and since.version_after not in self.versions:
            return None
        return since if self._follows or self.aliases.champion == since.version_before else None

    @property
    def _follows(self) -> bool:
        return self.succession.decisions == 0 or self.aliases.champion == self.succession.version

    def predecessors(self) -> list[str]:
        """Versions that a rollback may return to, the nearest first."""
        if self.succession.decisions:
            return self.succession.predecessors(self.versions)
        previous = self.aliases.previous
        if previous is None or previous not in self.versions or previous == self.champion:
            return []
        return [previous]

    def differences(self) -> tuple[Difference, ...]:
        """What MLflow says otherwise than the ledger."""
        pairs = [] if self._follows else [("champion", self.aliases.champion, self.succession.version)]
        since = self.succession.since
        if since and since.version_before in self.versions and self.aliases.previous != since.version_before:
            pairs.append(("previous", self.aliases.previous, since.version_before))
        aliases = [Difference(f"alias {name}", now, then) for name, now, then in pairs]
        return (*aliases, *self._tag_differences())

    def _tag_differences(self) -> list[Difference]:
        retired = self.succession.retired
        tags = [
            (version, each.tags.get(RETIRED_TAG), _word(retired[version]) if version in retired else None)
            for version, each in self.versions.items()
        ]
        return [
            Difference(f"tag {RETIRED_TAG} of version {version}", now, then)
            for version, now, then in tags
            if now != then
        ]


def compare(night: Night) -> Agreement:
    """Compare a universe's ledger with MLflow.

    Raises:
        StoreError: the ledger cannot be read.
        RegistryError: MLflow cannot be reached.
    """
    succession = trace(read_entries(night.store, night.universe))
    return Agreement(night, succession, night.registry.aliases(night.universe))


def follow_ledger(night: Night) -> Agreement:
    """Make aliases and tags those of the ledger; a forecast sees either the old champion or the new one.

    Returns:
        How both stood before.

    Raises:
        RegistryError: the version that reigns by the ledger was deleted; nothing was changed.
    """
    agreement = compare(night)
    succession = agreement.succession
    if succession.since is not None:
        _move_aliases(night, agreement, succession.since)
    tag_retired(night, agreement)
    return agreement


def tag_retired(night: Night, agreement: Agreement) -> None:
    """Tag the versions that the ledger has as retired, and no others."""
    for version, each in agreement.versions.items():
        retirement = agreement.succession.retired.get(version)
        text = _word(retirement) if retirement else None
        if each.tags.get(RETIRED_TAG) != text:
            night.registry.tag_version(night.universe, version, RETIRED_TAG, text)


def finish_interrupted(night: Night) -> LedgerEntry | None:
    """Move the aliases for a decision whose process died before it could; returns that decision.

    Raises:
        RegistryError: the champion of the ledger has no alias, for another reason than that.
    """
    agreement = compare(night)
    if agreement.interrupted_move is not None:
        with night.alone(DECISION_LOCK):
            follow_ledger(night)
    elif agreement.aliases.champion is None and agreement.champion is not None:
        raise RegistryError(
            f'by the ledger version {agreement.champion} of universe "{night.universe}" is champion, but no '
            f"version has the alias; mend it with: {name_remedy(agreement)}"
        )
    return agreement.interrupted_move


def find_champion(night: Night) -> "Champion | None":
    """The version with the alias ``champion`` and its checked files; None without one.

    Raises:
        VersionError: it cannot be used; the message ends with the command that mends it.
        RegistryError: MLflow cannot be reached.
    """
    try:
        return night.registry.champion(night.universe)
    except VersionError as error:
        agreement = compare(night)
        version = agreement.aliases.champion
        copy = "restore it from a copy, or " if version in agreement.versions else ""
        remedy = name_remedy(agreement, unusable=version)
        raise VersionError(f"{error}; {copy}do without it: {remedy}") from None


def name_remedy(agreement: Agreement, unusable: str | None = None) -> str:
    """The command that gives a universe a champion on which MLflow and the ledger agree, or nobody for now.

    Args:
        agreement: of ledger and MLflow.
        unusable: a version that exists, and whose files are missing or altered.
    """
    champion = agreement.champion
    if champion is None or (champion in agreement.versions and champion != unusable):
        return agreement.night.command_line("ledger rebuild")
    return agreement.night.command_line("rollback" if agreement.predecessors() else f"retire {champion}")


def find_later_decision(night: Night, decision: str) -> LedgerEntry | None:
    """What a person decided, or who became champion, after the decision with this key; None without any.

    If that is not on record yet, what a person decided since the night began. To retire a version that was
    lost decides nothing about its recipe.
    """
    entries = order(read_entries(night.store, night.universe))
    keys = [key(entry) for entry in entries]
    if decision not in keys:
        later = [entry for entry in entries if entry.recorded_at > night.now and _is_by_person(entry)]
    else:
        place = keys.index(decision)
        same = (None, entries[place].version_after)
        later = [
            entry
            for entry in entries[place + 1 :]
            if _is_by_person(entry) or (entry.decision not in BY_PERSON and entry.version_after not in same)
        ]
    return later[-1] if later else None


def _is_by_person(entry: LedgerEntry) -> bool:
    """Whether a person decided about a recipe."""
    return entry.decision in BY_PERSON and not entry.figures.get(LOST)


def _move_aliases(night: Night, agreement: Agreement, since: LedgerEntry) -> None:
    version = agreement.succession.version
    if version is None:
        if agreement.aliases.champion is not None or agreement.aliases.entry != key(since):
            night.registry.dethrone(night.universe, previous=since.version_before, entry=key(since))
    elif version in agreement.versions:
        night.registry.promote(night.universe, version, previous=since.version_before, entry=key(since))
    else:
        raise RegistryError(
            f'version {version} of universe "{night.universe}", champion by the ledger, was deleted; go back '
            f"to another, or to nobody, with: {name_remedy(agreement)}"
        )


def _word(retirement: LedgerEntry) -> str:
    return f"{retirement.as_of} by {retirement.by}: {retirement.reason}"
