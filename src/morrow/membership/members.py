"""Membership as known at a date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.membership.renames import join_histories, newest_names
from morrow.membership.spells import ENDINGS, to_records

SPELL = ["symbol", "from"]
CONTENT = ["to", "kind", "successor", "terminal"]
RENAME = ["old", "new", "from", "known_at"]


@dataclass(frozen=True, eq=False)
class Membership:
    """Spells and renames as known at a date.

    Attributes:
        spells: symbol (newest name), from, to (NaT while open), kind, successor, terminal, sorted by symbol
            and from; None if the universe has no table, so that every symbol with a bar is a member.
        renames: old, new, from, until of the renames in force.
        announced: the same for all renames on record; they tell which names mean the same symbol.
    """

    spells: pd.DataFrame | None
    renames: pd.DataFrame
    announced: pd.DataFrame

    def bars(self, prices: pd.DataFrame) -> pd.DataFrame:
        """Bars under their newest names, without bars after a declared end, which belong to another symbol.

        Args:
            prices: sorted by symbol and session.
        """
        rows = join_histories(prices, self.renames)
        ends = self.ends()
        if ends.empty or rows.empty:
            return rows
        gone = np.zeros(len(rows), bool)
        ranges, days = row_ranges(rows["symbol"]), rows["session"].to_numpy("datetime64[us]")
        for end in to_records(ends):
            start, stop = ranges.get(end["symbol"], (0, 0))
            low = start + np.searchsorted(days[start:stop], end["to"].to_datetime64(), side="right")
            again = end["again"].to_datetime64()
            high = stop if np.isnat(again) else start + np.searchsorted(days[start:stop], again)
            gone[low:high] = True
        return rows[~gone].reset_index(drop=True) if gone.any() else rows

    def select_bars(self, prices: pd.DataFrame, wanted: Sequence[str] | None) -> pd.DataFrame:
        """Select the bars of the wanted symbols, given under any of their names."""
        if wanted is None:
            return prices
        names = self.all_names(wanted)
        return prices[prices["symbol"].isin(names)].reset_index(drop=True)

    def all_names(self, wanted: Iterable[str]) -> set[str]:
        """The wanted names and all other past and future names of their symbols."""
        names, pairs = set(wanted), list(zip(self.announced["old"], self.announced["new"], strict=True))
        while more := {name for pair in pairs for name in pair if names & set(pair)} - names:
            names |= more
        return names

    def former_names(self) -> Mapping[str, tuple[str, ...]]:
        """The earlier names of each renamed symbol, oldest first, by its newest name."""
        names: dict[str, tuple[str, ...]] = {}
        for row in to_records(self.renames.sort_values("from", kind="stable")):
            old, new = row["old"], row["new"]
            names[new] = (*names.pop(old, ()), old, *names.get(new, ()))
        return names

    def newest_names(self, symbols: pd.Series, sessions: pd.Series) -> pd.Series:
        """The newest name of each symbol, given its name on each session."""
        return symbols if self.renames.empty else newest_names(symbols, sessions, self.renames)

    def ends(self) -> pd.DataFrame:
        """Declared ends: symbol, to (last session), terminal (NaN if none), again (its next from or NaT)."""
        if self.spells is None:
            return pd.DataFrame({"symbol": [], "to": [], "terminal": [], "again": []})
        again = self.spells.groupby("symbol")["from"].shift(-1)
        ended = self.spells["kind"].isin(ENDINGS)
        return self.spells.assign(again=again)[ended][["symbol", "to", "terminal", "again"]]

    def member_mask(
        self, symbols: Sequence[str], code: NDArray[np.int64], session: NDArray[np.datetime64]
    ) -> NDArray[np.bool_]:
        """Mask the bars that lie within a spell of their symbol: (R,).

        Args:
            symbols: N newest names.
            code: (R,) index of each bar's symbol, ascending.
            session: (R,) ascending within a symbol.
        """
        member = np.full(len(session), self.spells is None)
        if self.spells is None:
            return member
        numbers = {name: number for number, name in enumerate(symbols)}
        edges = np.searchsorted(code, np.arange(len(symbols) + 1))
        for spell in to_records(self.spells):
            number = numbers.get(spell["symbol"])
            if number is None:
                continue
            start, stop = edges[number], edges[number + 1]
            days, to = session[start:stop], spell["to"].to_datetime64()
            low = start + np.searchsorted(days, spell["from"].to_datetime64())
            high = stop if np.isnat(to) else start + np.searchsorted(days, to, side="right")
            member[low:high] = True
        return member

    def outsiders(self, symbols: Iterable[str], day: pd.Timestamp) -> Mapping[str, str]:
        """Map each symbol that is not a member on a day to the reason."""
        if self.spells is None:
            return {}
        reasons = {}
        by_name = {str(name): rows for name, rows in self.spells.groupby("symbol")}
        for name in symbols:
            own = by_name.get(name)
            if own is None:
                reasons[name] = "no member: the membership table does not have it"
            elif not ((own["from"] <= day) & ~(own["to"] < day)).any():
                reasons[name] = _reason_outside(own, day)
        return reasons


def _reason_outside(own: pd.DataFrame, day: pd.Timestamp) -> str:
    past = own[own["from"] <= day]
    if past.empty:
        return f"no member before {own['from'].iloc[0]:%Y-%m-%d}"
    spell = past.iloc[-1]
    after = f" into {spell['successor']}" if spell["kind"] == "merger" and spell["successor"] else ""
    how = f" ({spell['kind']}{after})" if spell["kind"] else ""
    return f"no member since {spell['to']:%Y-%m-%d}{how}"


def row_ranges(symbols: "pd.Series[str]") -> dict[str, tuple[int, int]]:
    """Half-open range of each symbol's rows, which must be consecutive."""
    if symbols.empty:
        return {}
    code, names = pd.factorize(symbols)
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    ends = [*starts[1:].tolist(), len(code)]
    return {str(names[code[start]]): (int(start), int(end)) for start, end in zip(starts, ends, strict=True)}


