"""Contribution of each feature group to one forecast: what it would be with the median of the others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import forecast
from morrow.audit.importance import find_group_columns, restrict_symbols
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

FEWEST_OTHERS = 3  # symbols whose median stands for the universe
UNIVERSE, OWN = "the universe's median", "its own median"


@dataclass(frozen=True)
class Contribution:
    """What the values of one feature group do to a forecast, before calibration.

    Attributes:
        width: relative change of the mean width of the widest interval, against that with medians.
        median: change of the median log return one session ahead, against that with medians.
    """

    width: float
    median: float


@dataclass(frozen=True)
class Contributions:
    """The contributions to one forecast.

    Attributes:
        groups: by feature group, the largest change of width first.
        against: "the universe's median" or, with fewer than three other symbols, "its own median".
    """

    groups: Mapping[str, Contribution]
    against: str


def measure_contributions(fitted: FittedModel, panel: Panel, row: int) -> Contributions | None:
    """Replace one group of features at a time by its median, and forecast again.

    Within the window before the forecast, each column of the group becomes the median of the other symbols on
    the same session; in a small universe, the median of the symbol's own earlier bars.

    Args:
        fitted: the model, which has not seen the row's session or later ones.
        panel: with the model's features.
        row: of the forecast.

    Returns:
        None if the model's forecast does not depend on the panel's features.
    """
    medians, against = _find_medians(panel, row, int(fitted.document["forecast"]["window"]))
    alone, rows = restrict_symbols(panel, np.array([panel.symbol[row]]), np.array([row]))
    place = np.flatnonzero(np.isin(alone.session, list(medians)))
    replacement = np.stack([medians[int(session)] for session in alone.session[place]])  # (W, F)
    groups = {}
    with threadpool_limits(limits=1):  # more threads would only wait for each other
        width, middle = _forecast(fitted, alone, rows)
        for group, columns in find_group_columns(panel.names).items():
            values = alone.features.copy()
            values[place[:, None], columns] = replacement[:, columns]
            other_width, other_middle = _forecast(fitted, replace(alone, features=values), rows)
            groups[group] = Contribution(width / other_width - 1, middle - other_middle)
    if not any(each.width or each.median for each in groups.values()):
        return None
    ordered = sorted(groups, key=lambda group: (-abs(groups[group].width), group))
    return Contributions({group: groups[group] for group in ordered}, against)


def _find_medians(panel: Panel, row: int, window: int) -> tuple[dict[int, NDArray[np.float32]], str]:
    """By session of the window that ends at a row, the medians (F,) of all features; and whose they are."""
    last = panel.session[row]
    inside = (panel.session > last - window) & (panel.session <= last) & panel.ready
    own = panel.symbol == panel.symbol[row]
    sessions = np.unique(panel.session[own & inside])
    others = inside & ~own
    if len(np.unique(panel.symbol[others & (panel.session == last)])) >= FEWEST_OTHERS:
        every = np.median(panel.features[others], axis=0)
        medians = {
            int(session): _median_or(panel.features[others & (panel.session == session)], every)
            for session in sessions
        }
        return medians, UNIVERSE
    earlier = own & panel.ready & (panel.session <= last)
    every = np.median(panel.features[earlier], axis=0)
    return {int(session): every for session in sessions}, OWN


def _median_or(values: NDArray[np.float32], every: NDArray[np.float32]) -> NDArray[np.float32]:
    """Median (F,) of some rows, or another one if there are too few."""
    return np.median(values, axis=0) if len(values) >= FEWEST_OTHERS else every


def _forecast(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> tuple[float, float]:
    """Mean width of the widest interval over the steps, and the median of the first step; log returns."""
    quantiles, scale = forecast.predict_scaled(fitted, panel, rows)
    answer = (quantiles * scale[..., None])[0].astype(np.float64)  # (H, Q)
    middle = list(fitted.document["forecast"]["levels"]).index(0.5)
    return float((answer[:, -1] - answer[:, 0]).mean()), float(answer[0, middle])
