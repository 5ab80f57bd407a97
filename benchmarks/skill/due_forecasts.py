"""Every forecast that morrow would have delivered at the cutoffs of a block, with its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import panel as panels
from morrow import pretraining
from morrow.baselines import unconditional
from morrow.config import Forecast
from morrow.panel import Panel

Outsiders = Callable[[np.datetime64], Mapping[str, str]]


@dataclass(frozen=True)
class DueForecasts:
    """N forecasts (a symbol at a cutoff) of H steps.

    Attributes:
        symbol: (N,) names.
        session: (N,) cutoffs.
        row: (N,) rows of the panel that they stand on; a stale one's is before its cutoff.
        eligible: (N,) bool; the others have the design's fallback, whatever the model.
        pegged: (N,) bool; delivered, and in no score.
        close: (N,) price at the row, quote currency.
        unit: (N,) volatility of a one-session log return known at the row, NaN if unknown.
        actual: (N, H) log returns from the row's price, NaN where not known.
        fallback: (N, H, Q) its quantiles; NaN where eligible.
    """

    symbol: NDArray[np.str_]
    session: NDArray[np.datetime64]
    row: NDArray[np.int64]
    eligible: NDArray[np.bool_]
    pegged: NDArray[np.bool_]
    close: NDArray[np.float64]
    unit: NDArray[np.float64]
    actual: NDArray[np.float64]
    fallback: NDArray[np.float32]

    def fill_fallback(self, quantiles: NDArray[np.float32]) -> NDArray[np.float32]:
        """A model's answers on the eligible rows (E, H, Q), and the fallback on the others: (N, H, Q)."""
        whole = self.fallback.copy()
        whole[self.eligible] = quantiles
        return whole


def collect_due_forecasts(
    panel: Panel,
    days: NDArray[np.datetime64],
    forecast: Forecast,
    outsiders: Outsiders,
    *,
    leave_gaps_out: bool = False,
) -> DueForecasts:
    """What would have been forecast at each of some sessions.

    Args:
        panel: through the sessions' targets; a bar's facts are those known at the bar.
        days: the cutoffs.
        forecast: levels, window and longest gap.
        outsiders: who was no member at a session.
        leave_gaps_out: as :func:`morrow.panel.assess_eligibility`.
    """
    prices = _prices(panel)
    forecasts: list[tuple[int, int, bool, bool, bool]] = []  # row, cutoff, eligible, pegged, zero-shot
    for cutoff in np.searchsorted(panel.sessions, days):
        view, rows = at(panel, int(cutoff), outsiders(panel.sessions[cutoff]))
        who = panels.assess_eligibility(view, forecast, leave_gaps_out=leave_gaps_out)
        forecasts += [(int(rows[each]), int(cutoff), True, False, False) for each in who.eligible]
        forecasts += [
            (int(rows[one.row]), int(cutoff), False, panels.PEGGED in one.flags, one.is_zero_shot)
            for one in who.fallback
        ]
    table = np.array(forecasts, dtype=np.int64).reshape(-1, 5)
    row, cutoff, eligible = table[:, 0], table[:, 1], table[:, 2].astype(bool)
    levels = np.asarray(forecast.levels)
    quantiles = np.full((len(row), panel.horizon, len(levels)), np.nan, dtype=np.float32)
    zero_shot = table[:, 4].astype(bool)
    if zero_shot.any():
        quantiles[zero_shot] = pretraining.forecast_zero_shot(panel, row[zero_shot], levels)
    for index in np.flatnonzero(~eligible & ~zero_shot):
        quantiles[index] = _fallback(panel, row[index], int(cutoff[index]), levels)
    ahead = cutoff[:, None] + np.arange(1, panel.horizon + 1)
    actual = prices[panel.symbol[row, None], ahead] - np.log(panel.adjusted[row, None])
    return DueForecasts(
        symbol=np.asarray(panel.symbols)[panel.symbol[row]],
        session=panel.sessions[cutoff],
        row=row,
        eligible=eligible,
        pegged=table[:, 3].astype(bool),
        close=np.asarray(panel.close)[row],
        unit=np.asarray(panel.unit)[row],
        actual=np.where(eligible[:, None], panel.target[row], actual).astype(np.float64),
        fallback=quantiles,
    )


def at(panel: Panel, cutoff: int, outsiders: Mapping[str, str]) -> tuple[Panel, NDArray[np.int64]]:
    """The panel as it stood at a session, of each symbol only its last row; and which rows these are."""
    length = len(panel.sessions)
    key = panel.symbol * length + panel.session
    wanted = np.arange(len(panel.symbols)) * length + cutoff
    rows = np.searchsorted(key, wanted, side="right") - 1
    rows = rows[(rows >= 0) & (panel.symbol[rows] == np.arange(len(panel.symbols)))]
    names = tuple(panel.symbols[code] for code in panel.symbol[rows])
    fields = ("series", "position", "reach", "session", "close", "adjusted", "unit", "features", "target",
              "pegged", "member", "eligible")  # fmt: skip
    own: dict[str, Any] = {name: np.asarray(getattr(panel, name)[rows]) for name in fields}
    view = replace(
        panel,
        symbols=names,
        symbol=np.arange(len(rows)),
        sessions=panel.sessions[: cutoff + 1],
        outsiders={name: why for name, why in outsiders.items() if name in names},
        **own,
    )
    return view, rows


def _prices(panel: Panel) -> NDArray[np.float64]:
    """Log adjusted prices (N, T + H) by symbol and session, those of ended symbols as their targets say."""
    grid = np.full((len(panel.symbols), len(panel.sessions) + panel.horizon), np.nan)
    now = np.log(panel.adjusted)
    for step in range(panel.horizon, 0, -1):
        grid[panel.symbol, panel.session + step] = now + panel.target[:, step - 1]
    grid[panel.symbol, panel.session] = now
    return grid


def _fallback(panel: Panel, row: int, cutoff: int, levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Unconditional quantiles (H, Q) of the sessions since the row and those ahead."""
    start, behind = row - int(panel.position[row]), cutoff - int(panel.session[row])
    past = panel.adjusted[start : row + 1]
    return unconditional.trailing_quantiles(past, behind + panel.horizon, levels)[behind:]
