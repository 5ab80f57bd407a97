"""``morrow tune``: search for the options of a network, and write the best as a recipe of its own."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter, validators

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.steps import Night


def tune(
    *,
    trials: Annotated[
        int,
        Parameter(
            help="Finished trials in all; earlier ones count; default: 30.",
            validator=validators.Number(gte=1),
        ),
    ] = 30,
    minutes: Annotated[
        float,
        Parameter(
            help="For each universe; trials still running then are finished; default: 10.",
            validator=validators.Number(gt=0),
        ),
    ] = 10.0,
    name: Annotated[str | None, Parameter(help="Of the recipe; default: tuned-UNIVERSE.")] = None,
    options: Options = DEFAULTS,
) -> int:
    """Search on inner folds before the calibrate sessions, over the ranges of [tune]; resumable."""

    def search(night: Night) -> dict[str, Any]:
        from morrow.workbench.tune import tune  # noqa: PLC0415

        result = tune(night, trials, minutes, name or f"tuned-{night.universe}")
        return {"universe": night.universe, **asdict(result), "file": str(result.file)}

    outcome = run_each(options, search)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_search, documents)))


def _format_search(document: Document) -> str:
    values = ", ".join(f"{name} {value}" for name, value in document["options"].items())
    counts = ", ".join(f"{document[state]} {state}" for state in ("complete", "pruned", "failed"))
    return (
        f"{document['universe']}  {document['trials']} trials: {counts}\n"
        f"  best       {document['loss'] * 1e4:.3f} bp on the inner folds: {values}\n"
        f"  recipe     {document['file']}; to let it compete, add it to [training].recipes"
    )
