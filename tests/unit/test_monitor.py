import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from morrow import frames, membership, monitor
from morrow.frames import SCORES
from morrow.store import Store

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
QUANTILES = {"q0250": 80.0, "q1000": 90.0, "q5000": 100.0, "q9000": 110.0, "q9750": 120.0}
MONDAY, TUESDAY, WEDNESDAY = (
    pd.Timestamp("2026-01-05"),
    pd.Timestamp("2026-01-06"),
    pd.Timestamp("2026-01-07"),
)


def bar(session: pd.Timestamp, close: float, split: float = 1.0, dividend: float = 1.0) -> dict[str, Any]:
    """One bar of symbol A, as far as scoring looks at it."""
    key = {"universe": "us5", "symbol": "A", "session": session}
    return key | {"close": close, "split_factor": split, "dividend_factor": dividend}


def forecast(step: int = 1, session: pd.Timestamp = TUESDAY, **changes: Any) -> dict[str, Any]:
    """One forecast of symbol A, made on Monday."""
    key = {
        "universe": "us5",
        "symbol": "A",
        "cutoff": MONDAY,
        "step": step,
        "model_version": "1",
        "reason": "",
    }
    row = key | {"session": session} | QUANTILES | changes
    return {"basis": row["cutoff"]} | row


def score_one(close: float, **changes: Any) -> pd.Series:
    """Score of one forecast made at 100, for a target that closed at ``close``."""
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, close)])
    return monitor.score(pd.DataFrame([forecast(**changes)]), prices, LEVELS).iloc[0]


def test_score_by_hand() -> None:
    """A forecast of the last price, scored at 105, has the loss that can be worked out by hand."""
    score = score_one(105.0)
    returns = [math.log(value / 105) for value in (80, 90, 100, 110, 120)]
    losses = [-0.025 * returns[0], -0.1 * returns[1], -0.5 * returns[2], 0.1 * returns[3], 0.025 * returns[4]]
    assert score["pinball"] == pytest.approx(sum(losses) / 5)
    assert score["realised"] == score["close"] == 105
    assert score["abs_error"] == 5
    assert score["in_80"]
    assert score["in_95"]


@pytest.mark.parametrize(
    ("close", "in_80", "in_95"), [(90, True, True), (110, True, True), (111, False, True), (79, False, False)]
)
def test_intervals_include_their_ends(close: float, in_80: bool, in_95: bool) -> None:
    """A close on the end of an interval is in it, one beyond is not."""
    score = score_one(close)
    assert (score["in_80"], score["in_95"]) == (in_80, in_95)


def test_unit_of_price_changes_no_pinball() -> None:
    """The same forecast quoted in cents has the same pinball loss and a hundredfold error of the median."""
    cents: dict[str, Any] = {name: 100 * value for name, value in QUANTILES.items()}
    prices = pd.DataFrame([bar(MONDAY, 10_000.0), bar(TUESDAY, 10_500.0)])
    score = monitor.score(pd.DataFrame([forecast(**cents)]), prices, LEVELS).iloc[0]
    assert score["pinball"] == pytest.approx(score_one(105.0)["pinball"])
    assert score["abs_error"] == 500


@pytest.mark.parametrize(
    ("close", "split", "dividend"),
    [(52.5, 2.0, 1.0), (1050.0, 0.1, 1.0), (99.75, 1.0, 1 / 0.95), (49.875, 2.0, 1 / 0.95)],
)
def test_action_inside_the_horizon_changes_no_score(close: float, split: float, dividend: float) -> None:
    """A holder's path from 100 to 105 scores alike with a 2:1 split, a 1:10 one, a 5 % dividend or both."""
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, close, split, dividend)])
    score = monitor.score(pd.DataFrame([forecast()]), prices, LEVELS).iloc[0]
    plain = score_one(105.0)
    assert score["close"] == close
    for name in ("realised", "pinball", "abs_error", "in_80", "in_95"):
        assert score[name] == pytest.approx(plain[name])


