"""Run one job end to end: train on the earlier parts, calibrate, forecast the later parts, save."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import atomic, calibration, fitted_model, forecast, metrics, training
from morrow import panel as panels
from morrow.backtest import ensembles, jobs, mixture_fit
from morrow.backtest.jobs import Job, scored_rows
from morrow.config import EnsembleRecipe, NetworkRecipe
from morrow.errors import NightError
from morrow.fitted_model import WEIGHT, FittedModel
from morrow.forecast.network_mixture import Answer
from morrow.panel import Panel, Parts


@dataclass(frozen=True)
class Outcomes:
    """What is known on the calibrate sessions, on which models are calibrated and networks weighed.

    Attributes:
        rows: (E,) panel rows.
        known: (E, H) log returns; NaN where unknown, or where a model does not forecast.
        range: of the fit and stop sessions, outside which a model does not forecast.
        through: the last session with a close among them.
    """

    rows: NDArray[np.int64]
    known: NDArray[np.float64]
    range: Mapping[str, Any]
    through: int

    @property
    def count(self) -> int:
        """E, the number of rows."""
        return len(self.rows)


@dataclass(frozen=True)
class RawAnswers:
    """A fitted model and its uncalibrated forecasts from the calibrate sessions onward.

    Attributes:
        model: the model, not yet calibrated.
        rows: (R,) panel rows, as in :attr:`morrow.backtest.Result.raw`; those of the outcomes come first.
        quantiles: (R, H, Q) in units of ``scale``.
        scale: (R, H) log return.
        note: what :func:`morrow.backtest.result` reads beside the files: run time in seconds, history, the
            members of an ensemble, the weight of networks.
        networks: quantiles and scale of a recipe's networks alone, if they are a part of the answer.
    """

    model: FittedModel
    rows: NDArray[np.int64]
    quantiles: NDArray[np.float32]
    scale: NDArray[np.float64]
    note: dict[str, Any]
    networks: Answer | None = None

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
        outcomes = _gather_outcomes(panel, job.parts)
        made = _answer(job, panel, outcomes, progress)
        model, answers, state = _calibrate(made, panel, outcomes)
        rows = np.concatenate([scored_rows(panel, job.parts.select), scored_rows(panel, job.parts.test)])
        probabilities = forecast.probabilities(model, panel, rows)
    asked = np.searchsorted(made.rows[outcomes.count :], rows)
    quantiles = answers[asked]
    table = jobs.losses(panel, job.parts, rows, quantiles, job.levels)
    others = (probabilities, made.networks[0] if made.networks else None)
    lost = any(each is not None and not np.isfinite(each).all() for each in others)
    if lost or not np.isfinite(table["loss"]).all():
        raise NightError(f"recipe {job.name}: its forecasts are not all finite, so they cannot be judged")
    note = {
        "answers_as": None, "weight": None, **made.note, "calibration": state,
        "parameters": sum(array.size for array in model.arrays.values()),
        "networks": _judge_networks(job, panel, made, outcomes, asked) if made.networks else {},
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {jobs.QUANTILES: quantiles, jobs.RAW: made.raw, jobs.ROWS: made.rows}
    if probabilities is not None:
        arrays[jobs.PROBABILITIES] = probabilities
    with atomic.new_folder(job.folder) as folder:
        fitted_model.save(model, folder)
        for name, array in arrays.items():
            np.save(folder / name, array, allow_pickle=False)
        table.to_parquet(folder / jobs.LOSSES, index=False)
        (folder / jobs.HISTORY).write_text(json.dumps(note), encoding="utf-8")


def _answer(job: Job, panel: Panel, outcomes: Outcomes, progress: training.Progress) -> RawAnswers:
    """Fit the job's model and forecast with it; an ensemble uses its members' saved results."""
    late = np.flatnonzero(panel.eligible & (panel.session >= outcomes.through))
    rows, began = np.concatenate([outcomes.rows, late]), perf_counter()
    if isinstance(job.recipe, EnsembleRecipe):
        model, quantiles, members = ensembles.combine_members(job, job.recipe, panel, rows, outcomes.count)
        note = {"seconds": perf_counter() - began, "history": [], **members}
        return RawAnswers(model, rows, quantiles, panel.compute_scale(rows), note)
    trained = training.fit(panel, jobs.make_fit_task(job), progress)
    note = {"seconds": trained.seconds, "history": trained.history}
    if not isinstance(job.recipe, NetworkRecipe):
        quantiles, scale, runaway = forecast.predict_baseline(trained.fitted, panel, rows)
        note["runaway"] = int(runaway[outcomes.count :].sum())
        return RawAnswers(trained.fitted, rows, quantiles, scale, note)
    reference = mixture_fit.fit_reference(job, panel)
    note["seconds"] = perf_counter() - began
    mixture = mixture_fit.mix_networks(trained.fitted, reference, panel, rows, outcomes.known)
    note["weight"] = mixture.model.document[WEIGHT]
    if mixture.networks and not note["weight"]:
        note["answers_as"] = jobs.REGRESSION
    return RawAnswers(mixture.model, rows, *mixture.answer, note, mixture.networks)


def _judge_networks(
    job: Job, panel: Panel, made: RawAnswers, outcomes: Outcomes, asked: NDArray[np.int64]
) -> dict[str, float]:
    """Pinball of the networks alone on the select and the test sessions, calibrated by themselves.

    Args:
        job: the recipe's job.
        panel: the panel.
        made: the model and what its networks answer.
        outcomes: what is known on the calibrate sessions.
        asked: (N,) indices of the scored rows among those after the calibrate sessions.
    """
    quantiles, scale = made.networks or (made.quantiles, made.scale)
    alone = replace(made, quantiles=quantiles, scale=scale)
    _, answers, _ = _calibrate(alone, panel, outcomes)
    rows = made.rows[outcomes.count :][asked]
    mean = jobs.losses(panel, job.parts, rows, answers[asked], job.levels).groupby("part")["loss"].mean()
    return {"pinball": float(mean["test"]), "pinball_select": float(mean["select"])}


def _gather_outcomes(panel: Panel, parts: Parts) -> Outcomes:
    """What is known on the calibrate sessions: for every model, as all use the fallback on the same rows."""
    rows = scored_rows(panel, parts.calibrate)
    seen = panels.measure_range(panel, training.fit_rows(panel, (0, parts.stop[1])))
    known = panel.target[rows].astype(np.float64)
    known[panels.explain_outliers(seen, panel, rows) != ""] = np.nan
    return Outcomes(rows, known, seen, parts.calibrate[1] - 1 + panel.horizon)


def _calibrate(
    made: RawAnswers, panel: Panel, outcomes: Outcomes
) -> tuple[FittedModel, NDArray[np.float32], dict[str, Any]]:
    """Calibrate the model on the calibrate sessions and forecast the later rows.

    Each forecast adapts to the outcomes known by its cutoff. The final calibration state is returned for the
    refitted model.
    """
    levels = np.asarray(made.model.document["forecast"]["levels"])
    early, late = slice(outcomes.count), slice(outcomes.count, None)
    session = panel.session[outcomes.rows]
    state = calibration.start(
        made.quantiles[early],
        (outcomes.known / made.scale[early]).astype(np.float32),
        session,
        panel.unit[outcomes.rows],
        levels,
    )
    begun = forecast.document_state(replace(state, through=outcomes.through), panel)
    down = metrics.probability_down(made.raw[early].reshape(-1, len(levels)).astype(np.float64), levels)
    extra = {
        "calibration": begun,
        "direction": calibration.fit_share(down.reshape(outcomes.known.shape), outcomes.known, session),
        "range": outcomes.range,
        "trained_through": str(panel.sessions[outcomes.through]),
    }
    model = replace(made.model, document={**made.model.document, **extra})
    answers, ended = forecast.adapt_quantiles(
        model, panel, made.rows[late], made.quantiles[late], made.scale[late]
    )
    return model, answers, begun if ended is None else forecast.document_state(ended, panel)
