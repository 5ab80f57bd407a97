"""neuralforecast's LSTM on the same closes: its time, and the test loss of both at step 1."""

import importlib
import logging
import warnings
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.training import data
from morrow import forecast, metrics, training
from morrow.backtest import scored_rows
from morrow.errors import UserError
from morrow.panel import Panel

STEPS, INPUT = 1000, 60
PERCENT = 100.0


def neuralforecast() -> dict[str, float]:
    """Train for 1,000 steps on everything before the test sessions, then forecast each of them.

    Raises:
        UserError: the package is not installed.
    """
    setting = data.currencies()
    panel, first = setting.panel, setting.parts.test[0]
    levels = list(data.FORECAST.levels)
    whole = _peer(levels)
    frame = _returns(panel)
    began = perf_counter()
    whole.fit(df=frame[frame["ds"] < first])
    seconds = perf_counter() - began
    result = whole.cross_validation(
        df=frame,
        n_windows=None,
        test_size=len(panel.sessions) - first - 1,
        step_size=1,
        use_fitted=True,
        verbose=False,
    )
    rows, actual = _test(setting)
    keys = pd.DataFrame({"unique_id": panel.symbol[rows], "ds": panel.session[rows] + 1})
    joined = keys.merge(result, on=["unique_id", "ds"], how="left")
    names = [name for name in result.columns if name not in ("unique_id", "ds", "cutoff", "y")]
    answered = joined[names].to_numpy(np.float64) / PERCENT  # (N, Q)
    known = np.isfinite(answered).all(axis=1)
    loss = metrics.pinball(np.sort(answered[known], axis=1), actual[known], np.asarray(levels))
    return {
        "seconds": seconds,
        "pinball": float(loss.mean()),
        "rows": float(known.sum()),
        "of": float(len(rows)),
    }


def _peer(levels: list[float]) -> Any:
    """Their LSTM with the quantile loss at the levels, silent."""
    try:
        library = importlib.import_module("neuralforecast")
        models = importlib.import_module("neuralforecast.models")
        losses = importlib.import_module("neuralforecast.losses.pytorch")
    except ImportError as error:
        raise UserError(f"{error}; install the peers with: make setup-bench") from None
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    model = models.LSTM(
        h=1, input_size=INPUT, encoder_n_layers=2, encoder_hidden_size=64,
        loss=losses.MQLoss(quantiles=levels),
        max_steps=STEPS, random_seed=data.SEED, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip
    return library.NeuralForecast(models=[model], freq=1)


def ours(target: float) -> dict[str, Any]:
    """Our LSTM: seconds until its test loss at step 1 was first below ``target``, and its loss when it ends.

    The test loss is looked at here to measure time, and decides nothing: training stops on the stop sessions.
    """
    setting = data.currencies()
    recipe = data.recipe("lstm")
    began = perf_counter()
    trained = training.fit(setting.panel, setting.task(recipe))
    seconds = perf_counter() - began
    return {
        "pinball": _loss(setting, trained),
        "seconds": seconds,
        "seconds_to_target": _seconds_to(setting, target, len(trained.history)),
    }


def _seconds_to(setting: data.Setting, target: float, epochs: int) -> float | None:
    """Train again for 1, 2, 4, ... epochs from the same seed until the target is met; the last one's time."""
    for count in sorted({*(2**power for power in range(8) if 2**power < epochs), epochs}):
        began = perf_counter()
        trained = training.fit(setting.panel, setting.task(data.recipe("lstm", epochs=count, patience=count)))
        seconds = perf_counter() - began
        if _loss(setting, trained) <= target:
            return seconds
    return None


def _loss(setting: data.Setting, trained: training.FitResult) -> float:
    rows, actual = _test(setting)
    document = {**trained.fitted.document, "forecast": data.FORECAST.model_dump(mode="json")}
    model = type(trained.fitted)(document, trained.fitted.arrays)
    answered = forecast.predict(model, setting.panel, rows)[:, 0].astype(np.float64)
    return float(metrics.pinball(answered, actual, np.asarray(data.FORECAST.levels)).mean())


def _test(setting: data.Setting) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Scored rows of the test sessions with a next session, and its return."""
    rows = scored_rows(setting.panel, setting.parts.test)
    rows = rows[np.isfinite(setting.panel.target[rows, 0])]
    return rows, setting.panel.target[rows, 0].astype(np.float64)


def _returns(panel: Panel) -> pd.DataFrame:
    """One-session returns in per cent, by symbol and session number."""
    frame = pd.DataFrame({"unique_id": panel.symbol, "ds": panel.session, "y": PERCENT * panel.returns})
    return frame.dropna().sort_values(["unique_id", "ds"], ignore_index=True)
