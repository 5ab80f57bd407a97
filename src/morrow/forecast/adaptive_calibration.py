"""Calibration as it stands at each cutoff: a model's own matured forecasts, and nothing later, move it."""

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
    """A state for a model's document: with its last session's date, because panels number theirs anew."""
    return {**state.document(), "session": str(panel.sessions[state.through])}


def restore_state(document: Mapping[str, Any], panel: Panel) -> Adaptive:
    """The state that :func:`document_state` wrote, on a panel that may begin at another session."""
    through = int(np.searchsorted(panel.sessions, np.datetime64(document["session"]), side="right")) - 1
    return replace(Adaptive.restore(document), through=through)


def find_rows_to_answer(fitted: FittedModel, panel: Panel, rows: Rows) -> Rows:
    """Rows (M,) that must be answered to calibrate those that are asked (N,), in order, the asked among them.

    They are what the model could have forecast, from the session through which it was trained to the
    last that is asked.
    """
    if not len(rows) or not isinstance(fitted.document["calibration"], dict):
        return np.unique(rows)
    first = int(np.searchsorted(panel.sessions, fitted.trained_through))
    between = (panel.session >= first) & (panel.session <= panel.session[rows].max())
    return np.union1d(rows, np.flatnonzero(between & panel.eligible))


def adapt_quantiles(
    fitted: FittedModel, panel: Panel, rows: Rows, quantiles: NDArray[np.float32], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float32], Adaptive | None]:
    """Calibrated quantiles of the log return, and the state once the last cutoff is over.

    Rows outside what training saw are answered by the fallback, and move nothing.

    Args:
        fitted: its document has the state to begin with, or None; and the range of its training.
        panel: with the outcomes that are known.
        rows: (R,) of :func:`find_rows_to_answer`; others than the eligible move nothing.
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
