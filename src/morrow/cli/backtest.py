"""``morrow backtest``: the leaderboard of recipes out of fold, and the errors of the tutorials."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options, split_names
from morrow.cli.output import format_number, format_table, print_warning
from morrow.config import Config
from morrow.errors import ConfigError, NightError, SourceError, did_you_mean
from morrow.steps import STEPS, Night, play
from morrow.steps.preflight import refuse_early

# Title, key, digits, factor and unit of each column.
MEASURES = (
    ("pinball bp", "pinball", 3, 1e4, ""),
    ("select bp", "pinball_select", 3, 1e4, ""),
    ("vs ewma", "skill_vs_ewma", 2, 100, "%"),
    ("vs regression", "skill_vs_regression", 2, 100, "%"),
    ("weight", "weight", 2, 1, ""),
    ("networks bp", "networks_pinball", 3, 1e4, ""),
    ("rel MSE", "rel_mse", 4, 1, ""),
    ("rel MAE", "rel_mae", 4, 1, ""),
    ("MASE", "mase", 3, 1, ""),
    ("direction", "directional_accuracy", 1, 100, "%"),
    ("cover 80", "coverage_80", 1, 100, "%"),
    ("cover 95", "coverage_95", 1, 100, "%"),
    ("Brier", "brier", 4, 1, ""),
    ("log loss", "log_loss", 4, 1, ""),
    ("rows", "rows", 0, 1, ""),
    ("train s", "train_s", 1, 1, ""),
)
TUTORIAL_MEASURES = (
    ("MSE", "mse"), ("MAE", "mae"), ("last MSE", "last_mse"), ("last MAE", "last_mae"),
    ("rel MSE", "rel_mse"), ("rel MAE", "rel_mae"),
)  # fmt: skip


def backtest(
    *,
    recipes: Annotated[
        str | None, Parameter(help="By name, joined by commas; default: [training].recipes.")
    ] = None,
    symbols: Annotated[
        str | None, Parameter(help="By name, joined by commas; default: the universe's. Tutorials need it.")
    ] = None,
    options: Options = DEFAULTS,
) -> int:
    """Train out of fold and show the leaderboard; tutorial recipes have their own table."""
    names, chosen = split_names(recipes), split_names(symbols)
    outcome = run_each(options, lambda night: _backtest(night, names, chosen), forced=True)
    return print_outcome(
        options, outcome, lambda documents: "\n\n".join(filter(None, map(_format_backtest, documents)))
    )


def _backtest(night: Night, names: tuple[str, ...], symbols: tuple[str, ...]) -> dict[str, Any]:
    config = night.config
    tutorials = [name for name in names if name in config.recipes and config.recipes[name].kind == "tutorial"]
    others = tuple(name for name in names if name not in tutorials)
    document: dict[str, Any] = {"universe": night.universe, "cutoff": None, "leaderboard": []}
    if others or not tutorials:
        document |= _train(
            replace(night, config=_select(config, night.universe, others, symbols), keeps_pages=False)
        )
    if tutorials:
        document["tutorial"] = _evaluate_tutorials(night, tutorials, symbols)
    return document


def _select(config: Config, universe: str, names: tuple[str, ...], symbols: tuple[str, ...]) -> Config:
    """Restrict a configuration to these recipes and symbols, where any are given.

    Raises:
        ConfigError: a recipe is not known.
    """
    for name in names:
        if name not in config.recipes:
            hint = did_you_mean(name, config.recipes)
            raise ConfigError(f'recipe "{name}" is not known; known: {", ".join(config.recipes)}{hint}')
    changes: dict[str, Any] = {}
    if names:
        changes["training"] = config.training.model_copy(update={"recipes": names})
    if symbols:
        one = config.universes[universe].model_copy(update={"symbols": symbols})
        changes["universes"] = {**config.universes, universe: one}
    return config.model_copy(update=changes)


def _train(night: Night) -> dict[str, Any]:
    steps = ("plan", "train")
    refuse_early(night, steps)
    results, _ = play(night, [step for step in STEPS if step.name in steps])
    plan, trained = results["plan"], results["train"]
    if trained is None:
        raise NightError("the backtest did not train; run it again")
    from morrow.steps.retrain.train import build_leaderboard  # noqa: PLC0415 (help needs none of it)

    for name, why in trained.failed:
        print_warning(f"{night.universe}: recipe {name} failed: {why}")
    rows = [{**row, "run_id": None} for row in build_leaderboard(night, trained)]
    return {"cutoff": str(plan.cutoff), "leaderboard": rows}


def _evaluate_tutorials(night: Night, names: Sequence[str], symbols: Sequence[str]) -> list[dict[str, Any]]:
    """One row per tutorial and symbol; none if this universe has none of the symbols.

    Raises:
        ConfigError: no symbol is named.
    """
    from morrow.workbench.tutorial import run_tutorial  # noqa: PLC0415 (torch)

    if not symbols:
        raise ConfigError("a tutorial is about one symbol at a time; name it, as in: --symbols AAPL")
    rows = []
    for symbol in symbols:
        for name in names:
            try:
                result = run_tutorial(night, name, symbol)
            except SourceError as error:
                if len(night.config.universes) == 1:
                    raise
                print_warning(f"{night.universe}: {error}")
                break
            rows.append({**asdict(result), **result.measures, "chart": str(result.chart)})
    return rows


def _format_backtest(document: Document) -> str:
    lines = _format_board(document) if document["leaderboard"] else []
    return "\n".join([*lines, *_format_tutorials(document)])


def _format_tutorials(document: Document) -> list[str]:
    """Each tutorial's errors beside those of the last price on the same rows, and the path of its chart."""
    rows = document.get("tutorial") or []
    if not rows:
        return []
    span = f"{rows[0]['first']} to {rows[0]['last']}"
    head = f"{document['universe']}  step 1, {span}, in units of {rows[0]['basis']}"
    totals = [
        [f"{row['name']} {row['symbol']}", *(format_number(row[key], 3) for _, key in TUTORIAL_MEASURES)]
        for row in rows
    ]
    lines = [head, *format_table(["recipe", *(title for title, _ in TUTORIAL_MEASURES)], totals)]
    lines += ["  rel: over the last price's on the same rows; above 1 is worse than no model at all"]
    lines += [f"  leak       {row['name']}: {row['leak']}" for row in rows if row["leak"]]
    return [*lines, *(f"  chart      {row['chart']}" for row in rows)]


