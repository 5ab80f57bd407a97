"""What a person decides about the champion: promote, roll back, retire; on record before an alias moves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from morrow import fitted_model
from morrow.config import identity
from morrow.errors import ConfigError, RegistryError, UserError, VersionError
from morrow.steps.champion import check_fit
from morrow.steps.context import Night
from morrow.steps.ledger_agreement import (
    DECISION_LOCK,
    Agreement,
    compare,
    follow_ledger,
    name_remedy,
    tag_retired,
)
from morrow.steps.lineage import code_version
from morrow.store.ledger import Decision, LedgerEntry, append_entry
from morrow.store.succession import LOST, RETIRED

if TYPE_CHECKING:
    from morrow.registry import Version

SHOWN_VERSIONS = 10  # named in an error


@dataclass(frozen=True)
class Proposal:
    """What is to be decided.

    Attributes:
        decision: its kind.
        after: the version that reigns afterwards; None for nobody.
        reason: why, where the person gives no other.
        figures: what the ledger keeps beside it.
        settled: why nothing has to be decided; None if it must be.
    """

    decision: Decision
    after: "Version | None"
    reason: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    settled: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What was decided, or with a dry run would be.

    Attributes:
        proposal: what.
        before: recipe and version of the champion until then; None without one.
        after: the same, from then on.
        reason: in words.
        recorded: whether this call wrote it into the ledger.
        finished: a decision that a killed process had left, and whose alias this call moved.
    """

    proposal: Proposal
    before: tuple[str, str] | None
    after: tuple[str, str] | None
    reason: str
    recorded: bool
    finished: LedgerEntry | None


def promote_run(agreement: Agreement, run_id: str) -> Proposal:
    """Propose the version that a run registered.

    Raises:
        UserError: it registered none, or the version is not what is configured.
        RegistryError: its files are missing or altered.
    """
    matches = [each for each in agreement.versions.values() if each.run_id.startswith(run_id)]
    if len(matches) != 1:
        known = ", ".join(f"{each.run_id} (version {each.version})" for each in _newest(agreement))
        known = known or f"none yet; make one with: {agreement.night.command_line('judge')}"
        several = "several runs begin with" if matches else "no version was registered from run"
        raise UserError(
            f'{several} {run_id} in universe "{agreement.night.universe}"; a retraining registers its '
            f"winner alone: {known}"
        )
    (version,) = matches
    _check_version(agreement, version.version)
    settled = None
    if version.version == agreement.champion and version.version not in agreement.succession.retired:
        settled = f"version {version.version} is champion already"
    return Proposal("manual", version, "promoted by hand", {"run_id": version.run_id}, settled)


def roll_back(agreement: Agreement, version: str | None, finished: LedgerEntry | None = None) -> Proposal:
    """Propose to return to a version; None for the one that reigned before, leaving retired ones out.

    Where a rollback without a version was finished that a killed process had left, it is not repeated.

    Raises:
        UserError: there is no such version, it is retired, or it is not what is configured.
        RegistryError: its files are missing or altered.
    """
    night, retired = agreement.night, agreement.succession.retired
    if version is None and finished is not None and finished.decision == "rollback":
        version = agreement.champion
    passed: list[str] = []
    if version is None:
        version, passed = _choose_predecessor(agreement)
    if version is None:
        raise UserError(_word_dead_end(agreement, passed))
    target = _find(agreement, version)
    if version in retired:
        one, command = retired[version], night.command_line(f'promote {target.run_id} --because "..."')
        raise UserError(
            f"version {version} was retired on {one.as_of} by {one.by} ({one.reason}); to use it all the "
            f"same: {command}"
        )
    _check_version(agreement, version)
    settled = f"version {version} is champion already" if version == agreement.champion else None
    reason = f"rolled back to version {version} by hand" + "".join(f"; not to {each}" for each in passed)
    return Proposal("rollback", target, reason, {}, settled)


def retire_version(agreement: Agreement, version: str) -> Proposal:
    """Propose never to use a version again.

    A champion makes way for the nearest version before it that can be used; without one nobody reigns until
    the next retraining. It may have been deleted, or lack its files: then the retirement is no judgement on
    its recipe, and the same retraining may be done again.

    Raises:
        UserError: there is no such version.
        RegistryError: another version is champion by the ledger, and was deleted.
    """
    after, lost = agreement.champion, _why_lost(agreement, version)
    if version != after:
        _find(agreement, version)
    else:
        after, _ = _choose_predecessor(agreement)
    if after is not None and after not in agreement.versions:
        raise RegistryError(
            f"the champion's version {after} was deleted; mend that first with: {name_remedy(agreement)}"
        )
    settled = f"version {version} is retired already" if version in agreement.succession.retired else None
    successor = None if after is None else agreement.versions.get(after)
    figures = {RETIRED: version} | ({LOST: lost} if lost else {})
    return Proposal("retire", successor, "retired by hand" + (f": {lost}" if lost else ""), figures, settled)


