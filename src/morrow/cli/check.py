"""``morrow check``: show what a night would refuse and infer of a source, and end as that night would.

Nothing is stored.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import FAILED, print_error, print_warning
from morrow.frames import PRICES
from morrow.steps import Night
from morrow.steps.intake.level_changes import describe_action
from morrow.steps.preflight import refuse_early


def check(*, options: Options = DEFAULTS) -> int:
    """Put the source through the raw gate and store nothing; the exit code is that of a night."""
    outcome = run_each(options, _check_source)
    for document in outcome.documents:
        for line in document["notes"]:
            print_warning(f"{document['universe']}: {line}")
        for line in document["stops"]:
            print_error(f"{document['universe']}: {line}")
    code = print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_check, documents)))
    return FAILED if any(document["stops"] for document in outcome.documents) else code


def _check_source(night: Night) -> dict[str, Any]:
    from morrow.steps.intake.ingest import judge_source  # noqa: PLC0415 (loads the store)

    night.tell("step", {"step": "check"})
    refuse_early(night, ("ingest", "forecast"))
    judged = judge_source(night)
    batch, counts = judged.batch, judged.counts
    refusals = judged.refusals.merge(batch.rows[["row", "symbol", "session"]], on="row")
    rules = [
        {"rule": str(rule), "rows": len(rows), "first": _format_refusal(rows.iloc[0])}
        for rule, rows in refusals.groupby("rule")
    ]
    return {
        "universe": night.universe,
        "source": batch.source,
        "received": counts.received,
        "duplicates": counts.duplicates,
        "refused": int(refusals["row"].nunique()),
        "rules": rules,
        "inferred": [describe_action(night, action) for action in counts.inferred],
        "notes": list(counts.notes),
        "stops": [*judged.stops, *_find_failure(night, batch.rows, judged.refusals)],
    }


def _find_failure(night: Night, rows: pd.DataFrame, refusals: pd.DataFrame) -> Iterator[str]:
    """What would fail a night although the gate does not stop it: every row that is new is refused."""
    newest = night.store.signature(PRICES, night.universe, "session").newest
    new = rows if newest is None else rows[rows["session"] > pd.Timestamp(newest)]
    if len(new) and new["row"].isin(refusals["row"]).all():
        yield f"every row{f' newer than {newest}' if newest else ''} would be refused"


def _format_refusal(refusal: "pd.Series[Any]") -> str:
    """A refused row's number, its symbol and session as far as they can be read, and why it is refused."""
    parts = [f"row {refusal['row']}"]
    parts += [str(refusal["symbol"])] if pd.notna(refusal["symbol"]) else []
    parts += [f"{refusal['session']:%Y-%m-%d}"] if pd.notna(refusal["session"]) else []
    return f"{' '.join(parts)}: {refusal['reason']}"


def _format_check(document: Document) -> str:
    head = (
        f"{document['universe']}  {document['source']}: {document['received']:,} rows received, "
        f"{document['duplicates']:,} duplicate, {document['refused']:,} would be refused"
    )
    rules = [f"  {one['rule']}: {one['rows']:,}; first: {one['first']}" for one in document["rules"]]
    inferred = [
        f"  would be inferred: {one['symbol']} {one['reading']} on {one['session']}"
        for one in document["inferred"]
    ]
    return "\n".join([head, *rules, *inferred])
