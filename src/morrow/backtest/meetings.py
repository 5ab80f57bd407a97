"""Two recipes' losses by date on the sessions where they meet, and what their difference can be at most."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from morrow import metrics
from morrow.backtest.jobs import Result, scored_rows
from morrow.panel import Panel, Parts


def find_known_through(panel: Panel) -> int:
    """Number of the last session of the panel from which every step's target session has come."""
    return len(panel.sessions) - 1 - panel.horizon


def meet(
    panel: Panel,
    parts: Parts,
    champion: Result,
    challenger: Result,
    levels: Sequence[float],
    after: str | None = None,
) -> pd.DataFrame:
    """Losses of two recipes on cutoffs whose outcomes are all known, in time order.

    Args:
        panel: on which both were scored.
        parts: of the panel.
        champion: a result of the backtest.
        challenger: another one.
        levels: quantile levels.
        after: a session, YYYY-MM-DD: only later ones, of whatever part; None for the select sessions.

    Returns:
        session, and of each date the mean over symbols and steps of ``champion`` and ``challenger`` (pinball
        of the log return) and of ``bound`` (the most by which the challenger's could have exceeded the
        champion's, known at the cutoff).
    """
    rows = np.concatenate([scored_rows(panel, parts.select), scored_rows(panel, parts.test)])
    session = panel.session[rows]
    chosen = session <= find_known_through(panel)
    if after is None:
        chosen &= session < parts.select[1]
    else:
        chosen &= panel.sessions[session] > np.datetime64(after)
    actual = panel.target[rows[chosen]].astype(np.float64)
    row, step = np.nonzero(np.isfinite(actual))
    grid, outcome = np.asarray(levels, dtype=np.float64), actual[row, step]
    ours, theirs = (each.quantiles[chosen][row, step].astype(np.float64) for each in (champion, challenger))
    frame = pd.DataFrame(
        {
            "session": panel.sessions[session[chosen][row]].astype("datetime64[us]"),
            "champion": metrics.pinball(ours, outcome, grid).mean(axis=-1),
            "challenger": metrics.pinball(theirs, outcome, grid).mean(axis=-1),
            "bound": metrics.largest_excess(theirs, ours, grid),
        }
    )
    return frame.groupby("session", as_index=False).mean()
