"""Code that MLflow runs to serve a stored model: it imports morrow and reads the two data files.

A copy lies beside every registered model. It runs only in a call of ``mlflow.pyfunc.load_model``; morrow
itself never loads a model this way.
"""

from pathlib import Path

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from morrow.fitted_model import load


class Forecaster(PythonModel):  # type: ignore[misc]  # MLflow's types are not followed, so it is Any here
    """Forecast distributions of every eligible symbol and step, from prices."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the fitted model that lies beside this file."""
        self.fitted = load(Path(context.artifacts["model"]).parent)

    def predict(self, context: PythonModelContext, model_input: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002
        """Forecast from each symbol's last session.

        Args:
            context: not needed again.
            model_input: symbol, session, open, high, low, close, volume, split_factor, dividend_factor.

        Returns:
            One row per symbol and step, as from ``morrow.forecast.forecast_prices``.
        """
        # Imported here because registering a model does not need torch.
        from morrow.forecast import forecast_prices  # noqa: PLC0415

        return forecast_prices(self.fitted, model_input)


set_model(Forecaster())
