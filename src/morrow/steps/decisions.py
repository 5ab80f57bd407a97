"""What becomes of refused rows: what is kept of them, so that a person can decide."""

import json
import math
from collections.abc import Collection

import pandas as pd

from morrow import sources
from morrow.frames import PRICE_FIELDS

ID_DIGITS = 8


def bars_as_text(rows: pd.DataFrame, source: str) -> "pd.Series[str]":
    """What would be stored of rows if they were accepted, as JSON, by row number.

    Args:
        rows: row, the price fields on the basis of the stored bars, and malformed.
        source: where they come from, in a word.

    Returns:
        One object a row: source, malformed (null where all could be read) and every price field (null
        where absent, the text "inf" or "-inf" where it is infinite).
    """
    columns = [rows[name].tolist() for name in PRICE_FIELDS]
    malformed = rows["malformed"].astype(object).where(rows["malformed"].notna(), None).tolist()
    texts = [
        json.dumps(
            {
                "source": source,
                "malformed": fault,
                **dict(zip(PRICE_FIELDS, map(_plain, values), strict=True)),
            }
        )
        for fault, *values in zip(malformed, *columns, strict=True)
    ]
    return pd.Series(texts, index=rows["row"].to_numpy(), dtype="str")


def row_id(batch: str, row: int) -> str:
    """What a person types for a refused row: the head of its batch, and its position in it.

    >>> row_id("3fa2c1d0e5", 1245)
    '3fa2c1d0:1245'
    """
    return f"{batch[:ID_DIGITS]}:{row}"


def row_ids(batch: sources.Batch, rows: Collection[int], seen: pd.DataFrame) -> dict[int, str]:
    """Under which id each refused row waits: that of an earlier batch if it was received before.

    Args:
        batch: the reading they are in.
        rows: their positions in it.
        seen: batch, row and received of all that waited before tonight.
    """
    first = seen.drop_duplicates("received")
    waiting = dict(
        zip(first["received"], map(row_id, first["batch"].tolist(), first["row"].tolist()), strict=True)
    )
    texts = sources.received(batch, rows)
    return {row: waiting.get(text, row_id(batch.id, row)) for row, text in zip(rows, texts, strict=True)}


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)
