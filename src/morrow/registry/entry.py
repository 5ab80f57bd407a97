"""What MLflow runs to serve a stored model: a few lines that import morrow and read the two data files.

It is copied beside every registered model and runs only for who calls ``mlflow.pyfunc.load_model``;
morrow itself never loads a model this way.
"""

from pathlib import Path

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from morrow.fitted_model import load


class Forecaster(PythonModel):  # type: ignore[misc]  # MLflow's types are not followed, so it is Any here
    """Answers prices with the forecast distribution of every eligible symbol and step."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the fitted model that lies beside this file."""
        self.fitted = load(Path(context.artifacts["model"]).parent)

    def predict(self, context: PythonModelContext, model_input: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002
        """Forecast from each symbol's last session.

        Args:
            context: not needed again.
            model_input: symbol, session, open, high, low, close, volume, split_factor, dividend_factor.

        Returns:
            One row a symbol and step, as ``morrow.forecast.from_prices`` gives it.
        """
        # Imported here so that registering a model and looking at one need no torch.
        from morrow.forecast import from_prices  # noqa: PLC0415

        return from_prices(self.fitted, model_input)


set_model(Forecaster())
