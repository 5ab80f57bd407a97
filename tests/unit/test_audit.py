"""Planted leaks are named with feature and lag, and what morrow ships has none."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from morrow import audit, backtest, features
from morrow import panel as panels
from morrow.audit import Leak, futures
from morrow.config import NetworkRecipe, TutorialRecipe
from morrow.errors import HistoryError
from morrow.features import Scaling
from morrow.panel import Panel
from morrow.pretraining.inputs import NAMES as INPUTS
from morrow.training import fit_rows
from tests.conftest import FORECAST, PARTS, TIME, TINY, axis, bars, market, mixed_market, panel_of, train

NAMES = panel_of(market()).names
Plant = Callable[[pd.DataFrame], pd.Series]


def build(prices: pd.DataFrame) -> Panel:
    """A panel on weekdays, always with the same features."""
    return panels.build(prices, axis(prices), FORECAST, TIME, names=NAMES)


def planting(plant: Plant) -> audit.Build:
    """A way to a panel in which a leaky feature has taken the last one's place.

    Args:
        plant: from symbol, session, close, move and sessions' mean move to the feature's values.
    """

    def leaky(prices: pd.DataFrame) -> Panel:
        panel = build(prices)
        frame = pd.DataFrame(
            {
                "symbol": panel.symbol,
                "session": panel.session,
                "close": panel.adjusted,
                "move": panel.returns,
            }
        )
        values = panel.features.copy()
        values[:, -1] = plant(frame).to_numpy(np.float32)
        panel.features[:] = values
        return panel

    return leaky


def centred(frame: pd.DataFrame) -> pd.Series:
    """Mean move of five sessions around the bar."""
    return frame.groupby("symbol")["move"].transform(lambda moves: moves.rolling(5, center=True).mean())


def shifted(frame: pd.DataFrame) -> pd.Series:
    """The next session's move."""
    return frame.groupby("symbol")["move"].shift(-1)


def standardised(frame: pd.DataFrame) -> pd.Series:
    """A move scaled on the whole sample."""
    moves = frame.groupby("symbol")["move"]
    return (frame["move"] - moves.transform("mean")) / moves.transform("std")


def ranked(frame: pd.DataFrame) -> pd.Series:
    """Place of a close among all of its symbol's."""
    return frame.groupby("symbol")["close"].rank(pct=True)


def filled(frame: pd.DataFrame) -> pd.Series:
    """A mean of twenty moves, filled backwards into its warm-up."""
    means = frame.groupby("symbol")["move"].transform(lambda moves: moves.rolling(20).mean())
    return means.groupby(frame["symbol"]).bfill()


def joined(frame: pd.DataFrame) -> pd.Series:
    """The market's mean move, joined on the date before."""
    means = frame.groupby("session")["move"].mean()
    return frame["session"].map(means.shift(-1))


