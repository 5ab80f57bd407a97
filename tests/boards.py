"""Facts of a small universe for the board, made by hand: three nights, the last ahead, and hostile names."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd

from morrow.board import Facts
from morrow.frames import PRICES, QUARANTINE, REVISIONS, SCORES, empty, forecasts_schema, quantile_column
from tests.conftest import bars

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SPREAD = np.array([-0.04, -0.025, -0.01, 0.0, 0.01, 0.025, 0.04])
HOSTILE = (
    "<script>window.hit=1</script>",
    '" onmouseover="window.hit=1',
    "../../x",
    "CON",
    "L" * 300,
    "🙂 é",
    "{{ 7 * 7 }}",
    "</script><b>",
)
NOW = datetime(2020, 3, 2, 4, 5, tzinfo=UTC)
HORIZON, SESSIONS = 2, 40


def make_bars(symbols: tuple[str, ...], sessions: int = SESSIONS) -> pd.DataFrame:
    """Bars whose closes rise by one a session, from 100."""
    return bars({name: 100.0 + np.arange(sessions) for name in symbols})


def make_forecasts(prices: pd.DataFrame, nights: int = 3) -> pd.DataFrame:
    """Forecasts at the last cutoffs, symmetric around the close, wider with each step."""
    days = sorted(prices["session"].unique())
    ahead = [*days, *pd.bdate_range(days[-1] + pd.Timedelta(days=1), periods=HORIZON)]
    blocks = []
    for index in range(len(days) - nights, len(days)):
        now = prices[prices["session"] == days[index]]
        for step in range(1, HORIZON + 1):
            quantiles = {
                quantile_column(level): now["close"].to_numpy() * (1 + step * apart)
                for level, apart in zip(LEVELS, SPREAD, strict=True)
            }
            blocks.append(
                pd.DataFrame(quantiles).assign(
                    symbol=now["symbol"].to_numpy(),
                    cutoff=days[index],
                    step=step,
                    session=ahead[index + step],
                    last_close=now["close"].to_numpy(),
                )
            )
    frame = pd.concat(blocks, ignore_index=True)
    constant = {
        "universe": "toy", "model_version": "1", "mean": frame["q5000"], "p_down": 0.4, "p_flat": 0.0,
        "p_up": 0.6, "flags": "", "reason": "", "run_id": "run", "data_version": "data",
        "created_at": pd.Timestamp(NOW), "basis": frame["cutoff"],
    }  # fmt: skip
    return frame.assign(**constant)[forecasts_schema(LEVELS).names]


def make_scores(forecasts: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Scores of the forecasts whose target has a bar, all inside both intervals."""
    closes = prices[["symbol", "session", "close"]]
    rows = forecasts.merge(closes, on=["symbol", "session"])
    return rows.assign(
        realised=rows["close"], pinball=0.002, in_80=True, in_95=True, abs_error=1.0, ended=False
    )[SCORES.names]


def make_report(cutoff: str, **parts: Any) -> dict[str, Any]:
    """The report of a night on which nothing was due."""
    return {
        "universe": "toy", "cutoff": cutoff, "alarms": [], "stale": False, "holds": [], "newest_refused": [],
        "retrained": {"due": False, "why": "retrained 2 sessions ago"}, "verdict": None, "leaderboard": [],
        "ingest": {
            "accepted": 3, "revised": 0, "quarantined": 0, "received": 120, "left_out": [],
            "completeness": {"expected": 120, "present": 120, "missing": 0, "gaps": 0, "longest": []},
        },
        "forecast": {"model": "ewma", "version": "1", "fallback": []}, "gates": [],
        "scores": {"matured": 3}, "seconds": {"ingest": 1.0, "forecast": 0.5, "total": 1.5},
        "recorded_at": "2020-02-28T22:00:00+00:00", "calendar": {"advice": []}, **parts,
    }  # fmt: skip


def make_entry(as_of: date, **parts: Any) -> dict[str, Any]:
    """A decision of the ledger that crowns ewma."""
    return {
        "as_of": as_of, "entry": "abc", "decision": "promote", "champion_before": None,
        "version_before": None, "champion_after": "ewma", "version_after": "1", "by": "morrow",
        "reason": "ewma becomes champion", "rules": [], "figures": {}, "data_version": "d",
        "code_version": "c", "recorded_at": NOW, "windows": {}, "evidence": {}, **parts,
    }  # fmt: skip


def make_facts(*symbols: str, **parts: Any) -> Facts:
    """Facts of a universe after three nights; by default of the symbols AAA and the hostile ones."""
    prices = make_bars(symbols or ("AAA", *HOSTILE))
    forecasts = make_forecasts(prices)
    cutoffs = sorted(f"{day:%Y-%m-%d}" for day in forecasts["cutoff"].unique())
    given = {
        "universe": "toy", "currency": "USD", "levels": LEVELS, "horizon": HORIZON, "now": NOW,
        "bars": prices, "sessions": pd.DatetimeIndex(sorted(prices["session"].unique())),
        "forecasts": forecasts, "scores": make_scores(forecasts, prices), "refused": empty(QUARANTINE),
        "revisions": empty(REVISIONS), "ledger": [make_entry(date(2020, 2, 20))],
        "reports": [make_report(cutoff) for cutoff in cutoffs],
        "versions": [{
            "version": "1", "recipe": "ewma", "trained_through": "2020-02-20", "run_id": "r",
            "retired": False,
        }],
        "commands": {name: f"morrow {name} --universe toy" for name in ("nightly", "ingest", "judge")},
    }  # fmt: skip
    return Facts(**{**given, **parts})


def make_empty_facts() -> Facts:
    """Facts of a universe before its first night."""
    schema = forecasts_schema(LEVELS)
    return replace(
        make_facts("AAA"), bars=empty(PRICES), sessions=pd.DatetimeIndex([]), forecasts=empty(schema),
        scores=empty(SCORES), ledger=[], reports=[], versions=[],
    )  # fmt: skip
