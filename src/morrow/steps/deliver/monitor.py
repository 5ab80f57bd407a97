"""Score the forecasts whose target sessions are over."""

import pandas as pd

from morrow import monitor as scoring
from morrow.frames import REVISIONS, SCORES, forecasts_schema
from morrow.steps.context import Night
from morrow.steps.delivery_results import MonitorResult
from morrow.steps.results import Results


def monitor(night: Night, _results: Results) -> MonitorResult:
    """Score every forecast whose target session is over and that has no score yet.

    Raises:
        StoreError: a table cannot be read or written.
    """
    store, market = night.store, night.market
    schema = forecasts_schema(night.config.forecast.levels)
    forecast = store.read(schema, night.universe)
    done = store.read(SCORES, night.universe)
    key = list(SCORES.key)
    waiting = forecast[~pd.MultiIndex.from_frame(forecast[key]).isin(pd.MultiIndex.from_frame(done[key]))]
    waiting = scoring.move_targets(waiting, market.sessions)
    revisions = store.read(REVISIONS, night.universe, where=[("field", "=", "close")])
    levels = night.config.forecast.levels
    matured = scoring.score(waiting, market.all_bars, levels, market.members, revisions)
    added = store.append(SCORES, matured) if len(matured) else 0
    return MonitorResult(
        matured=added,
        scored=len(done) + added,
        ended=int(done["ended"].fillna(False).sum()) + int(matured["ended"].sum()),
        waiting=int((waiting["session"] <= market.newest).sum()) - added,
    )