@pytest.mark.parametrize(
    ("plant", "lag"),
    [(centred, 2), (shifted, 1), (standardised, None), (ranked, None), (joined, 1)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_planted_leak_is_named_with_its_lag(prices: pd.DataFrame, plant: Plant, lag: int | None) -> None:
    """A leak is named with its feature and how many sessions ahead it sees, and nothing else is named."""
    found = audit.audit_features(planting(plant), prices, seed=3)
    assert [(leak.kind, leak.what, leak.lag) for leak in found.leaks] == [("feature", NAMES[-1], lag)]
    assert found.leaks[0].symbol in found.symbols


def test_filling_backwards_is_named_where_the_warm_up_ends(prices: pd.DataFrame) -> None:
    """A mean of 20 moves is first known at session 20, so a bar before sees all sessions up to that."""
    (leak,) = audit.audit_features(planting(filled), prices, seed=3).leaks
    days = np.sort(prices["session"].unique())
    assert leak.what == NAMES[-1]
    assert leak.lag == 20 - np.searchsorted(days, np.datetime64(leak.session))


def test_what_the_prices_do_not_make_is_held_against_the_outcome(prices: pd.DataFrame) -> None:
    """Next session's move read from elsewhere is not moved by other prices, and is named all the same."""
    usual = build(prices)
    known = {
        (usual.symbols[symbol], usual.sessions[session]): value
        for symbol, session, value in zip(usual.symbol, usual.session, usual.target[:, 0], strict=True)
    }

    def leaky(other: pd.DataFrame) -> Panel:
        panel = build(other)
        keys = zip(panel.symbol, panel.session, strict=True)
        panel.features[:, -1] = [
            known[panel.symbols[symbol], panel.sessions[session]] for symbol, session in keys
        ]
        return panel

    (leak,) = audit.audit_features(leaky, prices, seed=3).leaks
    assert (leak.kind, leak.what, leak.lag) == ("outcome", NAMES[-1], 1)


@pytest.mark.parametrize("make", [market, mixed_market])
def test_every_shipped_feature_and_state_is_causal(make: Callable[[], pd.DataFrame]) -> None:
    """All features, units, pegs and eligibility of a market with gaps, ends and pegs see nothing ahead."""
    frame = make()
    names = panels.build(frame, axis(frame), FORECAST, TIME).names
    found = audit.audit_features(
        lambda prices: panels.build(prices, axis(prices), FORECAST, TIME, names=names), frame
    )
    assert found.leaks == ()
    assert found.features == names
    assert {"unit volatility", "pegged", "eligible"} < set(found.states)


def test_a_bar_that_the_future_removes_is_a_leak(prices: pd.DataFrame) -> None:
    """A build that drops the symbol with the lowest last close knows how it all ends."""

    def leaky(other: pd.DataFrame) -> Panel:
        lowest = other.groupby("symbol")["close"].last().idxmin()
        return build(other[other["symbol"] != lowest])

    (leak,) = audit.audit_features(leaky, prices, seed=3).leaks
    assert leak.what == "the bars themselves"


def whole(panel: Panel) -> Mapping[str, NDArray[np.floating]]:
    """A scaler fitted on every session."""
    rows = np.flatnonzero(panel.ready)
    scaling = Scaling.fit(panel.features[rows])
    return {name: np.array([scaling.center[k], scaling.spread[k]]) for k, name in enumerate(panel.names)}


def early(panel: Panel) -> Mapping[str, NDArray[np.floating]]:
    """A scaler fitted on the fit and the stop sessions, where only the former are allowed."""
    scaling = Scaling.fit(panel.features[fit_rows(panel, (0, PARTS.stop[1]))])
    return {"return_1": np.array([scaling.center[0], scaling.spread[0]])}


def test_a_scaler_on_the_whole_sample_is_named(prices: pd.DataFrame) -> None:
    """A scaler that every session moves is named for each feature of prices, with the whole sample as lag."""
    last = build(prices).sessions[PARTS.stop[0] - 1]
    found = audit.audit_scaler(build, prices, whole, last)
    prices_make = {name for name in NAMES if features.REGISTRY[name].group not in ("calendar", "market")}
    assert prices_make <= {leak.what for leak in found} <= set(NAMES)
    assert {(leak.kind, leak.lag, leak.sees) for leak in found} == {("scaler", None, "the whole sample")}


def test_a_scaler_that_sees_the_stop_sessions_is_named_with_their_number(prices: pd.DataFrame) -> None:
    """One fitted on the stop sessions sees as many ahead as there are, and the return that the last needs."""
    last = build(prices).sessions[PARTS.stop[0] - 1]
    (leak,) = audit.audit_scaler(build, prices, early, last)
    assert leak.lag == PARTS.stop[1] - PARTS.stop[0]


def test_the_training_scales_on_its_fit_sessions(prices: pd.DataFrame) -> None:
    """Scaled inputs, the target's unit and the heads' start of a network see no session after the fit."""
    last = build(prices).sessions[PARTS.stop[0] - 1]
    recipe = NetworkRecipe(kind="lstm", **{**TINY, "target": "raw"})
    fit = audit.make_training_fit({"mine": recipe}, PARTS, FORECAST)
    whats = (*NAMES, "the target", "the heads' start")
    assert set(fit(build(prices))) == {f"of mine on {what}" for what in whats}
    assert audit.audit_scaler(build, prices, fit, last) == ()


def test_the_inputs_of_pretrained_networks_are_audited_too(prices: pd.DataFrame) -> None:
    """A pretrained network's inputs are its own, and none of them sees a session after the fit."""
    last = build(prices).sessions[PARTS.stop[0] - 1]
    fit = audit.make_training_fit({"mine": NetworkRecipe(kind="gru", start="pretrained")}, PARTS, FORECAST)
    whats = (*INPUTS, "the heads' start")
    assert set(fit(build(prices))) == {f"of mine on {what}" for what in whats}
    assert audit.audit_scaler(build, prices, fit, last) == ()


def test_the_tutorial_as_written_is_named_and_the_honest_one_is_not() -> None:
    """Scaled on all closes a tutorial sees the whole sample, wherever in it the top lies."""
    rising = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(5).standard_normal(400)))
    days = np.datetime64("2020-01-01") + np.arange(400)
    for closes in (rising, rising[::-1].copy()):
        honest = TutorialRecipe(kind="tutorial")
        written = TutorialRecipe(kind="tutorial", scaled_on="whole")
        assert audit.audit_tutorial(closes, days, "AAPL", "tutorial", honest) == ()
        (leak,) = audit.audit_tutorial(closes, days, "AAPL", "tutorial-as-written", written)
        assert leak.words() == "scaler of tutorial-as-written sees the whole sample: at AAPL on 2020-11-15"


