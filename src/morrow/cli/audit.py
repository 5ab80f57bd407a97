"""``morrow audit``: whether a feature, a state of the panel or a scaler sees the future."""

from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options, split_names
from morrow.cli.output import FAILED, format_table, print_error, print_warning
from morrow.config import TutorialRecipe
from morrow.errors import ConfigError, HistoryError, SourceError
from morrow.steps import Night

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from morrow.audit import Leak

CAUSAL = "causal"


def audit(
    *,
    recipes: Annotated[
        str | None,
        Parameter(help="Tutorials by name, joined by commas, to be audited instead of the features."),
    ] = None,
    symbols: Annotated[
        str | None, Parameter(help="For tutorials: by name, joined by commas; default: the first.")
    ] = None,
    options: Options = DEFAULTS,
) -> int:
    """Rewrite the future of the stored prices, and name everything that changes in the past."""
    tutorials, chosen = split_names(recipes), split_names(symbols)
    if chosen and not tutorials:
        raise ConfigError("symbols are of tutorials; name those too, as in: --recipes tutorial-as-written")
    outcome = run_each(
        options,
        lambda night: _audit_tutorials(night, tutorials, chosen) if tutorials else _audit_features(night),
    )
    for document in outcome.documents:
        for leak in document["leaks"]:
            print_error(f"{document['universe']}: {leak['words']}")
    code = print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_audit, documents)))
    return FAILED if any(document["leaks"] for document in outcome.documents) else code


def _audit_features(night: Night) -> dict[str, Any]:
    from morrow.steps.retrain.causality import audit_features  # noqa: PLC0415 (torch)

    night.tell("step", {"step": "audit"})
    market = night.market
    result = audit_features(night, market, market.panel().names)
    return {
        "universe": night.universe,
        **result.document(),
        "leaks": _describe_leaks(result.leaks),
        "tutorials": _audit_all_tutorials(night, market.bars),
    }


def _audit_all_tutorials(night: Night, prices: pd.DataFrame) -> list[dict[str, Any]]:
    """Audit the tutorials on the first symbol: they take part in no contest, so their leaks fail nothing."""
    from morrow.workbench.audit import audit_tutorials  # noqa: PLC0415 (torch)

    symbol = str(prices["symbol"].min())
    try:
        return _describe_tutorials(
            audit_tutorials(night, tuple(night.config.recipes), symbol, prices), symbol
        )
    except HistoryError:
        return []


def _audit_tutorials(night: Night, names: tuple[str, ...], symbols: tuple[str, ...]) -> dict[str, Any]:
    from morrow import sources  # noqa: PLC0415
    from morrow.workbench.audit import audit_tutorials  # noqa: PLC0415 (torch)

    _refuse_other_recipes(night, names)
    if not symbols:
        rows = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw_replies).rows
        symbols = (str(rows["symbol"].dropna().min()),)
    audits: list[dict[str, Any]] = []
    for symbol in symbols:
        try:
            audits += _describe_tutorials(audit_tutorials(night, names, symbol), symbol)
        except SourceError as error:
            if len(night.config.universes) == 1:
                raise
            print_warning(f"{night.universe}: {error}")
    leaks = [leak for one in audits for leak in one["leaks"]]
    return {"universe": night.universe, "tutorials": audits, "leaks": leaks}


def _refuse_other_recipes(night: Night, names: tuple[str, ...]) -> None:
    recipes = night.config.recipes
    for name in names:
        if not isinstance(recipes.get(name), TutorialRecipe):
            tutorials = [each for each, recipe in recipes.items() if isinstance(recipe, TutorialRecipe)]
            raise ConfigError(
                f'recipe "{name}" is no tutorial; those are {", ".join(tutorials)}, and the scalers of '
                "training.recipes are audited with the features: leave --recipes out"
            )


def _describe_tutorials(leaks: "Mapping[str, Sequence[Leak]]", symbol: str) -> list[dict[str, Any]]:
    return [{"recipe": name, "symbol": symbol, "leaks": _describe_leaks(own)} for name, own in leaks.items()]


def _describe_leaks(leaks: "Sequence[Leak]") -> list[dict[str, Any]]:
    return [{**leak.document(), "words": leak.words()} for leak in leaks]


def _format_audit(document: Document) -> str:
    """One line per kind of item that was checked."""
    rows, head = [], document["universe"]
    if "features" in document:
        leaks = {(leak["kind"], leak["what"]): leak["words"] for leak in document["leaks"]}
        rows += [
            ["feature", name, _verdict(leaks, ("feature", "outcome"), name)] for name in document["features"]
        ]
        rows += [["state", name, _verdict(leaks, ("state",), name)] for name in document["states"]]
        rows += [["scaler", f"of {name}", _scaler_verdict(leaks, name)] for name in document["scalers"]]
        head += (
            f"  {len(document['symbols'])} symbols, {document['sessions']:,} sessions, other futures after "
        )
        head += ", ".join(document["cutoffs"])
    rows += [
        [
            "scaler",
            f"of {row['recipe']} on {row['symbol']}",
            row["leaks"][0]["words"] if row["leaks"] else CAUSAL,
        ]
        for row in document["tutorials"]
    ]
    return "\n".join([head, *format_table(["what", "name", "verdict"], rows, left=3)])


def _verdict(leaks: dict[tuple[str, str], str], kinds: tuple[str, ...], name: str) -> str:
    return next((leaks[kind, name] for kind in kinds if (kind, name) in leaks), CAUSAL)


def _scaler_verdict(leaks: dict[tuple[str, str], str], recipe: str) -> str:
    return next((words for (_, what), words in leaks.items() if what.startswith(f"of {recipe} on ")), CAUSAL)
