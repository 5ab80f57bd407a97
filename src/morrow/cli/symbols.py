"""The commands on symbols: list them, rename one, and show what was known of one at the end of a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.each_universe import Document, Outcome, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import format_number, format_table
from morrow.errors import HistoryError, did_you_mean
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.membership import Membership
from morrow.steps import Night
from morrow.steps.intake.membership import rename as record_rename
from morrow.steps.lineage import describe_membership
from morrow.store.actions import read_ledger
from morrow.workbench.bar_history import BarHistory, read_history

LAST_BARS = 5
BAR_COLUMNS = ("session", "open", "high", "low", "close", "volume", "split", "dividend", "known at")


def list_symbols(*, options: Options = DEFAULTS) -> int:
    """Show the symbols of each universe."""
    outcome = run_each(options, _describe_symbols)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_symbols, documents)))


def rename(
    old: Annotated[str, Parameter(name="OLD", help="The symbol's name until then.")],
    new: Annotated[str, Parameter(name="NEW", help="Its name from then on.")],
    /,
    *,
    start: Annotated[date, Parameter(name="--from", help="First session under the new name, YYYY-MM-DD.")],
    options: Options = DEFAULTS,
) -> int:
    """Record a rename in every universe that has the symbol."""
    holders, code = _find_holders(old, options)
    if code:
        return code

    def record(night: Night) -> Document:
        if night.universe not in holders:
            return {"universe": night.universe, "renamed": None}
        rename = record_rename(night, old, new, start)
        symbols = night.options.symbols
        return {
            "universe": night.universe,
            "renamed": {**vars(rename), "from": rename.start},
            "configured": bool(symbols and old in symbols and new not in symbols),
        }

    outcome = run_each(options, record)
    renames = tuple(document for document in outcome.documents if document["renamed"])
    return print_outcome(
        options,
        Outcome(renames, outcome.exit_code),
        lambda documents: "\n".join(map(_format_rename, documents)),
    )


def _find_holders(symbol: str, options: Options) -> tuple[list[str], int]:
    """The universes that have bars of a symbol, and the exit code of the search.

    Raises:
        HistoryError: none has any.
    """
    holders: list[str] = []
    known: list[str] = []

    def look_up(night: Night) -> Document:
        known.extend(night.store.inventory(night.universe).last)
        bars = night.store.read(PRICES, night.universe, columns=["session"], where=[("symbol", "=", symbol)])
        if len(bars):
            holders.append(night.universe)
        return {}

    search = run_each(options, look_up)
    if not search.exit_code and not holders:
        hint, see = did_you_mean(symbol, known), options.command_line("symbols list")
        raise HistoryError(f'no universe has a bar of "{symbol}"{hint}; see: {see}')
    return holders, search.exit_code


def asof(
    day: Annotated[date, Parameter(help="A date, YYYY-MM-DD: what was known at its end.")],
    symbol: Annotated[str, Parameter(help="A symbol, as the source writes it.")],
    *,
    options: Options = DEFAULTS,
) -> int:
    """Show what was known of a symbol; without a universe, all are searched."""
    config, names = options.load_universes()
    nights = {name: Night(config, name, day, pd.Timestamp.now("UTC").to_pydatetime()) for name in names}
    stored = {name: nights[name].store.inventory(name).last for name in names}
    holders = [name for name in names if stored[name].get(symbol)]
    if not holders:
        where = f'universe "{names[0]}"' if len(names) == 1 else f"any of {', '.join(names)}"
        see = options.command_line("status")
        hint = did_you_mean(symbol, [each for last in stored.values() for each in last])
        raise HistoryError(f'no bar of "{symbol}" is stored in {where}{hint}; see: {see}')
    options = replace(options, universe=tuple(holders), as_of=day)
    outcome = run_each(options, lambda night: _describe_history(night, day, symbol))
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_history, documents)))


def _describe_symbols(night: Night) -> dict[str, Any]:
    prices, membership = night.market.bars, night.market.members
    ends = prices.groupby("symbol")["session"].agg(["min", "max", "size"])
    former = membership.former_names()
    outsiders = membership.outsiders([str(name) for name in ends.index], prices["session"].max())
    return {
        "universe": night.universe,
        "membership": describe_membership(night),
        "through": str(prices["session"].max().date()),
        "symbols": [
            {
                "symbol": str(name),
                "first": str(row["min"].date()),
                "last": str(row["max"].date()),
                "bars": int(row["size"]),
                "former": list(former.get(str(name), ())),
                "spells": _describe_spells(membership, str(name)),
                "member": str(name) not in outsiders,
                "note": outsiders.get(str(name), ""),
            }
            for name, row in ends.iterrows()
        ],
    }


def _describe_spells(membership: Membership, symbol: str) -> list[dict[str, Any]]:
    if membership.spells is None:
        return []
    own = membership.spells[membership.spells["symbol"] == symbol]
    return [
        {
            "from": str(spell["from"].date()),
            "to": None if pd.isna(spell["to"]) else str(spell["to"].date()),
            "kind": spell["kind"] or None,
            "successor": spell["successor"] or None,
            "terminal": spell["terminal"],
        }
        for _, spell in own.iterrows()
    ]


def _describe_history(night: Night, day: date, symbol: str) -> dict[str, Any]:
    history = read_history(night, day, symbol, LAST_BARS)
    fields = ("session", "field", "was", "is", "known_at", "reason")
    return {
        "universe": night.universe,
        "symbol": symbol,
        "as_of": str(day),
        "bars_known": history.count,
        "bars": [_describe_bar(history, index) for index in range(len(history.bars))],
        "actions": _describe_actions(night, day, symbol),
        "revised_later": [
            {name: _format_day(revision[name]) for name in fields}
            for revision in history.later.to_dict("records")
        ],
        "became_known_later": history.not_yet,
        "assumed_until": str(history.assumed_until) if history.assumed_until else None,
    }


def _describe_actions(night: Night, day: date, symbol: str) -> list[dict[str, Any]]:
    """The actions read out of a symbol's prices, inferred or said by a person, as known at a day's end."""
    ledger = read_ledger(night.store, night.universe, day)
    own = ledger[(ledger["symbol"] == symbol) & (ledger["session"] <= pd.Timestamp(day))]
    names = ("session", "field", "was", "is", "known_at", "reason")
    return [{name: _format_day(row[name]) for name in names} for row in own.to_dict("records")]


def _describe_bar(history: BarHistory, index: int) -> dict[str, Any]:
    row = history.bars.iloc[index]
    return {
        **{name: _format_day(row[name]) for name in ("session", *PRICE_FIELDS, "source", "known_at")},
        "assumed": bool(history.assumed[index]),
    }


def _format_day(value: Any) -> Any:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def _format_symbols(document: Document) -> str:
    symbols: Sequence[Document] = document["symbols"]
    rows = [
        [one["symbol"], one["first"], one["last"], f"{one['bars']:,}", _format_note(one)] for one in symbols
    ]
    head = f"{document['universe']}  {len(symbols)} symbols through {document['through']}"
    lines = format_table(["symbol", "first bar", "last bar", "bars", "note"], rows)
    return "\n".join([f"{head}; {document['membership']}", *lines])


def _format_note(symbol: Document) -> str:
    former = f"formerly {', '.join(symbol['former'])}" if symbol["former"] else ""
    return "; ".join(filter(None, (symbol["note"], former)))


def _format_rename(document: Document) -> str:
    one, universe = document["renamed"], document["universe"]
    state = "is on record" if one["fresh"] else "was on record already"
    line = (
        f"{universe}  {one['old']} is {one['new']} from {one['start']} on: that {state}, "
        f"known at {one['known_at']}"
    )
    if document["configured"]:
        line += f'\n  write "{one["new"]}" for "{one["old"]}" in [universes.{universe}] symbols'
    return line


def _format_history(document: Document) -> str:
    bars = document["bars"]
    head = f"{document['universe']}  {document['symbol']}: what was known at the end of {document['as_of']}"
    if not bars:
        return f"{head}\n  nothing: {document['became_known_later']:,} of its bars became known later"
    lines = [
        head,
        *format_table(BAR_COLUMNS, list(map(_format_bar, bars))),
        f"  {document['bars_known']:,} bars were known, of which these are the last",
    ]
    lines += [
        f"  action     {action['session']} {action['reason']}: {action['field']} times "
        f"{format_number(action['is'] / action['was'], 6)}, known at {action['known_at']}"
        for action in document["actions"]
    ]
    lines += [_format_revision(revision) for revision in document["revised_later"]]
    if document["became_known_later"]:
        lines.append(f"  {document['became_known_later']:,} bars up to that session became known only later")
    if any(bar["assumed"] for bar in bars):
        lines.append(
            f"  * assumed: sessions through {document['assumed_until']} came in one first load, "
            "and count as known at their own session"
        )
    return "\n".join(lines)


def _format_bar(bar: Document) -> list[str]:
    return [
        bar["session"],
        *(format_number(bar[name], 4) for name in ("open", "high", "low", "close")),
        format_number(bar["volume"], 0),
        *(format_number(bar[f"{name}_factor"], 6) for name in ("split", "dividend")),
        bar["known_at"] + (" *" if bar["assumed"] else ""),
    ]


def _format_revision(revision: Document) -> str:
    return (
        f"  later      {revision['session']} {revision['field']}: {format_number(revision['was'], 6)} then, "
        f"{format_number(revision['is'], 6)} from {revision['known_at']} on ({revision['reason']})"
    )
