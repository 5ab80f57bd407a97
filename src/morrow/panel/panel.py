"""The panel: bars with features, units and targets, one row per bar, series after series."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64] | slice | int
EVERY = slice(None)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Panel:
    """R bars of N symbols on T sessions, with F features and H targets.

    Attributes:
        symbols: N names; ``symbol`` indexes them.
        sessions: (T,) the universe's sessions; ``session`` indexes them.
        names: F feature names.
        symbol, session, series, position: (R,) int; position counts from 0 in its series.
        reach: (R,) int; bars since the first bar of the series at which all features are known, negative
            before it: a network may read from that bar on.
        close: (R,) last price, quote currency, as traded.
        adjusted: (R,) price adjusted by both factors, quote currency.
        unit: (R,) volatility of a one-session log return known at the bar; NaN until known.
        day_variance: (R,) float32, variance of the session's log return from its range; NaN without one.
        features: (R, F) float32, NaN until known.
        target: (R, H) float32, log return of the adjusted price h sessions ahead; NaN without a bar.
        pegged: (R,) bool, as known at the bar.
        member: (R,) bool; whether the symbol was in the universe on that session.
        eligible: (R,) bool, as known at the bar.
        former: earlier names of renamed symbols, oldest first.
        outsiders: symbols that are not members at the last session, each with the reason.
        dropped: selected features that the bars do not support, each with the reason.
    """

    symbols: tuple[str, ...]
    sessions: NDArray[np.datetime64]
    names: tuple[str, ...]
    symbol: NDArray[np.int64]
    session: NDArray[np.int64]
    series: NDArray[np.int64]
    position: NDArray[np.int64]
    reach: NDArray[np.int64]
    close: NDArray[np.float64]
    adjusted: NDArray[np.float64]
    unit: NDArray[np.float64]
    day_variance: NDArray[np.float32]
    features: NDArray[np.float32]
    target: NDArray[np.float32]
    pegged: NDArray[np.bool_]
    member: NDArray[np.bool_]
    eligible: NDArray[np.bool_]
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outsiders: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ready(self) -> NDArray[np.bool_]:
        """(R,) read-only: bars of members that are not pegged and whose unit and features are all known."""
        known = np.isfinite(self.features).all(axis=1) & np.isfinite(self.unit)
        ready: NDArray[np.bool_] = known & ~self.pegged & self.member
        ready.flags.writeable = False
        return ready

    @cached_property
    def returns(self) -> NDArray[np.float64]:
        """(R,) read-only: log return since the previous bar in the series, NaN at a series' first bar."""
        returns = np.diff(np.log(self.adjusted), prepend=np.nan)
        returns[self.position == 0] = np.nan
        returns.flags.writeable = False
        return returns

    def compute_once(self, name: str, compute: Callable[[], Result]) -> Result:
        """What ``compute`` returns, computed once for this panel and name; nobody may change it."""
        made: dict[str, Result] = self.__dict__.setdefault("_computed", {})
        if name not in made:
            made[name] = compute()
        return made[name]

    @property
    def horizon(self) -> int:
        """H, the number of forecast steps."""
        return int(self.target.shape[1])

    def compute_scale(self, rows: Rows = EVERY) -> NDArray[np.float64]:
        """(N, H) volatility known at each row times the square root of the step; log return."""
        return np.asarray(self.unit[rows, None] * np.sqrt(np.arange(1, self.horizon + 1)))

    def scale_targets(self, rows: Rows = EVERY) -> NDArray[np.float32]:
        """(N, H) targets in units of :meth:`compute_scale`."""
        scaled, unit = self.target[rows].copy(), self.unit[rows]
        for step in range(self.horizon):  # one at a time: full-size temporaries would outweigh the panel
            scaled[..., step] /= unit * np.sqrt(step + 1)
        return scaled

    def save(self, folder: Path) -> None:
        """Write every array as ``.npy`` and the names as JSON, for processes to memory-map."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, np.ndarray):
                np.save(folder / f"{part.name}.npy", value, allow_pickle=False)
        names = {name: getattr(self, name) for name in ("symbols", "names", "former", "outsiders", "dropped")}
        (folder / "panel.json").write_text(json.dumps(names), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Panel":
        """Load a panel written by :meth:`save`, with its arrays memory-mapped read-only."""
        names = json.loads((folder / "panel.json").read_text(encoding="utf-8"))
        parts: dict[str, Any] = {name: tuple(names[name]) for name in ("symbols", "names")}
        parts["former"] = {name: tuple(others) for name, others in names["former"].items()}
        parts |= {name: names[name] for name in ("outsiders", "dropped")}
        for part in fields(cls):
            if part.name not in parts:
                parts[part.name] = np.load(folder / f"{part.name}.npy", mmap_mode="r", allow_pickle=False)
        return cls(**parts)
