"""The fans of one symbol: its forecasts at each recent cutoff, with the closes that came."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from morrow.board.facts import Facts
from morrow.frames import quantile_column

MOST_ROWS, FEWEST_FANS = 90, 5


@dataclass(frozen=True)
class Fan:
    """The forecast of one symbol at one cutoff, in quote currency on the cutoff's share basis.

    Attributes:
        cutoff: ISO date.
        model: flags of the forecast and its model version.
        factor: split × dividend factor of the last bar up to the cutoff: prices of other sessions times
            their own factor, divided by this, are on the fan's basis. None where that bar is not known.
        sessions: H target sessions, ISO dates.
        quantiles: (H, Q), None where a level was not forecast.
        realised: (H,), None where it is not known yet.
    """

    cutoff: str
    model: str
    factor: float | None
    sessions: tuple[str, ...]
    quantiles: tuple[tuple[float | None, ...], ...]
    realised: tuple[float | None, ...]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return vars(self)


def count_fans(horizon: int) -> int:
    """How many cutoffs a page carries: as many as keep it small, and at least ``FEWEST_FANS``."""
    return max(FEWEST_FANS, MOST_ROWS // horizon)


def list_fans(facts: Facts, bars: pd.DataFrame, forecasts: pd.DataFrame) -> list[Fan]:
    """The fans of one symbol, the oldest cutoff first; of two versions' at one cutoff, the one made last.

    Args:
        facts: of the universe.
        bars: of the symbol, by session.
        forecasts: of the symbol, by cutoff, step and time of creation, with ``realised``, NaN where it is not
            known yet.
    """
    if forecasts.empty:
        return []
    cutoff, step = forecasts["cutoff"].to_numpy("datetime64[D]"), forecasts["step"].to_numpy()
    again = np.append((cutoff[1:] == cutoff[:-1]) & (step[1:] == step[:-1]), False)
    rows = forecasts[~again] if again.any() else forecasts
    cutoffs = rows["cutoff"].to_numpy("datetime64[D]")
    names = [quantile_column(level) for level in facts.levels]
    quantiles = rows.reindex(columns=names).to_numpy(np.float64, na_value=np.nan)  # (N, Q)
    realised = rows["realised"].to_numpy(np.float64)
    days = rows["session"].to_numpy("datetime64[D]").astype(str)
    versions, flags = rows["model_version"].tolist(), rows["flags"].tolist()
    factors = _find_factors(bars, rows["cutoff"])
    starts = np.flatnonzero(np.append(True, cutoffs[1:] != cutoffs[:-1]))
    return [
        Fan(
            cutoff=str(cutoffs[start]),
            model=f"version {versions[start]}" + (f", {flags[start]}" if flags[start] else ""),
            factor=factors[start],
            sessions=tuple(days[start:end].tolist()),
            quantiles=tuple(tuple(map(_shorten, each)) for each in quantiles[start:end].tolist()),
            realised=tuple(map(_shorten, realised[start:end].tolist())),
        )
        for start, end in zip(starts, np.append(starts[1:], len(rows)), strict=True)
    ]


def _find_factors(bars: pd.DataFrame, cutoffs: pd.Series) -> list[float | None]:
    """Factor of the last bar up to each cutoff."""
    at = (
        np.searchsorted(
            bars["session"].to_numpy("datetime64[us]"), cutoffs.to_numpy("datetime64[us]"), side="right"
        )
        - 1
    )
    factor = (bars["split_factor"] * bars["dividend_factor"]).to_numpy(np.float64)
    return [float(factor[each]) if each >= 0 else None for each in at]


def _shorten(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.6g}")
