"""``morrow ledger``: show every decision about who is champion, and make MLflow follow them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter, validators

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.steps import Night
from morrow.steps.ledger_agreement import DECISION_LOCK, compare, follow_ledger
from morrow.store.ledger import read_entries


def show(
    *,
    last: Annotated[
        int | None, Parameter(help="How many decisions; default: all.", validator=validators.Number(gte=1))
    ] = None,
    options: Options = DEFAULTS,
) -> int:
    """Show the decisions of each universe up to --as-of, oldest first."""

    def read(night: Night) -> dict[str, Any]:
        entries = read_entries(night.store, night.universe, night.as_of)
        return {
            "universe": night.universe,
            "entries": [asdict(entry) for entry in entries[-(last or len(entries)) :]],
        }

    outcome = run_each(options, read)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_ledger, documents)))


def rebuild(
    *,
    dry_run: Annotated[bool, Parameter(help="List what differs, and change nothing.")] = False,
    options: Options = DEFAULTS,
) -> int:
    """Make aliases and tags those of the ledger."""

    def follow(night: Night) -> dict[str, Any]:
        with night.alone(DECISION_LOCK):
            agreement = compare(night) if dry_run else follow_ledger(night)
        differences = [vars(each) for each in agreement.differences()]
        return {"universe": night.universe, "dry_run": dry_run, "differences": differences}

    outcome = run_each(options, follow)
    return print_outcome(options, outcome, lambda documents: "\n".join(map(_format_rebuild, documents)))


def _format_rebuild(document: Document) -> str:
    state = "would be" if document["dry_run"] else "is"
    lines = [
        f"  {each['what']} {state} {each['ledger'] or 'removed'}; it was {each['registry'] or 'missing'}"
        for each in document["differences"]
    ]
    return "\n".join([document["universe"], *(lines or ["  MLflow agrees with the ledger"])])


def _format_ledger(document: Document) -> str:
    lines = [line for entry in document["entries"] for line in _format_entry(entry)]
    return "\n".join([document["universe"], *(lines or ["  no decision is on record"])])


def _format_entry(entry: Mapping[str, Any]) -> Sequence[str]:
    before, after = (_name_version(entry, when) for when in ("before", "after"))
    champion = after if before == after else f"{before} -> {after}"
    versions = f"data {entry['data_version']}, code {entry['code_version']}"
    head = f"  {entry['as_of']}  {entry['decision']:<9}{champion}  by {entry['by']}, {versions}"
    return [head, f"    {entry['reason']}"] + [
        f"    {'held' if rule['held'] else 'failed':<7}{rule['rule']}: {rule['about']}"
        for rule in entry["rules"]
    ]


def _name_version(entry: Mapping[str, Any], when: str) -> str:
    name, version = entry[f"champion_{when}"], entry[f"version_{when}"]
    return "no champion" if name is None else f"{name} version {version}"
