"""Every registered baseline through training, and back from a folder."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from morrow import fitted_model, forecast, recipes
from morrow.baselines import Baseline
from morrow.config import Recipe
from morrow.panel import Panel
from morrow.section import kinds_of
from tests.conftest import train

READ: TypeAdapter[Recipe] = TypeAdapter(Recipe)
QUICK: dict[str, dict[str, Any]] = {
    "egarch-t": {"paths": 100},
    "fhs": {"paths": 100},
    "boosted": {"rows": 400, "trees": 4},
    "linear": {"rows": 200},
}
EXTRA = ("arima", "ets", "theta")  # need statsforecast, and have tests of their own
HEAVY = ("arch", "scipy", "sklearn", "statsforecast", "torch")


@pytest.mark.parametrize("kind", [kind for kind in recipes.baselines() if kind not in EXTRA])
def test_a_saved_baseline_answers_alike(panel: Panel, tmp_path: Path, kind: str) -> None:
    """What was written to a folder answers what was fitted: finite quantiles in order, in a known unit."""
    model = train(panel, kind, recipe=READ.validate_python({"kind": kind} | QUICK.get(kind, {}))).fitted
    fitted_model.save(model, tmp_path)
    rows = np.flatnonzero(panel.session >= 400)
    quantiles, scale = forecast.predict_scaled(model, panel, rows)
    again, unit = forecast.predict_scaled(fitted_model.load(tmp_path), panel, rows)
    assert again.tolist() == quantiles.tolist()
    assert unit.tolist() == scale.tolist()
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert (scale > 0).all()
    assert np.isfinite(quantiles).all()


def test_every_kind_fits_and_answers() -> None:
    """What is registered has a fit and an answer of its own, and is known under its own kinds."""
    for kind, section in recipes.baselines().items():
        assert issubclass(section, Baseline)
        assert section.fit is not Baseline.fit
        assert section.answer is not Baseline.answer
        assert kind in kinds_of(section)


def test_the_configuration_imports_no_large_library() -> None:
    """Learning the kinds of recipes imports the baselines' files and nothing heavy with them."""
    code = f"import sys, morrow.config; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
