"""Events after a cutoff change nothing before it: features, states, training, forecasts, scores."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from morrow import backtest, calibration, features, forecast
from morrow import panel as panels
from morrow.errors import LeakError
from morrow.features import Scaling
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.training import fit_rows
from tests.conftest import FORECAST, PARTS, TIME, axis, mixed_market, train

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

CHANGES = ("prices", "volumes", "splits", "dividends", "holes", "end", "still", "newcomer")


@cache
def prices() -> pd.DataFrame:
    """Four lively symbols, a pegged one, one that ended, a young one and one with a gap."""
    return mixed_market()


@cache
def panel() -> Panel:
    """The panel as it was."""
    return built(prices())


def built(frame: pd.DataFrame) -> Panel:
    """A panel with the features of the unchanged market, whatever a change did to their coverage."""
    return panels.build(frame, axis(frame), FORECAST, TIME, names=features.DEFAULT)


def changed(cutoff: int, change: str, seed: int, *, without: str = "") -> pd.DataFrame:
    """Prices of which everything after session number ``cutoff`` is different."""
    draw = np.random.default_rng(seed)
    frame = prices()[prices()["symbol"] != without].copy()
    later = (frame["session"] > frame["session"].unique()[cutoff]).to_numpy()
    size = int(later.sum())
    if change == "prices":
        frame.loc[later, ["open", "high", "low", "close"]] *= draw.uniform(0.1, 10, (size, 1))
    elif change == "volumes":
        frame.loc[later, "volume"] *= draw.uniform(0, 10, size)
    elif change == "splits":
        frame.loc[later, "split_factor"] *= 2.0
    elif change == "dividends":
        frame.loc[later, "dividend_factor"] *= 1.03
    elif change == "still":
        frame.loc[later, ["open", "high", "low", "close"]] = 55.5
    elif change == "newcomer":
        other = frame[later & (frame["symbol"] == "S1")]
        frame = pd.concat([frame, other.assign(symbol="A")], ignore_index=True)
    else:
        frame = frame[~later | (draw.random(len(frame)) < (0.5 if change == "holes" else 0.0))]
    return frame


def rows_before(found: Panel, cutoff: int) -> NDArray[np.int64]:
    """Rows at or before the cutoff of the symbols that were there, in the same order for every panel."""
    old = np.array([name in panel().symbols for name in found.symbols])
    return np.flatnonzero((found.session <= cutoff) & old[found.symbol])


cutoffs = st.integers(60, 418)
seeds = st.integers(0, 1000)


@given(cutoff=cutoffs, change=st.sampled_from(CHANGES), seed=seeds)
def test_the_past_of_the_panel_does_not_move(cutoff: int, change: str, seed: int) -> None:
    """Features, units, pegged and eligible states, and matured targets before a cutoff keep every bit."""
    after = built(changed(cutoff, change, seed))
    mine, theirs = rows_before(panel(), cutoff), rows_before(after, cutoff)
    assert len(mine) == len(theirs)
    for name in ("features", "unit", "close", "pegged", "eligible", "ready", "position", "reach", "returns"):
        before, now = getattr(panel(), name)[mine], getattr(after, name)[theirs]
        assert before.tobytes() == now.tobytes(), name
    for step in range(FORECAST.horizon):
        matured = panel().session[mine] + step + 1 <= cutoff
        assert np.array_equal(
            panel().target[mine[matured], step], after.target[theirs[matured], step], equal_nan=True
        )


@cache
def everything(frame: str | tuple[int, str, int]) -> Panel:
    """Every feature that is registered, of the market as it was or changed."""
    bars = prices() if isinstance(frame, str) else changed(*frame)
    return panels.build(bars, axis(bars), FORECAST, TIME, names=tuple(features.REGISTRY))


@given(cutoff=cutoffs, change=st.sampled_from(CHANGES), seed=seeds)
@settings(max_examples=12)
def test_no_registered_feature_sees_the_future(cutoff: int, change: str, seed: int) -> None:
    """Every feature of the registry keeps every bit before a cutoff, whatever happens after it."""
    before, after = everything("as it was"), everything((cutoff, change, seed))
    mine, theirs = rows_before(before, cutoff), rows_before(after, cutoff)
    for place, name in enumerate(before.names):
        one, two = before.features[mine, place], after.features[theirs, place]
        assert one.tobytes() == two.tobytes(), name


@given(change=st.sampled_from(CHANGES), seed=seeds, cutoff=st.integers(PARTS.stop[1] + 2, 400))
@settings(max_examples=10)
def test_a_scaler_does_not_see_the_future(cutoff: int, change: str, seed: int) -> None:
    """A scaler fitted on the fit sessions is the same whatever came after."""
    before, after = panel(), built(changed(cutoff, change, seed))
    one = Scaling.fit(before.features[fit_rows(before, PARTS.fit)])
    two = Scaling.fit(after.features[fit_rows(after, PARTS.fit)])
    assert one.document() == two.document()


@cache
def model(name: str) -> FittedModel:
    """A tiny recipe fitted out of fold to the market as it was."""
    return train(panel(), name).fitted


@cache
def early(name: str) -> FittedModel:
    """The same where every symbol is there before the training ends: its tables name symbols."""
    return train(built(prices()[prices()["symbol"] != "NEW"]), name).fitted


@pytest.mark.parametrize("name", ["ewma", "boosted", "lstm", "gjr-garch-t", "unconditional"])
@given(change=st.sampled_from(CHANGES[:-1]), seed=seeds)
@settings(max_examples=4)
def test_training_does_not_see_past_its_end(name: str, change: str, seed: int) -> None:
    """A model fitted through a session is the same, bit for bit, whatever came after that session."""
    through = PARTS.stop[1] - 1 + FORECAST.horizon
    found = train(built(changed(through, change, seed, without="NEW")), name).fitted
    assert found.document == early(name).document
    for key, array in early(name).arrays.items():
        assert found.arrays[key].tobytes() == array.tobytes(), key


@pytest.mark.parametrize("name", ["ewma", "boosted", "lstm", "gjr-garch-t", "unconditional"])
@given(change=st.sampled_from(CHANGES), seed=seeds, cutoff=st.integers(300, 418))
@settings(max_examples=4)
def test_forecasts_do_not_see_past_their_cutoff(name: str, change: str, seed: int, cutoff: int) -> None:
    """A forecast made at a cutoff, and the score of one that has matured, stay what they were."""
    after = built(changed(cutoff, change, seed))
    answers, losses = [], []
    for found in (panel(), after):
        rows = rows_before(found, cutoff)
        rows = rows[(found.session[rows] >= PARTS.calibrate[0]) & found.eligible[rows]]
        answers.append(forecast.predict(model(name), found, rows))
        table = backtest.losses(found, PARTS, rows, answers[-1], FORECAST.levels)
        place = np.searchsorted(found.sessions, table["session"].to_numpy("datetime64[D]"))
        losses.append(table[place + table["step"] <= cutoff].reset_index(drop=True))
    # Rows are read in batches whose size follows the data, and a sum's last bit follows the batch.
    assert answers[0] == pytest.approx(answers[1], rel=1e-5, abs=1e-7)
    pd.testing.assert_frame_equal(losses[0], losses[1], rtol=1e-5, atol=1e-8)


@cache
def adaptive(name: str) -> FittedModel:
    """A model whose calibration began on the calibrate sessions, and adapts from there."""
    rows, through = backtest.scored_rows(panel(), PARTS.calibrate), PARTS.select[0] - 1
    quantiles, scale = forecast.predict_scaled(model(name), panel(), rows)
    actual = (panel().target[rows] / scale).astype(np.float32)
    state = calibration.start(
        quantiles, actual, panel().session[rows], panel().unit[rows], np.asarray(FORECAST.levels)
    )
    begun = forecast.document_state(replace(state, through=through), panel())
    known = {"calibration": begun, "trained_through": str(panel().sessions[through])}
    return replace(model(name), document={**model(name).document, **known})


@given(change=st.sampled_from(CHANGES), seed=seeds, cutoff=st.integers(PARTS.select[0], 418))
@settings(max_examples=8)
def test_calibration_does_not_see_past_a_cutoff(change: str, seed: int, cutoff: int) -> None:
    """A calibrated forecast stays what it was, whatever comes after its cutoff."""
    answers = []
    for found in (panel(), built(changed(cutoff, change, seed))):
        rows = rows_before(found, cutoff)
        rows = rows[(found.session[rows] >= PARTS.select[0]) & found.eligible[rows]]
        answers.append(forecast.predict(adaptive("ewma"), found, rows))
    assert answers[0] == pytest.approx(answers[1], rel=1e-6, abs=1e-8)


@given(session=st.integers(0, 419), name=st.sampled_from(["ewma", "lstm", "boosted"]))
def test_no_cutoff_inside_the_training_is_ever_scored(session: int, name: str) -> None:
    """A model answers at every cutoff from its last session on, and at none before."""
    rows = np.flatnonzero((panel().session == session) & ~panel().pegged & (panel().position >= 60))
    if not len(rows):
        return
    boundary = int(np.flatnonzero(panel().sessions == model(name).trained_through)[0])
    if session < boundary:
        with pytest.raises(LeakError):
            forecast.predict(model(name), panel(), rows)
    else:
        assert np.isfinite(forecast.predict(model(name), panel(), rows)).all()


@given(cutoff=st.integers(330, 418))
@settings(max_examples=4)
def test_a_replayed_night_is_the_night(cutoff: int) -> None:
    """The table made at a cutoff from what was known then is the one that the whole history gives there."""
    known = prices()[prices()["session"] <= prices()["session"].unique()[cutoff]]
    then = built(known)
    frame, who = forecast.table(model("lstm"), then, stale=False, observed=axis(known))
    rows = np.flatnonzero((panel().session == cutoff) & panel().eligible)
    names = [then.symbols[code] for code in then.symbol[who.eligible]]
    assert names == [panel().symbols[code] for code in panel().symbol[rows]]
    returns = forecast.predict(model("lstm"), panel(), rows)
    median = frame.loc[frame["flags"] == "", "q5000"].to_numpy().reshape(len(rows), -1)
    assert median == pytest.approx(panel().close[rows][:, None] * np.exp(returns[:, :, 4]), rel=1e-5)


@given(ratio=st.sampled_from([0.1, 0.5, 2.0, 3.0, 7.0]), where=st.integers(1, 419), symbol=st.integers(0, 3))
@settings(max_examples=12)
def test_a_split_changes_nothing(ratio: float, where: int, symbol: int) -> None:
    """A split of any size at any session changes no feature, no target and nobody's eligibility."""
    frame = prices().copy()
    later = (frame["symbol"] == f"S{symbol}") & (frame["session"] >= frame["session"].unique()[where])
    frame.loc[later, ["open", "high", "low", "close"]] /= ratio
    frame.loc[later, ["volume", "split_factor"]] *= ratio
    after = built(frame)
    np.testing.assert_allclose(after.features, panel().features, atol=1e-3)
    np.testing.assert_allclose(after.target, panel().target, atol=1e-6)
    assert np.array_equal(after.eligible, panel().eligible)
    assert np.array_equal(after.pegged, panel().pegged)


