"""Symbols cut to so many bars before a cutoff: what the pretrained network answers, and what else could."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.networks.comparisons import Comparison
from benchmarks.skill.blocks import Block
from benchmarks.skill.universe import BenchmarkUniverse
from morrow import metrics, pretraining
from morrow import panel as panels
from morrow.baselines import unconditional
from morrow.baselines.base import empirical_quantiles
from morrow.panel import Panel

LENGTHS = (60, 120, 250)  # bars
CUTOFFS = 48  # evenly spaced over the judged sessions
SYMBOLS = 20  # at a cutoff, at most
SHARES = (0.80, 0.90, 0.95)

Quantiles = NDArray[np.float32]
Array = NDArray[np.float64]


@dataclass
class ColdStart:
    """Forecasts of symbols that have so many bars, of every sampled cutoff so far.

    Attributes:
        levels: (Q,).
        session: cutoffs, each (N,).
        actual: log returns, each (N, H), NaN where unknown.
        quantiles: by forecaster, each (N, H, Q).
    """

    levels: Array
    session: list[NDArray[np.datetime64]] = field(default_factory=list)
    actual: list[Array] = field(default_factory=list)
    quantiles: dict[str, list[Quantiles]] = field(
        default_factory=lambda: {name: [] for name in ("zero_shot", "unconditional", "ewma")}
    )

    def compare(self, reference: str) -> Comparison | None:
        """The network's losses beside those of ``unconditional`` or ``ewma``; None without a forecast."""
        if not self.session:
            return None
        mine, theirs = (self._losses(name) for name in ("zero_shot", reference))
        return Comparison(mine, theirs, np.concatenate(self.session))

    def cover(self) -> dict[str, float]:
        """Share of outcomes inside the network's central intervals, which are not calibrated here."""
        if not self.session:
            return {}
        quantiles = np.concatenate(self.quantiles["zero_shot"]).astype(np.float64)
        actual = np.concatenate(self.actual)
        hits = {share: metrics.inside(quantiles, actual, self.levels, share) for share in SHARES}
        known = np.isfinite(actual)
        return {
            f"coverage_{share * 100:.0f}": float(hit[known].mean())
            for share, hit in hits.items()
            if hit is not None
        }

    def _losses(self, name: str) -> Array:
        quantiles = np.concatenate(self.quantiles[name]).astype(np.float64)
        return np.asarray(metrics.pinball(quantiles, np.concatenate(self.actual), self.levels).mean(axis=-1))


def start_cold(setting: BenchmarkUniverse, blocks: Sequence[Block], length: int) -> ColdStart:
    """Forecast at a sample of the cutoffs of some blocks, as if every symbol had begun ``length`` bars ago.

    All symbols at a cutoff are cut at once, as in a young universe, and nothing before is seen. Pegged
    symbols and those with a longer gap are left out.

    Args:
        setting: the universe.
        blocks: of the judged sessions; no close after the last one's end is seen.
        length: bars of each symbol through the cutoff.
    """
    horizon = setting.config.forecast.horizon
    result = ColdStart(np.asarray(setting.config.forecast.levels))
    cutoffs = np.concatenate([block.cutoffs for block in blocks])
    cutoffs = cutoffs[cutoffs + horizon <= blocks[-1].last]
    bars = setting.bars.sort_values(["session", "symbol"], kind="stable", ignore_index=True)
    sessions = bars["session"].to_numpy("datetime64[D]")
    for place in np.unique(np.linspace(0, len(cutoffs) - 1, CUTOFFS).astype(np.int64)):
        cutoff = int(cutoffs[place])
        ends = setting.sessions[[max(cutoff - 2 * length, 0), cutoff, cutoff + horizon]]
        low, end, high = np.searchsorted(sessions, ends + np.array([0, 1, 1]))
        past = bars.iloc[low:end].groupby("symbol").tail(length)
        chosen = _choose_symbols(past, setting.sessions[cutoff], length, place)
        cut = pd.concat([past, bars.iloc[end:high]])
        cut = cut[cut["symbol"].isin(chosen)]
        if len(cut):
            _answer(setting, cut, cutoff, length, result)
    return result


def _choose_symbols(past: pd.DataFrame, cutoff: np.datetime64, length: int, seed: int) -> list[str]:
    """Symbols with a bar at the cutoff and as many bars as wanted, drawn where they are many."""
    facts = past.groupby("symbol")["session"].agg(["count", "max"])
    enough = facts.index[(facts["count"] == length) & (facts["max"] == pd.Timestamp(cutoff))]
    chosen = np.random.default_rng(seed).permutation(len(enough))[:SYMBOLS]
    return [str(enough[index]) for index in sorted(chosen)]


def _answer(
    setting: BenchmarkUniverse, bars: pd.DataFrame, cutoff: int, length: int, result: ColdStart
) -> None:
    """Forecast with everybody at one cutoff, on a panel of the cut bars and the outcomes after them."""
    config = setting.config
    panel = panels.build(
        bars,
        pd.DatetimeIndex(setting.sessions[: cutoff + config.forecast.horizon + 1]).as_unit("us"),
        config.forecast,
        config.time,
        tick=config.universes[setting.universe].tick,
        names=(),
    )
    day = int(np.searchsorted(panel.sessions, setting.sessions[cutoff]))
    whole = (panel.position == length - 1) & np.isfinite(panel.unit) & ~panel.pegged
    rows = np.flatnonzero((panel.session == day) & whole)
    ewma = _fit_ewma(panel, day, result.levels)
    if not len(rows) or ewma is None:
        return
    result.session.append(panel.sessions[panel.session[rows]])
    result.actual.append(panel.target[rows].astype(np.float64))
    scale = panel.compute_scale(rows)
    answers = {
        "zero_shot": pretraining.forecast_zero_shot(panel, rows, result.levels),
        "unconditional": np.stack([_fit_unconditional(panel, int(row), result.levels) for row in rows]),
        "ewma": np.asarray(ewma * scale[..., None], dtype=np.float32),
    }
    for name, quantiles in answers.items():
        result.quantiles[name].append(quantiles)


def _fit_ewma(panel: Panel, day: int, levels: Array) -> Quantiles | None:
    """Quantiles (H, Q) of all symbols' returns known at a session, in units of their EWMA volatility.

    None where there is no such return.
    """
    scaled = panel.scale_targets()
    ahead = panel.session[:, None] + np.arange(1, panel.horizon + 1)
    scaled[(ahead > day) | panel.pegged[:, None]] = np.nan
    return empirical_quantiles(scaled, levels) if np.isfinite(scaled).any(axis=0).all() else None


def _fit_unconditional(panel: Panel, row: int, levels: Array) -> Quantiles:
    """Quantiles (H, Q) of a symbol's own returns through a row."""
    start = row - int(panel.position[row])
    return unconditional.trailing_quantiles(panel.adjusted[start : row + 1], panel.horizon, levels)
