"""``morrow champion``, ``promote``, ``rollback``, ``retire``: see who is champion, and decide it by hand."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.user import name_user
from morrow.errors import UserError
from morrow.steps import Night
from morrow.steps.ledger_agreement import Agreement, compare
from morrow.steps.manual_decisions import Outcome, Proposal, decide, promote_run, retire_version, roll_back
from morrow.store.ledger import LedgerEntry

DRY = "Say what would be done, and do nothing."
BY = "Who decides; default: the user of this process."
Propose = Callable[[Agreement, LedgerEntry | None], Proposal]


def champion(*, options: Options = DEFAULTS) -> int:
    """Show the champion of each universe."""
    return print_outcome(
        options,
        run_each(options, _describe_champion),
        lambda documents: "\n".join(map(_format_champion, documents)),
    )


def promote(
    run: Annotated[
        str, Parameter(name="RUN", help="The id of the recipe's run in MLflow, or its beginning.")
    ],
    /,
    *,
    because: Annotated[str, Parameter(help="Why; kept in the ledger.")],
    by: Annotated[str | None, Parameter(help=BY)] = None,
    dry_run: Annotated[bool, Parameter(help=DRY)] = False,
    options: Options = DEFAULTS,
) -> int:
    """Make the version that a run registered the champion."""
    return _decide(options, lambda one, _: promote_run(one, run), because, by, dry_run=dry_run)


def rollback(
    *,
    to: Annotated[str | None, Parameter(help="A version; default: the one that was champion before.")] = None,
    because: Annotated[str | None, Parameter(help="Why; kept in the ledger.")] = None,
    by: Annotated[str | None, Parameter(help=BY)] = None,
    dry_run: Annotated[bool, Parameter(help=DRY)] = False,
    options: Options = DEFAULTS,
) -> int:
    """Return to an earlier version."""
    return _decide(options, partial(_roll_back, to), because, by, dry_run=dry_run)


def retire(
    version: Annotated[str, Parameter(name="VERSION", help="Of the registered model, such as 3.")],
    /,
    *,
    because: Annotated[str | None, Parameter(help="Why; kept in the ledger.")] = None,
    by: Annotated[str | None, Parameter(help=BY)] = None,
    dry_run: Annotated[bool, Parameter(help=DRY)] = False,
    options: Options = DEFAULTS,
) -> int:
    """Never use a version again."""
    return _decide(options, lambda one, _: retire_version(one, version), because, by, dry_run=dry_run)


def _roll_back(to: str | None, agreement: Agreement, finished: LedgerEntry | None) -> Proposal:
    return roll_back(agreement, to, finished)


def _decide(options: Options, propose: Propose, reason: str | None, by: str | None, *, dry_run: bool) -> int:
    """Decide about one universe, which must be named where there are several."""
    names = options.load_universes()[1]
    if len(names) > 1:
        raise UserError(f"name one universe with --universe: {', '.join(names)}")
    user = by or name_user()
    outcome = run_each(
        options,
        lambda night: _describe_outcome(
            night, decide(night, propose, user, reason, dry_run=dry_run), user, dry_run=dry_run
        ),
    )
    return print_outcome(options, outcome, lambda documents: "\n".join(map(_format_outcome, documents)))


def _describe_champion(night: Night) -> dict[str, Any]:
    agreement = compare(night)
    since, version = agreement.succession.since, agreement.champion
    known = agreement.versions.get(version) if version else None
    return {
        "universe": night.universe,
        "version": version,
        "name": known.tags.get("recipe") if known else agreement.succession.name,
        "run_id": known.run_id if known else None,
        "trained_through": known.tags.get("trained_through") if known else None,
        "since": _describe_entry(since) if since else None,
        "can_return_to": agreement.predecessors(),
        "retired": sorted(agreement.succession.retired, key=int),
        "disagreements": [vars(each) for each in agreement.differences()],
    }


def _describe_entry(entry: LedgerEntry) -> dict[str, Any]:
    names = ("as_of", "recorded_at", "decision", "by", "reason", "version_before", "data_version")
    return {name: getattr(entry, name) for name in names}


def _format_champion(document: Document) -> str:
    if document["version"] is None:
        return f"{document['universe']}  no champion"
    lines = [f"{document['universe']}  {document['name']} version {document['version']}"]
    if since := document["since"]:
        lines += [
            f"  since      {since['as_of']}, {since['decision']} by {since['by']}",
            f"  because    {since['reason']}",
        ]
    else:
        lines.append("  since      before the ledger")
    lines.append(f"  trained    through {document['trained_through']}, run {document['run_id']}")
    for name, words in (("can_return_to", "before"), ("retired", "retired")):
        if document[name]:
            lines.append(f"  {words:<10} version {', '.join(document[name])}")
    return "\n".join(lines)


def _describe_outcome(night: Night, outcome: Outcome, by: str, *, dry_run: bool) -> dict[str, Any]:
    """A decision as JSON has it."""
    names = ("name", "version")
    following = "nightly" if outcome.after is None else "export"
    return {
        "universe": night.universe,
        "decision": outcome.proposal.decision,
        "before": dict(zip(names, outcome.before, strict=True)) if outcome.before else None,
        "after": dict(zip(names, outcome.after, strict=True)) if outcome.after else None,
        "retired": outcome.proposal.figures.get("retired_version"),
        "by": by,
        "reason": outcome.reason,
        "dry_run": dry_run,
        "recorded": outcome.recorded,
        "settled": outcome.proposal.settled,
        "finished": _describe_entry(outcome.finished) if outcome.finished else None,
        "next": night.command_line(following)
        if outcome.recorded and outcome.before != outcome.after
        else None,
    }


def _format_outcome(document: Document) -> str:
    lines = [document["universe"]]
    if finished := document["finished"]:
        state = "is" if not document["dry_run"] else "would be"
        words = f"the {finished['decision']} of {finished['as_of']}, which was interrupted, {state} finished"
        lines.append(f"  finished   {words}")
    if document["settled"]:
        lines.append(f"  nothing    {document['settled']}")
    else:
        state = "would be: " if document["dry_run"] else ""
        move = f"{_name_champion(document['before'])} -> {_name_champion(document['after'])}"
        same = document["before"] == document["after"]
        lines.append(
            f"  champion   {state}{_name_champion(document['after']) + ', as before' if same else move}"
        )
        if document["retired"]:
            lines.append(f"  retired    {state}version {document['retired']}")
        lines.append(f"  because    {document['reason']}, by {document['by']}")
    if document["next"]:
        lines.append(f"Next: {document['next']}")
    return "\n".join(lines)


def _name_champion(one: Mapping[str, str] | None) -> str:
    return "no champion" if one is None else f"{one['name']} version {one['version']}"
