"""The panel: bars of a universe with features, units and targets, who may be forecast, and parts of time.

Rows lie flat, one a bar, series after series; a series is a symbol's unbroken run of bars.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import features
from morrow.config import Forecast, Time
from morrow.errors import HistoryError

PEG_WINDOW = 250  # sessions
PEG_ENTER_ZEROS, PEG_LEAVE_ZEROS = 0.30, 0.20  # share of returns that are zero
PEG_ENTER_RATIO, PEG_LEAVE_RATIO = 1 / 10, 1 / 7  # volatility over the universe's median
SHORTEST = 60  # sessions that unconditional quantiles need
MOST_DECIMALS = 8


@dataclass(frozen=True)
class Panel:
    """R bars of N symbols on T sessions, with F features and H targets.

    Attributes:
        symbols: N names; ``symbol`` indexes them.
        sessions: (T,) the universe's sessions; ``session`` indexes them.
        names: F feature names.
        symbol, session, series, position: (R,) int; position counts from 0 in its series.
        close: (R,) last price, quote currency, as traded.
        adjusted: (R,) price with both factors, quote currency.
        unit: (R,) volatility of a one-session log return known at the bar; NaN until known.
        features: (R, F) float32, NaN until known.
        target: (R, H) float32, log return of the adjusted price h sessions ahead; NaN where no bar.
        pegged, eligible: (R,) bool, decided from what was known at the bar.
    """

    symbols: tuple[str, ...]
    sessions: NDArray[np.datetime64]
    names: tuple[str, ...]
    symbol: NDArray[np.int64]
    session: NDArray[np.int64]
    series: NDArray[np.int64]
    position: NDArray[np.int64]
    close: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    unit: NDArray[np.float64]
    features: NDArray[np.float32]
    target: NDArray[np.float32]
    pegged: NDArray[np.bool_]
    eligible: NDArray[np.bool_]

    @property
    def ready(self) -> NDArray[np.bool_]:
        """(R,) bars whose unit and features are all known, of symbols that are not pegged."""
        known = np.isfinite(self.features).all(axis=1) & np.isfinite(self.unit)
        return known & ~self.pegged

    @property
    def horizon(self) -> int:
        """H."""
        return int(self.target.shape[1])

    @property
    def root(self) -> NDArray[np.float64]:
        """(R, H) the volatility known at the bar times the square root of steps, log return."""
        return self.unit[:, None] * np.sqrt(np.arange(1, self.horizon + 1))

    @property
    def scaled(self) -> NDArray[np.float32]:
        """(R, H) targets in units of :attr:`root`."""
        return np.asarray(self.target / self.root, dtype=np.float32)

    @property
    def returns(self) -> NDArray[np.float64]:
        """(R,) log return of each bar on the one before in its series, NaN at a series' first."""
        returns = np.diff(np.log(self.adjusted), prepend=np.nan)
        returns[self.position == 0] = np.nan
        return returns

    def save(self, folder: Path) -> None:
        """Write every array as ``.npy`` and the names as JSON, for processes to map."""
        folder.mkdir(parents=True, exist_ok=True)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                np.save(folder / f"{field.name}.npy", value, allow_pickle=False)
        names = {"symbols": self.symbols, "names": self.names}
        (folder / "panel.json").write_text(json.dumps(names), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Panel":
        """The panel that :meth:`save` wrote, its arrays mapped and read only."""
        names = json.loads((folder / "panel.json").read_text(encoding="utf-8"))
        found: dict[str, Any] = {name: tuple(value) for name, value in names.items()}
        for field in fields(cls):
            if field.name not in found:
                found[field.name] = np.load(folder / f"{field.name}.npy", mmap_mode="r", allow_pickle=False)
        return cls(**found)


@dataclass(frozen=True)
class Parts:
    """The parts of time: half-open ranges of session numbers, a horizon purged between each two."""

    fit: tuple[int, int]
    stop: tuple[int, int]
    calibrate: tuple[int, int]
    select: tuple[int, int]
    test: tuple[int, int]


def part_length(sessions: int, time: Time) -> int:
    """Sessions in each of the last four parts, of a history of that many sessions."""
    return int(min(max(int(sessions * time.share), time.minimum), time.maximum))


def parts(sessions: int, forecast: Forecast, time: Time) -> Parts:
    """Cut a history of so many sessions into its parts.

    Raises:
        HistoryError: nothing would be left to fit on.
    """
    length = part_length(sessions, time)
    # The first calibrate session must be able to have an eligible symbol: one with a window and four parts.
    needed = forecast.window + 7 * length + 2 * forecast.horizon
    if sessions < needed:
        raise HistoryError(
            f"{sessions} sessions of history, but to judge recipes with window {forecast.window}, parts of "
            f"{length} and horizon {forecast.horizon} takes {needed}; lower forecast.window or time.minimum, "
            "or bring more history"
        )
    edges: list[tuple[int, int]] = []
    end = sessions
    for _ in range(4):
        edges.append((end - length, end))
        end -= length + forecast.horizon
    test, select, calibrate, stop = edges
    return Parts((0, end), stop, calibrate, select, test)


def build(
    prices: pd.DataFrame,
    sessions: pd.DatetimeIndex,
    forecast: Forecast,
    time: Time,
    *,
    tick: float | None = None,
    names: tuple[str, ...] | None = None,
) -> Panel:
    """Assemble the panel from a ``prices`` frame.

    Args:
        prices: one universe's rows as known at the cutoff (the ``prices`` table's columns).
        sessions: the universe's sessions from its first bar to its last.
        forecast: horizon, window and longest gap.
        time: sizes of the parts, which say how old a symbol must be to be eligible.
        tick: the source's smallest price step; read off the decimals of the prices where None.
        names: features wanted; by default all that the bars can carry.

    Raises:
        HistoryError: there is no bar at all.
    """
    if prices.empty:
        raise HistoryError("no prices are known; ingest first, or choose a later as_of")
    axis = sessions.union(pd.DatetimeIndex(prices["session"].unique())).to_numpy("datetime64[D]")
    bars = _bars(prices, axis, forecast.max_gap, tick)
    if names is None:
        names = features.feature_names(bars)
    symbols, code = np.unique(bars["symbol"].to_numpy(str), return_inverse=True)
    place, series = bars["place"].to_numpy(), bars["series"].to_numpy()
    position = bars.groupby("series").cumcount().to_numpy()
    pegged = _pegged(bars)
    values = features.compute(bars, names)
    unit = bars["unit"].to_numpy()
    known = np.isfinite(values).all(axis=1) & np.isfinite(unit)
    length = np.clip(((place + 1) * time.share).astype(int), time.minimum, time.maximum)
    return Panel(
        symbols=tuple(symbols.tolist()),
        sessions=axis,
        names=names,
        symbol=code,
        session=place,
        series=series,
        position=position.astype(np.int64),
        close=bars["raw_close"].to_numpy(),
        adjusted=bars["close"].to_numpy(),
        unit=unit,
        features=values,
        target=_targets(code, place, bars["close"].to_numpy(), len(axis), forecast.horizon),
        pegged=pegged,
        eligible=known & ~pegged & (position + 1 >= forecast.window + 4 * length),
    )


@dataclass(frozen=True)
class Standing:
    """Who is forecast at a cutoff.

    Attributes:
        eligible: rows (N,) for the model.
        pegged: rows for the fallback.
        left_out: symbols that are not forecast, with the reason.
    """

    eligible: NDArray[np.int64]
    pegged: NDArray[np.int64]
    left_out: dict[str, str]


def standing(panel: Panel, forecast: Forecast, time: Time) -> Standing:
    """Sort the symbols at the panel's last session into eligible, pegged and left out."""
    last = len(panel.sessions) - 1
    now = panel.session == last
    length, window = part_length(len(panel.sessions), time), forecast.window
    enough = panel.position + 1 >= SHORTEST
    eligible = np.flatnonzero(now & panel.eligible)
    pegged = np.flatnonzero(now & panel.pegged & enough)
    served = set(panel.symbol[eligible]) | set(panel.symbol[pegged])
    left_out = {}
    for code, name in enumerate(panel.symbols):
        if code in served:
            continue
        newest = int(np.flatnonzero(panel.symbol == code)[-1])
        age = int(panel.position[newest]) + 1
        if panel.session[newest] < last:
            left_out[name] = f"no bar at the cutoff; its last is {panel.sessions[panel.session[newest]]}"
        elif age < window + 4 * length:
            left_out[name] = (
                f"{age} sessions of unbroken history; a window of {window} and four parts of {length} "
                f"need {window + 4 * length}"
            )
        else:
            missing = [
                n for n, v in zip(panel.names, panel.features[newest], strict=True) if not np.isfinite(v)
            ]
            left_out[name] = f"features {', '.join(missing[:3])} are not known at the cutoff"
    return Standing(eligible, pegged, left_out)


def _bars(
    prices: pd.DataFrame, axis: NDArray[np.datetime64], max_gap: int, tick: float | None
) -> pd.DataFrame:
    """Adjusted bars in series order, with their place on the axis, their tick and their unit."""
    bars = prices.sort_values(["symbol", "session"], kind="stable", ignore_index=True)
    factor = bars["split_factor"] * bars["dividend_factor"]
    bars = bars.assign(
        raw_close=bars["close"],
        place=np.searchsorted(axis, bars["session"].to_numpy("datetime64[D]")),
        volume=bars["volume"] / bars["split_factor"],
        **{name: bars[name] * factor for name in ("open", "high", "low", "close")},
    )
    new_symbol = (bars["symbol"] != bars["symbol"].shift()).to_numpy()
    after_gap = bars["place"].diff().to_numpy() > max_gap + 1
    bars["series"] = np.cumsum(new_symbol | after_gap) - 1
    step = _ticks(bars) if tick is None else np.full(len(bars), tick)
    bars["floor"] = 0.5 * step / bars["raw_close"]
    bars["move"] = np.log(bars["close"]).groupby(bars["series"]).diff()
    unit = np.full(len(bars), np.nan)
    moves, floors = bars["move"].to_numpy(), bars["floor"].to_numpy()
    for rows in bars.groupby("series").indices.values():
        unit[rows] = features.unit_volatility(moves[rows], floors[rows])
    bars["unit"] = unit
    return bars


def _ticks(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Smallest step seen so far in each symbol's prices: ten to the minus most decimals used."""
    close = bars["raw_close"].to_numpy()
    decimals = np.full(len(close), MOST_DECIMALS)
    for digits in range(MOST_DECIMALS - 1, -1, -1):
        whole = np.abs(close - np.round(close, digits)) <= 1e-12 * np.abs(close)
        decimals[whole] = digits
    most = pd.Series(decimals).groupby(bars["symbol"].to_numpy()).cummax().to_numpy()
    return 10.0 ** -most.astype(np.float64)


def _targets(
    code: NDArray[np.int64],
    place: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    length: int,
    horizon: int,
) -> NDArray[np.float32]:
    grid = np.full((int(code.max()) + 1, length + horizon), np.nan)  # (N, T + H)
    grid[code, place] = np.log(adjusted)
    now = grid[code, place]
    return np.stack([grid[code, place + h] - now for h in range(1, horizon + 1)], axis=1).astype(np.float32)


def _pegged(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each bar's symbol was pegged by then: entered on strict bounds, left on looser ones."""
    grouped = bars["move"].groupby(bars["series"])
    known = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).count())
    zero = bars["move"].abs().lt(1e-12).where(bars["move"].notna()).astype(float)
    zeros = zero.groupby(bars["series"]).transform(
        lambda share: share.rolling(PEG_WINDOW, min_periods=SHORTEST).mean()
    )
    spread = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).std())
    ratio = spread / spread.groupby(bars["place"]).transform("median")
    enter = (zeros > PEG_ENTER_ZEROS) | (ratio < PEG_ENTER_RATIO)
    leave = (zeros < PEG_LEAVE_ZEROS) & ((ratio > PEG_LEAVE_RATIO) | ratio.isna())
    state = pd.Series(np.where(enter, 1.0, np.where(leave, 0.0, np.nan)), index=bars.index)
    state = state.where(known.notna()).groupby(bars["series"]).ffill()
    pegged: NDArray[np.bool_] = state.fillna(0.0).to_numpy() > 0
    return pegged