def test_an_audit_reads_no_more_than_its_bound() -> None:
    """Of 30 symbols on 2,000 sessions at most 12 and 20,000 bars are read, the latest."""
    frame = bars({f"S{number:02}": np.linspace(10, 20, 2_000) for number in range(30)})
    found = futures.sample_bars(frame, 0)
    assert found["symbol"].nunique() == 12
    assert 19_000 < len(found) <= 20_000
    assert found["session"].max() == frame["session"].max()


def test_too_few_sessions_are_refused() -> None:
    """Fifty sessions cannot be audited, and the message says how many it takes."""
    with pytest.raises(HistoryError, match=r"50 sessions of history, and an audit needs 60"):
        futures.sample_bars(bars({"A": np.linspace(10, 20, 50)}), 0)


def test_words_name_feature_and_lag() -> None:
    """A leak's line has the feature, how far it sees, and where."""
    leak = Leak("feature", "centred_5", "AAPL", "2010-03-04", 1)
    assert leak.words() == "feature centred_5 sees 1 session ahead: at AAPL on 2010-03-04"


def test_importance_names_what_a_model_reads(panel: Panel) -> None:
    """A group that no tree reads costs nothing when it tells of another time; baselines read no group."""
    rows = backtest.scored_rows(panel, PARTS.select)
    boosted = train(panel, "boosted").fitted
    found = audit.measure_importance(boosted, panel, PARTS.select, rows, 1)
    assert found is not None
    assert set(found) == {features.REGISTRY[name].group for name in panel.names}
    noise = panel.features.copy()
    groups = np.array([features.REGISTRY[name].group for name in panel.names])
    noise[:, groups == "volume"] = 0.0
    blind = replace(panel, features=noise)
    again = audit.measure_importance(train(blind, "boosted").fitted, panel, PARTS.select, rows, 1)
    assert again is not None
    assert not again["volume"].any()
    assert any(rises.any() for group, rises in again.items() if group != "volume")
    assert audit.measure_importance(train(panel, "ewma").fitted, panel, PARTS.select, rows, 1) is None


def test_importance_of_the_outcome_itself_is_large(panel: Panel) -> None:
    """A feature that is the next return is worth far more than all others together."""
    told = panel.features.copy()
    place = panel.names.index("overnight")
    told[:, place] = np.nan_to_num(panel.scale_targets()[:, 0])
    seeing = replace(panel, features=told)
    rows = backtest.scored_rows(seeing, PARTS.select)
    found = audit.measure_importance(train(seeing, "boosted").fitted, seeing, PARTS.select, rows, 1)
    assert found is not None
    own = features.REGISTRY["overnight"].group
    assert found[own].min() > 3 * max(abs(rises).max() for group, rises in found.items() if group != own)
