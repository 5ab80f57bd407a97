"""A small synthetic market, hand-made bars, and the profile that makes property tests repeatable."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads would wait for each other on busy cores

import importlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, configuration, settings
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import panel as panels
from morrow.baselines.boosted import BoostedRecipe
from morrow.baselines.egarch import EgarchRecipe
from morrow.baselines.ewma import EwmaRecipe
from morrow.baselines.fhs import FhsRecipe
from morrow.baselines.garch import GarchRecipe
from morrow.baselines.har import HarRecipe
from morrow.baselines.linear import LinearRecipe
from morrow.baselines.regression import RegressionRecipe
from morrow.baselines.unconditional import UnconditionalRecipe
from morrow.config import Forecast, NetworkRecipe, Recipe, Time
from morrow.panel import Panel

if TYPE_CHECKING:
    from morrow.training import FitResult

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")
configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")

SLOW_TO_IMPORT = ("great_expectations", "matplotlib.pyplot", "scipy.stats", "sklearn.ensemble", "torch")
if (tracing := sys.gettrace()) and "PYTEST_XDIST_WORKER" in os.environ:
    sys.settrace(None)  # coverage, which doubles the seconds of an import
    for library in SLOW_TO_IMPORT:
        importlib.import_module(library)
    sys.settrace(tracing)

FORECAST = Forecast(horizon=3, window=16)
TIME = Time(minimum=20)
PARTS = panels.split_sessions(420, FORECAST, TIME)
START = "2020-01-01"
TINY: Mapping[str, Any] = {
    "target": "scaled", "width": 4, "stride": 8, "epochs": 3, "patience": 2, "networks": 1, "batch": 16,
    "rate": 0.01, "dropout": 0.2, "average": 0.98, "proof": 0.0,
}  # fmt: skip
RECIPES: Mapping[str, Recipe] = {
    "rnn": NetworkRecipe(kind="rnn", **TINY),
    "rnn-relu": NetworkRecipe(kind="rnn", nonlinearity="relu", **TINY),
    "lstm": NetworkRecipe(kind="lstm", **TINY),
    "gru": NetworkRecipe(kind="gru", **{**TINY, "networks": 2, "layers": 2}),
    "ewma": EwmaRecipe(kind="ewma"),
    "unconditional": UnconditionalRecipe(kind="unconditional"),
    "gjr-garch-t": GarchRecipe(kind="gjr-garch-t"),
    "egarch-t": EgarchRecipe(kind="egarch-t", paths=100),
    "har": HarRecipe(kind="har"),
    "regression": RegressionRecipe(kind="regression"),
    "fhs": FhsRecipe(kind="fhs", paths=100),
    "boosted": BoostedRecipe(kind="boosted", rows=400, trees=4),
    "linear": LinearRecipe(kind="linear", rows=200),
}
SETTINGS: Mapping[str, Any] = {
    "universe": "test",
    "forecast": FORECAST.model_dump(mode="json"),
    "time": TIME.model_dump(mode="json"),
    "calendar": "observed",
    "tick": None,
}  # fmt: skip


def weekdays(count: int) -> pd.DatetimeIndex:
    """So many weekdays from ``START``."""
    return pd.DatetimeIndex(pd.bdate_range(START, periods=count)).as_unit("us")


def bars(
    closes: Mapping[str, Sequence[float] | NDArray[np.floating[Any]]],
) -> pd.DataFrame:
    """A close-only ``prices`` frame on weekdays from ``START``; NaN means that there is no bar.

    Args:
        closes: by symbol, the close of each session, as traded.
    """
    blocks = []
    for symbol, values in closes.items():
        sessions = weekdays(len(values))
        block = pd.DataFrame({"session": sessions, "close": np.asarray(values, dtype=np.float64)})
        blocks.append(block.dropna().assign(symbol=symbol))
    frame = pd.concat(blocks, ignore_index=True)
    for field in ("open", "high", "low", "volume"):
        frame[field] = np.nan
    for field in ("split_factor", "dividend_factor"):
        frame[field] = 1.0
    frame["universe"] = frame["source"] = "test"
    frame["known_at"] = frame["session"]
    frame["ingested_at"] = pd.Timestamp("2026-01-01", tz="UTC").as_unit("us")
    return frame


def market(symbols: int = 4, sessions: int = 420, seed: int = 1) -> pd.DataFrame:
    """OHLCV of correlated random walks with GARCH(1,1) volatility, as traded.

    The first symbol splits 2:1 at session 150, the second pays 1 % every 90 sessions.
    """
    draw = np.random.default_rng(seed)
    shared = draw.standard_normal(sessions)
    blocks = []
    for index in range(symbols):
        shock = 0.6 * shared + 0.8 * draw.standard_normal(sessions)
        returns = 0.01 * (1 + index / 4) * _clustered(shock)
        adjusted: NDArray[np.float64] = np.asarray(
            50 * (1 + index) * np.exp(np.cumsum(returns)), dtype=np.float64
        )
        split: NDArray[np.float64] = np.ones(sessions)
        dividend: NDArray[np.float64] = np.ones(sessions)
        if index == 0:
            split[150:] = 2.0
        if index == 1:
            dividend /= 0.99 ** (np.arange(sessions) // 90)
        close = adjusted / (split * dividend)
        opened = close * np.exp(0.003 * draw.standard_normal(sessions))
        spread = np.exp(0.005 * np.abs(draw.standard_normal((2, sessions))))
        blocks.append(
            bars({f"S{index}": close}).assign(
                open=opened,
                high=np.maximum(opened, close) * spread[0],
                low=np.minimum(opened, close) / spread[1],
                volume=1e6 * split * np.exp(0.4 * draw.standard_normal(sessions)),
                split_factor=split,
                dividend_factor=dividend,
            )
        )
    return pd.concat(blocks, ignore_index=True)


def _clustered(shocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shocks times a GARCH(1,1) volatility whose long-run mean is one."""
    variance, moved = 1.0, np.empty(len(shocks))
    for step, shock in enumerate(shocks):
        moved[step] = np.sqrt(variance) * shock
        variance = 0.05 + 0.15 * moved[step] ** 2 + 0.8 * variance
    return moved


