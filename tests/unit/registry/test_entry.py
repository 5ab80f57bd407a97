"""The entry that MLflow runs to serve a model."""

import json
import sys
import sysconfig
import venv
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


def test_a_model_loads_where_morrow_is_not_installed(registry: Registry, root: Path) -> None:
    """In an environment that has the packages but no morrow, a model runs the source that lies beside it."""
    logged = log(registry, root)
    registry.promote("us5", register(registry, root, logged.recipes["lstm"]))
    folder = root / "bare"
    venv.create(folder, with_pip=False)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (packages / "base.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )  # its own .pth files are not read
    code = """
        import importlib.util, sys
        installed = importlib.util.find_spec("morrow")
        assert installed is None or installed.origin is None  # a folder of data files alone
        import mlflow
        mlflow.pyfunc.load_model("models:/morrow-us5@champion")
        import morrow.forecast
        print(morrow.__file__)
    """
    uri = f"sqlite:///{root}/mlruns/mlflow.db"
    process = python(code, root, folder / "bin" / "python", MLFLOW_TRACKING_URI=uri, PYTHONPATH="")
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    place = Path(out.strip())
    assert place.is_relative_to(root / "mlruns" / "artifacts")
    requirements = (place.parents[2] / "requirements.txt").read_text(encoding="utf-8")
    assert "torch==" in requirements
    assert "morrow" not in requirements
