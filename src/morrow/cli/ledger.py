"""``morrow ledger``: show every decision about who is champion, with its rules and its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter, validators

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.steps import Night
from morrow.store.ledger import read_entries


def ledger(
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
