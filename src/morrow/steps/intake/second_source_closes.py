"""Closes of a second source, with which the first one's are compared."""

import pandas as pd

from morrow import sources
from morrow.errors import MorrowError
from morrow.steps.context import Night
from morrow.steps.intake.failure_notes import list_failures


def closes(night: Night, judged: pd.DataFrame) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """The second source's closes from the first of some rows' sessions on, if one is configured.

    An unreadable second source does not stop the night.

    Args:
        night: of one universe.
        judged: session of each row that is to be judged.

    Returns:
        symbol, session and close, or None; and what a person should know of it.
    """
    source = night.options.second_source
    first = judged["session"].min()
    if source is None or pd.isna(first):
        return None, ()
    options = night.options.model_copy(update={"source": source, "second_source": None})
    try:
        batch = sources.fetch(
            options, night.config.root, night.as_of, start=first.date(), raw=night.raw_replies
        )
    except MorrowError as error:
        return None, (f"no second source tonight: {error}",)
    names = ["symbol", "session", "close"]
    rows = batch.rows[names].dropna().drop_duplicates(["symbol", "session"], keep=False)
    notes = list_failures(batch.failed, "could not be read from the second source")
    return rows.reset_index(drop=True), notes
