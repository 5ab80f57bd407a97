"""Linear quantile regression against statsmodels."""

import numpy as np
import statsmodels.api as statsmodels

from morrow.baselines import linear
from morrow.baselines.linear import LinearRecipe

LEVELS = np.array([0.1, 0.5, 0.9])


def test_linear_quantiles_are_statsmodels() -> None:
    """Without a penalty and with every row, the three regressions are those of statsmodels."""
    draw = np.random.default_rng(6)
    features = draw.standard_normal((300, 2)).astype(np.float32)
    scaled = (features[:, :1] + draw.standard_normal((300, 1)) * np.exp(0.3 * features[:, 1:])).astype(
        np.float32
    )
    arrays = linear.fit_coefficients(features, scaled, LEVELS, LinearRecipe(kind="linear", rows=300, l1=0), 1)
    answer = linear.predict_quantiles(arrays, features, LEVELS)
    scaling = (features - arrays["center"]) / arrays["spread"]
    inputs = statsmodels.add_constant(np.clip(scaling, arrays["low"], arrays["high"]))
    for column, level in enumerate(LEVELS):
        model = statsmodels.QuantReg(scaled[:, 0].astype(np.float64), inputs).fit(q=level, max_iter=5000)
        assert np.median(np.abs(answer[:, 0, column] - inputs @ model.params)) < 2e-3
