"""``morrow audit``: whether a feature, a state of the panel or a scaler sees the future."""

from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.complaints import FAILED, error, warning
from morrow.cli.output import table
from morrow.cli.universes import Found, answer, every
from morrow.config import TutorialRecipe
from morrow.errors import ConfigError, HistoryError, SourceError
from morrow.steps import Night

if TYPE_CHECKING:
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
    asked: Asked = ALL,
) -> int:
    """Try other futures on the stored prices, and name whatever then says differently of the past."""
    names, chosen = _split(recipes), _split(symbols)
    if chosen and not names:
        raise ConfigError("symbols are of tutorials; name those too, as in: --recipes tutorial-as-written")
    done = every(asked, lambda night: _tutorials(night, names, chosen) if names else _features(night))
    for found in done.found:
        for leak in found["leaks"]:
            error(f"{found['universe']}: {leak['words']}")
    code = answer(asked, done, lambda found: "\n\n".join(map(_words, found)))
    return FAILED if any(found["leaks"] for found in done.found) else code


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def _features(night: Night) -> dict[str, Any]:
    from morrow.steps.audit import audit as audited  # noqa: PLC0415 (torch)
    from morrow.steps.retrain import build_panel  # noqa: PLC0415 (pandas, TA-Lib)

    night.tell("step", {"step": "audit"})
    prices = night.prices()
    found = audited(night, prices, build_panel(night, prices).names)
    document = found.document()
    document["leaks"] = [{**leak.document(), "words": leak.words()} for leak in found.leaks]
    return {"universe": night.universe, **document, "tutorials": _shown(night, prices)}


def _shown(night: Night, prices: pd.DataFrame) -> list[dict[str, Any]]:
    """Tutorials on the first symbol: they take part in no contest, so their leaks fail nothing."""
    from morrow.steps.audit import tutorials  # noqa: PLC0415 (torch)

    symbol = str(prices["symbol"].min())
    try:
        return _rows(tutorials(night, tuple(night.config.recipes), symbol, prices), symbol)
    except HistoryError:
        return []


def _rows(found: "dict[str, tuple[Leak, ...]]", symbol: str) -> list[dict[str, Any]]:
    return [
        {
            "recipe": name,
            "symbol": symbol,
            "leaks": [{**leak.document(), "words": leak.words()} for leak in each],
        }
        for name, each in found.items()
    ]


def _tutorials(night: Night, names: tuple[str, ...], symbols: tuple[str, ...]) -> dict[str, Any]:
    from morrow import sources  # noqa: PLC0415
    from morrow.steps.audit import tutorials  # noqa: PLC0415 (torch)

    known = night.config.recipes
    for name in names:
        if not isinstance(known.get(name), TutorialRecipe):
            tutorial = [each for each, recipe in known.items() if isinstance(recipe, TutorialRecipe)]
            raise ConfigError(
                f'recipe "{name}" is no tutorial; those are {", ".join(tutorial)}, and the scalers of '
                "training.recipes are audited with the features: leave --recipes out"
            )
    if not symbols:
        rows = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw()).rows
        symbols = (str(rows["symbol"].dropna().min()),)
    told: list[dict[str, Any]] = []
    for symbol in symbols:
        try:
            told += _rows(tutorials(night, names, symbol), symbol)
        except SourceError as wrong:
            if len(night.config.universes) == 1:
                raise
            warning(f"{night.universe}: {wrong}")
    leaks = [leak for row in told for leak in row["leaks"]]
    return {"universe": night.universe, "tutorials": told, "leaks": leaks}


def _words(found: Found) -> str:
    """A line for everything that was checked."""
    rows, head = [], found["universe"]
    if "features" in found:
        leaks = {(leak["kind"], leak["what"]): leak["words"] for leak in found["leaks"]}
        rows += [
            ["feature", name, _verdict(leaks, ("feature", "outcome"), name)] for name in found["features"]
        ]
        rows += [["state", name, _verdict(leaks, ("state",), name)] for name in found["states"]]
        rows += [["scaler", f"of {name}", _scaler(leaks, name)] for name in found["scalers"]]
        head += f"  {len(found['symbols'])} symbols, {found['sessions']:,} sessions, other futures after "
        head += ", ".join(found["cutoffs"])
    rows += [
        [
            "scaler",
            f"of {row['recipe']} on {row['symbol']}",
            row["leaks"][0]["words"] if row["leaks"] else CAUSAL,
        ]
        for row in found["tutorials"]
    ]
    return "\n".join([head, *table(["what", "name", "verdict"], rows, left=3)])


def _verdict(leaks: dict[tuple[str, str], str], kinds: tuple[str, ...], name: str) -> str:
    return next((leaks[kind, name] for kind in kinds if (kind, name) in leaks), CAUSAL)


def _scaler(leaks: dict[tuple[str, str], str], recipe: str) -> str:
    found = [words for (_, what), words in leaks.items() if what.startswith(f"of {recipe} on ")]
    return found[0] if found else CAUSAL