def decide(
    night: Night,
    propose: Callable[[Agreement, LedgerEntry | None], Proposal],
    by: str,
    reason: str | None,
    *,
    dry_run: bool,
) -> Outcome:
    """Write a decision into the ledger, and then move the aliases; once, also if it is killed in between.

    Args:
        night: of one universe.
        propose: says what to decide, of how things stand and of a decision that a killed process left
            and this call has finished; raises an error where it cannot be done.
        by: who decides.
        reason: why; None for the words of the proposal.
        dry_run: whether only to say what would be done.

    Raises:
        UserError, RegistryError, StoreError: nothing was decided.
    """
    with night.alone(DECISION_LOCK):
        agreement = compare(night)
        pending = agreement.interrupted_move
        if pending is not None and not dry_run:
            follow_ledger(night)
            agreement = compare(night)
        proposal = propose(agreement, pending)
        reason = reason or proposal.reason
        if proposal.settled is None and not dry_run:
            append_entry(night.store, _make_entry(night, agreement, proposal, by, reason))
            follow_ledger(night)
        elif not dry_run:
            tag_retired(night, agreement)  # which a killed retirement may have left
    before, after = _name(agreement, agreement.champion), proposal.after
    named = None if after is None else _name(agreement, after.version)
    return Outcome(proposal, before, named, reason, proposal.settled is None and not dry_run, pending)


def _find(agreement: Agreement, version: str) -> "Version":
    if version in agreement.versions:
        return agreement.versions[version]
    known = ", ".join(each.version for each in _newest(agreement)) or "none yet"
    raise UserError(
        f'universe "{agreement.night.universe}" has no version {version}; its newest versions: {known}'
    )


def _newest(agreement: Agreement) -> "list[Version]":
    return list(agreement.versions.values())[: -SHOWN_VERSIONS - 1 : -1]


def _choose_predecessor(agreement: Agreement) -> tuple[str | None, list[str]]:
    """The nearest version before the champion that can be used, and those in between with the reason."""
    passed = []
    for version in agreement.predecessors():
        try:
            _check_version(agreement, version)
        except (ConfigError, VersionError) as error:
            passed.append(f"version {version} ({error})")
        else:
            return version, passed
    return None, passed


def _word_dead_end(agreement: Agreement, passed: Sequence[str]) -> str:
    """Why no rollback is possible, and the command that helps."""
    night, champion = agreement.night, agreement.champion
    lost = champion is not None and _why_lost(agreement, champion) is not None
    command = night.command_line(f"retire {champion}" if lost else "judge")
    purpose = "do without the champion until the next retraining" if lost else "make a new one"
    return (
        f'no version reigned before in universe "{night.universe}" that could come back'
        + "".join(f"; not {each}" for each in passed)
        + f"; {purpose} with: {command}"
    )


def _why_lost(agreement: Agreement, version: str) -> str | None:
    """Why a version exists no more as it was registered; None if it does."""
    try:
        agreement.night.registry.version(agreement.night.universe, version)
    except VersionError as error:
        return str(error)
    return None


def _check_version(agreement: Agreement, version: str) -> None:
    """Refuse a version whose files are not those that were registered, or that answers something else."""
    night = agreement.night
    model = fitted_model.load(night.registry.version(night.universe, version).folder)
    check_fit(night, model.document, f'version {version} of universe "{night.universe}"')


def _name(agreement: Agreement, version: str | None) -> tuple[str, str] | None:
    """Recipe and version; a version that was deleted has the recipe of the ledger."""
    if version is None:
        return None
    known = agreement.versions.get(version)
    recipe = known.tags.get("recipe") if known else agreement.succession.name
    return recipe or "unknown", version


def _make_entry(night: Night, agreement: Agreement, proposal: Proposal, by: str, reason: str) -> LedgerEntry:
    before = _name(agreement, agreement.champion) or (None, None)
    after = _name(agreement, proposal.after.version if proposal.after else None) or (None, None)
    asked = {"decision": proposal.decision, "after": after[1], "figures": dict(proposal.figures)}
    return LedgerEntry(
        universe=night.universe,
        as_of=night.as_of or night.now.date(),
        entry=identity({**asked, "decisions before": agreement.succession.decisions}),
        decision=proposal.decision,
        champion_before=before[0],
        version_before=before[1],
        champion_after=after[0],
        version_after=after[1],
        data_version=proposal.after.tags.get("data_version", "") if proposal.after else "",
        code_version=code_version(),
        by=by,
        reason=reason,
        recorded_at=night.now,
        figures=proposal.figures,
    )
