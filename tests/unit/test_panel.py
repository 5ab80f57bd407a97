"""The panel: series, targets and units by hand, who is pegged or eligible, and the parts of time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import frames, membership
from morrow import panel as panels
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.panel import Panel, Parts
from tests.conftest import FORECAST, TIME, axis, bars, market, panel_of, weekdays

NAN = float("nan")
DRAW = np.random.default_rng(8)


def walk(sessions: int, volatility: float = 0.01) -> np.ndarray:
    """A random walk around 100."""
    return np.asarray(100 * np.exp(np.cumsum(volatility * DRAW.standard_normal(sessions))))


def test_targets_by_hand() -> None:
    """The target h sessions ahead is the log return to that session, unknown where it has no bar."""
    panel = panel_of(bars({"A": [1.0, 2.0, NAN, 8.0, 16.0], "B": [3.0] * 5}))
    own = panel.target[panel.symbol == 0] / np.log(2)
    expected = [[1, NAN, 3], [NAN, 2, 3], [1, NAN, NAN], [NAN, NAN, NAN]]
    assert own == pytest.approx(np.array(expected), nan_ok=True)


def test_targets_include_dividends_and_undo_splits() -> None:
    """A holder of one share at 100 who gets a 2:1 split and then 10 % has the return of both factors."""
    prices = bars({"A": [100.0, 50.0, 45.0]})
    prices["split_factor"] = [1.0, 2.0, 2.0]
    prices["dividend_factor"] = [1.0, 1.0, 1 / 0.9]
    panel = panel_of(prices)
    assert panel.target[0, :2] == pytest.approx([0.0, 0.0], abs=1e-7)
    assert panel.close.tolist() == [100, 50, 45]
    assert panel.adjusted == pytest.approx([100, 100, 100])


def test_rows_lie_series_after_series(panel: Panel) -> None:
    """Rows are ordered by symbol and session whatever order the prices came in."""
    shuffled = panel_of(market().sample(frac=1, random_state=3))
    assert np.array_equal(shuffled.features, panel.features, equal_nan=True)
    assert panel.symbols == ("S0", "S1", "S2", "S3")
    assert panel.position.tolist() == list(range(420)) * 4
    assert panel.series.tolist() == panel.symbol.tolist()


@pytest.mark.parametrize(("missing", "series"), [(20, 1), (21, 2)])
def test_a_long_gap_starts_the_history_anew(missing: int, series: int) -> None:
    """Twenty sessions without a bar are bridged by one return; after twenty-one a new series begins."""
    closes = walk(200)
    closes[90 : 90 + missing] = NAN
    panel = panel_of(bars({"A": closes, "B": walk(200)}))
    own = panel.symbol == 0
    assert len(np.unique(panel.series[own])) == series
    after = np.flatnonzero(own)[90]
    if series == 1:
        assert panel.returns[after] == pytest.approx(np.log(closes[90 + missing] / closes[89]))
    else:
        assert panel.position[after] == 0
        assert np.isnan(panel.returns[after])
        assert np.isnan(panel.unit[after : after + 20]).all()
        assert np.isnan(panel.features[after]).any()


def test_a_target_may_reach_over_a_gap_of_series() -> None:
    """What happened is scored whatever the history: a target is known wherever there is a bar."""
    closes = np.ones(30)
    closes[3:26] = NAN
    panel = panels.build(bars({"A": closes}), weekdays(30), Forecast(horizon=20, max_gap=5), TIME)
    assert np.isnan(panel.target[2]).all()
    panel = panels.build(bars({"A": closes}), weekdays(30), Forecast(horizon=20, max_gap=15, window=8), TIME)
    assert panel.series.max() == 1


def test_bars_outside_the_calendar_extend_it() -> None:
    """A bar on a day that the calendar does not list is a session all the same."""
    prices = bars({"A": [1.0, 2.0, 3.0]})
    panel = panels.build(prices, pd.DatetimeIndex(prices["session"].iloc[[0, 2]]), FORECAST, TIME)
    assert len(panel.sessions) == 3


def test_sessions_without_any_bar_count() -> None:
    """A session of the calendar on which nobody has a bar still counts as one session."""
    prices = bars({"A": [1.0, NAN, 4.0]})
    panel = panels.build(prices, weekdays(3), FORECAST, TIME)
    assert panel.target[0] / np.log(2) == pytest.approx(np.array([NAN, 2.0, NAN]), nan_ok=True)


def test_no_price_is_an_error() -> None:
    """A universe without a single bar stops, with what to do."""
    prices = bars({"A": [1.0]}).iloc[:0]
    with pytest.raises(HistoryError, match="ingest first"):
        panels.build(prices, weekdays(1), FORECAST, TIME)


def test_root_and_scaled_by_hand(panel: Panel) -> None:
    """Targets are scaled by the unit times the root of the steps ahead."""
    assert panel.compute_scale(100) == pytest.approx(panel.unit[100] * np.sqrt([1, 2, 3]))
    assert panel.scale_targets(100) == pytest.approx(panel.target[100] / panel.compute_scale(100), rel=1e-5)
    assert panel.horizon == 3


def test_scaled_rows_are_the_rows_of_the_scaled_panel(panel: Panel) -> None:
    """Scales and scaled targets of some rows have the bits of those of all rows."""
    rows = np.array([100, 7, 350])
    assert panel.compute_scale(rows).tobytes() == panel.compute_scale()[rows].tobytes()
    assert panel.scale_targets(rows).tobytes() == panel.scale_targets()[rows].tobytes()


def test_what_looks_like_a_field_is_computed_once_and_frozen() -> None:
    """`ready` and `returns` are one array each, however often they are read, and cannot be written."""
    panel = panel_of(market())
    for name in ("ready", "returns"):
        assert getattr(panel, name) is getattr(panel, name)
        with pytest.raises(ValueError, match="read-only"):
            getattr(panel, name)[0] = 0


def test_unit_floor_is_half_a_tick() -> None:
    """A price that stands still has half the tick over the price as its unit: given, or read off decimals."""
    prices = bars({"A": np.full(60, 25.25), "B": walk(60)})
    read = panels.build(prices, axis(prices), FORECAST, TIME)
    assert read.unit[50] == pytest.approx(0.005 / 25.25)
    given = panels.build(prices, axis(prices), FORECAST, TIME, tick=0.5)
    assert given.unit[50] == pytest.approx(0.25 / 25.25)


def test_tick_is_read_off_the_decimals_seen_so_far() -> None:
    """The finest price yet decides the tick; a finer one later does not change what was known before."""
    closes = np.full(90, 25.5)
    closes[45:] = 25.123
    panel = panel_of(bars({"A": closes, "B": walk(90)}))
    assert panel.unit[40] == pytest.approx(0.05 / 25.5)
    settled = panel.unit[89]
    assert settled >= 0.0005 / 25.123


def test_names_may_be_given(prices: pd.DataFrame) -> None:
    """A fitted model asks for its own features, whatever the bars could carry."""
    chosen = ("return_1", "volatility_20")
    panel = panels.build(prices, axis(prices), FORECAST, TIME, names=chosen)
    assert panel.names == chosen
    assert panel.features.shape == (len(prices), len(chosen))


def test_features_are_chosen_on_the_early_sessions(prices: pd.DataFrame) -> None:
    """Fields that are missing in the last four parts of time, or only before them, decide nothing or all."""
    late = prices["session"] >= prices["session"].unique()[240]
    assert "range_1" in panel_of(prices.assign(low=prices["low"].where(~late))).names
    assert "range_1" not in panel_of(prices.assign(low=prices["low"].where(late))).names


def test_reach_counts_from_the_first_known_features(panel: Panel, prices: pd.DataFrame) -> None:
    """What a network may read begins where all features are first known, and counts on from there."""
    assert panel.reach[panel.position == 60].tolist() == [0] * 4
    assert (panel.reach == np.maximum(panel.position - 60, -1)).all()
    holes = prices.copy()
    holes.loc[200, ["open", "high", "low"]] = NAN
    again = panel_of(holes)
    assert again.reach.tolist() == panel.reach.tolist()  # one unknown bar does not start it anew


def test_features_that_came_late_are_waited_for(prices: pd.DataFrame) -> None:
    """A symbol whose features have been known for less than a window is young, with the count."""
    late = prices["low"].where(
        (prices["symbol"] != "S3") | (prices["session"] >= prices["session"].unique()[410])
    )
    panel = panels.build(prices.assign(low=late), axis(prices), FORECAST, TIME, names=panel_of(prices).names)
    who = panels.assess_eligibility(panel, FORECAST)
    assert who.left_out == {}
    ((flags, reason),) = [(one.flags, one.reason) for one in who.fallback]
    assert flags == ("young", "zero-shot")
    assert reason == "its features have been known for 9 sessions; 16 are needed"


def test_a_newest_bar_of_which_only_the_close_is_there_gets_the_fallback(prices: pd.DataFrame) -> None:
    """Its features are not known yet: the symbol is forecast by what needs its closes alone, flagged."""
    names = panel_of(prices).names
    newest = (prices["symbol"] == "S2") & (prices["session"] == prices["session"].max())
    lacking = prices.assign(
        **{name: prices[name].where(~newest) for name in ("open", "high", "low", "volume")}
    )
    panel = panels.build(lacking, axis(lacking), FORECAST, TIME, names=names)
    who = panels.assess_eligibility(panel, FORECAST)
    assert who.left_out == {}
    ((symbol, flags, reason),) = [
        (panel.symbols[panel.symbol[one.row]], one.flags, one.reason) for one in who.fallback
    ]
    assert (symbol, flags) == ("S2", ("partial", "zero-shot"))
    assert "atr_14" in reason
    assert reason.endswith(" are not known at the cutoff")
    assert who.symbol_count == 4


def test_save_and_load(panel: Panel, tmp_path: Path) -> None:
    """A saved panel loads with every array bit for bit the same, read only."""
    panel.save(tmp_path / "panel")
    again = Panel.load(tmp_path / "panel")
    assert (again.symbols, again.names) == (panel.symbols, panel.names)
    for name in ("sessions", "symbol", "session", "series", "position", "reach", "close", "unit"):
        assert getattr(again, name).tobytes() == getattr(panel, name).tobytes()
    for name in ("features", "target", "pegged", "eligible"):
        assert getattr(again, name).tobytes() == getattr(panel, name).tobytes()
    with pytest.raises(ValueError, match="read-only"):
        again.features[0, 0] = 1


# --- pegged ---


def stepped(zero: np.ndarray) -> np.ndarray:
    """A walk that does not move at the sessions that are true."""
    moves = np.where(zero, 0.0, 0.01 * np.where(np.arange(len(zero)) % 2, 1, -1))
    return np.asarray(100 * np.exp(np.cumsum(moves)))


def pegged_of(closes: np.ndarray, other: np.ndarray | None = None) -> np.ndarray:
    """The pegged state of symbol A among two livelier ones."""
    rest = walk(len(closes)) if other is None else other
    panel = panel_of(bars({"A": closes, "B": rest, "C": 2 * rest}))
    return np.asarray(panel.pegged[panel.symbol == 0])


def test_zero_returns_peg_with_hysteresis() -> None:
    """Pegged above 30 % zero returns of the last 250, and until they are below 20 % again."""
    zero = np.zeros(1000, dtype=bool)
    zero[300:380] = True  # 80 zeros: 32 % of 250 at session 379, leaving the window from 550 on
    found = pegged_of(stepped(zero))
    # The 76th zero of the last 250 is at session 375; 49 are left once 31 have gone, at session 580.
    assert np.flatnonzero(found).tolist() == list(range(375, 580))


def test_thirty_per_cent_is_not_yet_pegged() -> None:
    """Exactly 75 zeros among 250 returns do not peg; 50 to 75 afterwards change nothing."""
    zero = np.zeros(700, dtype=bool)
    zero[300:375] = True
    assert not pegged_of(stepped(zero)).any()


def test_a_volatility_far_below_the_universe_pegs() -> None:
    """Pegged below a tenth of the median volatility, free again above a seventh, as before in between."""
    scale = np.ones(1300)
    scale[:400], scale[400:700], scale[700:1000] = 0.09, 0.12, 0.16
    moves = 0.01 * np.where(np.arange(1300) % 2, 1.0, -1.0)
    rest = 100 * np.exp(np.cumsum(moves))
    found = pegged_of(100 * np.exp(np.cumsum(scale * moves)), rest)
    assert not found[:60].any()  # nothing is said before sixty returns
    assert found[60:700].all()  # entered at 0.09, and 0.12 is not enough to leave
    assert found[700]
    assert not found[960:].any()
    # Between: the 250-session volatility crosses 1/7 when 0.16² k + 0.12² (250 − k) = 250 / 49.
    crossing = 700 + 250 * (1 / 49 - 0.12**2) / (0.16**2 - 0.12**2)
    assert np.flatnonzero(~found[700:])[0] + 700 == pytest.approx(crossing, abs=2)


def test_in_between_a_free_symbol_stays_free() -> None:
    """A volatility of 0.12 of the median pegs nobody who was not pegged before."""
    moves = 0.01 * np.where(np.arange(500) % 2, 1.0, -1.0)
    scale = np.where(np.arange(500) < 200, 0.3, 0.12)
    assert not pegged_of(100 * np.exp(np.cumsum(scale * moves)), 100 * np.exp(np.cumsum(moves))).any()


def test_one_symbol_is_its_own_universe() -> None:
    """A universe of one has no median to be far below."""
    panel = panel_of(bars({"A": walk(300)}))
    assert not panel.pegged.any()
    assert panel.eligible[-1]


def test_the_pegged_are_kept_out() -> None:
    """A pegged bar is neither ready to be trained on nor eligible."""
    zero = np.zeros(500, dtype=bool)
    zero[300:400] = True
    panel = panel_of(bars({"A": stepped(zero), "B": walk(500), "C": walk(500)}))
    assert panel.pegged.any()
    assert not panel.ready[panel.pegged].any()
    assert not panel.eligible[panel.pegged].any()


# --- eligible and standing ---


def test_eligible_needs_a_window_of_known_features(panel: Panel) -> None:
    """A symbol is eligible when its features have been known for a window, however long the history is."""
    # Features need 60 bars before the first known one, and 16 more are a window.
    first = [int(np.flatnonzero(panel.eligible & (panel.symbol == code))[0]) for code in range(4)]
    assert (panel.position[first] + 1).tolist() == [77] * 4
    assert panel.eligible[panel.position >= 76].all()


def test_what_a_symbol_needs_does_not_grow_with_its_neighbours() -> None:
    """Beside a history of 3,000 sessions a symbol needs as many bars as beside one of 300."""
    ages = []
    for sessions in (300, 3000):
        late = walk(sessions)
        late[: sessions - 150] = NAN
        panel = panel_of(bars({"A": walk(sessions), "LATE": late}))
        own = panel.symbol == 1
        ages.append(int(panel.position[own & panel.eligible][0]) + 1)
        assert panel.eligible[own][-1]
    assert ages == [77, 77]


def test_sixty_bars_are_needed_however_soon_features_are_known() -> None:
    """With features of a short warm-up and a short window a symbol is still not eligible before 60 bars."""
    prices = bars({"A": walk(100), "B": walk(100)})
    short = FORECAST.model_copy(update={"window": 8})
    panel = panels.build(prices, axis(prices), short, TIME, names=("return_1",))
    assert (panel.position[panel.eligible] >= 59).all()
    assert panel.eligible[panel.position >= 59].all()


def test_eligible_counts_from_the_latest_start() -> None:
    """After a long gap a symbol is eligible only when its features have been known for a window again."""
    closes = walk(400)
    closes[100:130] = NAN
    panel = panel_of(bars({"A": closes, "B": walk(400)}))
    own = (panel.symbol == 0) & (panel.session >= 130)
    assert panel.session[own & panel.eligible][0] == 130 + 76


def standing_of(closes: dict[str, np.ndarray]) -> tuple[Panel, panels.Eligibility]:
    """Who is forecast at the end."""
    panel = panel_of(bars(closes))
    return panel, panels.assess_eligibility(panel, FORECAST)


def test_standing_names_everybody_once() -> None:
    """At the cutoff every symbol is eligible, pegged, or left out with its reason."""
    ended, young, pegged = walk(420), walk(420), stepped(np.arange(420) > 300)
    ended[398:] = NAN
    young[:361] = NAN
    panel, who = standing_of({"A": walk(420), "END": ended, "NEW": young, "PEG": pegged, "B": walk(420)})
    assert [panel.symbols[code] for code in panel.symbol[who.eligible]] == ["A", "B"]
    assert [panel.symbols[code] for code in panel.symbol[who.pegged_rows]] == ["PEG"]
    assert (panel.session[np.concatenate([who.eligible, who.pegged_rows])] == 419).all()
    assert set(who.left_out) == {"END", "NEW"}
    assert who.left_out["END"] == f"no bar at the cutoff; its last is {panel.sessions[397]}"
    assert who.left_out["NEW"] == "59 sessions of unbroken history; 60 are needed for a forecast"


def test_a_gap_of_max_gap_is_stale_and_a_longer_one_is_left_out() -> None:
    """Who last traded 20 sessions ago stands on that price, unless gaps are left out; 21 are too many."""
    gone, stale = walk(420), walk(420)
    stale[400:] = NAN
    gone[399:] = NAN
    panel, who = standing_of({"A": walk(420), "GONE": gone, "OLD": stale, "B": walk(420)})
    assert [(panel.symbols[panel.symbol[one.row]], one.flags) for one in who.fallback] == [
        ("OLD", ("stale",))
    ]
    assert panel.session[who.fallback[0].row] == 399
    assert set(who.left_out) == {"GONE"}
    assert who.symbol_count == 3
    strict = panels.assess_eligibility(panel, FORECAST, leave_gaps_out=True)
    assert set(strict.left_out) == {"GONE", "OLD"}


def test_sixty_sessions_are_enough_for_the_fallback() -> None:
    """A symbol with a history of 60 sessions is young, one with 59 is left out."""
    young, younger = walk(420), walk(420)
    young[:360] = NAN
    younger[:361] = NAN
    panel, who = standing_of({"A": walk(420), "N60": young, "N59": younger, "B": walk(420)})
    assert [(panel.symbols[panel.symbol[one.row]], one.flags) for one in who.fallback] == [
        ("N60", ("young", "zero-shot"))
    ]
    why = "60 sessions of unbroken history; its features need 60, and then a window of 16"
    assert who.fallback[0].reason == why
    assert set(who.left_out) == {"N59"}


def test_without_a_model_who_would_be_eligible_is_answered_zero_shot() -> None:
    """Nobody is eligible then, the pegged keep their quantiles, and the reason is the one that is stated."""
    pegged = stepped(np.arange(420) > 300)
    panel = panel_of(bars({"A": walk(420), "PEG": pegged, "B": walk(420)}))
    who = panels.assess_eligibility(panel, FORECAST, untrained="too short")
    assert not len(who.eligible)
    assert {(panel.symbols[panel.symbol[one.row]], one.flags, one.reason) for one in who.fallback} == {
        ("A", ("zero-shot",), "too short"),
        ("B", ("zero-shot",), "too short"),
        ("PEG", ("pegged",), "pegged"),
    }


# --- members ---


def members_of(*rows: dict[str, object]) -> membership.Membership:
    """What a membership table says at the end: first and last are numbers of sessions."""
    spell = {"first": 0, "last": None, "kind": "", "successor": "", "terminal": NAN}
    spells = pd.DataFrame([spell | row for row in rows])
    for name, number in (("from", "first"), ("to", "last")):
        spells[name] = [pd.NaT if pd.isna(n) else weekdays(500)[int(n)] for n in spells[number]]
    spells = spells.astype({"from": "datetime64[us]", "to": "datetime64[us]"})
    return membership.membership_at(spells, frames.empty(frames.RENAMES), weekdays(500)[-1])


def test_only_members_are_eligible_and_trained_on(tmp_path: Path) -> None:
    """Bars outside a symbol's spells are history alone, and who is no member is left out with the reason."""
    prices = bars({name: walk(420) for name in ("A", "B", "C", "D")})
    members = members_of(
        {"symbol": "A"}, {"symbol": "B", "first": 300}, {"symbol": "C", "last": 410, "kind": "merger"}
    )
    panel = panels.build(members.bars(prices), axis(prices), FORECAST, TIME, members=members)
    for code, first, last in ((0, 0, 419), (1, 300, 419), (2, 0, 410)):
        own = panel.symbol == code
        inside = (panel.session[own] >= first) & (panel.session[own] <= last)
        assert (panel.member[own] == inside).all()
        assert not panel.ready[own][~inside].any()
        assert not panel.eligible[own][~inside].any()
    assert panel.eligible[(panel.symbol == 1) & (panel.session == 300)].all()  # its history counts
    who = panels.assess_eligibility(panel, FORECAST)
    assert [panel.symbols[code] for code in panel.symbol[who.eligible]] == ["A", "B"]
    assert who.left_out == {
        "C": f"no member since {panel.sessions[410]} (merger)",
        "D": "no member: the membership table does not have it",
    }
    panel.save(tmp_path / "panel")
    again = Panel.load(tmp_path / "panel")
    assert again.outsiders == panel.outsiders
    assert again.former == panel.former


