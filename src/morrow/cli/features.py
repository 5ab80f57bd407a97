"""``morrow features``: describe the features of the stored prices, or list all that may be selected."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from cyclopts import Parameter

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import CONFIG, DEFAULTS, Options
from morrow.cli.output import format_number, format_table, print_json, print_text, print_warning
from morrow.steps import Night

if TYPE_CHECKING:
    from morrow.panel import Panel

COLUMNS = ("feature", "inputs", "warm-up", "unit")


def features(
    *,
    options: Options = DEFAULTS,
    list_all: Annotated[
        bool, Parameter(name="--list", help="List every feature that may be selected, and why it is there.")
    ] = False,
) -> int:
    """Describe the features and symbols of the stored prices, or list all features."""
    if list_all:
        return _list_registry(options)
    outcome = run_each(options, _describe_panel)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_panel, documents)))


def _describe_panel(night: Night) -> dict[str, Any]:
    from morrow import panel as panels  # noqa: PLC0415 (help needs none of it)

    night.tell("step", {"step": "features"})
    panel = night.market.panel()
    eligibility = panels.assess_eligibility(
        panel,
        night.config.forecast,
        leave_gaps_out=night.options.gaps == "leave_out",
    )
    for name, why in panel.dropped.items():
        print_warning(f"{night.universe}: {name} is dropped: {why}")
    for symbol, why in eligibility.left_out.items():
        print_warning(f"{night.universe}: {symbol} is left out: {why}")
    return {
        "universe": night.universe,
        "cutoff": str(panel.sessions[-1]),
        "bars": len(panel.close),
        "sessions": len(panel.sessions),
        "features": [_describe_feature(panel, column) for column in range(len(panel.names))],
        "eligible": [panel.symbols[code] for code in panel.symbol[eligibility.eligible]],
        "pegged": [panel.symbols[code] for code in panel.symbol[eligibility.pegged_rows]],
        "fallback": [
            {
                "symbol": panel.symbols[panel.symbol[one.row]],
                "flags": ",".join(one.flags),
                "reason": one.reason,
            }
            for one in eligibility.fallback
        ],
        "left_out": [{"symbol": symbol, "reason": why} for symbol, why in eligibility.left_out.items()],
    }


def _describe_feature(panel: "Panel", column: int) -> dict[str, Any]:
    """A feature's share of bars where it is known, and its minimum, median and maximum there."""
    values = panel.features[:, column].astype(np.float64)
    known = values[np.isfinite(values)]
    least, middle, most = np.quantile(known, [0, 0.5, 1]).tolist() if len(known) else [None] * 3
    return {
        "name": panel.names[column],
        "known": len(known) / len(values),
        "min": least,
        "median": middle,
        "max": most,
    }


def _format_panel(document: Document) -> str:
    rows = [
        [
            one["name"],
            format_number(one["known"], 1, 100, "%"),
            *(format_number(one[key], 4) for key in ("min", "median", "max")),
        ]
        for one in document["features"]
    ]
    size = f"{document['bars']:,} bars on {document['sessions']:,} sessions"
    lines = [f"{document['universe']}  cutoff {document['cutoff']}, {size}"]
    lines += format_table(["feature", "known", "min", "median", "max"], rows)
    lines += [f"  eligible   {', '.join(document['eligible']) or 'nobody'}"]
    lines += [
        f"  fallback   {one['symbol']} ({one['flags']}): {one['reason']}" for one in document["fallback"]
    ]
    lines += [f"  left out   {one['symbol']}: {one['reason']}" for one in document["left_out"]]
    return "\n".join(lines)


def _list_registry(options: Options) -> int:
    """List every feature by group; * marks those that are selected.

    Raises:
        ConfigError: the configuration, its feature module or its selection cannot be used.
    """
    rows = _describe_registry(options)
    if options.json:
        print_json(rows)
        return 0
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    print_text("\n\n".join(_format_group(name, members) for name, members in groups.items()))
    return 0


def _describe_registry(options: Options) -> list[dict[str, Any]]:
    from morrow import features as registry  # noqa: PLC0415 (scikit-learn)
    from morrow.steps.feature_selection import select_features  # noqa: PLC0415

    is_configured = options.config.exists() or options.config != CONFIG
    selection = select_features(options.load_universes()[0]) if is_configured else ("default",)
    selected = registry.expand_selection(selection)
    return [
        {
            "name": each.name,
            "group": each.group,
            "group_about": registry.GROUPS.get(each.group, "features of a user's module"),
            "selected": each.name in selected,
            "inputs": list(each.inputs),
            "warm_up": each.warm_up,
            "unit": each.unit,
            "source": each.source,
            "why": each.why,
        }
        for each in registry.REGISTRY.values()
    ]


def _format_group(name: str, rows: list[dict[str, Any]]) -> str:
    cells = [
        [
            f"{'*' if row['selected'] else ' '} {row['name']}",
            " ".join(row["inputs"]),
            str(row["warm_up"]),
            row["unit"],
        ]
        for row in rows
    ]
    lines = format_table(COLUMNS, cells, 4)
    width = max(map(len, lines))
    reasons = ["why", *(f"{row['why']} ({row['source']})" for row in rows)]
    joined = [f"{line.ljust(width)}  {reason}" for line, reason in zip(lines, reasons, strict=True)]
    return "\n".join([f"{name}: {rows[0]['group_about']}", *joined])
