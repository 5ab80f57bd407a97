"""Forecasts: never inside the training, in order, and a table whose every figure can be followed."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import cumulative_trapezoid

from morrow import backtest, forecast, frames, membership, metrics, networks, sessions
from morrow import panel as panels
from morrow.config import NetworkRecipe
from morrow.errors import HistoryError, LeakError
from morrow.features import Scaling
from morrow.fitted_model import FittedModel
from morrow.forecast import network_quantiles
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, TIME, TINY, axis, market, mixed_market, panel_of, train

LEVELS = np.array(FORECAST.levels)
QUANTILES = [frames.quantile_column(level) for level in FORECAST.levels]


@cache
def model(name: str) -> FittedModel:
    """The tiny recipe, fitted out of fold to the synthetic market."""
    return train(panel_of(market()), name).fitted


def known_through(fitted: FittedModel, session: np.datetime64) -> FittedModel:
    """The same model as if it had been trained through another session."""
    return replace(fitted, document={**fitted.document, "trained_through": str(session)})


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_model_is_not_scored_inside_its_training(panel: Panel, name: str) -> None:
    """A cutoff before the last session that a model has used is refused; that session itself is not."""
    boundary = int(np.flatnonzero(panel.sessions == model(name).trained_through)[0])
    at = np.flatnonzero(panel.session == boundary)
    assert np.isfinite(forecast.predict(model(name), panel, at)).all()
    before = np.flatnonzero(panel.session == boundary - 1)[:1]
    with pytest.raises(LeakError, match=f"trained through {panel.sessions[boundary]}") as caught:
        forecast.predict(model(name), panel, np.concatenate([at, before]))
    assert str(panel.sessions[boundary - 1]) in str(caught.value)


@pytest.mark.parametrize("kind", ["lstm", "rnn", "gru"])
def test_a_night_scales_only_the_rows_that_it_reads(
    panel: Panel, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last session's answers scale the rows that they read, and have the bits of a panel scaled whole."""
    fitted, scaled, scale = model(kind), [], Scaling.apply
    rows = np.flatnonzero(panel.session == len(panel.sessions) - 1)

    def count(scaling: Scaling, features: np.ndarray) -> np.ndarray:
        scaled.append(len(features))
        return scale(scaling, features)

    monkeypatch.setattr(Scaling, "apply", count)
    few = forecast.predict_raw(fitted, panel, rows)
    recipe = RECIPES[kind]
    assert isinstance(recipe, NetworkRecipe)
    assert sum(scaled) <= len(rows) * (FORECAST.window + recipe.stride) < len(panel.session) / 2
    monkeypatch.setattr(networks, "find_rows_read", lambda *_: np.arange(len(panel.session)))
    assert forecast.predict_raw(fitted, panel, rows).tobytes() == few.tobytes()
    assert sum(scaled) > len(panel.session)


@pytest.mark.parametrize("name", list(RECIPES))
def test_quantiles_are_finite_and_in_order(panel: Panel, name: str) -> None:
    """Every recipe answers each row with finite quantiles of every step, in order."""
    rows = np.flatnonzero((panel.session >= PARTS.test[0]) & panel.eligible)
    found = forecast.predict(model(name), panel, rows)
    assert found.shape == (len(rows), 3, 9)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=-1) >= 0).all()


def test_no_row_asked(panel: Panel) -> None:
    """No row gives no quantile."""
    nobody = np.empty(0, dtype=np.int64)
    assert forecast.predict(model("lstm"), panel, nobody).shape == (0, 3, 9)


def test_ewma_by_hand(panel: Panel) -> None:
    """EWMA answers the fitted quantiles times the unit and the root of the steps."""
    rows = np.flatnonzero(panel.session == 419)
    found = forecast.predict(model("ewma"), panel, rows)
    table = model("ewma").arrays["quantiles"]
    for place, row in enumerate(rows):
        expected = table * (panel.unit[row] * np.sqrt([1, 2, 3]))[:, None]
        assert found[place] == pytest.approx(expected, rel=1e-5)


