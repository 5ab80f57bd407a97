"""The entry that MLflow runs to serve a model."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from morrow.registry import Registry
from tests.registries import (
    PRICES,
    log,
    python,
    recipe,
    register,
)


def test_the_entry_answers_with_the_fit_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it reads from the context's folder is what it forecasts the prices with."""
    from mlflow.pyfunc import PythonModelContext

    from morrow.registry.entry import Forecaster

    stand_in = ModuleType("morrow.forecast")
    stand_in.__dict__["forecast_prices"] = lambda fitted, prices: prices.assign(name=fitted.document["name"])
    monkeypatch.setitem(sys.modules, "morrow.forecast", stand_in)
    context = PythonModelContext({"model": str(recipe(tmp_path).folder / "model.json")}, None)
    served = Forecaster()
    served.load_context(context)
    assert list(served.predict(context, PRICES)["name"]) == ["lstm", "lstm"]


def test_others_load_the_champion_in_a_fresh_process(registry: Registry, root: Path) -> None:
    """`mlflow.pyfunc.load_model` answers prices with what morrow.forecast says for that fitted model."""
    logged = log(registry, root)
    registry.promote("us5", register(registry, root, logged.recipes["lstm"]))
    code = """
        import sys, types, json
        import mlflow, pandas as pd
        model = mlflow.pyfunc.load_model("models:/morrow-us5@champion")
        assert "morrow.forecast" not in sys.modules
        stand_in = types.ModuleType("morrow.forecast")
        stand_in.forecast_prices = lambda fitted, prices: prices.assign(
            weight=float(fitted.arrays["w"][0, 0]), name=fitted.document["name"]
        )
        sys.modules["morrow.forecast"] = stand_in
        prices = pd.DataFrame({"symbol": ["IBM"], "session": pd.to_datetime(["2013-03-01"]), "close": [202.0],
                               "split_factor": [1.0], "dividend_factor": [1.0]})
        answer = model.predict(prices)
        print(json.dumps(answer[["symbol", "close", "weight", "name"]].to_dict("records")))
    """
    uri = f"sqlite:///{root}/mlruns/mlflow.db"
    process = python(code, root, MLFLOW_TRACKING_URI=uri, MLFLOW_DISABLE_TELEMETRY="true")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out) == [{"symbol": "IBM", "close": 202.0, "weight": 1.5, "name": "lstm"}]
