"""Small mirrors of real markets: six stocks with a common factor, raw prices and volumes, and no factors."""

from pathlib import Path

import numpy as np
import pandas as pd

from morrow import steps
from morrow.steps.results import IngestResult
from tests.projects import night, project

PRICES = ["open", "high", "low", "close"]


class Mirror:
    """Raw bars of six stocks, S0 to S5, as a vendor without factors gives them.

    Args:
        seed: of the random walk.
        sessions: T, weekdays from 2019-01-02 on.
    """

    def __init__(self, seed: int, sessions: int = 600) -> None:
        draw = np.random.default_rng(seed)
        self.days = pd.bdate_range("2019-01-02", periods=sessions)
        common = draw.standard_t(5, sessions) / 1.3
        blocks = []
        for index in range(6):
            scale = draw.uniform(0.009, 0.02)
            returns = scale * (0.6 * common + 0.8 * draw.standard_t(5, sessions) / 1.3)
            close = draw.uniform(30, 300) * np.exp(np.cumsum(returns))
            before = np.concatenate([close[:1], close[:-1]])
            opened = before * np.exp(0.4 * returns + 0.2 * scale * draw.normal(size=sessions))
            top = np.exp(0.5 * scale * np.abs(draw.normal(size=(2, sessions))))
            volume = 1e6 * draw.uniform(1, 9) * np.exp(0.3 * draw.normal(size=sessions))
            blocks.append(
                pd.DataFrame({
                    "symbol": f"S{index}", "session": self.days, "open": opened,
                    "high": np.maximum(opened, close) * top[0], "low": np.minimum(opened, close) / top[1],
                    "close": close, "volume": volume.round(),
                })
            )  # fmt: skip
        self.bars = pd.concat(blocks, ignore_index=True)

    def times(self, symbol: str, session: int, price: float, volume: float = 1.0) -> None:
        """Multiply a symbol's prices and volumes from a session on."""
        after = (self.bars["symbol"] == symbol) & (self.bars["session"] >= self.days[session])
        self.bars.loc[after, PRICES] *= price
        self.bars.loc[after, "volume"] = (self.bars.loc[after, "volume"] * volume).round()

    def write(self, root: Path, upto: int | None = None, *, closes_only: bool = False) -> Path:
        """Write a project whose file has the sessions before ``upto``."""
        bars = self.bars if upto is None else self.bars[self.bars["session"] < self.days[upto]]
        if not (root / "morrow.toml").exists():
            project(root)
        names = ["symbol", "session", "close"] if closes_only else bars.columns.tolist()
        bars = bars[names].assign(**{name: bars[name].round(4) for name in names[2:]})
        bars.to_csv(root / "prices.csv", index=False)
        return root


def take_in(root: Path) -> IngestResult:
    """Run the first step of a night of a project."""
    ingested = steps.STEPS[0](night(root), {})
    assert isinstance(ingested, IngestResult)
    return ingested
