"""The forecast table: all symbols that are eligible or have a fallback, at the panel's last session."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import calibration, metrics
from morrow import panel as panels
from morrow import sessions as calendars
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.fitted_model import FittedModel
from morrow.forecast.answers import predict, probabilities
from morrow.forecast.fallback import answer_fallbacks
from morrow.forecast.price_frame import complete_prices
from morrow.frames import quantile_column
from morrow.panel import Panel

FALLBACK = "forecast by unconditional quantiles"
ZERO_SHOT = "forecast zero-shot by the pretrained network"
REASONS = 5  # symbols that are named where nobody can be forecast
GUESSED = "guessed"  # flag of a target session that the calendar does not know yet


def table(
    fitted: FittedModel,
    panel: Panel,
    *,
    stale: bool,
    observed: pd.DatetimeIndex | None = None,
    calendar: str | None = None,
    leave_gaps_out: bool = False,
) -> tuple[pd.DataFrame, panels.Eligibility]:
    """Forecast all symbols that are eligible or have a fallback, at the panel's last session.

    Args:
        fitted: the model.
        panel: through the cutoff, with the same features and horizon as the model.
        stale: whether the data are too old for the requested date.
        observed: sessions observed, for a calendar inferred from the data.
        calendar: of the target sessions; by default that of the model's training.
        leave_gaps_out: omit symbols with no bar at the cutoff, instead of using their last price.

    Returns:
        rows (symbol, cutoff, step, session, quantiles and mean in quote currency, p_down, p_flat, p_up,
        flags, reason, basis, last_close), and the symbols they cover.

    Raises:
        HistoryError: no symbol can be forecast.
    """
    settings = Forecast(**fitted.document["forecast"])
    known = fitted.document.get("range")
    who = panels.assess_eligibility(panel, settings, training_range=known, leave_gaps_out=leave_gaps_out)
    own = [predict(fitted, panel, who.eligible)] if len(who.eligible) else []
    calendar = calendar or fitted.document["calendar"]
    frame = _answer(panel, who, own, np.asarray(settings.levels), calendar, observed)
    count = len(who.eligible) * panel.horizon
    down = calibration.shrink_probabilities(
        frame["p_down"].to_numpy()[:count], fitted.document.get("direction")
    )
    frame.loc[: count - 1, ["p_down", "p_up"]] = np.stack([down, 1 - down], axis=1)
    if count and (likely := probabilities(fitted, panel, who.eligible)) is not None:
        shares = likely.reshape(-1, 3).astype(np.float64)
        shares /= shares.sum(axis=1, keepdims=True)
        frame.loc[: count - 1, ["p_down", "p_flat", "p_up"]] = shares
    return _add_flags(frame, who, panel.horizon, calendar, stale=stale), who


def zero_shot_table(
    panel: Panel,
    forecast: Forecast,
    reason: str,
    *,
    stale: bool,
    calendar: str,
    observed: pd.DatetimeIndex | None = None,
    leave_gaps_out: bool = False,
) -> tuple[pd.DataFrame, panels.Eligibility]:
    """As :func:`table`, with a pretrained network's raw answers in place of a model's.

    Args:
        panel: through the cutoff, with any features.
        forecast: levels, window and longest gap.
        reason: why there is no model.
        stale: whether the data are too old for the requested date.
        calendar: of the target sessions.
        observed: sessions observed, for a calendar inferred from the data.
        leave_gaps_out: omit symbols with no bar at the cutoff, instead of using their last price.

    Raises:
        HistoryError: no symbol can be forecast.
        RegistryError: the pretrained network cannot be used.
    """
    who = panels.assess_eligibility(panel, forecast, leave_gaps_out=leave_gaps_out, untrained=reason)
    frame = _answer(panel, who, [], np.asarray(forecast.levels), calendar, observed)
    return _add_flags(frame, who, panel.horizon, calendar, stale=stale), who


def _answer(
    panel: Panel,
    who: panels.Eligibility,
    own: list[NDArray[np.float32]],
    levels: NDArray[np.float64],
    calendar: str,
    observed: pd.DatetimeIndex | None,
) -> pd.DataFrame:
    """The rows of everybody who is forecast: those of the model (none, or one block), then the fallbacks.

    Raises:
        HistoryError: no symbol can be forecast.
    """
    if not who.symbol_count:
        reasons = [f"{name}: {why}" for name, why in who.left_out.items()]
        more = f"; and {len(reasons) - REASONS} more" if len(reasons) > REASONS else ""
        raise HistoryError(
            f"no symbol can be forecast at {panel.sessions[-1]}: {'; '.join(reasons[:REASONS])}{more}"
        )
    rows = np.array([*who.eligible, *(one.row for one in who.fallback)], dtype=np.int64)
    blocks = [*own, answer_fallbacks(panel, who.fallback, levels)]
    return _frame(panel, rows, np.concatenate(blocks), levels, calendar, observed)


def _add_flags(
    frame: pd.DataFrame, who: panels.Eligibility, horizon: int, calendar: str, *, stale: bool
) -> pd.DataFrame:
    """The rows in order, with flags and reasons."""
    old = (panels.STALE,) if stale else ()
    flagged = [*((),) * len(who.eligible), *(one.flags for one in who.fallback)]
    why = [*("",) * len(who.eligible), *map(_word_fallback, who.fallback)]
    flags = [",".join(sorted({*old, *each})) for each in flagged]
    frame["flags"] = np.repeat(np.array(flags, dtype=object), horizon)
    frame["flags"] = _flag_guesses(frame, calendar)
    frame["reason"] = np.repeat(np.array(why, dtype=object), horizon)
    return frame.sort_values(["symbol", "step"], ignore_index=True)


def _word_fallback(fallback: panels.Fallback) -> str:
    return f"{fallback.reason}: {ZERO_SHOT if fallback.is_zero_shot else FALLBACK}"


def _flag_guesses(frame: pd.DataFrame, calendar: str) -> pd.Series:
    """The flags, with one more where the target session lies beyond what the calendar knows."""
    end = calendars.known_through(calendar)
    if end is None:
        return frame["flags"]
    guessed = frame["session"] > pd.Timestamp(end)
    longer = frame["flags"].map(lambda flags: ",".join(sorted({*flags.split(","), GUESSED} - {""})))
    return frame["flags"].where(~guessed, longer)


def _frame(
    panel: Panel,
    rows: NDArray[np.int64],
    quantiles: NDArray[np.float32],
    levels: NDArray[np.float64],
    calendar: str,
    observed: pd.DatetimeIndex | None,
) -> pd.DataFrame:
    horizon = panel.horizon
    cutoff = pd.Timestamp(panel.sessions[-1])
    ahead = calendars.next_sessions(calendar, cutoff, horizon, observed)
    flat = quantiles.reshape(-1, len(levels)).astype(np.float64)  # (N × H, Q)
    close = np.repeat(panel.close[rows], horizon)
    down = metrics.probability_down(flat, levels)
    columns: dict[str, Any] = {
        "symbol": np.repeat(np.asarray(panel.symbols)[panel.symbol[rows]], horizon),
        "cutoff": cutoff.as_unit("us"),
        "step": np.tile(np.arange(1, horizon + 1), len(rows)),
        "session": np.tile(ahead.to_numpy("datetime64[us]"), len(rows)),
    }
    for column, level in enumerate(levels):
        columns[quantile_column(level)] = close * np.exp(flat[:, column])
    columns |= {
        "mean": close * metrics.growth(flat, levels),
        "p_down": down,
        "p_flat": np.zeros(len(close)),
        "p_up": 1 - down,
        "basis": np.repeat(panel.sessions[panel.session[rows]].astype("datetime64[us]"), horizon),
        "last_close": close.astype(np.float64),
    }
    return pd.DataFrame(columns)


def build_panel(fitted: FittedModel, prices: pd.DataFrame, sessions: pd.DatetimeIndex) -> Panel:
    """Build a panel from prices with the settings that the model was fitted with."""
    document = fitted.document
    return panels.build(
        prices,
        sessions,
        Forecast(**document["forecast"]),
        Time(**document["time"]),
        tick=document["tick"],
        names=tuple(document["features"]),
    )


def forecast_prices(fitted: FittedModel, prices: pd.DataFrame) -> pd.DataFrame:
    """Forecast from prices alone, at their last session. The registry entry uses this to predict.

    Args:
        fitted: the model.
        prices: symbol, session, close, split_factor, dividend_factor and, where they are known, open, high,
            low, volume; the history of each symbol, long enough for its features and a window.

    Raises:
        ShapeError: a column is missing or has wrong values.
        HistoryError: no symbol can be forecast.
        LeakError: the prices end before the model's training period does.
    """
    prices = complete_prices(prices)
    first, last = prices["session"].min(), prices["session"].max()
    observed = pd.DatetimeIndex(prices["session"].unique()).sort_values()
    axis = calendars.sessions(fitted.document["calendar"], first, last, observed)
    frame, _ = table(fitted, build_panel(fitted, prices, axis), stale=False, observed=observed)
    return frame.drop(columns=["basis", "last_close"])
