"""The commands on symbols: who is in a universe and since when, and what they were renamed to."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.output import table
from morrow.cli.universes import Done, Found, answer, every
from morrow.errors import HistoryError
from morrow.frames import PRICES
from morrow.membership import Membership
from morrow.steps import Night, members

Name = Annotated[str, Parameter(help="A symbol, as the source writes it.")]


def listed(*, asked: Asked = ALL) -> int:
    """Show the symbols of each universe."""
    return answer(asked, every(asked, _listed), lambda found: "\n\n".join(map(_list_words, found)))


def rename(
    old: Annotated[str, Parameter(name="OLD", help="The symbol's name until then.")],
    new: Annotated[str, Parameter(name="NEW", help="Its name from then on.")],
    /,
    *,
    start: Annotated[date, Parameter(name="--from", help="First session under the new name, YYYY-MM-DD.")],
    asked: Asked = ALL,
) -> int:
    """Put a rename on record in every universe that has the symbol."""
    holders: list[str] = []

    def look(night: Night) -> Found:
        if len(night.store().read(PRICES, night.universe, columns=["session"], where=[("symbol", "=", old)])):
            holders.append(night.universe)
        return {}

    done = every(asked, look)
    if done.code:
        return done.code
    if not holders:
        raise HistoryError(f'no universe has a bar of "{old}"; see: morrow symbols list')

    def record(night: Night) -> Found:
        if night.universe not in holders:
            return {"universe": night.universe, "renamed": None}
        found = members.rename(night, old, new, start)
        wanted = night.options.symbols
        return {
            "universe": night.universe,
            "renamed": {**vars(found), "from": found.start},
            "configured": bool(wanted and old in wanted and new not in wanted),
        }

    made = every(asked, record)
    kept = Done(tuple(each for each in made.found if each["renamed"]), made.code)
    return answer(asked, kept, lambda found: "\n".join(map(_rename_words, found)))


def _listed(night: Night) -> dict[str, Any]:
    prices, known = night.known()
    ends = prices.groupby("symbol")["session"].agg(["min", "max", "size"])
    former = known.former()
    outside = known.outsiders([str(name) for name in ends.index], prices["session"].max())
    return {
        "universe": night.universe,
        "membership": members.in_words(night),
        "through": str(prices["session"].max().date()),
        "symbols": [
            {
                "symbol": str(name),
                "first": str(row["min"].date()),
                "last": str(row["max"].date()),
                "bars": int(row["size"]),
                "former": list(former.get(str(name), ())),
                "spells": _spells(known, str(name)),
                "member": str(name) not in outside,
                "note": outside.get(str(name), ""),
            }
            for name, row in ends.iterrows()
        ],
    }


def _spells(known: Membership, name: str) -> list[dict[str, Any]]:
    if known.spells is None:
        return []
    own = known.spells[known.spells["symbol"] == name]
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


def _list_words(found: Found) -> str:
    symbols: Sequence[Found] = found["symbols"]
    rows = [
        [
            one["symbol"],
            one["first"],
            one["last"],
            f"{one['bars']:,}",
            "; ".join(
                [
                    *([one["note"]] if one["note"] else []),
                    *([f"formerly {', '.join(one['former'])}"] if one["former"] else []),
                ]
            ),
        ]
        for one in symbols
    ]
    lines = [f"{found['universe']}  {len(symbols)} symbols through {found['through']}; {found['membership']}"]
    return "\n".join([*lines, *table(["symbol", "first bar", "last bar", "bars", "note"], rows)])


def _rename_words(found: Found) -> str:
    one = found["renamed"]
    state = "is on record" if one["fresh"] else "was on record already"
    line = (
        f"{found['universe']}  {one['old']} is {one['new']} from {one['start']} on: that {state}, "
        f"known at {one['known_at']}"
    )
    if found["configured"]:
        line += f'\n  write "{one["new"]}" for "{one["old"]}" in [universes.{found["universe"]}] symbols'
    return line