def test_unconditional_by_hand(panel: Panel) -> None:
    """Unconditional quantiles are the past's, whatever the volatility today."""
    rows = np.flatnonzero(panel.session == 419)
    found = forecast.predict(model("unconditional"), panel, rows)
    past = panel.target[(panel.symbol == 2) & panel.ready & (panel.session < PARTS.stop[1])]
    assert found[2, 1] == pytest.approx(np.quantile(past[:, 1], LEVELS), rel=1e-4)


def test_networks_of_a_recipe_are_averaged(panel: Panel) -> None:
    """A recipe of two networks answers the mean of both."""
    rows = np.flatnonzero(panel.session == 419)
    both = model("gru")
    alone = []
    for index in "01":
        arrays = {f"0.{n[2:]}": v for n, v in both.arrays.items() if n.startswith(index)}
        recipe = {**both.document["recipe"], "networks": 1}
        alone.append(forecast.predict(FittedModel({**both.document, "recipe": recipe}, arrays), panel, rows))
    assert forecast.predict(both, panel, rows) == pytest.approx((alone[0] + alone[1]) / 2, rel=1e-4, abs=1e-7)


def test_residuals_move_scaled_quantiles(panel: Panel) -> None:
    """Shifts are in units of the scale and added before it multiplies."""
    rows = np.flatnonzero(panel.session == 419)
    shift = np.linspace(-1, 1, 27).reshape(3, 9)
    shifted = replace(model("lstm"), document={**model("lstm").document, "residuals": shift.tolist()})
    moved = forecast.predict(shifted, panel, rows) - forecast.predict(model("lstm"), panel, rows)
    assert moved == pytest.approx(shift * panel.compute_scale(rows)[..., None], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", ["unconditional", "gjr-garch-t", "lstm"])
def test_a_symbol_that_the_model_has_not_seen(prices: pd.DataFrame, name: str) -> None:
    """A symbol that joined later is forecast too: pooled quantiles, the EWMA unit, the global network."""
    renamed = panel_of(prices.replace({"symbol": {"S1": "NEW"}}))
    rows = np.flatnonzero(renamed.session == 419)
    found = forecast.predict(model(name), renamed, rows)
    assert renamed.symbols == ("NEW", "S0", "S2", "S3")
    assert np.isfinite(found).all()
    if name == "unconditional":
        assert found[0] == pytest.approx(model(name).arrays["quantiles"][4], rel=1e-4)
    if name == "gjr-garch-t":
        expected = model(name).arrays["quantiles"] * renamed.compute_scale(rows[0])[:, None]
        assert found[0] == pytest.approx(expected, rel=1e-4)


# --- the table ---


def test_table_by_hand(panel: Panel, prices: pd.DataFrame) -> None:
    """Each figure of the table follows from the last close and the quantiles of the log return."""
    frame, who = forecast.table(model("lstm"), panel, stale=False, observed=axis(prices))
    assert frame[["symbol", "step"]].to_numpy().tolist() == [
        [f"S{s}", h] for s in range(4) for h in (1, 2, 3)
    ]
    assert who.left_out == {}
    returns = forecast.predict(model("lstm"), panel, who.eligible).astype(np.float64)
    close = panel.close[who.eligible]
    expected = close[:, None, None] * np.exp(returns)
    assert frame[QUANTILES].to_numpy() == pytest.approx(expected.reshape(12, 9))
    flat = returns.reshape(12, 9)
    assert frame["mean"].to_numpy() == pytest.approx(np.repeat(close, 3) * metrics.growth(flat, LEVELS))
    assert frame["p_down"].to_numpy() == pytest.approx(metrics.probability_down(flat, LEVELS))
    assert (frame["p_down"] + frame["p_flat"] + frame["p_up"]).to_numpy() == pytest.approx(np.ones(12))
    assert (frame["cutoff"] == pd.Timestamp(panel.sessions[-1])).all()
    following = pd.bdate_range(panel.sessions[-1], periods=4)[1:]
    assert frame["session"].tolist() == list(following) * 4
    assert (frame["flags"] == "").all()
    assert (frame["reason"] == "").all()


def test_targets_beyond_the_end_of_the_calendar_are_flagged(
    panel: Panel, prices: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the calendar ends a session after the cutoff, the later targets are guessed and say so."""
    first = pd.bdate_range(panel.sessions[-1], periods=2)[1]
    monkeypatch.setattr(
        sessions, "known_through", lambda calendar: first.date() if calendar == "XBOM" else None
    )
    options = {"stale": False, "observed": axis(prices)}
    frame, _ = forecast.table(model("ewma"), panel, calendar="XBOM", **options)
    assert frame["flags"].tolist() == ["", "guessed", "guessed"] * 4
    assert (forecast.table(model("ewma"), panel, **options)[0]["flags"] == "").all()


def test_the_pegged_get_the_fallback() -> None:
    """A pegged symbol is forecast by its own trailing quantiles, flagged, and the others as ever."""
    panel = panel_of(mixed_market())
    frame, who = forecast.table(model("ewma"), panel, stale=False, observed=axis(mixed_market()))
    assert set(who.left_out) == {"END", "NEW"}
    pegged = frame[frame["symbol"] == "PEG"]
    assert (pegged["flags"] == "pegged").all()
    assert pegged["reason"].str.contains("unconditional").all()
    moves = panel.adjusted[panel.symbol == panel.symbols.index("PEG")]
    for step, row in enumerate(pegged[QUANTILES].to_numpy(), start=1):
        returns = np.log(moves[step:] / moves[:-step])
        assert row == pytest.approx(moves[-1] * np.exp(np.quantile(returns, LEVELS)), rel=1e-6)
    others = frame[frame["symbol"] != "PEG"]
    assert set(others["symbol"]) == {"GAP", "S0", "S1", "S2", "S3"}
    assert (others["flags"] == "").all()


def test_stale_data_is_flagged() -> None:
    """A forecast from data that is too old says so, beside whatever else is said, sorted."""
    frame, _ = forecast.table(
        model("ewma"), panel_of(mixed_market()), stale=True, observed=axis(mixed_market())
    )
    flags = frame.groupby("symbol")["flags"].unique().str[0].to_dict()
    assert flags == {"PEG": "pegged,stale"} | dict.fromkeys(["GAP", "S0", "S1", "S2", "S3"], "stale")


def test_only_pegged_symbols() -> None:
    """A universe of which only pegged symbols are left is still forecast."""
    prices = mixed_market()
    late = (prices["session"] > prices["session"].unique()[390]) & (prices["symbol"] != "PEG")
    frame, who = forecast.table(model("ewma"), panel_of(prices[~late]), stale=False, observed=axis(prices))
    assert set(frame["symbol"]) == {"PEG"}
    assert len(who.left_out) == 7


def test_the_stale_and_the_young_get_the_fallback() -> None:
    """Who has no bar for some sessions stands on the last price, with the spread of all sessions since."""
    prices = mixed_market()
    days = prices["session"].unique()
    late = (prices["symbol"] == "S1") & (prices["session"] > days[412])
    young = (prices["symbol"] == "S2") & (prices["session"] < days[350])
    panel = panel_of(prices[~late & ~young])
    frame, who = forecast.table(model("ewma"), panel, stale=False, observed=axis(prices))
    flags = frame.groupby("symbol")["flags"].first()
    assert flags[flags != ""].to_dict() == {"PEG": "pegged", "S1": "stale", "S2": "young,zero-shot"}
    assert len(frame) == who.symbol_count * panel.horizon
    own = frame[frame["symbol"] == "S1"]
    assert own["reason"].iloc[0] == (
        f"no bar at the cutoff; its last is {days[412]:%Y-%m-%d}: forecast by unconditional quantiles"
    )
    assert (own["cutoff"] == days[-1]).all()
    moves = panel.adjusted[panel.symbol == panel.symbols.index("S1")]
    basis = prices.loc[(prices["symbol"] == "S1") & (prices["session"] == days[412]), "close"].iloc[0]
    for step, row in enumerate(own[QUANTILES].to_numpy(), start=1):
        returns = np.log(moves[step + 7 :] / moves[: -step - 7])
        assert row == pytest.approx(basis * np.exp(np.quantile(returns, LEVELS)), rel=1e-6)
    assert (frames.read_basis(frame) == frame["cutoff"].where(frame["symbol"] != "S1", days[412])).all()
    assert (frames.read_basis(frame.assign(reason="reworded")) == frames.read_basis(frame)).all()
    assert "known for 9 sessions; 16 are needed" in frame.loc[frame["symbol"] == "S2", "reason"].iloc[0]


def test_gaps_may_be_left_out() -> None:
    """By choice nobody stands on an old price, and the reason is the same."""
    prices = mixed_market()
    late = (prices["symbol"] == "S1") & (prices["session"] > prices["session"].unique()[412])
    panel = panel_of(prices[~late])
    frame, who = forecast.table(model("ewma"), panel, stale=False, observed=axis(prices), leave_gaps_out=True)
    assert "S1" not in set(frame["symbol"])
    assert who.left_out["S1"].startswith("no bar at the cutoff")


def test_every_model_answers_a_fallback_alike() -> None:
    """Stale, young and pegged symbols have the same forecast whatever the model."""
    prices = mixed_market()
    days = prices["session"].unique()
    late = (prices["symbol"] == "S1") & (prices["session"] > days[412])
    panel = panel_of(prices[~late])
    one, two = (
        forecast.table(model(name), panel, stale=False, observed=axis(prices))[0]
        for name in ("ewma", "unconditional")
    )
    fallback = one["reason"] != ""
    assert set(one.loc[fallback, "symbol"]) == {"PEG", "S1"}
    pd.testing.assert_frame_equal(one[fallback], two[fallback])


def test_a_rename_moves_no_number(panel: Panel, prices: pd.DataFrame) -> None:
    """Under its new name a symbol has the forecast that it would have had, from every model."""
    nameless = pd.DataFrame({"old": ["S1"], "new": ["AAA"], "from": [prices["session"].unique()[400]]})
    members = membership.membership_at(
        None, nameless.assign(known_at=nameless["from"]), prices["session"].max()
    )
    late = (prices["symbol"] == "S1") & (prices["session"] >= nameless["from"].iloc[0])
    given = prices.assign(symbol=prices["symbol"].mask(late, "AAA")).sort_values(["symbol", "session"])
    again = given.copy()
    # The new name's factors begin at 1 again, as an adapter has them.
    now = again["symbol"] == "AAA"
    again.loc[now, "dividend_factor"] /= again.loc[now, "dividend_factor"].iloc[0]
    known = members.bars(again.reset_index(drop=True))
    other = panels.build(known, axis(known), FORECAST, TIME, members=members)
    assert other.symbols == ("S0", "AAA", "S2", "S3")
    for name in ("ewma", "lstm", "gjr-garch-t", "unconditional"):
        one, two = (
            forecast.table(model(name), each, stale=False, observed=axis(prices))[0]
            for each in (panel, other)
        )
        two = two.assign(symbol=two["symbol"].replace("AAA", "S1")).sort_values(["symbol", "step"])
        numbers = one.select_dtypes("number").columns
        np.testing.assert_allclose(two[numbers], one[numbers], rtol=1e-6)
        assert two["symbol"].tolist() == one["symbol"].tolist()


def test_nobody_left_stops() -> None:
    """When nobody can be forecast the error names everybody with the reason."""
    short = market(2, 59)
    with pytest.raises(HistoryError, match=r"no symbol can be forecast at .*S0: .*S1: "):
        forecast.table(model("ewma"), panel_of(short), stale=False, observed=axis(short))


def test_the_table_leaks_nothing(prices: pd.DataFrame) -> None:
    """A table at a cutoff that the model has already seen is refused."""
    early = prices[prices["session"] <= prices["session"].unique()[270]]
    with pytest.raises(LeakError):
        forecast.table(model("lstm"), panel_of(early), stale=False, observed=axis(early))


@pytest.mark.parametrize("name", ["lstm", "boosted"])
def test_forecast_from_prices_alone(panel: Panel, prices: pd.DataFrame, name: str) -> None:
    """Given prices alone the model rebuilds its panel and answers as the night does."""
    expected, _ = forecast.table(model(name), panel, stale=False, observed=axis(prices))
    columns = ["symbol", "session", *frames.PRICE_FIELDS]
    texts = prices[columns].assign(session=prices["session"].dt.strftime("%Y-%m-%d"))
    pd.testing.assert_frame_equal(
        forecast.forecast_prices(model(name), texts), expected.drop(columns=["basis", "last_close"])
    )


def test_the_panel_is_rebuilt_as_it_was(panel: Panel, prices: pd.DataFrame) -> None:
    """The document rebuilds the panel with the settings and features of the training."""
    again = forecast.build_panel(model("lstm"), prices, axis(prices))
    assert again.names == panel.names
    assert again.features.tobytes() == panel.features.tobytes()
    assert np.array_equal(again.eligible, panel.eligible)


def test_features_are_the_models_not_the_datas(prices: pd.DataFrame) -> None:
    """A model fitted on closes asks for the features of closes, also when the data has more by now."""
    closes = prices.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)
    fitted = train(panel_of(closes), "ewma").fitted
    assert forecast.build_panel(fitted, prices, axis(prices)).names == panel_of(closes).names


def test_a_later_label_lets_nothing_through(panel: Panel) -> None:
    """What decides is the session that the model says it was trained through."""
    rows = np.flatnonzero(panel.session == 400)
    late = known_through(model("ewma"), panel.sessions[401])
    with pytest.raises(LeakError):
        forecast.predict(late, panel, rows)


@pytest.mark.parametrize("count", [1, 2])
def test_log_scores_are_of_the_density_that_the_quantiles_are_of(panel: Panel, count: int) -> None:
    """The density integrates to one; one network's reaches each level at its quantile."""
    recipe = NetworkRecipe(kind="gru", head="student-t", **{**TINY, "networks": count})
    fitted = train(panel, "t", recipe=recipe).fitted
    row = backtest.scored_rows(panel, PARTS.test)[:1]
    grid = np.linspace(-200, 200, 80_001)
    target = np.repeat(grid[:, None], panel.horizon, axis=1)
    density = np.exp(-network_quantiles.log_scores(fitted, recipe, panel, np.repeat(row, len(grid)), target))
    below = cumulative_trapezoid(density, grid, axis=0, initial=0)
    assert below[-1] == pytest.approx(np.ones(panel.horizon), abs=1e-3)
    quantiles, scale = forecast.predict_scaled(fitted, panel, row)
    for step in range(panel.horizon if count == 1 else 0):
        reached = np.interp(quantiles[0, step], grid, below[:, step])
        assert reached == pytest.approx(np.array(LEVELS), abs=1e-3)
    # As a log return the density is that of the scaled return over the scale.
    actual = panel.target[row].astype(float)
    found = forecast.log_scores(fitted, panel, row)
    assert found is not None
    expected = [np.interp(actual[0, k] / scale[0, k], grid, density[:, k]) / scale[0, k] for k in range(3)]
    assert np.exp(-found[0]) == pytest.approx(expected, rel=1e-4)


def test_there_is_no_log_score_without_a_density(panel: Panel) -> None:
    """A recipe that answers quantiles has none."""
    fitted = train(panel, "ewma").fitted
    assert forecast.log_scores(fitted, panel, backtest.scored_rows(panel, PARTS.test)) is None


def test_the_table_believes_a_direction_as_far_as_its_document_says(
    panel: Panel, prices: pd.DataFrame
) -> None:
    """With a share of a quarter, what differs from one half is a quarter; a fallback and the prices keep."""
    whole, _ = forecast.table(model("ewma"), panel, stale=False, observed=axis(prices))
    document = {**model("ewma").document, "direction": 0.25}
    part, _ = forecast.table(
        replace(model("ewma"), document=document), panel, stale=False, observed=axis(prices)
    )
    assert part["p_down"].to_numpy() - 0.5 == pytest.approx((whole["p_down"].to_numpy() - 0.5) / 4)
    assert (part["p_down"] + part["p_flat"] + part["p_up"]).to_numpy() == pytest.approx(np.ones(12))
    pd.testing.assert_frame_equal(part[QUANTILES], whole[QUANTILES])
    pegged = panel_of(mixed_market())
    one, two = (
        forecast.table(each, pegged, stale=False, observed=axis(mixed_market()))[0]
        for each in (model("ewma"), replace(model("ewma"), document=document))
    )
    mine = one["symbol"] == "PEG"
    assert one.loc[mine, "p_down"].tolist() == two.loc[mine, "p_down"].tolist()