def test_actions_before_the_cutoff_change_no_score() -> None:
    """Factors that were at work before the cutoff cancel."""
    prices = pd.DataFrame([bar(MONDAY, 100.0, 8.0, 1.5), bar(TUESDAY, 105.0, 8.0, 1.5)])
    score = monitor.score(pd.DataFrame([forecast()]), prices, LEVELS).iloc[0]
    assert score["realised"] == 105
    assert score["pinball"] == pytest.approx(score_one(105.0)["pinball"])


def test_only_matured_forecasts_are_scored() -> None:
    """Rows whose target or cutoff has no bar of that symbol and universe stay out, the others keep order."""
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, 105.0), bar(WEDNESDAY, 90.0) | {"symbol": "B"}])
    made = [
        forecast(2, WEDNESDAY),
        forecast(model_version="2"),
        forecast(),
        forecast(universe="crypto"),
        forecast(symbol="C"),
        forecast(cutoff=pd.Timestamp("2026-01-02")),
    ]
    scores = monitor.score(pd.DataFrame(made), prices, LEVELS)
    assert scores["model_version"].tolist() == ["2", "1"]
    assert set(scores["session"]) == {TUESDAY}


def test_levels_that_are_not_there() -> None:
    """Absent or empty levels are not counted, and an interval without its levels is empty."""
    made = forecast(q0250=np.nan)
    del made["q9000"]
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, 105.0)])
    score = monitor.score(pd.DataFrame([made]), prices, LEVELS).iloc[0]
    losses = [0.1 * math.log(105 / 90), 0.5 * math.log(105 / 100), 0.025 * math.log(120 / 105)]
    assert score["pinball"] == pytest.approx(sum(losses) / 3)
    assert pd.isna(score["in_80"])
    assert pd.isna(score["in_95"])


def test_forecast_without_median_stays_out() -> None:
    """A row whose median is empty has no score."""
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, 105.0)])
    assert monitor.score(pd.DataFrame([forecast(q5000=np.nan)]), prices, LEVELS).empty


