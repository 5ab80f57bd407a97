"""Features: values by hand, warm-up masked, no unit of price; scaling to the same bits."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import RobustScaler

from morrow import features
from morrow.config import Time
from morrow.features import Scaling
from morrow.panel import Panel
from tests.conftest import FORECAST, bars, market, panel_of

RANGE_FEATURES = ("atr_14", "parkinson_10", "range_1", "close_in_range", "overnight")
VOLUME_FEATURES = ("volume_ratio_1", "volume_ratio_5")
CLOSE_FEATURES = tuple(name for name in features.DEFAULT if features.REGISTRY[name].inputs == ("close",))
ROW = 300  # any row that is far from a series' start


def selected(frame: pd.DataFrame) -> tuple[str, ...]:
    """The default features that some bars carry."""
    return features.select_features(("default",), frame)[0]


def column(panel: Panel, name: str) -> NDArray[np.float32]:
    """One feature of all bars."""
    return panel.features[:, panel.names.index(name)]


def test_names_follow_what_bars_carry(panel: Panel) -> None:
    """OHLCV bars carry every feature, closes alone carry the features of closes."""
    assert panel.names == features.DEFAULT
    assert selected(bars({"A": [1.0, 2.0]})) == CLOSE_FEATURES
    assert selected(bars({"A": []})) == CLOSE_FEATURES


@pytest.mark.parametrize(("missing", "kept"), [(0.4, True), (0.6, False)])
def test_fields_must_cover_half_of_every_symbol(missing: float, kept: bool) -> None:
    """One symbol without ranges and volumes on most of its bars leaves them to nobody's features."""
    many = market(12, 100)
    odd = (many["symbol"] == "S3") & (many.index % 100 < 100 * missing)
    many.loc[odd, ["low", "volume"]] = np.nan
    names = selected(many)
    assert (set(RANGE_FEATURES) <= set(names)) == kept
    assert (set(VOLUME_FEATURES) <= set(names)) == kept


@pytest.mark.parametrize(("missing", "kept"), [(0.05, True), (0.2, False)])
def test_fields_must_cover_nine_bars_in_ten(prices: pd.DataFrame, missing: float, kept: bool) -> None:
    """Ranges and volumes make features only where 90 % of the bars have them."""
    holes = prices.copy()
    holes.loc[: int(missing * len(prices)), ["low", "volume"]] = np.nan
    names = selected(holes)
    assert (set(RANGE_FEATURES) <= set(names)) == kept
    assert (set(VOLUME_FEATURES) <= set(names)) == kept


def test_unit_is_the_ewma_volatility() -> None:
    """The unit is the root of the weighted mean square with weights 0.94^k, from the twentieth return on."""
    returns = np.concatenate([[np.nan], 0.01 * np.random.default_rng(0).standard_normal(40)])
    unit = features.unit_volatility(returns, np.zeros(41))
    assert np.isnan(unit[:20]).all()
    for bar in (20, 40):
        weights = 0.94 ** np.arange(bar)[::-1]
        expected = np.sqrt((weights * returns[1 : bar + 1] ** 2).sum() / weights.sum())
        assert unit[bar] == pytest.approx(expected)


def test_unit_has_a_floor() -> None:
    """A price that does not move has the floor as its unit."""
    unit = features.unit_volatility(np.zeros(30), np.linspace(0.1, 0.2, 30))
    assert unit[25] == pytest.approx(np.linspace(0.1, 0.2, 30)[25])


def test_unit_of_a_single_bar_is_unknown() -> None:
    """One bar has no return and no unit."""
    assert np.isnan(features.unit_volatility(np.array([np.nan]), np.zeros(1))).all()


def test_moves_by_hand(panel: Panel) -> None:
    """Returns, distances and the last move are those of the adjusted closes over the unit."""
    log, unit = np.log(panel.adjusted), panel.unit[ROW]
    for lag in (1, 5, 20, 60):
        expected = (log[ROW] - log[ROW - lag]) / (unit * np.sqrt(lag))
        assert column(panel, f"return_{lag}")[ROW] == pytest.approx(expected, rel=1e-5)
    for span in (10, 50):
        expected = (log[ROW] - log[ROW - span + 1 : ROW + 1].mean()) / (unit * np.sqrt(span))
        assert column(panel, f"average_distance_{span}")[ROW] == pytest.approx(expected, rel=1e-4)
    assert column(panel, "absolute_return")[ROW] == pytest.approx(
        abs(log[ROW] - log[ROW - 1]) / unit, rel=1e-5
    )


def test_bands_by_hand(panel: Panel) -> None:
    """Bollinger position and width are those of twenty log closes, population deviation."""
    last = np.log(panel.adjusted[ROW - 19 : ROW + 1])
    position = (last[-1] - last.mean()) / (2 * last.std())
    assert column(panel, "bollinger_position")[ROW] == pytest.approx(position, rel=1e-4)
    width = np.log(last.std() / (panel.unit[ROW] * np.sqrt(20)))
    assert column(panel, "bollinger_width")[ROW] == pytest.approx(width, abs=1e-4)


