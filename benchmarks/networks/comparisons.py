"""Two forecasters' losses on the same rows: how much lower one is, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import metrics

Array = NDArray[np.float64]
SkillAndT = tuple[float | None, float | None]


@dataclass(frozen=True)
class Comparison:
    """Losses (N, H) of a forecaster and its reference, NaN where either is not scored, and sessions (N,)."""

    losses: Array
    reference: Array
    session: NDArray[np.datetime64]

    def by_date(self) -> pd.DataFrame:
        """Mean losses of each session with any: columns ``losses`` and ``reference``."""
        both = np.isfinite(self.losses) & np.isfinite(self.reference)
        date = self.session.astype("datetime64[D]")
        columns = {
            name: metrics.loss_by_date(np.where(both, values, np.nan), date.astype(np.int64))
            for name, values in (("losses", self.losses), ("reference", self.reference))
        }
        return pd.DataFrame(columns, index=np.unique(date[both.any(axis=1)]))

    def measure(self) -> SkillAndT:
        """Skill, 1 − mean loss over the reference's, and t of the mean difference by date."""
        both = np.isfinite(self.losses) & np.isfinite(self.reference)
        if not both.any():
            return None, None
        skill = metrics.skill(float(self.losses[both].mean()), float(self.reference[both].mean()))
        return skill, _measure_t(self.by_date(), self.losses.shape[1])


def pool(comparisons: Sequence[Comparison]) -> SkillAndT:
    """Skill and t over several universes by date.

    Each universe's losses are divided by the mean of its reference's, so that none counts for more because
    its prices move more; a date has the mean of the universes that have it.
    """
    tables = [each.by_date() for each in comparisons]
    tables = [each / each["reference"].mean() for each in tables if len(each)]
    if not tables:
        return None, None
    pooled = pd.concat(tables).groupby(level=0).mean()
    skill = metrics.skill(float(pooled["losses"].mean()), float(pooled["reference"].mean()))
    return skill, _measure_t(pooled, max(each.losses.shape[1] for each in comparisons))


def _measure_t(table: pd.DataFrame, horizon: int) -> float | None:
    """HAC t of the reference's losses minus the forecaster's by date; 0 where nothing differs."""
    gain = (table["reference"] - table["losses"]).to_numpy()
    if not gain.any():
        return 0.0
    statistic, _ = metrics.mean_test(gain, metrics.lags(horizon, len(gain)), upper=True)
    return statistic if np.isfinite(statistic) else None
