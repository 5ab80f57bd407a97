"""Run one job end to end: train on the earlier parts, calibrate, forecast the later parts, save."""

import json
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import atomic, calibration, fitted_model, forecast, metrics, training
from morrow import panel as panels
from morrow.backtest import ensembles, jobs
from morrow.backtest.jobs import Job, scored_rows
from morrow.config import EnsembleRecipe
from morrow.errors import NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel, Parts


@dataclass(frozen=True)
class RawAnswers:
    """A fitted model and its uncalibrated forecasts from the calibrate sessions onward.

    Attributes:
        model: the model, not yet calibrated.
        rows: (R,) panel rows, as in :attr:`morrow.backtest.Result.raw`.
        calibrating: number of rows in the calibrate sessions; they come first.
        quantiles: (R, H, Q) in units of ``scale``.
        scale: (R, H) log return.
        note: run time in seconds, history, and the members of an ensemble.
    """

    model: FittedModel
    rows: NDArray[np.int64]
    calibrating: int
    quantiles: NDArray[np.float32]
    scale: NDArray[np.float64]
    note: dict[str, Any]

    @property
    def raw(self) -> NDArray[np.float32]:
        """Log-return quantiles (R, H, Q)."""
        return np.asarray(self.quantiles * self.scale[..., None], dtype=np.float32)


def run(job: Job, progress: training.Progress = lambda _: None) -> None:
    """Train on fit and stop, calibrate on calibrate, forecast select and test; save atomically.

    Raises:
        NightError: a forecast is not finite, or an ensemble has too few members.
    """
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        panel = Panel.load(job.panel)
        made = _answer(job, panel, progress)
        model, answers = _calibrate(made, panel, job.parts)
        rows = np.concatenate([scored_rows(panel, job.parts.select), scored_rows(panel, job.parts.test)])
        probabilities = forecast.probabilities(model, panel, rows)
    quantiles = answers[np.searchsorted(made.rows[made.calibrating :], rows)]
    table = jobs.losses(panel, job.parts, rows, quantiles, job.levels)
    lost = probabilities is not None and not np.isfinite(probabilities).all()
    if lost or not np.isfinite(table["loss"]).all():
        raise NightError(f"recipe {job.name}: its forecasts are not all finite, so they cannot be judged")
    arrays: dict[str, NDArray[Any]] = {jobs.QUANTILES: quantiles, jobs.RAW: made.raw, jobs.ROWS: made.rows}
    if probabilities is not None:
        arrays[jobs.PROBABILITIES] = probabilities
    with atomic.new_folder(job.folder) as folder:
        fitted_model.save(model, folder)
        for name, array in arrays.items():
            np.save(folder / name, array, allow_pickle=False)
        table.to_parquet(folder / jobs.LOSSES, index=False)
        (folder / jobs.HISTORY).write_text(json.dumps(made.note), encoding="utf-8")


def _answer(job: Job, panel: Panel, progress: training.Progress) -> RawAnswers:
    """Fit the job's model and forecast with it; an ensemble uses its members' saved results."""
    early = scored_rows(panel, job.parts.calibrate)
    late = np.flatnonzero(panel.eligible & (panel.session >= _through(panel, job.parts)))
    rows, began = np.concatenate([early, late]), perf_counter()
    if isinstance(job.recipe, EnsembleRecipe):
        model, quantiles = ensembles.combine_members(job, job.recipe, panel, rows, len(early))
        names = [each["name"] for each in model.document["members"]]
        note = {"seconds": perf_counter() - began, "history": [], "members": names}
        return RawAnswers(model, rows, len(early), quantiles, panel.compute_scale(rows), note)
    trained = training.fit(panel, jobs.make_fit_task(job), progress)
    quantiles, scale = forecast.predict_scaled(trained.fitted, panel, rows)
    note = {"seconds": trained.seconds, "history": trained.history}
    return RawAnswers(trained.fitted, rows, len(early), quantiles, scale, note)


def _through(panel: Panel, parts: Parts) -> int:
    """The last session with a close that the calibrated model has used."""
    return parts.calibrate[1] - 1 + panel.horizon


def _calibrate(made: RawAnswers, panel: Panel, parts: Parts) -> tuple[FittedModel, NDArray[np.float32]]:
    """Calibrate the model on the calibrate sessions and forecast the later rows.

    For every model, the training range is the range of the fit and stop sessions, so all models use the
    fallback on the same rows.
    Each forecast adapts to the outcomes known by its cutoff. The final calibration state goes into the
    note, for the refitted model.
    """
    levels = np.asarray(made.model.document["forecast"]["levels"])
    early, late = slice(made.calibrating), slice(made.calibrating, None)
    rows, scale = made.rows[early], made.scale[early]
    through = _through(panel, parts)
    seen = panels.measure_range(panel, training.fit_rows(panel, (0, parts.stop[1])))
    known = panel.target[rows].astype(np.float64)
    known[panels.explain_outliers(seen, panel, rows) != ""] = np.nan  # the model does not forecast these
    state = calibration.start(
        made.quantiles[early],
        (known / scale).astype(np.float32),
        panel.session[rows],
        panel.unit[rows],
        levels,
    )
    begun = forecast.document_state(replace(state, through=through), panel)
    down = metrics.probability_down(made.raw[early].reshape(-1, len(levels)).astype(np.float64), levels)
    extra = {
        "calibration": begun,
        "direction": calibration.fit_share(down.reshape(known.shape), known, panel.session[rows]),
        "range": seen,
        "trained_through": str(panel.sessions[through]),
    }
    model = replace(made.model, document={**made.model.document, **extra})
    answers, ended = forecast.adapt_quantiles(
        model, panel, made.rows[late], made.quantiles[late], made.scale[late]
    )
    made.note["calibration"] = begun if ended is None else forecast.document_state(ended, panel)
    return model, answers
