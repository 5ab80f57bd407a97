"""``morrow reproduce``: train a recorded run again, and say what differs and why."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import FAILED
from morrow.errors import MorrowError, UserError
from morrow.steps import Night


def reproduce(
    run: Annotated[
        str, Parameter(name="RUN", help="The id of a recipe's run or of a night's own, or its beginning.")
    ],
    /,
    *,
    options: Options = DEFAULTS,
) -> int:
    """Train a recorded run again and compare."""
    config, names = options.load_universes()
    record = Night(config, names[0], None, datetime.now(UTC)).registry.find_run(run)
    if options.universe and record.universe not in options.universe:
        raise UserError(f'run {record.run_id} is of universe "{record.universe}"; leave --universe out')

    def work(night: Night) -> dict[str, Any]:
        from morrow.workbench import reproduction  # noqa: PLC0415 (help needs none of it)

        try:
            made = reproduction.reproduce(night, record)
        except MorrowError as error:  # whatever is missing, nothing was compared
            raise UserError(str(error)) from error
        recipes = [
            {**vars(each), "identical": not each.differences, "differences": list(each.differences)}
            for each in made.recipes
        ]
        return {**vars(made), "run_id": record.run_id, "identical": made.is_identical, "recipes": recipes}

    outcome = run_each(replace(options, universe=(record.universe,), as_of=None), work)
    code = print_outcome(options, outcome, lambda documents: "\n".join(map(_format, documents)))
    return code or (0 if all(each["identical"] for each in outcome.documents) else FAILED)


def _format(document: Document) -> str:
    lines = [f"{document['universe']}  cutoff {document['cutoff']}, prices as known on {document['as_of']}"]
    for recipe in document["recipes"]:
        refitted = f", and version {recipe['version']}" if recipe["version"] else ""
        state = "identical" if recipe["identical"] else "differs"
        lines.append(
            f"  {state:<10} {recipe['recipe']}: {recipe['weights']:,} weights, losses, metrics{refitted}"
        )
        lines += [f"             {each}" for each in recipe["differences"]]
    lines += [f"  then       {each}" for each in document["causes"]]
    lines += [f"  morrow.toml {each}; the recorded one was used" for each in document["changes"]]
    if not document["identical"] and not document["causes"]:
        lines.append(
            "  why        code, packages, processor and prices are as recorded, so the training itself does "
            "not repeat; please report it"
        )
    return "\n".join(lines)
