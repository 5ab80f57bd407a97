"""Steps that last: splits are inferred, other levels are taken for what they are, and both can wait."""

from pathlib import Path

import numpy as np
import pytest

from morrow.checks.measures.swaps import AFTER_SWAP
from morrow.frames import PRICES as BARS
from morrow.frames import QUARANTINE, REVISIONS
from morrow.sources import bundled
from morrow.steps.intake.holds import find_holds
from morrow.steps.intake.level_changes import LEVEL_SESSIONS
from tests.mirrors import PRICES, Mirror, take_in
from tests.projects import night, project

SINCE = 140


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize(("ratio", "name"), [(2, "2:1"), (1.5, "3:2"), (7, "7:1"), (1 / 8, "1:8")])
def test_a_split_in_raw_prices_is_inferred_and_no_row_is_lost(
    tmp_path: Path, seed: int, ratio: float, name: str
) -> None:
    """A split without a factor gets the factor that price and volume show, and all rows are stored."""
    mirror = Mirror(seed, 300)
    mirror.times("S2", SINCE, 1 / ratio, ratio)
    result = take_in(mirror.write(tmp_path))
    assert (result.accepted, result.quarantined) == (6 * 300, 0)
    assert [(one.symbol, one.session, one.field, one.ratio, one.reason) for one in result.inferred] == [
        ("S2", mirror.days[SINCE], "split_factor", pytest.approx(ratio), f"split {name}, inferred")
    ]
    bars = night(tmp_path).store.prices("toy", symbol="S2")
    assert bars["split_factor"].tolist() == pytest.approx([1.0] * SINCE + [ratio] * (300 - SINCE))
    assert bars["source"][SINCE] == f"csv:prices.csv; split {name}, inferred"


def test_the_shipped_stocks_without_factors_lose_no_row(tmp_path: Path) -> None:
    """The bars of us5 without their adjusted closes are all stored, with their splits inferred."""
    rows = bundled.us5().rows
    project(tmp_path)
    rows[["symbol", "session", "open", "high", "low", "close", "volume"]].to_csv(
        tmp_path / "prices.csv", index=False
    )
    result = take_in(tmp_path)
    assert (result.accepted, result.quarantined) == (len(rows), 0)
    splits = {(one.symbol, f"{one.session:%Y-%m-%d}"): one.reason for one in result.inferred}
    assert splits["AAPL", "2000-06-21"] == splits["MSFT", "2003-02-18"] == "split 2:1, inferred"


def test_a_later_night_keeps_an_inferred_split_and_counts_no_correction(tmp_path: Path) -> None:
    """A file that still has no factor is as stored; one more session is one more bar on the new basis."""
    mirror = Mirror(3, 300)
    mirror.times("S2", SINCE, 0.5, 2)
    take_in(mirror.write(tmp_path, 299))
    result = take_in(mirror.write(tmp_path))
    assert (result.accepted, result.revised, result.quarantined, result.notes) == (6, 0, 0, ())
    assert night(tmp_path).store.prices("toy", symbol="S2")["split_factor"].iloc[-1] == 2


def test_an_inferred_split_is_on_record_in_revisions_and_quarantine(tmp_path: Path) -> None:
    """The ledger has the step with its reason, and the quarantine the rule and who accepted."""
    mirror = Mirror(3, 300)
    mirror.times("S2", SINCE, 0.5, 2)
    take_in(mirror.write(tmp_path))
    store = night(tmp_path).store
    ledger = store.read(REVISIONS, "toy").iloc[0]
    assert (ledger["session"], ledger["known_at"], ledger["was"], ledger["is"], ledger["reason"]) == (
        mirror.days[SINCE], mirror.days[SINCE], 1, 2, "action: split 2:1, inferred",
    )  # fmt: skip
    refused = store.read(QUARANTINE, "toy").iloc[0]
    assert (refused["rule"], refused["decision"], refused["decided_by"], refused["decision_reason"]) == (
        "split missed", "accepted", "morrow", "split 2:1, inferred",
    )  # fmt: skip


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_a_spin_off_leaves_no_return_and_no_hold(tmp_path: Path, seed: int) -> None:
    """A fall of 26 % on 2.2 times the volume that stays becomes a dividend factor; no row is refused."""
    mirror = Mirror(seed, 420)
    mirror.times("S2", SINCE, 0.74)
    day = (mirror.bars["symbol"] == "S2") & (mirror.bars["session"] == mirror.days[SINCE])
    mirror.bars.loc[day, "volume"] *= 2.2
    result = take_in(mirror.write(tmp_path))
    assert (result.accepted, result.quarantined) == (6 * 420, 0)
    bars = night(tmp_path).store.prices("toy", symbol="S2")
    returns = np.diff(np.log(bars["close"] * bars["split_factor"] * bars["dividend_factor"]))
    if result.inferred:
        assert result.inferred[0].session == mirror.days[SINCE]
        assert abs(returns[SINCE - 1]) < 0.1
    else:  # range and volume were those of a true fall
        assert returns[SINCE - 1] == pytest.approx(np.log(0.74), abs=0.1)


