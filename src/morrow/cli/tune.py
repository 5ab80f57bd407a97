"""``morrow tune``: search for the options of a network, and write the best as a recipe of its own."""

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter, validators

from morrow.cli.asked import ALL, Asked
from morrow.cli.universes import Found, answer, every
from morrow.steps import Night


def tune(
    *,
    trials: Annotated[
        int, Parameter(help="Finished trials in all; earlier ones count.", validator=validators.Number(gte=1))
    ] = 30,
    minutes: Annotated[
        float,
        Parameter(help="For each universe; trials that run then end.", validator=validators.Number(gt=0)),
    ] = 10.0,
    name: Annotated[str | None, Parameter(help="Of the recipe; default: tuned-UNIVERSE.")] = None,
    asked: Asked = ALL,
) -> int:
    """Search on inner folds before the calibrate sessions, over the ranges of [tune]; resumable."""

    def tuned(night: Night) -> dict[str, Any]:
        from morrow.steps.tune import tune as search  # noqa: PLC0415

        found = search(night, trials, minutes, name or f"tuned-{night.universe}")
        return {"universe": night.universe, **asdict(found), "file": str(found.file)}

    done = every(asked, tuned)
    return answer(asked, done, lambda found: "\n\n".join(map(_words, found)))


def _words(found: Found) -> str:
    options = ", ".join(f"{name} {value}" for name, value in found["options"].items())
    counts = ", ".join(f"{found[state]} {state}" for state in ("complete", "pruned", "failed"))
    return (
        f"{found['universe']}  {found['trials']} trials: {counts}\n"
        f"  best       {found['loss'] * 1e4:.3f} bp on the inner folds: {options}\n"
        f"  recipe     {found['file']}; to let it compete, add it to [training].recipes"
    )
