"""Last price, EWMA volatility and the empirical quantiles of returns in units of that volatility."""

from typing import TYPE_CHECKING, ClassVar, Literal

from morrow.baselines.base import (
    Answer,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    empirical_quantiles,
    repeat_quantiles,
)
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel


@baseline()
class EwmaRecipe(Baseline):
    """Last price, EWMA volatility and the empirical quantiles of standardised returns."""

    takes_seconds: ClassVar[bool] = False

    kind: Literal["ewma"]

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Pool the scaled returns of all symbols."""
        return {}, {"quantiles": empirical_quantiles(panel.scale_targets(rows), settings.levels)}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """The same quantiles for every row, in units of its EWMA volatility."""
        return repeat_quantiles(model.arrays["quantiles"], len(rows)), panel.compute_scale(rows)