def spells_on_record(rows: pd.DataFrame, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """The spells on record at the end of a day (None: now): the newest row of each, unless withdrawn.

    Args:
        rows: rows of the ``membership`` table.
        as_of: rows that became known later are ignored.
    """
    seen = rows if as_of is None else rows[rows["known_at"] <= as_of]
    last = seen.sort_values("known_at", kind="stable").drop_duplicates(SPELL, keep="last")
    return last[~last["withdrawn"].astype(bool)].sort_values(SPELL, ignore_index=True)


def find_changes(rows: pd.DataFrame, spells: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Find the rows to add to the ``membership`` table so that it matches the given spells.

    The first spells of a universe count as known at their own start, later ones and changes at
    ``as_of``; a spell that is gone is withdrawn.

    Args:
        rows: rows of the ``membership`` table.
        spells: the source's current spells.
        as_of: when they were read; if the newest day on record is later, that day is used.

    Returns:
        Columns symbol, from, to, kind, successor, terminal, withdrawn, known_at.
    """
    fresh = spells.assign(withdrawn=False)
    if rows.empty:
        return fresh.assign(known_at=fresh["from"])
    day = max(as_of, rows["known_at"].max())
    stored = spells_on_record(rows)
    both = fresh.merge(
        stored[[*SPELL, *CONTENT]], how="left", on=SPELL, suffixes=("", "_was"), indicator=True
    )
    same = both["_merge"] == "both"
    for name in CONTENT:
        same &= (both[name] == both[f"{name}_was"]) | (both[name].isna() & both[f"{name}_was"].isna())
    kept = pd.MultiIndex.from_frame(stored[SPELL]).isin(pd.MultiIndex.from_frame(fresh[SPELL]))
    gone = stored[~kept].assign(withdrawn=True)
    return pd.concat([fresh[~same.to_numpy()], gone[fresh.columns]], ignore_index=True).assign(known_at=day)


def membership_at(spells: pd.DataFrame | None, renames: pd.DataFrame, day: pd.Timestamp) -> Membership:
    """Membership as it can be known on a day.

    Args:
        spells: from :func:`spells_on_record`; None if the universe has no table.
        renames: rows of the ``renames`` table, which were declared by hand.
        day: spells, ends and renames after it are excluded, as is anything that became known later.
    """
    declared = [renames[RENAME], *([] if spells is None else [_declared_in(spells)])]
    announced = _with_reuse(pd.concat(declared, ignore_index=True), spells)
    force = announced[announced[["from", "known_at"]].max(axis=1) <= day].reset_index(drop=True)
    if spells is None:
        return Membership(None, force, announced)
    seen = spells[spells["from"] <= day].reset_index(drop=True)
    later = (seen["to"] > day).to_numpy()
    seen = seen.assign(
        to=seen["to"].mask(later),
        kind=seen["kind"].mask(later, ""),
        successor=seen["successor"].mask(later, ""),
        terminal=seen["terminal"].mask(later),
    )
    seen = seen.assign(symbol=newest_names(seen["symbol"], seen["from"], force)) if len(force) else seen
    return Membership(seen.sort_values(SPELL, ignore_index=True), force, announced)


def _declared_in(spells: pd.DataFrame) -> pd.DataFrame:
    """The renames declared in spells: in force from the successor's next spell on."""
    renames = []
    for row in to_records(spells[spells["kind"] == "rename"]):
        own = spells.loc[(spells["symbol"] == row["successor"]) & (spells["from"] > row["to"]), "from"]
        day = own.min() if len(own) else row["to"] + pd.Timedelta(days=1)
        renames.append({"old": row["symbol"], "new": row["successor"], "from": day, "known_at": day})
    return pd.DataFrame(renames, columns=RENAME).astype(
        {"from": "datetime64[us]", "known_at": "datetime64[us]"}
    )


def _with_reuse(renames: pd.DataFrame, spells: pd.DataFrame | None) -> pd.DataFrame:
    """Distinct renames, with the session from which another symbol uses the old name."""
    frame = renames.drop_duplicates(["old", "new", "from"]).sort_values("from", ignore_index=True)
    if spells is None or frame.empty:
        return frame.assign(until=pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]"))
    again = frame.merge(spells[SPELL], left_on="old", right_on="symbol", suffixes=("", "_again"))
    first = again[again["from_again"] >= again["from"]].groupby(["old", "new", "from"])["from_again"].min()
    return frame.merge(first.rename("until").reset_index(), how="left", on=["old", "new", "from"])