@pytest.mark.parametrize("prices", [[bar(MONDAY, 100.0), bar(TUESDAY, 105.0)], [bar(MONDAY, 100.0)]])
@pytest.mark.parametrize("made", [[forecast(q0250=np.nan), forecast(2)], [forecast()]])
def test_scores_fit_their_schema(prices: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
    """Scores, none included, can be stored as they are."""
    scores = monitor.score(pd.DataFrame(made), pd.DataFrame(prices), LEVELS)
    assert len(frames.to_arrow(scores, SCORES)) == (len(made) if len(prices) == 2 else 0)


def test_no_forecasts_no_scores() -> None:
    """Empty tables, as an absent one reads, give an empty scores frame."""
    forecasts = frames.empty(frames.forecasts_schema(LEVELS))
    scores = monitor.score(forecasts, frames.empty(frames.PRICES), LEVELS)
    assert frames.to_arrow(scores, SCORES).num_rows == 0


# --- ended, renamed and stale ---


def members_of(*rows: dict[str, Any], day: pd.Timestamp = WEDNESDAY) -> membership.Membership:
    """What a membership table of these rows says at the end of a day."""
    spell = {"from": MONDAY, "to": pd.NaT, "kind": "", "successor": "", "terminal": np.nan}
    spells = pd.DataFrame([spell | row for row in rows])
    spells[["from", "to"]] = spells[["from", "to"]].astype("datetime64[us]")
    return membership.membership_at(spells, frames.empty(frames.RENAMES), day)


@pytest.mark.parametrize(("terminal", "realised"), [(np.nan, 120.0), (15.0, 30.0)])
def test_an_ended_symbol_is_scored(terminal: float, realised: float) -> None:
    """A target after a declared end is worth the last price, or the terminal value on its share basis."""
    prices = pd.DataFrame(
        [bar(MONDAY, 100.0), bar(TUESDAY, 60.0, 2.0), bar(WEDNESDAY, 1.0) | {"symbol": "B"}]
    )
    ended = members_of({"symbol": "A", "to": TUESDAY, "kind": "delisted", "terminal": terminal})
    made = pd.DataFrame([forecast(), forecast(2, WEDNESDAY), forecast(3, WEDNESDAY + pd.Timedelta(days=1))])
    scores = monitor.score(made, prices, LEVELS, ended)
    assert scores["step"].tolist() == [1, 2]  # Thursday has not come
    assert scores["ended"].tolist() == [False, True]
    assert scores["realised"].tolist() == [120.0, realised]
    assert monitor.score(made, prices, LEVELS)["step"].tolist() == [1]  # without a table it waits
    early = members_of({"symbol": "A", "to": TUESDAY, "kind": "delisted"}, day=MONDAY)
    assert monitor.score(made, prices, LEVELS, early)["ended"].tolist() == [False]


def test_a_symbol_that_only_left_is_scored_at_its_bars() -> None:
    """A spell that ends without a kind ends nothing: a bar after it is the outcome, or waited for."""
    prices = pd.DataFrame([bar(MONDAY, 100.0), bar(TUESDAY, 105.0), bar(WEDNESDAY, 1.0) | {"symbol": "B"}])
    left = members_of({"symbol": "A", "to": MONDAY})
    made = pd.DataFrame([forecast(), forecast(2, WEDNESDAY)])
    assert monitor.score(made, prices, LEVELS, left)["step"].tolist() == [1]


def test_a_rename_changes_no_score() -> None:
    """A forecast made under the old name is scored at the bars of the new one, and keeps its own key."""
    table = [
        {"symbol": "A", "to": MONDAY, "kind": "rename", "successor": "N"},
        {"symbol": "N", "from": TUESDAY},
    ]
    members = members_of(*table)
    given = pd.DataFrame([bar(MONDAY, 100.0, 4.0), bar(TUESDAY, 105.0) | {"symbol": "N"}])
    scores = monitor.score(pd.DataFrame([forecast()]), members.bars(given), LEVELS, members)
    plain = score_one(105.0)
    for name in ("realised", "close", "pinball", "in_80", "in_95", "abs_error", "ended"):
        assert scores[name].iloc[0] == plain[name]
    assert scores["symbol"].tolist() == ["A"]


def test_a_stale_forecast_stands_on_its_last_bar() -> None:
    """A forecast from an older bar is scored on that bar's basis, though one for the cutoff came later."""
    sunday = MONDAY - pd.Timedelta(days=3)
    prices = pd.DataFrame([bar(sunday, 100.0), bar(MONDAY, 50.0, 2.0), bar(TUESDAY, 52.5, 2.0)])
    made = forecast(basis=sunday, reason="whatever a later release says here")
    score = monitor.score(pd.DataFrame([made]), prices, LEVELS).iloc[0]
    assert score["realised"] == 105
    assert score["pinball"] == pytest.approx(score_one(105.0)["pinball"])


def test_a_forecast_of_an_earlier_release_is_scored_alike(tmp_path: Path) -> None:
    """Rows stored without a basis have it in their reason, and keep it when newer rows join them."""
    sunday = MONDAY - pd.Timedelta(days=3)
    prices = pd.DataFrame([bar(sunday, 100.0), bar(MONDAY, 50.0, 2.0), bar(TUESDAY, 52.5, 2.0)])
    reason = f"no bar at the cutoff; its last is {sunday:%Y-%m-%d}: forecast by unconditional quantiles"
    rest = dict.fromkeys(("mean", "p_down", "p_flat", "p_up", "last_close"), 0.0) | {"flags": "stale"}
    rest |= {"run_id": "r", "data_version": "d", "created_at": pd.Timestamp(MONDAY, tz="UTC")}
    old = [forecast(reason=reason), forecast(model_version="2", reason="young")]
    store, schema = Store(tmp_path), frames.forecasts_schema(LEVELS)
    early = tuple(column for column in schema.columns if column.name not in ("basis", "last_close"))
    store.append(replace(schema, columns=early), pd.DataFrame(old).assign(**rest))
    assert "basis" not in [field.name for field in DeltaTable(store.uri(schema)).schema().fields]
    scores = monitor.score(store.read(schema), prices, LEVELS)
    assert scores["realised"].tolist() == [105, 52.5]
    new = forecast(model_version="3", basis=sunday, reason="an old price")
    store.append(schema, pd.DataFrame([new]).assign(**rest))
    again = monitor.score(store.read(schema), prices, LEVELS)
    pd.testing.assert_frame_equal(again.iloc[:2], scores)
    assert again["realised"].tolist() == [105, 52.5, 105]
    assert store.read(schema)["reason"].tolist() == [reason, "young", "an old price"]


def test_a_target_that_is_no_session_moves_to_the_one_so_many_steps_ahead() -> None:
    """New Year was guessed to be a session: the target is the second session after the cutoff."""
    days = pd.DatetimeIndex(["2026-12-30", "2026-12-31", "2027-01-04", "2027-01-05"])
    rows = pd.DataFrame(
        {
            "cutoff": pd.to_datetime(["2026-12-30"] * 4),
            "step": [1, 2, 3, 4],
            "session": pd.to_datetime(["2026-12-31", "2027-01-01", "2027-01-04", "2027-01-05"]),
        }
    )
    moved = monitor.move_targets(rows, days)["session"].dt.strftime("%m-%d").tolist()
    assert moved == ["12-31", "01-04", "01-04", "01-05"]
    assert monitor.move_targets(rows, days[:2])["session"].equals(rows["session"])


def revised(day: pd.Timestamp, known_at: pd.Timestamp, was: float, now: float) -> dict[str, Any]:
    """One close that was changed."""
    key = {"universe": "us5", "symbol": "A", "session": day, "field": "close"}
    return key | {"known_at": known_at, "was": was, "is": now}


@pytest.mark.parametrize("known_at", [MONDAY, TUESDAY, WEDNESDAY])
@pytest.mark.parametrize("ratio", [0.5, 0.992])
def test_a_history_that_was_accepted_on_another_basis_changes_no_score(
    known_at: pd.Timestamp, ratio: float
) -> None:
    """A forecast is scored on the basis on which it was made, though all closes are on another one now."""
    days = pd.bdate_range(end=MONDAY, periods=8)
    prices = pd.DataFrame([*(bar(day, 100.0 * ratio) for day in days), bar(TUESDAY, 105.0 * ratio)])
    changes = pd.DataFrame([revised(day, known_at, 100.0, 100.0 * ratio) for day in days])
    score = monitor.score(pd.DataFrame([forecast()]), prices, LEVELS, revisions=changes).iloc[0]
    plain = score_one(105.0)
    for name in ("realised", "pinball", "abs_error"):
        assert score[name] == pytest.approx(plain[name]), name
    assert score["close"] == pytest.approx(105.0 * ratio)


def test_a_forecast_made_on_the_new_basis_is_scored_on_it() -> None:
    """A change that was known before the forecast, on its own day or earlier, is no other basis."""
    days = pd.bdate_range(end=MONDAY, periods=8)
    prices = pd.DataFrame([*(bar(day, 100.0) for day in days), bar(TUESDAY, 105.0)])
    for known_at in (MONDAY, days[-2]):
        changes = pd.DataFrame([revised(day, known_at, 200.0, 100.0) for day in days])
        score = monitor.score(pd.DataFrame([forecast()]), prices, LEVELS, revisions=changes).iloc[0]
        assert score["realised"] == 105.0


def test_one_corrected_close_is_no_other_basis() -> None:
    """The cutoff's own close was wrong by 3 %: the target's close is what came about."""
    days = pd.bdate_range(end=MONDAY, periods=8)
    prices = pd.DataFrame([*(bar(day, 100.0) for day in days), bar(TUESDAY, 105.0)])
    changes = pd.DataFrame([revised(MONDAY, TUESDAY, 103.0, 100.0)])
    score = monitor.score(pd.DataFrame([forecast()]), prices, LEVELS, revisions=changes).iloc[0]
    assert score["realised"] == 105.0
