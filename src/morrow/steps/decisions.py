"""What becomes of refused rows: what is kept of them, so that a person can decide."""

import json
import math

import pandas as pd

from morrow.frames import PRICE_FIELDS


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


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)