def test_volatilities_by_hand(panel: Panel) -> None:
    """An EWMA volatility is the log of its ratio to the unit; the downside counts falls only."""
    moves = np.diff(np.log(panel.adjusted[: ROW + 1]))
    for name, span, counted in (
        ("volatility_5", 5, moves**2),
        ("volatility_120", 120, moves**2),
        ("downside", 20, np.where(moves < 0, moves**2, 0)),
    ):
        weights = (1 - 2 / (span + 1)) ** np.arange(len(moves))[::-1]
        variance = (weights * counted).sum() / weights.sum()
        expected = 0.5 * np.log(variance / panel.unit[ROW] ** 2)
        assert column(panel, name)[ROW] == pytest.approx(expected, abs=1e-4)


def test_rsi_by_the_slow_way(panel: Panel) -> None:
    """RSI is Wilder's, from −1 to 1."""
    moves = np.diff(panel.adjusted[: ROW + 1])
    up, down = np.maximum(moves, 0), np.maximum(-moves, 0)
    rise, fall = up[:14].mean(), down[:14].mean()
    for gain, loss in zip(up[14:], down[14:], strict=True):
        rise, fall = (13 * rise + gain) / 14, (13 * fall + loss) / 14
    assert column(panel, "rsi_14")[ROW] == pytest.approx(2 * rise / (rise + fall) - 1, abs=1e-5)


def test_ranges_by_hand(panel: Panel, prices: pd.DataFrame) -> None:
    """Range features are those of the bar's log high, low, open and the close before."""
    ordered = prices.sort_values(["symbol", "session"], ignore_index=True)
    high, low, close = (np.log(ordered[name].to_numpy()) for name in ("high", "low", "close"))
    unit = panel.unit[ROW]
    spread = (high - low)[ROW]
    assert column(panel, "range_1")[ROW] == pytest.approx(np.log(spread / unit), abs=1e-5)
    place = (2 * close[ROW] - high[ROW] - low[ROW]) / spread
    assert column(panel, "close_in_range")[ROW] == pytest.approx(place, abs=1e-5)
    gap = np.log(ordered["open"][ROW]) - close[ROW - 1]
    assert column(panel, "overnight")[ROW] == pytest.approx(gap / unit, rel=1e-4)
    squares = ((high - low)[ROW - 9 : ROW + 1] ** 2).mean() / (4 * np.log(2))
    assert column(panel, "parkinson_10")[ROW] == pytest.approx(0.5 * np.log(squares / unit**2), abs=1e-4)


def test_volumes_by_hand(panel: Panel, prices: pd.DataFrame) -> None:
    """Volume is the log of the split-adjusted units against its own average over sixty sessions."""
    first = prices[prices["symbol"] == "S0"]
    traded = np.log1p((first["volume"] / first["split_factor"]).to_numpy())
    usual = traded[ROW - 59 : ROW + 1].mean()
    assert column(panel, "volume_ratio_1")[ROW] == pytest.approx(traded[ROW] - usual, abs=1e-4)
    week = traded[ROW - 4 : ROW + 1].mean()
    assert column(panel, "volume_ratio_5")[ROW] == pytest.approx(week - usual, abs=1e-4)


def test_the_universe_by_hand(panel: Panel) -> None:
    """What all symbols did that session: the mean scaled move, and each unit against their median."""
    together = np.flatnonzero(panel.session == panel.session[ROW])
    moves = panel.returns[together] / panel.unit[together]
    assert column(panel, "universe_return")[together] == pytest.approx(np.full(4, moves.mean()), abs=1e-5)
    units = np.log(panel.unit[together])
    assert column(panel, "relative_volatility")[together] == pytest.approx(units - np.median(units), abs=1e-5)


def test_warm_up_is_masked(panel: Panel) -> None:
    """Nothing is made up where a series begins: no bar of the first sixty has all features, then all have."""
    known = np.isfinite(panel.features).sum(axis=1) == len(panel.names)
    assert not known[panel.position < 60].any()
    assert known[panel.position >= 60].all()


def test_a_short_series_has_no_feature() -> None:
    """A series shorter than an indicator's period is masked and does no harm."""
    short = panel_of(bars({"A": np.exp(np.cumsum(0.01 * np.ones(8))), "B": [5.0]}))
    assert np.isnan(short.features[:, short.names.index("rsi_14")]).all()
    assert not short.eligible.any()


def test_a_bar_without_range_is_masked(prices: pd.DataFrame) -> None:
    """A bar without high and low has no range features; its neighbours keep theirs."""
    holes = prices.copy()
    holes.loc[ROW, ["open", "high", "low"]] = np.nan
    found = panel_of(holes)
    for name in RANGE_FEATURES:
        assert np.isnan(column(found, name)[ROW])
        assert np.isfinite(column(found, name)[[ROW - 1, ROW + 1]]).all()


