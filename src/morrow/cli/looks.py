"""The commands that look and store nothing: what the gate would refuse, and the features."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from cyclopts import Parameter

from morrow import sources
from morrow.cli.asked import ALL, Asked
from morrow.cli.catalogue import catalogue
from morrow.cli.complaints import FAILED, error, warning
from morrow.cli.output import number, table
from morrow.cli.universes import Found, answer, every
from morrow.steps import Night
from morrow.steps.intake import gate

if TYPE_CHECKING:
    from morrow.panel import Panel

MEASURES = (
    ("pinball bp", "pinball", 3, 1e4, ""),
    ("select bp", "pinball_select", 3, 1e4, ""),
    ("vs ewma", "skill_vs_ewma", 2, 100, "%"),
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


def check(*, asked: Asked = ALL) -> int:
    """Put the source through the raw gate and store nothing."""
    done = every(asked, _checked)
    for found in done.found:
        for line in (*found["notes"], *found["warnings"]):
            warning(f"{found['universe']}: {line}")
        for line in found["stops"]:
            error(f"{found['universe']}: {line}")
    code = answer(asked, done, lambda found: "\n\n".join(map(_check_words, found)))
    return FAILED if any(found["stops"] for found in done.found) else code


def features(
    *,
    asked: Asked = ALL,
    listed: Annotated[
        bool, Parameter(name="--list", help="List every feature that may be selected, and why it is there.")
    ] = False,
) -> int:
    """Describe the panel of the stored prices, or list the features that there are."""
    if listed:
        return catalogue(asked)
    done = every(asked, _features)
    return answer(asked, done, lambda found: "\n\n".join(map(_features_words, found)))


def _checked(night: Night) -> dict[str, Any]:
    night.tell("step", {"step": "check"})
    batch = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw())
    verdict = gate(night, batch, batch.rows)
    named = verdict.refusals.merge(batch.rows[["row", "symbol", "session"]], on="row")
    rules = [
        {"rule": str(rule), "rows": len(rows), "first": _named(rows.iloc[0])}
        for rule, rows in named.groupby("rule")
    ]
    return {
        "universe": night.universe,
        "source": batch.source,
        "received": len(batch.rows) + batch.duplicates,
        "duplicates": batch.duplicates,
        "refused": int(verdict.refusals["row"].nunique()),
        "rules": rules,
        "notes": list(batch.notes),
        "warnings": list(verdict.warnings),
        "stops": list(verdict.stops),
    }


def _named(refusal: "pd.Series[Any]") -> str:
    """A refused row by its place, symbol and day as far as they can be read, and why."""
    parts = [f"row {refusal['row']}"]
    parts += [str(refusal["symbol"])] if pd.notna(refusal["symbol"]) else []
    parts += [f"{refusal['session']:%Y-%m-%d}"] if pd.notna(refusal["session"]) else []
    return f"{' '.join(parts)}: {refusal['reason']}"


def _check_words(found: Found) -> str:
    head = (
        f"{found['universe']}  {found['source']}: {found['received']:,} rows received, "
        f"{found['duplicates']:,} duplicate, {found['refused']:,} would be refused"
    )
    lines = [head]
    lines += [f"  {one['rule']}: {one['rows']:,}; first: {one['first']}" for one in found["rules"]]
    return "\n".join(lines)


def _features(night: Night) -> dict[str, Any]:
    from morrow import panel as panels  # noqa: PLC0415 (pandas)
    from morrow.steps.retrain import build_panel  # noqa: PLC0415

    night.tell("step", {"step": "features"})
    panel = build_panel(night)
    who = panels.assess_eligibility(
        panel,
        night.config.forecast,
        night.config.time,
        leave_gaps_out=night.options.gaps == "leave_out",
    )
    for name, why in panel.dropped.items():
        warning(f"{night.universe}: {name} is dropped: {why}")
    for symbol, why in who.left_out.items():
        warning(f"{night.universe}: {symbol} is left out: {why}")
    return {
        "universe": night.universe,
        "cutoff": str(panel.sessions[-1]),
        "bars": len(panel.close),
        "sessions": len(panel.sessions),
        "features": [_spread(panel, column) for column in range(len(panel.names))],
        "eligible": [panel.symbols[code] for code in panel.symbol[who.eligible]],
        "pegged": [panel.symbols[code] for code in panel.symbol[who.pegged]],
        "fallback": [
            {
                "symbol": panel.symbols[panel.symbol[one.row]],
                "flags": ",".join(one.flags),
                "reason": one.reason,
            }
            for one in who.fallback
        ],
        "left_out": [{"symbol": symbol, "reason": why} for symbol, why in who.left_out.items()],
    }


def _spread(panel: "Panel", column: int) -> dict[str, Any]:
    """A feature's share of bars where it is known, and its least, middle and greatest value there."""
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


def _features_words(found: Found) -> str:
    rows = [
        [
            one["name"],
            number(one["known"], 1, 100, "%"),
            *(number(one[key], 4) for key in ("min", "median", "max")),
        ]
        for one in found["features"]
    ]
    size = f"{found['bars']:,} bars on {found['sessions']:,} sessions"
    lines = [f"{found['universe']}  cutoff {found['cutoff']}, {size}"]
    lines += table(["feature", "known", "min", "median", "max"], rows)
    lines += [f"  eligible   {', '.join(found['eligible']) or 'nobody'}"]
    lines += [f"  fallback   {one['symbol']} ({one['flags']}): {one['reason']}" for one in found["fallback"]]
    lines += [f"  left out   {one['symbol']}: {one['reason']}" for one in found["left_out"]]
    return "\n".join(lines)
