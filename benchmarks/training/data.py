"""The panels that are trained on: sixteen currencies of ecb-fx, and synthetic symbols of any number."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from morrow import panel as panels
from morrow import sessions, sources
from morrow.config import Forecast, NetworkRecipe, Time, Universe
from morrow.panel import Panel, Parts
from morrow.sources.bundled import BundledSource
from morrow.training import FitTask

CURRENCIES = (
    "AUD", "CAD", "CHF", "CZK", "GBP", "HKD", "HUF", "JPY", "KRW", "NOK", "NZD", "PLN", "SEK", "SGD", "USD",
    "ZAR",
)  # fmt: skip
FORECAST, TIME = Forecast(), Time()
CHUNK = 192  # sessions, window included
SIZE: dict[str, Any] = {
    "target": "scaled", "width": 64, "layers": 2, "dropout": 0.2, "stride": CHUNK - FORECAST.window,
    "networks": 1, "rate": 3e-3, "average": 0.98, "epochs": 60, "patience": 5,
}  # fmt: skip
SEED = 7


@dataclass(frozen=True)
class Setting:
    """A panel, its parts of time, and what to train on it."""

    panel: Panel
    parts: Parts

    def task(self, recipe: NetworkRecipe, seed: int = SEED) -> FitTask:
        """Fit on the fit sessions, stop on the stop sessions."""
        return FitTask(
            name=recipe.kind,
            recipe=recipe,
            fit=self.parts.fit,
            stop=self.parts.stop,
            through=self.parts.stop[1] - 1 + self.panel.horizon,
            seed=seed,
            levels=FORECAST.levels,
            window=FORECAST.window,
        )


def prices() -> pd.DataFrame:
    """Closes of the sixteen currencies with a complete history: a ``prices`` frame."""
    universe = Universe(
        source=BundledSource(kind="bundled", dataset="ecb-fx"), calendar="ECB", symbols=CURRENCIES
    )
    return sources.fetch(universe, Path()).rows


def currencies() -> Setting:
    """The panel of the sixteen currencies, sizes and features as shipped."""
    frame = prices()
    days = pd.DatetimeIndex(frame["session"].unique()).sort_values()
    axis = sessions.sessions("ECB", days[0], days[-1], days)
    panel = panels.build(frame, axis, FORECAST, TIME)
    return Setting(panel, panels.split_sessions(len(panel.sessions), FORECAST, TIME))


def synthetic(symbols: int, length: int = 5000) -> Setting:
    """Close-only random walks with volatility that clusters, as many symbols and sessions as asked for."""
    draw = np.random.default_rng(11)
    shocks = draw.standard_t(5, (length, symbols))
    volatility = np.empty_like(shocks)
    level = np.full(symbols, 1.0)
    for row in range(length):
        volatility[row] = np.sqrt(level)
        level = 0.05 + 0.1 * level * shocks[row] ** 2 * 0.6 + 0.88 * level
    closes = 100 * np.exp(np.cumsum(0.01 * volatility * shocks, axis=0))
    axis = pd.DatetimeIndex(pd.bdate_range("2000-01-03", periods=length)).as_unit("us")
    frame = pd.DataFrame(
        {
            "symbol": np.repeat([f"S{place:04d}" for place in range(symbols)], length),
            "session": np.tile(axis.to_numpy(), symbols),
            "close": closes.T.ravel(),
        }
    ).assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan, split_factor=1.0, dividend_factor=1.0)
    panel = panels.build(frame, axis, FORECAST, TIME)
    return Setting(panel, panels.split_sessions(length, FORECAST, TIME))


def recipe(kind: str, **options: Any) -> NetworkRecipe:
    """A recipe of the benchmark's size."""
    return NetworkRecipe(**{"kind": kind, **SIZE, **options})


def one_thread() -> None:
    """Keep torch to one thread; the orchestrator does so for the libraries below it."""
    torch.set_num_threads(1)


def peak_bytes() -> float:
    """Largest resident memory of this program so far; a process' own usage counts its parent's before it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024.0 * next(float(line.split()[1]) for line in lines if line.startswith("VmHWM"))
