"""``morrow show``: one symbol's exported forecast in the terminal, as a table and a fan of characters."""

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow import export
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import format_number, format_table, print_json, print_text
from morrow.errors import HistoryError, did_you_mean
from morrow.frames import quantile_column
from morrow.frames.export_rows import read_levels

WIDTH = 56  # characters of the fan
SHADES = ".:=#"  # from the widest interval to the narrowest
MEDIAN, LAST = "|", "'"
FACTS = (
    "recipe",
    "model_version",
    "run_id",
    "data_version",
    "currency",
    "basis",
    "last_close",
    "flags",
    "reason",
)


def show(
    universe: Annotated[str, Parameter(name="UNIVERSE", help="A universe by name.")],
    symbol: Annotated[str, Parameter(name="SYMBOL", help="A symbol, as the export names it.")],
    /,
    *,
    options: Options = DEFAULTS,
) -> int:
    """Show the newest export's forecast of a symbol, or that of the last cutoff up to --as-of."""
    config, _ = options.load_universes()
    config.universe_names((universe,))
    folder = find_export(config.folder(config.paths.exports) / universe, options.as_of)
    frame = export.load_forecasts(folder)
    own = frame[frame["symbol"] == symbol]
    if own.empty:
        raise HistoryError(
            f'the export of {frame["cutoff"].iloc[0]:%Y-%m-%d} has no forecast of "{symbol}"'
            f"{did_you_mean(symbol, frame['symbol'].unique())}; why a symbol is left out: "
            f"{options.command_line('nightly')} --universe {universe}"
        )
    document = describe(own)
    if options.json:
        print_json(document)
    else:
        print_text(format_forecast(document))
    return 0


def find_export(exports: Path, as_of: date | None) -> Path:
    """The folder of the newest export of a universe, or of the last cutoff up to a day.

    Raises:
        HistoryError: there is none.
        ExportError: the pointer to the newest one cannot be read.
    """
    cutoffs = sorted(folder.name for folder in exports.glob("????-??-??") if folder.is_dir())
    if as_of is None and (exports / export.LATEST).is_file():
        return export.find_folder(exports)
    known = [name for name in cutoffs if as_of is None or name <= str(as_of)]
    if not known:
        upto = f" up to {as_of}" if as_of else ""
        first = f"; the first is of {cutoffs[0]}" if cutoffs else "; make one with: morrow nightly"
        raise HistoryError(f'there is no export of universe "{exports.name}"{upto}{first}')
    return exports / known[-1]


def describe(rows: pd.DataFrame) -> dict[str, Any]:
    """One symbol's forecast, JSON-ready: what all its steps share, and each step."""
    first = rows.iloc[0]
    levels = read_levels(list(rows.columns))
    steps = [
        {
            "step": row["step"],
            "session": f"{row['session']:%Y-%m-%d}",
            "quantiles": {str(level): row[quantile_column(level)] for level in levels},
            **{name: row[name] for name in ("mean", "p_down", "p_flat", "p_up", "forecast_id")},
        }
        for row in rows.to_dict("records")
    ]
    shared = {name: first[name] for name in FACTS}
    shared["basis"] = None if pd.isna(first["basis"]) else f"{first['basis']:%Y-%m-%d}"
    return {
        "universe": first["universe"],
        "symbol": first["symbol"],
        "cutoff": f"{first['cutoff']:%Y-%m-%d}",
        **shared,
        "steps": steps,
    }


def format_forecast(document: dict[str, Any]) -> str:
    """A heading, a table of the steps, and the fan."""
    steps = document["steps"]
    levels = list(steps[0]["quantiles"])
    digits = _choose_digits(steps[0]["mean"])
    rows = [
        [
            step["session"],
            *(format_number(step["quantiles"][level], digits) for level in levels),
            format_number(step["mean"], digits),
            format_number(step["p_up"], 1, 100, " %"),
        ]
        for step in steps
    ]
    head = ["session", *(f"{float(level) * 100:g} %" for level in levels), "mean", "p_up"]
    return "\n".join(
        [*_format_heading(document, digits), *format_table(head, rows), *_draw_fan(document, digits)]
    )


def _format_heading(document: dict[str, Any], digits: int) -> list[str]:
    close = format_number(document["last_close"], digits)
    version = f"{document['recipe']} version {document['model_version']}, {document['currency']}"
    lines = [
        f"{document['universe']}  {document['symbol']}: forecast after {document['cutoff']} by {version}",
        f"  last close {close} on {document['basis'] or document['cutoff']}; data {document['data_version']}",
    ]
    if document["flags"]:
        lines.append(f"  {document['flags']}: {document['reason'] or 'see the data dictionary'}")
    return lines


def _draw_fan(document: dict[str, Any], digits: int) -> list[str]:
    """A line of characters per step: the denser, the narrower the interval around the median."""
    steps = [
        [value for value in step["quantiles"].values() if _is_number(value)] for step in document["steps"]
    ]
    last = document["last_close"]
    prices = [value for step in steps for value in step] + ([last] if _is_number(last) else [])
    low, high = min(prices), max(prices)
    if high <= low:
        return ["  every quantile is the last close: there is no fan to draw"]

    def place(price: float) -> int:
        share = float((price - low) / (high - low))
        return round(share * (WIDTH - 1))

    left, right = format_number(low, digits), format_number(high, digits)
    lines = [f"  {'':10}  {left}{right.rjust(WIDTH - len(left))}"]
    for step, quantiles in zip(document["steps"], steps, strict=True):
        cells = _shade([place(value) for value in quantiles])
        if _is_number(last) and cells[place(last)] != MEDIAN:
            cells[place(last)] = LAST
        lines.append(f"  {step['session']}  {''.join(cells)}".rstrip())
    return [
        *lines,
        f"  {MEDIAN} median   {LAST} last close   {' '.join(SHADES)} from the widest interval inwards",
    ]


def _shade(places: Sequence[int]) -> list[str]:
    """The characters of a step whose quantiles, ascending, lie at these places."""
    cells = [" "] * WIDTH
    pairs = len(places) // 2
    for number in range(pairs):
        shade = SHADES[math.ceil((number + 1) / pairs * len(SHADES)) - 1]
        for at in range(places[number], places[-1 - number] + 1):
            cells[at] = shade
    cells[places[len(places) // 2]] = MEDIAN
    return cells


def _choose_digits(price: float) -> int:
    """Decimals with which a price shows five significant digits, two or more of them."""
    return max(2, 4 - math.floor(math.log10(abs(price)))) if price else 2


def _is_number(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)