@pytest.mark.parametrize(("terminal", "value"), [(NAN, 8.0), (2.0, 2.0)])
def test_targets_past_a_declared_end(terminal: float, value: float) -> None:
    """After a declared end a target is the last price or the terminal value, as far as the calendar went."""
    prices = bars({"A": [1.0, 2, 4, 8, NAN, NAN], "B": [1.0] * 6})
    members = members_of(
        {"symbol": "A", "last": 3, "kind": "delisted", "terminal": terminal}, {"symbol": "B"}
    )
    panel = panels.build(prices, axis(prices), FORECAST, TIME, members=members)
    own = panel.target[panel.symbol == 0]
    assert own[3] == pytest.approx([np.log(value / 8), np.log(value / 8), NAN], nan_ok=True)
    assert own[2] == pytest.approx([np.log(2), np.log(value / 4), np.log(value / 4)])
    waiting = panels.build(prices, axis(prices), FORECAST, TIME)
    assert np.isnan(waiting.target[3]).all()


# --- parts of time ---


@pytest.mark.parametrize(("sessions", "length"), [(300, 50), (509, 50), (510, 51), (3000, 300), (9000, 750)])
def test_parts_are_a_tenth_within_bounds(sessions: int, length: int) -> None:
    """By default each of the last four parts has 10 % of the sessions, at least 50 and at most 750."""
    assert panels.part_length(sessions, Time()) == length


def test_parts_by_hand() -> None:
    """1000 sessions, a horizon of 5: four parts of 100, five sessions purged between each two."""
    found = panels.split_sessions(1000, Forecast(horizon=5), Time())
    assert found == Parts((0, 580), (585, 685), (690, 790), (795, 895), (900, 1000))


def test_too_little_history_names_the_figures() -> None:
    """One session fewer than needed is an error that names what is there, what is needed and what to do."""
    enough = next(n for n in range(100, 2000) if _can_be_cut(n))
    with pytest.raises(HistoryError, match=rf"{enough - 1} sessions.* {enough};.*lower forecast.window"):
        panels.split_sessions(enough - 1, FORECAST, TIME)


def _can_be_cut(sessions: int) -> bool:
    try:
        panels.split_sessions(sessions, FORECAST, TIME)
    except HistoryError:
        return False
    return True
