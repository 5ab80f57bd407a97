"""Writing and reading back gives the same bits, and hashes depend on the content alone."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from morrow import fitted_model, frames
from morrow.features import Scaling
from morrow.fitted_model import FittedModel
from morrow.frames import PRICE_FIELDS, PRICES
from morrow.panel import Panel
from tests.conftest import market, panel_of

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
names = st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__")


@given(features=arrays.arrays(np.float32, (7, 3), elements=st.floats(-1e6, 1e6, width=32)))
def test_scaling_returns_from_json_to_the_same_bits(features: np.ndarray) -> None:
    """Any fitted scaler comes back from JSON with the same bits and the same answers."""
    scaling = Scaling.fit(features)
    again = Scaling.restore(json.loads(json.dumps(scaling.document())))
    assert all(
        getattr(again, name).tobytes() == getattr(scaling, name).tobytes()
        for name in ("center", "spread", "low", "high")
    )
    assert again.apply(features).tobytes() == scaling.apply(features).tobytes()


@given(features=arrays.arrays(np.float32, (9, 2), elements=st.floats(-1e6, 1e6, width=32)))
def test_scaled_features_keep_their_order(features: np.ndarray) -> None:
    """Scaling is monotone: it never turns two values of a feature round."""
    scaled = Scaling.fit(features).apply(features)
    for column in range(2):
        order = np.argsort(features[:, column], kind="stable")
        assert (np.diff(scaled[order, column]) >= 0).all()


@given(
    document=st.dictionaries(st.text(max_size=8), st.one_of(finite, st.text(), st.none(), st.lists(finite))),
    weights=st.dictionaries(names, arrays.arrays(np.float32, st.tuples(st.integers(0, 4), st.just(3)))),
)
def test_a_fitted_model_returns_to_the_same_bits(
    document: dict[str, object], weights: dict[str, np.ndarray]
) -> None:
    """Any document and any arrays, NaN and empty ones too, come back as they were."""
    document = document | dict.fromkeys(fitted_model.REQUIRED, "x") | {"calibration": None}
    with tempfile.TemporaryDirectory() as folder:
        fitted_model.save(FittedModel(document, weights), Path(folder))
        again = fitted_model.load(Path(folder))
    assert again.document == document
    assert {name: array.tobytes() for name, array in again.arrays.items()} == {
        name: array.tobytes() for name, array in weights.items()
    }


@given(symbols=st.integers(1, 3), sessions=st.integers(1, 130), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_a_panel_returns_to_the_same_bits(symbols: int, sessions: int, seed: int) -> None:
    """A panel of any size is saved and loaded with the same bits."""
    panel = panel_of(market(symbols, sessions, seed))
    with tempfile.TemporaryDirectory() as folder:
        panel.save(Path(folder) / "deep" / "panel")
        again = Panel.load(Path(folder) / "deep" / "panel")
        assert (again.symbols, again.names) == (panel.symbols, panel.names)
        for name in ("features", "target", "unit", "adjusted", "eligible", "sessions", "series"):
            assert getattr(again, name).tobytes() == getattr(panel, name).tobytes()


@given(order=st.permutations(list(range(24))))
def test_content_version_ignores_the_order_of_rows(order: list[int]) -> None:
    """Rows in any order have one version, and a panel of one."""
    prices = market(2, 12)
    assert frames.content_version(prices.iloc[order]) == frames.content_version(prices)


@given(
    row=st.integers(0, 23),
    field=st.sampled_from(PRICE_FIELDS),
    value=st.floats(1e-6, 1e9).filter(lambda value: value not in {1.0, 2.0}),
)
def test_content_version_sees_every_value(row: int, field: str, value: float) -> None:
    """Any other value anywhere is another version; the same value again is the old one."""
    prices = market(2, 12)
    other = prices.assign(**{field: prices[field].where(prices.index != row, value)})
    assert frames.content_version(other) != frames.content_version(prices)
    again = other.assign(**{field: prices[field]})
    assert frames.content_version(again) == frames.content_version(prices)


@given(
    closes=st.lists(finite, min_size=1, max_size=6),
    volumes=st.lists(st.one_of(st.none(), finite), min_size=6, max_size=6),
)
def test_prices_return_from_arrow_to_the_same_bits(closes: list[float], volumes: list[float | None]) -> None:
    """Any finite prices, and volumes that may be missing, survive the way to Arrow and back."""
    prices = market(1, len(closes)).assign(
        close=closes, volume=pd.Series(volumes[: len(closes)], dtype=float)
    )
    again = frames.from_arrow(frames.to_arrow(prices, PRICES))
    for field in PRICE_FIELDS:
        assert again[field].to_numpy().tobytes() == prices[field].to_numpy(np.float64).tobytes()
