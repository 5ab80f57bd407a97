"""What the shipped pretrained network answers on a block, calibrated as any fitted model is."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.refit_panels import PANEL, RefitPanels
from morrow import backtest, calibration, forecast, pretraining, training
from morrow import panel as panels
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

Levels = NDArray[np.float64]
Rows = NDArray[np.int64]
Quantiles = NDArray[np.float32]


def answer_zero_shot(stage: RefitPanels, levels: Levels) -> Quantiles:
    """Log return quantiles (E, H, Q) on a block's eligible rows.

    The calibration starts on the calibrate sessions of the refit and is carried on by the outcomes known at
    each cutoff; rows outside the range of the sessions through the refit have the fallback, as for any model.

    Args:
        stage: of the refit.
        levels: (Q,).
    """
    fitted_on, panel = Panel.load(stage.folder / PANEL), Panel.load(stage.block)
    through = stage.parts.calibrate[1] - 1 + fitted_on.horizon
    seen = panels.measure_range(fitted_on, training.fit_rows(fitted_on, (0, len(fitted_on.sessions))))
    document: dict[str, Any] = {
        "calibration": _start_calibration(fitted_on, stage.parts, seen, levels, through),
        "range": seen,
        "forecast": {"levels": levels.tolist()},
    }
    asked = stage.due.row[stage.due.eligible]
    first = int(np.searchsorted(panel.sessions, fitted_on.sessions[through]))
    rows = np.union1d(asked, np.flatnonzero(panel.eligible & (panel.session >= first)))
    answers, _ = forecast.adapt_quantiles(
        FittedModel(document, {}), panel, rows, *_answer_scaled(panel, rows, levels)
    )
    return answers[np.searchsorted(rows, asked)]


def _start_calibration(
    panel: Panel, parts: panels.Parts, seen: dict[str, Any], levels: Levels, through: int
) -> dict[str, Any]:
    """The state after the calibrate sessions, whose outcomes end with session ``through``."""
    rows = backtest.scored_rows(panel, parts.calibrate)
    quantiles, scale = _answer_scaled(panel, rows, levels)
    known = panel.target[rows].astype(np.float64)
    known[panels.explain_outliers(seen, panel, rows) != ""] = np.nan
    state = calibration.start(
        quantiles, (known / scale).astype(np.float32), panel.session[rows], panel.unit[rows], levels
    )
    return forecast.document_state(replace(state, through=through), panel)


def _answer_scaled(panel: Panel, rows: Rows, levels: Levels) -> tuple[Quantiles, NDArray[np.float64]]:
    """Quantiles before calibration (N, H, Q), and the unit that they are in (N, H)."""
    scale = panel.compute_scale(rows)
    answers = pretraining.forecast_zero_shot(panel, rows, levels)
    return np.asarray(answers / scale[..., None], dtype=np.float32), scale
