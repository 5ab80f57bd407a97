"""Refused rows as text: listed by rule and symbol, and one by one with the stored bars around them."""

import json
from collections.abc import Sequence
from typing import Any

from morrow.cli.each_universe import Document
from morrow.cli.output import escape_line, format_table
from morrow.frames import PRICE_FIELDS
from morrow.steps.intake.refusal_listing import UNDECIDED, RefusedRow

LIST_LENGTH, SHORT_LIST, REASON_WIDTH = 50, 10, 90


def sum_up_rows(rows: Sequence[RefusedRow]) -> list[dict[str, Any]]:
    """Rows by rule and symbol, the most first: how many, their first and last session, the first reason."""
    groups: dict[tuple[str, str | None], list[tuple[RefusedRow, str]]] = {}
    for row in rows:
        for rule, reason in row.rules:
            groups.setdefault((rule, row.symbol), []).append((row, reason))
    summary = []
    for (rule, symbol), own in groups.items():
        dated = sorted((each for each in own if each[0].session), key=lambda each: str(each[0].session))
        first = (dated or own)[0]
        last = dated[-1][0].session if dated else None
        summary.append(
            {"rule": rule, "symbol": symbol, "rows": len(own), "first": first[0].session, "last": last,
             "id": first[0].id, "reason": first[1]}
        )  # fmt: skip
    return sorted(summary, key=lambda each: -each["rows"])


def format_list(document: Document, state: str) -> str:
    """List the rows of a universe; more than ten of them by rule and symbol first."""
    rows = document["rows"]
    kind = "refused" if state == "all" else state
    head = f"{document['universe']}  {len(rows):,} {kind} {'row' if len(rows) == 1 else 'rows'}"
    if not rows:
        return head
    lines = []
    if len(rows) > SHORT_LIST:
        lines = format_table(
            ["rule", "symbol", "rows", "first", "last", "id of the first", "why"],
            [
                [each["rule"], each["symbol"] or "-", f"{each['rows']:,}", str(each["first"] or "-"),
                 str(each["last"] or "-"), each["id"], _shorten(each["reason"])]
                for each in document["summary"][:LIST_LENGTH]
            ],
            left=2,
        )  # fmt: skip
        lines.append(f"  the first {min(len(rows), SHORT_LIST)} rows:")
        rows = rows[:SHORT_LIST]
    lines += format_table(
        ["id", "symbol", "session", "state", "refused by"],
        [
            [row["id"], row["symbol"] or "-", str(row["session"] or "-"), row["state"], _format_rules(row)]
            for row in rows
        ],
        left=5,
    )
    more = len(document["rows"]) - len(rows)
    if more:
        lines.append(f"  and {more:,} more; narrow with --rule, --symbol or --session, or take --json")
    return "\n".join([head, *lines])


def _format_rules(row: Document) -> str:
    return _shorten("; ".join(f"{each['rule']}: {each['reason']}" for each in row["rules"]))


def _shorten(text: str) -> str:
    text = escape_line(text)
    return text if len(text) <= REASON_WIDTH else f"{text[:REASON_WIDTH]}..."


def format_rows(document: Document) -> str:
    """All that is known of each row."""
    return "\n\n".join(_format_row(document["universe"], row) for row in document["rows"])


def _format_row(universe: str, row: Document) -> str:
    symbol, session = escape_line(row["symbol"] or "no symbol"), row["session"] or "no session"
    lines = [f"{row['id']}  {universe}  {symbol}  {session}"]
    lines += [f"  rule       {each['rule']}: {escape_line(each['reason'])}" for each in row["rules"]]
    lines.append(f"  received   {json.dumps(row['received'], ensure_ascii=False)}")
    lines.append(f"  first seen {row['first_seen']:%Y-%m-%d %H:%M} UTC, batch {row['batch'][:16]}")
    lines.append(f"  state      {_format_state(row)}")
    if row["bar"]:
        bars = [
            [str(bar["session"]), *map(_format_cell, map(bar.get, PRICE_FIELDS))] for bar in row["around"]
        ]
        own = [f"{row['session']} *", *(_format_cell(row["bar"][name]) for name in PRICE_FIELDS)]
        bars = sorted([*bars, own])
        lines += ["  the row (*) among the stored bars", *format_table(["session", *PRICE_FIELDS], bars)]
    if row["state"] == UNDECIDED:
        lines.append(f"Next: {row['accept']}, or drop it")
    return "\n".join(lines)


def _format_state(row: Document) -> str:
    if not row["decided_at"]:
        return str(row["state"])
    why = f": {escape_line(row['decision_reason'])}" if row["decision_reason"] else ""
    return f"{row['state']} by {row['decided_by']} at {row['decided_at']:%Y-%m-%d %H:%M} UTC{why}"


def _format_cell(value: float | str | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return "-"
    return value if isinstance(value, str) else f"{value:.10g}"