@given(price=st.floats(1e-3, 1e5), volume=st.floats(1e-2, 1e4))
@settings(max_examples=12)
def test_features_have_no_unit(price: float, volume: float) -> None:
    """Prices in any currency and volumes in any lots give the same features, units and targets."""
    market = prices()[prices()["symbol"].str.startswith("S")]
    names = features.select_features(("default",), market)[0]
    quoted = market.assign(volume=market["volume"] * volume)
    quoted[["open", "high", "low", "close"]] *= price
    one, two = (panels.build(each, axis(each), FORECAST, TIME, names=names) for each in (market, quoted))
    np.testing.assert_allclose(two.features, one.features, atol=5e-3)
    np.testing.assert_allclose(two.unit, one.unit, rtol=1e-4)
    np.testing.assert_allclose(two.target, one.target, atol=1e-6)
    assert np.array_equal(two.eligible, one.eligible)


def test_the_check_itself_can_fail() -> None:
    """A model that claims to know less than it has seen is caught by the comparison above."""
    through = PARTS.stop[1] - 1 + FORECAST.horizon
    blind = replace(model("ewma"), arrays={"quantiles": model("ewma").arrays["quantiles"]})
    found = train(built(changed(through - 40, "prices", 1)), "ewma").fitted
    assert found.arrays["quantiles"].tobytes() != blind.arrays["quantiles"].tobytes()
