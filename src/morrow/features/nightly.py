"""A night's features: those of the night before where its bars are the same, and of the new bars alone.

The result is, bit for bit, that of computing everything. A series whose history changed is computed from its
first bar on, and so is the market where any bar of an earlier session is new or changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.features import kept as keeping
from morrow.features.bars import HELD, Bars, tail
from morrow.features.computing import (
    Computed,
    ask,
    asked,
    computed,
    features,
    in_threads,
    keep,
    lent,
    of_blocks,
    of_market,
    places,
    values_of,
)
from morrow.features.declared import ENDLESS, Feature
from morrow.features.kept import GROWN, Kept
from morrow.features.market import Market
from morrow.features.registry import loaded

SHORTEST = 60  # bars of a tail: every recursion has its state by then


@dataclass(frozen=True)
class Known:
    """Which series go on from the night before.

    Attributes:
        before: (S,) the series' number among the kept ones, -1 for one that is computed in full.
        fresh: (S,) its bars that are new.
        digest: (S, C) of all its bars' columns.
    """

    before: NDArray[np.int64]
    fresh: NDArray[np.int64]
    digest: NDArray[np.uint64]


def from_folder(bars: pd.DataFrame, names: Sequence[str], folder: Path) -> NDArray[np.float32]:
    """Features as :func:`morrow.features.compute` gives them, by way of what a folder keeps.

    Args:
        bars: as :func:`morrow.features.compute` takes them, with their symbol.
        names: which features.
        folder: of the universe.

    Raises:
        ConfigError: a feature is not registered, or a user's answers something else than a number a bar.
    """
    chosen = features(names)
    place = folder / keeping.key(names, loaded())
    values, kept = tonight(Bars.of(bars), chosen, keeping.read(place))
    keeping.write(kept, place)
    return values


def tonight(bars: Bars, chosen: Sequence[Feature], kept: Kept | None) -> tuple[NDArray[np.float32], Kept]:
    """The features of every bar (R, F), and what to keep of them for the next night."""
    known = _known(bars, kept)
    if kept is None or (known.before < 0).all():
        found = computed(bars, chosen)
        return found.values, _all_of(bars, known, found)
    found = Computed(np.empty((len(bars.day), len(chosen)), dtype=np.float32))
    if not _copied(bars, known, kept, found):
        return tonight(bars, chosen, None)
    blocks = places(chosen, "block")
    endless = {column: each for column, each in blocks.items() if each.reach == ENDLESS}
    of_blocks(bars, np.flatnonzero(known.fresh), endless, found)
    _blocks(bars, known, {c: one for c, one in blocks.items() if c not in endless}, found)
    same = _market(bars, known, kept, chosen, found)
    for column, each in places(chosen, "series").items():
        _own(bars, known, each, found.values[:, column])
    if same and _spare(kept, known):
        return found.values, _grown(bars, known, kept, found)
    return found.values, _all_of(bars, known, found)


def _known(bars: Bars, kept: Kept | None) -> Known:
    """Compare the bars with those that were kept, by their hashes."""
    size = len(bars.lengths)
    before, fresh = np.full(size, -1), bars.lengths.copy()
    columns = [*bars.fields.values(), bars.day.view(np.int64), bars.member.astype(np.int64)]
    digest = np.zeros((size, len(columns)), np.uint64)
    held = (
        {}
        if kept is None
        else {(s, d): n for n, (s, d) in enumerate(zip(kept.symbols, kept.first, strict=True))}
    )

    def look(series: int) -> None:
        start, end = int(bars.starts[series]), int(bars.starts[series + 1])
        number = held.get((bars.symbols[series], bars.day[start]), -1)
        middle = start
        if kept is not None and number >= 0 and kept.lengths[number] <= end - start:
            middle += int(kept.lengths[number])
            digest[series] = _digests(columns, start, start, middle)
            if np.array_equal(digest[series], kept.digest[number]):
                before[series], fresh[series] = number, end - middle
        digest[series] += _digests(columns, start, middle, end)

    in_threads(look, range(size))
    return Known(before, fresh, digest)


def _digests(columns: Sequence[NDArray[Any]], start: int, begin: int, end: int) -> NDArray[np.uint64]:
    """Of some rows of a series that begins at ``start``: (C,)."""
    return np.array([keeping.digest(one[begin:end], begin - start) for one in columns], np.uint64)


def _copied(bars: Bars, known: Known, kept: Kept, found: Computed) -> bool:
    """Take over the values and the states of the night before; answers whether they are undamaged."""
    whole = np.zeros(len(known.before), bool)
    ours = np.flatnonzero(known.before >= 0)
    theirs = known.before[ours]

    def copy(series: int) -> None:
        number, start = int(known.before[series]), int(bars.starts[series])
        whole[series] = kept.copy(number, found.values[start : start + int(kept.lengths[number])])

    in_threads(copy, ours.tolist())
    keep(found.states, {key: values[theirs] for key, values in kept.states.items()}, ours, len(known.before))
    return bool(whole[ours].all())


def _blocks(bars: Bars, known: Known, chosen: Mapping[int, Feature], found: Computed) -> None:
    """The blocks' features of new bars, and of all bars of a series that cannot go on."""
    if not chosen:
        return
    reach = max(SHORTEST, *(each.reach or 0 for each in chosen.values()))
    goes_on = (known.before >= 0) & (bars.lengths >= reach + known.fresh)
    of_blocks(bars, np.flatnonzero(~goes_on), chosen, found)
    tasks = []
    for fresh in np.unique(known.fresh[goes_on & (known.fresh > 0)]).tolist():
        series = np.flatnonzero(goes_on & (known.fresh == fresh))
        pieces = max(-(-len(series) * (reach + fresh) // HELD), 1)
        tasks += [(group, reach, fresh) for group in np.array_split(series, pieces)]

    def work(task: tuple[NDArray[np.int64], int, int]) -> None:
        group, back, fresh = task
        before = {key: values[group] for key, values in found.states.items()}
        block = tail(bars, group, back + fresh, fresh, before)
        values = values_of(block, list(chosen.values()))[:, back:]
        rows = bars.starts[group + 1][:, None] + np.arange(-fresh, 0)
        found.values[rows[..., None], np.array(list(chosen))] = values
        keep(found.states, block.after, group, len(bars.lengths))

    in_threads(work, tasks)


def _market(bars: Bars, known: Known, kept: Kept, chosen: Sequence[Feature], found: Computed) -> bool:
    """The market's features; answers whether those of earlier sessions are what they were."""
    own_ones = places(chosen, "market")
    if not own_ones:
        return True
    rows = bars.rows(np.arange(len(known.fresh)), known.fresh)
    last = kept.days[-1]
    if len(np.unique(known.before[known.before >= 0])) < len(kept.symbols) or (bars.day[rows] <= last).any():
        of_market(bars, chosen, found)
        return False
    needed = lent(list(own_ones.values()))
    extra = Computed(np.empty((len(bars.day), len(needed)), dtype=np.float32), found.states)
    _blocks(bars, known, dict(enumerate(needed)), extra)
    new = np.unique(bars.day[rows])
    market = Market(
        series=np.repeat(np.arange(len(known.fresh)), known.fresh),
        session=len(kept.days) + np.searchsorted(new, bars.day[rows]),
        sessions=len(kept.days) + len(new),
        member=bars.member[rows],
        returns=_returns(bars, rows),
        unit=bars.fields["unit"][rows],
        values={each.name: extra.values[rows, place].astype(float) for place, each in enumerate(needed)},
        since=len(kept.days),
        figures=dict(kept.figures),
    )
    ask(market, own_ones, found.values, rows)
    found.figures = market.figures
    return True


def _returns(bars: Bars, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log return of some rows on the bar before in their series: (N,)."""
    close = np.log(bars.fields["close"][rows])
    before = np.log(bars.fields["close"][np.maximum(rows - 1, 0)])
    return np.where(np.isin(rows, bars.starts[:-1]), np.nan, close - before)


def _own(bars: Bars, known: Known, each: Feature, values: NDArray[np.float32]) -> None:
    """A user's feature, of new bars alone where it says how far back it looks."""
    for series, fresh in enumerate(known.fresh.tolist()):
        start, end = int(bars.starts[series]), int(bars.starts[series + 1])
        if each.reach is None or known.before[series] < 0:
            values[start:end] = asked(each, bars, start, end)
        elif fresh:
            begin = max(start, end - fresh - each.reach)
            values[end - fresh : end] = asked(each, bars, begin, end)[-fresh:]


def _spare(kept: Kept, known: Known) -> bool:
    """Whether what came since the base was written is still little."""
    return len(kept.newer) + int(known.fresh.sum()) <= GROWN * len(kept.base)


def _all_of(bars: Bars, known: Known, found: Computed) -> Kept:
    """Everything, as a new base."""
    return Kept(
        symbols=bars.symbols,
        first=bars.day[bars.starts[:-1]],
        digest=known.digest,
        lengths=bars.lengths,
        days=np.unique(bars.day),
        base=found.values,
        base_start=bars.starts[:-1],
        base_count=bars.lengths,
        base_check=_checked(bars, found),
        newer=found.values[:0],
        newer_start=np.zeros(len(bars.lengths), np.int64),
        states=found.states,
        figures=found.figures,
    )


def _checked(bars: Bars, found: Computed) -> NDArray[np.int64]:
    """Checksum of each series' values: (S,)."""
    result = np.zeros(len(bars.lengths), np.int64)

    def look(series: int) -> None:
        result[series] = keeping.checksum(found.values[bars.starts[series] : bars.starts[series + 1]])

    in_threads(look, range(len(result)))
    return result


def _grown(bars: Bars, known: Known, kept: Kept, found: Computed) -> Kept:
    """The base that there is, and all that came since."""
    theirs = known.before
    count = np.where(theirs >= 0, kept.base_count[theirs], 0)
    newer = bars.lengths - count
    rows = bars.rows(np.arange(len(newer)), newer)
    return replace(
        kept,
        symbols=bars.symbols,
        first=bars.day[bars.starts[:-1]],
        digest=known.digest,
        lengths=bars.lengths,
        days=np.union1d(kept.days, bars.day[bars.rows(np.arange(len(newer)), known.fresh)]),
        base_start=np.where(theirs >= 0, kept.base_start[theirs], 0),
        base_count=count,
        base_check=np.where(theirs >= 0, kept.base_check[theirs], 0),
        newer=found.values[rows],
        newer_start=np.cumsum(newer) - newer,
        states=found.states,
        figures=found.figures,
    )