def _format_board(document: Document) -> list[str]:
    board: Sequence[Document] = document["leaderboard"]
    steps = range(len(board[0]["by_step"]))
    measures = [each for each in MEASURES if any(row[each[1]] is not None for row in board)]
    totals = [
        [
            row["name"],
            *(format_number(row[key], digits, times, unit) for _, key, digits, times, unit in measures),
        ]
        for row in board
    ]
    by_step = [
        [row["name"], *(format_number(row["by_step"][k]["pinball"], 3, 1e4) for k in steps)] for row in board
    ]
    by_symbol = [
        [symbol, *(format_number(row["by_symbol"][symbol]["pinball"], 3, 1e4) for row in board)]
        for symbol in board[0]["by_symbol"]
    ]
    folds = f", select of {board[0]['folds']} folds" if board[0]["folds"] > 1 else ""
    head = f"{document['universe']}  cutoff {document['cutoff']}: test sessions{folds}"
    return [
        f"{head}; nothing is promoted or logged",
        *format_table(["recipe", *(head for head, *_ in measures)], totals),
        "",
        "  pinball bp by step",
        *format_table(["recipe", *(str(k + 1) for k in steps)], by_step),
        "",
        "  pinball bp by symbol",
        *format_table(["symbol", *(row["name"] for row in board)], by_symbol),
    ]