def test_a_bar_without_volume_is_masked(prices: pd.DataFrame) -> None:
    """A bar without volume has no volume features, and its neighbours' averages leave it out."""
    holes = prices.copy()
    holes.loc[ROW, "volume"] = np.nan
    found = panel_of(holes)
    assert np.isnan(column(found, "volume_ratio_1")[ROW])
    assert np.isnan(column(found, "volume_ratio_5")[ROW])
    units = (holes["volume"] / holes["split_factor"]).to_numpy(np.float64)
    traded = np.log1p(units[ROW - 58 : ROW + 2])
    expected = traded[-1] - np.nanmean(traded)
    assert column(found, "volume_ratio_1")[ROW + 1] == pytest.approx(expected, abs=1e-4)


def test_a_price_that_stands_still_has_finite_features() -> None:
    """Constant closes divide nothing by zero: the floor of half a tick keeps every feature finite."""
    moving = np.exp(np.cumsum(0.01 * np.random.default_rng(1).standard_normal(150)))
    still = panel_of(bars({"A": 100 * moving, "B": np.full(150, 25.5)}))
    late = still.position >= 60
    assert np.isfinite(still.features[late]).all()


@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e5])
def test_features_have_no_unit(panel: Panel, prices: pd.DataFrame, factor: float) -> None:
    """Quoting all prices in another currency changes no feature, no unit and no target."""
    quoted = prices.copy()
    quoted[["open", "high", "low", "close"]] *= factor
    there = panel_of(quoted)
    np.testing.assert_allclose(there.features, panel.features, atol=2e-3)
    np.testing.assert_allclose(there.unit, panel.unit, rtol=1e-6)
    np.testing.assert_allclose(there.target, panel.target, atol=1e-6)


def test_volume_has_no_unit(panel: Panel, prices: pd.DataFrame) -> None:
    """Counting volume in lots of a hundred changes its features by next to nothing."""
    there = panel_of(prices.assign(volume=prices["volume"] / 100))
    np.testing.assert_allclose(there.features, panel.features, atol=1e-3)


def test_a_split_changes_nothing(panel: Panel, prices: pd.DataFrame) -> None:
    """A 2:1 split (prices halve, volume and split factor double) changes no feature, unit or target."""
    split = prices.copy()
    later = (split["symbol"] == "S2") & (split["session"] >= split["session"].unique()[200])
    split.loc[later, ["open", "high", "low", "close"]] /= 2
    split.loc[later, ["volume", "split_factor"]] *= 2
    there = panel_of(split)
    np.testing.assert_allclose(there.features, panel.features, atol=1e-4)
    np.testing.assert_allclose(there.target, panel.target, atol=1e-7)
    assert np.array_equal(there.eligible, panel.eligible)
    assert (there.close != panel.close).sum() == 220


def test_scaling_is_scikit_learns(panel: Panel) -> None:
    """Within its bounds scaling is scikit-learn's RobustScaler; beyond them it is the fitted quantile."""
    fitted = panel.features[panel.ready]
    ours = Scaling.fit(fitted)
    theirs = RobustScaler().fit(fitted.astype(np.float64)).transform(fitted.astype(np.float64))
    low, high = np.quantile(theirs, [0.005, 0.995], axis=0)
    np.testing.assert_allclose(ours.apply(fitted), np.clip(theirs, low, high), atol=1e-5)


def test_unknown_features_scale_to_zero(panel: Panel) -> None:
    """A feature that is not known is read as its fitted median, which is zero."""
    scaling = Scaling.fit(panel.features[panel.ready])
    blank = np.full((1, len(panel.names)), np.nan, dtype=np.float32)
    assert not scaling.apply(blank).any()


def test_a_constant_feature_scales_to_zero() -> None:
    """A feature that never varied is left at its median rather than divided by nothing."""
    scaling = Scaling.fit(np.full((10, 2), 3.0, dtype=np.float32))
    assert scaling.apply(np.array([[3.0, 5.0]], dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_scaling_returns_from_json_to_the_same_bits(panel: Panel) -> None:
    """Scaling written as JSON and read back has the same bits and gives the same answers."""
    scaling = Scaling.fit(panel.features[panel.ready])
    again = Scaling.restore(json.loads(json.dumps(scaling.document())))
    for name in ("center", "spread", "low", "high"):
        assert getattr(again, name).tobytes() == getattr(scaling, name).tobytes()
    assert again.apply(panel.features).tobytes() == scaling.apply(panel.features).tobytes()


def test_features_do_not_depend_on_the_parts_of_time() -> None:
    """Features know bars only; how time is cut does not reach them."""
    prices = market(2, 150)
    one = panel_of(prices, FORECAST, Time(minimum=20))
    other = panel_of(prices, FORECAST, Time(minimum=5, share=0.2))
    assert np.array_equal(one.features, other.features, equal_nan=True)
