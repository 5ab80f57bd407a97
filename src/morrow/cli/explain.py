"""``morrow explain``: why a symbol is forecast as it is, on one screen."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import format_number, format_table
from morrow.errors import UserError
from morrow.steps import Night

if TYPE_CHECKING:
    from morrow.workbench.explanation import Explanation

LARGEST = 6  # feature groups that are shown
ACTIONS = 3  # inferred actions that are shown


def explain(
    universe: Annotated[str, Parameter(name="UNIVERSE", help="A universe by name.")],
    symbol: Annotated[str, Parameter(name="SYMBOL", help="A symbol of it, as forecasts name it.")],
    /,
    *,
    options: Options = DEFAULTS,
) -> int:
    """Explain a symbol's newest forecast, or that from the cutoff --as-of."""
    if options.universe and options.universe != (universe,):
        raise UserError(f'two universes are named, "{universe}" and {", ".join(options.universe)}')

    def work(night: Night) -> dict[str, Any]:
        from morrow.workbench import explanation  # noqa: PLC0415 (help needs none of it)

        return _describe(explanation.explain(night, symbol))

    outcome = run_each(replace(options, universe=(universe,)), work)
    return print_outcome(options, outcome, lambda documents: "\n".join(map(_format, documents)))


def _describe(made: "Explanation") -> dict[str, Any]:
    """An explanation as JSON has it."""
    columns = [name for name in made.forecast.columns if name.startswith(("q", "p_"))]
    steps = made.forecast[["step", "session", *columns, "mean"]].to_dict("records")
    contributions = made.contributions
    return {
        **{name: getattr(made, name) for name in ("universe", "symbol", "cutoff", "flags", "reason")},
        "model": {name: getattr(made, name) for name in ("recipe", "version", "run_id", "decided_on", "why")},
        "forecast": [{**step, "session": f"{step['session']:%Y-%m-%d}"} for step in steps],
        "against": contributions.against if contributions else None,
        "contributions": {name: asdict(each) for name, each in contributions.groups.items()}
        if contributions
        else None,
        "bars": asdict(made.bars),
        "recent": asdict(made.recent) if made.recent else None,
        "skill": dict(made.skill),
    }


def _format(document: Document) -> str:
    model, bars = document["model"], document["bars"]
    flags = f", flagged {', '.join(document['flags'])}" if document["flags"] else ""
    since = f" since {model['decided_on']}" if model["decided_on"] else ""
    lines = [
        f"{document['universe']}  {document['symbol']} from cutoff {document['cutoff']}{flags}",
        *([f"  fallback   {document['reason']}"] if document["reason"] else []),
        f"  model      {model['recipe']} version {model['version']}{since}, run {model['run_id'] or 'none'}",
        f"  because    {model['why']}",
        *_format_forecast(document["forecast"]),
        *_format_contributions(document),
        _format_bars(bars),
    ]
    lines += [f"  inferred   {action}" for action in bars["actions"][-ACTIONS:]]
    return "\n".join([*lines, *_format_scores(document)])


def _format_bars(bars: Document) -> str:
    return (
        f"  bars       {bars['count']:,} from {bars['first']} to {bars['last']}; "
        f"{bars['refused']:,} rows refused ({bars['undecided']:,} undecided), "
        f"{bars['revised']:,} sessions revised"
    )


def _format_forecast(steps: Sequence[Document]) -> list[str]:
    """The steps' medians and widest intervals, in quote currency."""
    names = [name for name in steps[0] if name.startswith("q")]
    low, high = names[0], names[-1]
    rows = [
        [step["session"], *(format_number(step[name], 4) for name in (low, "q5000", high)),
         format_number(step["p_up"], 0, 100, "%")]
        for step in steps
    ]  # fmt: skip
    percent = [f"{int(name[1:]) / 100:g} %" for name in (low, "q5000", high)]
    return format_table(["session", *percent, "up"], rows)


def _format_contributions(document: Document) -> list[str]:
    contributions = document["contributions"]
    if contributions is None:
        return ["  features   none has a part in it: it follows the symbol's own volatility alone"]
    rows = [
        [name, f"{100 * each['width']:+.1f} %", f"{10_000 * each['median']:+.1f} bp"]
        for name, each in list(contributions.items())[:LARGEST]
    ]
    head = [f"features, against {document['against']}", "width", "median"]
    return format_table(head, rows)


def _format_scores(document: Document) -> list[str]:
    recent, skill = document["recent"], document["skill"]
    lines = ["  lately     no forecast of it has matured yet"]
    if recent:
        pinball, *covered = (
            format_number(recent[name], digits, times, unit)
            for name, digits, times, unit in (
                ("pinball", 1, 10_000, " bp"), ("coverage_80", 0, 100, " %"), ("coverage_95", 0, 100, " %"),
            )
        )  # fmt: skip
        span = f"{recent['count']} cutoffs from {recent['first']} to {recent['last']}"
        bands = f"80 % band held {covered[0]}, 95 % band {covered[1]}"
        lines = [f"  lately     pinball {pinball}, {bands}: {span}"]
    if skill:
        against = ", ".join(f"{100 * value:+.1f} % against {name}" for name, value in skill.items())
        lines.append(f"  backtest   skill on it, before the refit: {against}")
    return lines
