"""Comparison of frames by key and by value, and the undoing of revisions; nothing is read or written."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import frames
from morrow.errors import ShapeError
from morrow.frames import Schema

BAR = ["symbol", "session"]


def fitted_to(schema: Schema, frame: pd.DataFrame) -> pd.DataFrame:
    """Cast a frame to the schema's columns and types, as it would come back from the table.

    Raises:
        ShapeError: it does not fit the schema, or holds a key twice.
    """
    rows = frames.from_arrow(frames.to_arrow(frame, schema))
    twice = rows.duplicated(list(schema.key))
    if twice.any():
        key = ", ".join(f"{name} {rows.loc[twice, name].iloc[0]}" for name in schema.key)
        raise ShapeError(f"{schema.name}: {key} comes twice, and a key must come once")
    return rows


def position(rows: pd.DataFrame, stored: pd.DataFrame, key: Sequence[str]) -> NDArray[np.intp]:
    """Row number in ``stored`` of each row's key, -1 where it is not there; shape (len(rows),)."""
    if stored.empty:
        return np.full(len(rows), -1, np.intp)
    index = stored[list(key)].assign(at=np.arange(len(stored)))
    found = rows[list(key)].merge(index, how="left", on=list(key))["at"]
    return found.fillna(-1).to_numpy(np.intp)


def differs(rows: pd.DataFrame, stored: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Where two frames, row by row, have different values; two empty values are equal.

    Returns:
        Booleans with the named columns and the index of ``rows``.
    """
    answer = {}
    for name in names:
        left, right = rows[name].reset_index(drop=True), stored[name].reset_index(drop=True)
        same = (left == right).fillna(False) | (left.isna() & right.isna())
        answer[name] = ~same.to_numpy(bool)
    return pd.DataFrame(answer, index=rows.index)


def undo(bars: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Bars with the values they had before the given revisions, of which the earliest of a field counts."""
    bars = bars.copy()
    index = pd.MultiIndex.from_frame(bars[BAR])
    first = later.sort_values("known_at").drop_duplicates([*BAR, "field"])
    for field, revisions in first.groupby("field"):
        at = index.get_indexer(pd.MultiIndex.from_frame(revisions[BAR]))
        values = bars[field].to_numpy(copy=True)
        values[at[at >= 0]] = revisions["was"].to_numpy()[at >= 0]
        bars[field] = values
    return bars


def changed_fields(before: pd.DataFrame, after: pd.DataFrame, differing: pd.DataFrame) -> pd.DataFrame:
    """One row per changed field of two frames of the same bars: symbol, session, field, was, is."""
    parts = []
    for field in differing.columns:
        changed = differing[field].to_numpy()
        values = {
            "field": field,
            "was": before[field].to_numpy()[changed],
            "is": after[field].to_numpy()[changed],
        }
        parts.append(after.loc[changed, BAR].assign(**values))
    return pd.concat(parts, ignore_index=True)


def join_stored(changes: pd.DataFrame, stored: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Give changes their ``known_at``: ``as_of``, or that of the newest stored revision of the field.

    Args:
        changes: symbol, session, field, was, is.
        stored: revisions known at ``as_of`` or later. A change joins the one of its field and keeps its
            ``was``: nothing that was known before then is altered by a run that comes late or again.
        as_of: when the changes were found.
    """
    key = [*BAR, "field"]
    last = stored.sort_values("known_at").drop_duplicates(key, keep="last")
    both = changes.merge(last[[*key, "known_at", "was"]], how="left", on=key, suffixes=("", "_first"))
    was = both["was"].where(both["known_at"].isna(), both["was_first"])
    return changes.assign(was=was, known_at=both["known_at"].fillna(as_of))
