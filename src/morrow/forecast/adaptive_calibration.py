"""Calibration state at each cutoff, updated by the model's own matured forecasts and nothing later."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import calibration
from morrow import panel as panels
from morrow.calibration import Adaptive
from morrow.fitted_model import FittedModel
from morrow.forecast.fallback import answer_fallback
from morrow.panel import Panel

Rows = NDArray[np.int64]


def document_state(state: Adaptive, panel: Panel) -> dict[str, Any]:
    """Serialise a state for a model's document, with a date for its last session: numbers vary by panel."""
    return {**state.document(), "session": str(panel.sessions[state.through])}


def restore_state(document: Mapping[str, Any], panel: Panel) -> Adaptive:
    """Restore a state written by :func:`document_state`, on a panel that may start at a different session."""
    through = int(np.searchsorted(panel.sessions, np.datetime64(document["session"]), side="right")) - 1
    return replace(Adaptive.restore(document), through=through)


def find_rows_to_answer(fitted: FittedModel, panel: Panel, rows: Rows) -> Rows:
    """Find the rows (M,) to forecast in order to calibrate the requested rows (N,), which are included.

    They are in order, and are the rows the model could have forecast, from the last session of its
    training to the last requested session.
    """
    if not len(rows) or not isinstance(fitted.document["calibration"], dict):
        return np.unique(rows)
    first = int(np.searchsorted(panel.sessions, fitted.trained_through))
    between = (panel.session >= first) & (panel.session <= panel.session[rows].max())
    return np.union1d(rows, np.flatnonzero(between & panel.eligible))


def adapt_quantiles(
    fitted: FittedModel, panel: Panel, rows: Rows, quantiles: NDArray[np.float32], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float32], Adaptive | None]:
    """Calibrate quantiles of the log return, and return them with the state after the last cutoff.

    Rows outside the training range get the fallback forecast and do not update the state.

    Args:
        fitted: its document holds the initial state, or None, and the training range.
        panel: includes the known outcomes.
        rows: (R,) from :func:`find_rows_to_answer`; rows that are not eligible do not update the state.
        quantiles: (R, H, Q) in units of ``scale``.
        scale: (R, H) log return.
    """
    known, state = fitted.document["calibration"], None
    levels = np.asarray(fitted.document["forecast"]["levels"])
    off = panels.explain_outliers(fitted.document.get("range"), panel, rows) != ""
    if isinstance(known, dict):
        counts = panel.eligible[rows] & ~off
        actual = np.where(counts[:, None], panel.target[rows] / scale, np.nan).astype(np.float32)
        volatility = np.where(counts, panel.unit[rows], np.nan)
        quantiles, state = calibration.walk(
            restore_state(known, panel), quantiles, actual, panel.session[rows], volatility, levels
        )
    answers = np.asarray(quantiles * scale[..., None], dtype=np.float32)
    answers[off] = answer_fallback(panel, rows[off], levels)
    return answers, state
