"""Table rows: cast to their schema, compare by key and by value, and undo revisions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import frames
from morrow.errors import ShapeError
from morrow.frames import Schema

BAR = ["symbol", "session"]


def cast_rows(schema: Schema, frame: pd.DataFrame) -> pd.DataFrame:
    """Cast a frame to the schema's columns and types, as the table would return it.

    Raises:
        ShapeError: it does not fit the schema, or holds a key twice.
    """
    rows = frames.from_arrow(frames.to_arrow(frame, schema))
    duplicate = rows.duplicated(list(schema.key))
    if duplicate.any():
        key = ", ".join(f"{name} {rows.loc[duplicate, name].iloc[0]}" for name in schema.key)
        raise ShapeError(f"{schema.name}: {key} comes twice, and a key must come once")
    return rows


def find_positions(rows: pd.DataFrame, stored: pd.DataFrame, key: Sequence[str]) -> NDArray[np.intp]:
    """Index of each row's key in ``stored``, -1 if it is not stored; shape (len(rows),)."""
    if stored.empty:
        return np.full(len(rows), -1, np.intp)
    index = stored[list(key)].assign(at=np.arange(len(stored)))
    position = rows[list(key)].merge(index, how="left", on=list(key))["at"]
    return position.fillna(-1).to_numpy(np.intp)


def find_differences(rows: pd.DataFrame, stored: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Compare two frames row by row; two missing values are equal.

    Returns:
        Booleans with the named columns and the index of ``rows``.
    """
    answer = {}
    for name in names:
        left, right = rows[name].reset_index(drop=True), stored[name].reset_index(drop=True)
        same = (left == right).fillna(False) | (left.isna() & right.isna())
        answer[name] = ~same.to_numpy(bool)
    return pd.DataFrame(answer, index=rows.index)


def undo_revisions(bars: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Restore the bars' values from before the given revisions; each field's earliest revision applies."""
    bars = bars.copy()
    index = pd.MultiIndex.from_frame(bars[BAR])
    first = later.sort_values("known_at").drop_duplicates([*BAR, "field"])
    for field, revisions in first.groupby("field"):
        at = index.get_indexer(pd.MultiIndex.from_frame(revisions[BAR]))
        values = bars[field].to_numpy(copy=True)
        values[at[at >= 0]] = revisions["was"].to_numpy()[at >= 0]
        bars[field] = values
    return bars


def list_changes(before: pd.DataFrame, after: pd.DataFrame, differing: pd.DataFrame) -> pd.DataFrame:
    """One row per field that differs between two frames of the same bars: symbol, session, field, was, is."""
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


def join_stored_revisions(changes: pd.DataFrame, stored: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Set the changes' ``known_at``: ``as_of``, or that of the field's newest stored revision.

    Args:
        changes: symbol, session, field, was, is.
        stored: revisions known at ``as_of`` or later. A change merges with its field's revision and keeps
            that revision's ``was``, so that a late or repeated run does not alter what was known before.
        as_of: when the changes were detected.
    """
    key = [*BAR, "field"]
    last = stored.sort_values("known_at").drop_duplicates(key, keep="last")
    both = changes.merge(last[[*key, "known_at", "was"]], how="left", on=key, suffixes=("", "_first"))
    was = both["was"].where(both["known_at"].isna(), both["was_first"])
    return changes.assign(was=was, known_at=both["known_at"].fillna(as_of))
