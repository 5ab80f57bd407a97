"""Twin symbols: two names that have one history, because a symbol was renamed or is listed twice."""

import json
import shlex
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd

from morrow.frames import MEMBERSHIP, RENAMES
from morrow.steps.context import Night
from morrow.steps.intake.fetch_window import read_recent

_SPAN = timedelta(days=365)  # before the newest session, in which bars are compared
_LEAST_BARS, _LEAST_PRICES = 60, 30  # equal bars, and different closes among them
_LEAST_EQUAL = 0.95  # share of the sessions that both names have
_VALUES = ["session", "close", "volume"]


@dataclass(frozen=True)
class Twins:
    """Two names with the same bars.

    Attributes:
        old: the name whose bars end first, or the later one in order where both go on.
        new: the other.
        bars: sessions of the last year on which their bars are equal.
        last: of these.
        ended: whether the old name has no later bar, as after a rename.
    """

    old: str
    new: str
    bars: int
    last: date
    ended: bool


def find_twins(night: Night) -> tuple[Twins, ...]:
    """Find the names of a universe that have the same bars, of which nothing else is known.

    Known are renames, and the symbols that the configuration calls distinct.

    Raises:
        StoreError: a table cannot be read.
    """
    bars = read_recent(night, _SPAN, ["symbol", *_VALUES])
    bars = bars.assign(volume=bars["volume"].fillna(-1.0))
    alike = bars[bars.duplicated(_VALUES, keep=False)]
    pairs = alike.merge(alike, on=_VALUES, suffixes=("", "_other"))
    pairs = pairs[pairs["symbol"] < pairs["symbol_other"]]
    known_pairs = _read_joined(night) | _list_distinct(night)
    sessions = {str(symbol): own["session"] for symbol, own in bars.groupby("symbol")}
    twins = []
    for names, equal in pairs.groupby(["symbol", "symbol_other"]):
        one, other = map(str, names)
        shared = np.intersect1d(sessions[one], sessions[other])
        few = len(equal) < max(_LEAST_BARS, _LEAST_EQUAL * len(shared))
        if few or equal["close"].nunique() < _LEAST_PRICES or frozenset((one, other)) in known_pairs:
            continue
        ends = sessions[one].max(), sessions[other].max()
        old, new = (one, other) if ends[0] < ends[1] else (other, one)
        last = equal["session"].max()
        twins.append(Twins(old, new, len(equal), last.date(), ended=min(ends) < max(ends)))
    return tuple(twins)


def _read_joined(night: Night) -> set[frozenset[str]]:
    """Pairs of names that are on record as one symbol's."""
    renames = night.store.read(RENAMES, night.universe)
    spells = night.store.read(MEMBERSHIP, night.universe)
    pairs = [
        *zip(renames["old"], renames["new"], strict=True),
        *zip(spells["symbol"], spells["successor"], strict=True),
    ]
    return {frozenset(map(str, pair)) for pair in pairs}


def _list_distinct(night: Night) -> set[frozenset[str]]:
    """Pairs of names that are configured as two symbols."""
    groups = night.options.distinct
    return {frozenset(pair) for group in groups for pair in combinations(group, 2)}


def list_twins(night: Night) -> tuple[str, ...]:
    """A question for each pair of twins, with both answers: the command that joins them, or the line.

    Raises:
        StoreError: a table cannot be read.
    """
    return tuple(_word(night, each) for each in find_twins(night))


def _word(night: Night, twins: Twins) -> str:
    names = f"{shlex.quote(twins.old)} {shlex.quote(twins.new)}"
    start = twins.last + pd.Timedelta(days=1) if twins.ended else twins.last
    if twins.ended:
        what = f"{twins.new} has the history of {twins.old}, {twins.bars} equal bars up to {twins.last}, and "
        what += f"{twins.old} has no bar since: if it was renamed"
    else:
        what = f"{twins.old} and {twins.new} have {twins.bars} equal bars up to {twins.last}: if they are one"
    command = night.command_line(f"symbols rename {names} --from {start}")
    pair = json.dumps([twins.old, twins.new], ensure_ascii=False)
    return (
        f"{what}, type: {command}; if they are two symbols, write distinct = [{pair}] in "
        f"[universes.{night.universe}]; else correct the source"
    )
