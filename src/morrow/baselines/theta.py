"""The theta method for log prices, by statsforecast; normal intervals.

It is simple exponential smoothing with drift, so it is stored and filtered as an ARIMA(0,1,1) with drift.

Source: Assimakopoulos & Nikolopoulos (2000), International Journal of Forecasting 16(4); the equivalence:
Hyndman & Billah (2003), International Journal of Forecasting 19(2).
"""

from typing import Any, Literal

import numpy as np
from pydantic import Field

from morrow.baselines.base import Array
from morrow.baselines.statistical import ORDER, WIDTH, StatsforecastBaseline
from morrow.recipes import baseline

WARM_UP = 3  # first residuals, which depend on the start and are excluded from the standard deviation


@baseline()
class ThetaRecipe(StatsforecastBaseline):
    """The theta method of statsforecast on log prices, normal intervals; needs make setup-bench."""

    kind: Literal["theta"]
    form: Literal["standard", "optimised"] = Field(
        "standard", description="theta is 2, or the value of lowest squared error"
    )

    def model(self, models: Any) -> Any:
        """Build the standard or the optimised theta model, without seasonality."""
        return (models.Theta if self.form == "standard" else models.OptimizedTheta)(season_length=1)

    def parameters(self, fitted: Any, trend: float) -> Array:
        """Parameters of the ARIMA(0,1,1) that the model converges to as its initial state dies out."""
        alpha, theta, slope = fitted["par"]["alpha"], fitted["par"]["theta"], fitted["states"][-1, 3]
        parameters = np.zeros(WIDTH)
        deviation = np.std(fitted["residuals"][WARM_UP:], ddof=1)
        parameters[:4] = 1, (1 - 1 / theta) * slope, deviation, trend
        parameters[4 + ORDER] = alpha - 1
        return parameters
