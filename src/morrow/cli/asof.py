"""What was known of a symbol at the end of a day: bars, factors, and what was revised since."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import pandas as pd
from cyclopts import Parameter

from morrow.cli.asked import ALL, Asked
from morrow.cli.output import number, table
from morrow.cli.universes import Found, answer, every
from morrow.errors import HistoryError
from morrow.frames import PRICE_FIELDS
from morrow.steps import Night
from morrow.steps.known import Known, known

LAST = 5
_HEADS = ("session", "open", "high", "low", "close", "volume", "split", "dividend", "known at")


def asof(
    day: Annotated[date, Parameter(help="A date, YYYY-MM-DD: what was known at its end.")],
    symbol: Annotated[str, Parameter(help="A symbol, as the source writes it.")],
    *,
    asked: Asked = ALL,
) -> int:
    """Show what was known of a symbol.

    Args:
        day: what was known at its end.
        symbol: as the source writes it.
        asked: the command's options; without a universe, all are searched.
    """
    config, names = asked.read()
    night = {name: Night(config, name, day, pd.Timestamp.now("UTC").to_pydatetime()) for name in names}
    holding = [name for name in names if night[name].store().inventory(name).last.get(symbol)]
    if not holding:
        where = f'universe "{names[0]}"' if len(names) == 1 else f"any of {', '.join(names)}"
        raise HistoryError(f'no bar of "{symbol}" is stored in {where}; see: morrow status')
    chosen = replace(asked, universe=tuple(holding), as_of=day)
    return answer(chosen, every(chosen, lambda one: _shown(one, day, symbol)), _words)


def _shown(night: Night, day: date, symbol: str) -> dict[str, Any]:
    found = known(night, day, symbol, LAST)
    return {
        "universe": night.universe,
        "symbol": symbol,
        "as_of": str(day),
        "bars_known": found.count,
        "bars": [_bar(found, at) for at in range(len(found.bars))],
        "revised_later": [
            {name: _plain(each[name]) for name in ("session", "field", "was", "is", "known_at", "reason")}
            for each in found.later.to_dict("records")
        ],
        "became_known_later": found.not_yet,
        "assumed_until": str(found.assumed_until) if found.assumed_until else None,
    }


def _bar(found: Known, at: int) -> dict[str, Any]:
    row = found.bars.iloc[at]
    return {
        **{name: _plain(row[name]) for name in ("session", *PRICE_FIELDS, "source", "known_at")},
        "assumed": bool(found.assumed[at]),
    }


def _plain(value: Any) -> Any:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def _words(found: Sequence[Found]) -> str:
    return "\n\n".join(map(_block, found))


def _block(found: Found) -> str:
    bars = found["bars"]
    head = f"{found['universe']}  {found['symbol']}: what was known at the end of {found['as_of']}"
    if not bars:
        return f"{head}\n  nothing: {found['became_known_later']:,} of its bars became known later"
    rows = [
        [
            each["session"],
            *(number(each[name], 4) for name in ("open", "high", "low", "close")),
            number(each["volume"], 0),
            *(number(each[f"{name}_factor"], 6) for name in ("split", "dividend")),
            each["known_at"] + (" *" if each["assumed"] else ""),
        ]
        for each in bars
    ]
    lines = [
        head,
        *table(_HEADS, rows),
        f"  {found['bars_known']:,} bars were known, of which these are the last",
    ]
    lines += [_revision(each) for each in found["revised_later"]]
    if found["became_known_later"]:
        lines.append(f"  {found['became_known_later']:,} bars up to that session became known only later")
    if any(each["assumed"] for each in bars):
        lines.append(
            f"  * assumed: sessions through {found['assumed_until']} came in one first load, "
            "and count as known at their own session"
        )
    return "\n".join(lines)


def _revision(each: Found) -> str:
    return (
        f"  later      {each['session']} {each['field']}: {number(each['was'], 6)} then, "
        f"{number(each['is'], 6)} from {each['known_at']} on ({each['reason']})"
    )