def test_a_spin_off_at_the_newest_session_waits_one_night(tmp_path: Path) -> None:
    """Its bar waits while nothing follows, and is stored with the next one."""
    mirror = Mirror(0, 420)
    mirror.times("S2", 380, 0.74)
    take_in(mirror.write(tmp_path, 380))
    assert take_in(mirror.write(tmp_path, 381)).quarantined == 1
    result = take_in(mirror.write(tmp_path, 382))
    assert (result.accepted, result.released, len(result.inferred)) == (7, 1, 1)
    assert result.inferred[0].reason.startswith("new level of 0.7")
    assert result.inferred[0].reason.endswith(" times the price by the rule currency switch, inferred")
    stored = night(tmp_path).store.read(BARS, "toy", where=[("symbol", "=", "S2")])
    assert stored["known_at"].iloc[-2:].tolist() == [mirror.days[381]] * 2


def test_a_rise_resumes_after_the_stated_sessions(tmp_path: Path) -> None:
    """A level at 1.9 times the old is held until it has behaved like a price, then every row is stored."""
    mirror = Mirror(1, 420)
    mirror.times("S2", 380, 1.9)
    take_in(mirror.write(tmp_path, 380))
    held = take_in(mirror.write(tmp_path, 380 + LEVEL_SESSIONS))
    assert (held.quarantined, held.inferred) == (LEVEL_SESSIONS, ())
    result = take_in(mirror.write(tmp_path, 381 + LEVEL_SESSIONS))
    assert (result.accepted, result.released) == (6 + LEVEL_SESSIONS, LEVEL_SESSIONS)
    (action,) = result.inferred
    level = float(action.reason.split()[3])
    assert action.reason == f"new level of {level:g} times the price by the rule currency switch, inferred"
    assert level == pytest.approx(1.9, rel=0.1) == 1 / action.ratio
    closes = mirror.bars.loc[mirror.bars["symbol"] == "S2", "close"].round(4).tolist()
    assert action.closes == (closes[379], closes[380])


@pytest.mark.parametrize("seed", [0, 5])
def test_a_doubling_of_closes_alone_is_asked_about_and_ends_by_rule(tmp_path: Path, seed: int) -> None:
    """Seven sessions before the end it waits with its command; twenty sessions on it is a move."""
    mirror = Mirror(seed, 330)
    mirror.times("S2", 300, 2.0)
    result = take_in(mirror.write(tmp_path, 307, closes_only=True))
    assert (result.quarantined, result.inferred) == (7, ())
    (hold,) = find_holds(night(tmp_path))
    assert (hold.symbol, hold.since) == ("S2", mirror.days[300].date())
    assert hold.command == "morrow quarantine accept --symbol S2 --as split 1:2 --universe toy"
    result = take_in(mirror.write(tmp_path, 301 + LEVEL_SESSIONS, closes_only=True))
    assert (result.released, result.inferred) == (7, ())
    assert find_holds(night(tmp_path)) == ()


def test_all_prices_a_hundred_times_larger_stay_refused(tmp_path: Path) -> None:
    """A step that all symbols make at once is the source's fault, however long it lasts."""
    mirror = Mirror(2, 420)
    for index in range(6):
        mirror.times(f"S{index}", 300, 100)
    result = take_in(mirror.write(tmp_path))
    assert (result.quarantined, result.inferred) == (6 * 120, ())


def test_a_source_that_learns_the_split_replaces_the_inferred_factor(tmp_path: Path) -> None:
    """A file that comes with adjusted closes at last is followed, not multiplied."""
    mirror = Mirror(3, 300)
    mirror.times("S2", SINCE, 0.5, 2)
    take_in(mirror.write(tmp_path))
    before = (mirror.bars["symbol"] == "S2") & (mirror.bars["session"] < mirror.days[SINCE])
    mirror.bars["adj_close"] = mirror.bars["close"].where(~before, mirror.bars["close"] / 2)
    result = take_in(mirror.write(tmp_path))
    assert (result.accepted, result.quarantined) == (0, 0)
    assert night(tmp_path).store.prices("toy", symbol="S2")["split_factor"].iloc[-1] == 2