def mixed_market() -> pd.DataFrame:
    """The market with a pegged symbol, one that ended, one that is young and one with a long gap."""
    walk = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(3).standard_normal((3, 420)), axis=1))
    walk[0, 395:] = np.nan
    walk[1, :380] = np.nan
    walk[2, 100:150] = np.nan
    peg = np.round(np.where(np.arange(420) % 10, 7.46, 7.47), 2)
    extra = bars({"END": walk[0], "NEW": walk[1], "GAP": walk[2], "PEG": peg})
    # They have ranges and volumes too, so that the universe keeps those features.
    extra = extra.assign(open=extra["close"], high=extra["close"], low=extra["close"], volume=1e6)
    return pd.concat([market(), extra], ignore_index=True)


def axis(prices: pd.DataFrame) -> pd.DatetimeIndex:
    """Every weekday from the first bar to the last."""
    days = pd.bdate_range(prices["session"].min(), prices["session"].max())
    return pd.DatetimeIndex(days).as_unit("us")


def panel_of(prices: pd.DataFrame, forecast: Forecast = FORECAST, time: Time = TIME) -> Panel:
    """The panel of some prices on weekdays, with small settings."""
    return panels.build(prices, axis(prices), forecast, time)


def train(
    panel: Panel,
    name: str,
    *,
    through: int | None = None,
    seed: int = 7,
    recipe: Recipe | None = None,
    **changes: Any,
) -> "FitResult":
    """Fit a tiny recipe on the early parts of 420 sessions, as the backtest does.

    Args:
        panel: the bars.
        name: of the recipe.
        through: last session number that may be used; by default that of the stop part's last target.
        seed: of everything drawn at random.
        recipe: by default the tiny one of that name.
        changes: fields of the assignment to set otherwise.
    """
    from morrow import training

    chosen = recipe or RECIPES[name]
    network = isinstance(chosen, NetworkRecipe)
    options: dict[str, Any] = {
        "fit": PARTS.fit if network else (0, PARTS.stop[1]),
        "stop": PARTS.stop if network else None,
        "window": FORECAST.window,
        "document": dict(SETTINGS),
    }
    end = PARTS.stop[1] - 1 + FORECAST.horizon if through is None else through
    return training.fit(
        panel,
        training.FitTask(
            name=name, recipe=chosen, through=end, seed=seed, levels=FORECAST.levels, **options | changes
        ),
    )


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other on busy cores make boosting forty times slower."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def prices() -> pd.DataFrame:
    """The synthetic market, 4 symbols × 420 sessions."""
    return market()


@pytest.fixture(scope="session")
def panel(prices: pd.DataFrame) -> Panel:
    """Its panel."""
    return panel_of(prices)
