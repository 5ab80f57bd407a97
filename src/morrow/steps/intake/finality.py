"""Early bars: bars received before their session is final are left for a later run."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from morrow import sessions
from morrow.steps.context import Night

if TYPE_CHECKING:
    from morrow.sources import Batch

_NAMED = 5
_SURELY_FINAL = timedelta(days=4)  # longer than any margin, time zone and closing hour combined


def without_early(night: Night, batch: "Batch") -> tuple["Batch", int]:
    """Remove the bars whose session is not final at ``now``, and count them.

    A session is final ``settle_minutes`` after its close, in the calendar's time zone. A day that has not
    begun there is not early but wrong, and is left for the gate to refuse. Notes say what waits until when.

    Raises:
        ConfigError: the calendar is unknown.
    """
    days = batch.rows["session"]
    # Most batches end days ago and need no calendar, which takes half a second to import.
    if not (days > pd.Timestamp((night.now - _SURELY_FINAL).date())).any():
        return batch, 0
    options = night.options
    settled = sessions.last_final_day(options.trading_calendar, night.now, options.settle_minutes)
    today = night.now.astimezone(ZoneInfo(sessions.closing_time(options.trading_calendar)[0])).date()
    early = ((days > pd.Timestamp(settled)) & (days <= pd.Timestamp(today))).to_numpy()
    if not early.any():
        return batch, 0
    notes = [_note(night, rows) for _, rows in batch.rows[early].groupby("session")]
    rest = batch.rows[~early].reset_index(drop=True)
    return replace(batch, rows=rest, notes=(*batch.notes, *notes)), int(early.sum())


def _note(night: Night, rows: pd.DataFrame) -> str:
    day, calendar = rows["session"].iloc[0].date(), night.options.trading_calendar
    final = sessions.closing_moment(calendar, day) + timedelta(minutes=night.options.settle_minutes)
    names = sorted(rows["symbol"].dropna().unique())
    listed_names = ", ".join(names[:_NAMED]) + (
        f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    )
    zone = sessions.closing_time(calendar)[0]
    until = f"{final:%H:%M}" if final.date() == day else f"{final:%Y-%m-%d %H:%M}"
    return f"{listed_names}: {day} is not final until {until} {zone}, so it is left for later"
