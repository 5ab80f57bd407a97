"""``morrow backtest``: recipes out of fold with their leaderboard, and the tutorial's told."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.complaints import warning
from morrow.cli.looks import MEASURES
from morrow.cli.output import number, table
from morrow.cli.universes import Found, answer, every
from morrow.config import Config
from morrow.errors import ConfigError, NightError, SourceError
from morrow.steps import STEPS, Night, play, refuse_early
from morrow.steps.due import Plan
from morrow.steps.retrain import Trained

TOLD = (
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
    asked: Asked = ALL,
) -> int:
    """Train out of fold and show the leaderboard; a tutorial's recipe has a table of its own."""
    names, chosen = _split(recipes), _split(symbols)
    done = every(asked, lambda night: _backtest(night, names, chosen), forced=True)
    return answer(asked, done, lambda found: "\n\n".join(filter(None, map(_words, found))))


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def _backtest(night: Night, names: tuple[str, ...], symbols: tuple[str, ...]) -> dict[str, Any]:
    config = night.config
    tutorials = [name for name in names if name in config.recipes and config.recipes[name].kind == "tutorial"]
    others = tuple(name for name in names if name not in tutorials)
    found: dict[str, Any] = {"universe": night.universe, "cutoff": None, "leaderboard": []}
    if others or not tutorials:
        found |= _judged(replace(night, config=_narrowed(config, night.universe, others, symbols)))
    if tutorials:
        found["tutorial"] = _told(night, tutorials, symbols)
    return found


def _narrowed(config: Config, universe: str, names: tuple[str, ...], symbols: tuple[str, ...]) -> Config:
    """The configuration with these recipes and symbols alone, where any are given.

    Raises:
        ConfigError: a recipe is not known.
    """
    for name in names:
        if name not in config.recipes:
            raise ConfigError(f'recipe "{name}" is not known; known: {", ".join(config.recipes)}')
    changes: dict[str, Any] = {}
    if names:
        changes["training"] = config.training.model_copy(update={"recipes": names})
    if symbols:
        one = config.universes[universe].model_copy(update={"symbols": symbols})
        changes["universes"] = {**config.universes, universe: one}
    return config.model_copy(update=changes)


def _judged(night: Night) -> dict[str, Any]:
    steps = ("plan", "train")
    refuse_early(night, steps)
    results, _ = play(night, [step for step in STEPS if step.name in steps])
    plan, trained = results["plan"], results["train"]
    if not isinstance(plan, Plan) or not isinstance(trained, Trained):
        raise NightError("the retraining that a backtest asks for was not taken")
    from morrow.steps.retrain import board  # noqa: PLC0415 (help needs none of it)

    for name, why in trained.failed:
        warning(f"{night.universe}: recipe {name} failed: {why}")
    rows = [{**row, "run_id": None} for row in board(night, trained)]
    return {"cutoff": str(plan.cutoff), "leaderboard": rows}


def _told(night: Night, names: Sequence[str], symbols: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each tutorial and symbol; none where this universe has none of the symbols.

    Raises:
        ConfigError: no symbol is named.
    """
    from morrow.steps.tutorial import tell  # noqa: PLC0415 (torch)

    if not symbols:
        raise ConfigError("a tutorial is about one symbol at a time; name it, as in: --symbols AAPL")
    rows = []
    for symbol in symbols:
        for name in names:
            try:
                tale = tell(night, name, symbol)
            except SourceError as error:
                if len(night.config.universes) == 1:
                    raise
                warning(f"{night.universe}: {error}")
                break
            rows.append({**asdict(tale), **tale.measures, "chart": str(tale.chart)})
    return rows


def _words(found: Found) -> str:
    lines = _board_words(found) if found["leaderboard"] else []
    return "\n".join([*lines, *_tutorial_words(found)])


def _tutorial_words(found: Found) -> list[str]:
    """Errors of each tutorial beside those of the last price on the same rows, and where its chart lies."""
    rows = found.get("tutorial") or []
    if not rows:
        return []
    span = f"{rows[0]['first']} to {rows[0]['last']}"
    head = f"{found['universe']}  step 1, {span}, in units of {rows[0]['basis']}"
    totals = [[f"{row['name']} {row['symbol']}", *(number(row[key], 3) for _, key in TOLD)] for row in rows]
    lines = [head, *table(["recipe", *(title for title, _ in TOLD)], totals)]
    lines += ["  rel: over the last price's on the same rows; above 1 is worse than no model at all"]
    lines += [f"  leak       {row['name']}: {row['leak']}" for row in rows if row["leak"]]
    return [*lines, *(f"  chart      {row['chart']}" for row in rows)]


def _board_words(found: Found) -> list[str]:
    board: Sequence[Found] = found["leaderboard"]
    steps = range(len(board[0]["by_step"]))
    measures = [each for each in MEASURES if any(row[each[1]] is not None for row in board)]
    totals = [
        [row["name"], *(number(row[key], digits, times, unit) for _, key, digits, times, unit in measures)]
        for row in board
    ]
    by_step = [[row["name"], *(number(row["by_step"][k]["pinball"], 3, 1e4) for k in steps)] for row in board]
    by_symbol = [
        [symbol, *(number(row["by_symbol"][symbol]["pinball"], 3, 1e4) for row in board)]
        for symbol in board[0]["by_symbol"]
    ]
    return [
        f"{found['universe']}  cutoff {found['cutoff']}: test sessions; nothing is promoted or logged",
        *table(["recipe", *(head for head, *_ in measures)], totals),
        "",
        "  pinball bp by step",
        *table(["recipe", *(str(k + 1) for k in steps)], by_step),
        "",
        "  pinball bp by symbol",
        *table(["symbol", *(row["name"] for row in board)], by_symbol),
    ]
