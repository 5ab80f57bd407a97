"""``morrow clean``: remove what retrainings of long ago have left, or list it."""

from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import format_table
from morrow.steps import Night
from morrow.steps.retention import find_leftovers, remove

MEGABYTE = 1e6


def clean(
    *,
    dry_run: Annotated[
        bool, Parameter(help="List what would go, with its size, and remove nothing.")
    ] = False,
    options: Options = DEFAULTS,
) -> int:
    """Remove large files of old runs that never made a champion, and old folders of work."""

    def work(night: Night) -> dict[str, Any]:
        leftovers = find_leftovers(night)
        if not dry_run:
            remove(night, leftovers)
        return {
            "universe": night.universe,
            "dry_run": dry_run,
            "bytes": leftovers.size,
            "runs": [
                {"run_id": each.run_id, "name": each.name, "cutoff": str(each.cutoff), "bytes": each.size}
                for each in leftovers.runs
            ],
            "work": [
                {"folder": str(each.folder), "cutoff": str(each.cutoff), "bytes": each.size}
                for each in leftovers.work
            ],
        }

    outcome = run_each(options, work)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_leftovers, documents)))


def _format_leftovers(document: Document) -> str:
    rows = [
        [f"run {each['run_id'][:8]} {each['name']}", each["cutoff"], _format_size(each)]
        for each in document["runs"]
    ]
    rows += [
        [f"work {each['folder'].rsplit('/', 1)[-1]}", each["cutoff"], _format_size(each)]
        for each in document["work"]
    ]
    if not rows:
        return f"{document['universe']}\n  nothing is old enough to go"
    state = "would go" if document["dry_run"] else "removed"
    table = format_table(["what", "cutoff", "size"], rows, left=2)
    return "\n".join([f"{document['universe']}  {_format_size(document)} {state}", *table])


def _format_size(document: Document) -> str:
    return f"{document['bytes'] / MEGABYTE:,.2f} MB"