def test_two_symbols_that_are_exchanged_for_good_are_never_two_new_levels(tmp_path: Path) -> None:
    """Ordinary sessions do not tell whose bars they are: both wait, named as a swap, however long."""
    mirror = Mirror(2, 420)
    names = [*PRICES, "volume"]
    after = mirror.bars["session"] >= mirror.days[300]
    one, other = (mirror.bars.index[after & (mirror.bars["symbol"] == name)] for name in ("S0", "S4"))
    values = mirror.bars.loc[one, names].to_numpy(copy=True)
    mirror.bars.loc[one, names] = mirror.bars.loc[other, names].to_numpy()
    mirror.bars.loc[other, names] = values
    result = take_in(mirror.write(tmp_path))
    assert (result.quarantined, result.inferred) == (240, ())
    assert [(hold.symbol, hold.rule, hold.rows) for hold in find_holds(night(tmp_path))] == [
        ("S0", "symbol swap", 120), ("S4", "symbol swap", 120)
    ]  # fmt: skip


def test_two_true_moves_taken_for_a_swap_resume_by_rule_and_on_record(tmp_path: Path) -> None:
    """Two symbols at each other's price are held until the volume of AFTER_SWAP sessions is their own."""
    mirror = Mirror(1, 420)
    bars = mirror.bars
    one, other = (bars.index[bars["symbol"] == name] for name in ("S2", "S5"))
    usual = [bars.loc[rows[200:300], "volume"].median() for rows in (one, other)]
    ratio = bars.loc[other[299], "close"] / bars.loc[one[299], "close"]
    mirror.times("S2", 300, ratio)
    mirror.times("S5", 300, 1 / ratio)
    bars.loc[one[300], "volume"], bars.loc[other[300], "volume"] = np.round(usual[1]), np.round(usual[0])
    held = take_in(mirror.write(tmp_path, 300 + AFTER_SWAP))
    assert (held.quarantined, held.inferred) == (2 * AFTER_SWAP, ())
    assert {hold.rule for hold in find_holds(night(tmp_path))} == {"symbol swap"}
    result = take_in(mirror.write(tmp_path, 301 + AFTER_SWAP))
    assert (result.released, result.quarantined) == (2 * AFTER_SWAP, 0)
    assert find_holds(night(tmp_path)) == ()
    refused = night(tmp_path).store.read(QUARANTINE, "toy")
    waited = refused[refused["rule"] == "symbol swap"]
    assert set(waited["decision"]) == {"released"}
    assert set(waited["decided_by"]) == {"morrow"}


def test_all_prices_a_hundred_times_larger_on_one_night_are_a_unit_shift(tmp_path: Path) -> None:
    """No market moves a hundred times: the reason has the whole ratio as unexplained."""
    mirror = Mirror(2, 302)
    for index in range(6):
        mirror.times(f"S{index}", 300, 100)
    take_in(mirror.write(tmp_path, 300))
    assert take_in(mirror.write(tmp_path)).quarantined == 12
    holds = find_holds(night(tmp_path))
    assert [(hold.rule, hold.rows) for hold in holds] == [("unit shift", 2)] * 6
    assert all("1 by factors and market" in hold.reason for hold in holds)


def test_another_company_under_the_same_ticker_waits_with_the_question(tmp_path: Path) -> None:
    """At an eighth of the price, with a path of its own, its bars become no new level of the old one."""
    mirror, draw = Mirror(3, 300), np.random.default_rng(5)
    after = (mirror.bars["symbol"] == "S3") & (mirror.bars["session"] >= mirror.days[200])
    close = 17 * np.exp(np.cumsum(0.02 * draw.standard_normal(100)))
    opened = close * np.exp(0.004 * draw.standard_normal(100))
    mirror.bars.loc[after, "open"], mirror.bars.loc[after, "close"] = opened, close
    mirror.bars.loc[after, "high"] = np.maximum(opened, close) * 1.008
    mirror.bars.loc[after, "low"] = np.minimum(opened, close) / 1.008
    mirror.bars.loc[after, "volume"] = np.round(4e5 * np.exp(0.3 * draw.standard_normal(100)))
    result = take_in(mirror.write(tmp_path))
    assert (result.quarantined, result.inferred) == (100, ())
    (hold,) = find_holds(night(tmp_path))
    assert (hold.symbol, hold.since, hold.rows) == ("S3", mirror.days[200].date(), 100)
