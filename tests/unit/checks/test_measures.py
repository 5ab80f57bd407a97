"""Faults in a market: each is named by its own rule, in history and at the edge; its innocent twin passes."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import sessions
from morrow.checks import Verdict, check_raw, load_suite
from morrow.errors import ConfigError
from morrow.sources import bundled
from tests.market import FIELDS, PRICES, Market, market

SESSIONS, AT = 330, 200  # what is planted in history begins at session 200
Plant = Callable[[Market, str, int], list[int]]


def step(factor: float, volume: float = 1.0, *, bars: int | None = 1) -> Plant:
    """Multiply the prices of so many bars, or of all that follow; the first is to be named."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        rows = on.rows(symbol, at, None if bars is None or at + bars >= 0 > at else at + bars)
        on.times(rows, factor, volume)
        return rows

    return plant


def factor(ratio: float, prices: float = 1.0) -> Plant:
    """Move the split factor from a session on, and the prices with it by so much."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        rows = on.rows(symbol, at)
        on.bars.loc[rows, "split_factor"] *= ratio
        on.times(rows, prices, 1 / prices)
        return rows

    return plant


def volume(times: float) -> Plant:
    """Multiply one bar's volume; its price stays within its usual moves."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        (row,) = rows = on.rows(symbol, at, at + 1 or None)
        close = on.bars.loc[row - 1, "close"]
        on.bars.loc[row, PRICES] = [close, close * 1.004, close * 0.996, close * 1.001]
        on.bars.loc[row, "volume"] = np.round(on.bars.loc[row, "volume"] * times)
        return rows

    return plant


def copied(fields: list[str], bars: int) -> Plant:
    """Say a bar again for so many sessions; the last of them is to be named."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        last = on.row(symbol, at)
        on.bars.loc[last - bars + 1 : last, fields] = on.bars.loc[last - bars, fields].to_numpy()
        return [last]

    return plant


def shock(size: float, volume: float, spread: float = 2.0) -> Plant:
    """A true move that stays, with the volume and the range of one."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        on.times(on.rows(symbol, at), size)
        (row,) = on.rows(symbol, at, at + 1 or None)
        on.bars.loc[row, "volume"] *= volume
        on.bars.loc[row, "high"] *= 1 + 0.01 * spread
        on.bars.loc[row, "low"] *= 1 - 0.01 * spread
        return [row]

    return plant


def fallen(ratio: float, close: float) -> Plant:
    """A split with its factor on a session that opens where it should and falls as far as never before."""

    def plant(on: Market, symbol: str, at: int) -> list[int]:
        rows = on.rows(symbol, at)
        on.bars.loc[rows, "split_factor"] *= ratio
        on.times(rows, close / ratio, ratio)
        on.bars.loc[rows[0], "open"] /= close
        on.bars.loc[rows[0], "high"] /= close
        return rows[:1]

    return plant


def swapped(on: Market, symbol: str, at: int) -> list[int]:
    """Exchange a symbol's bar with one at another price, planted beside it as SWAP2."""
    other = "SWAP2"
    level = on.bars.loc[on.row(symbol, at - 1), "close"] / on.bars.loc[on.row(other, at - 1), "close"]
    on.bars.loc[on.bars["symbol"] == other, PRICES] *= 3.3 * level
    one, two = on.row(symbol, at), on.row(other, at)
    on.bars.loc[[one, two], FIELDS] = on.bars.loc[[two, one], FIELDS].to_numpy()
    return [one, two]


def halted(on: Market, symbol: str, at: int) -> list[int]:
    """Take 40 sessions away and come back at two fifths."""
    row = on.row(symbol, at)
    on.times(on.rows(symbol, at), 0.4)
    on.bars = on.bars.drop(index=range(row - 40, row))
    return [row]


BOTH: dict[str, tuple[str, Plant]] = {
    "JUMP": ("jump", step(0.62)),
    "DECIMAL": ("decimal shift", step(0.001)),
    "UNIT": ("unit shift", step(100, bars=None)),
    "MISSED": ("split missed", step(1 / 3, 3, bars=None)),
    "REVERSE": ("split missed", step(10, 0.1, bars=None)),
    "TWICE": ("split twice", factor(2)),
    "FACTOR": ("split twice", factor(9, 1 / 3)),
    "COPY": ("duplicated session", copied(FIELDS, 1)),
    "STALE": ("stale price", copied(PRICES, 5)),
    "SPIKE": ("volume spike", volume(2000)),
    "ZERO": ("volume zero", volume(0)),
    "SWAP1": ("symbol swap", swapped),
}
HISTORY = BOTH | {"CURRENCY": ("currency switch", step(0.78 * 0.7, bars=None))}
EDGE = BOTH | {"CURRENCY": ("jump", step(0.78 * 0.7, bars=None))}
del EDGE["DECIMAL"]
INNOCENT: dict[str, Plant] = {
    "SMALL": step(0.9),
    "CRASH": shock(0.48, 12),
    "BID": shock(1.45, 25, 0.1),
    "SPLIT": factor(2, 0.5),
    "REVERSED": factor(1 / 20, 20),
    "FALLEN": fallen(1.5, 0.82),
    "BUSY": volume(30),
    "FOUR": copied(PRICES, 4),
    "HALT": halted,
}
PLAIN = [f"PLAIN{number:02}" for number in range(20)]


def planted(faults: dict[str, tuple[str, Plant]], at: int) -> tuple[Market, dict[str, list[int]]]:
    """A market with every fault and every innocent twin in a symbol of its own, and the rows of each."""
    on = market([*faults, "SWAP2", *INNOCENT, *PLAIN], SESSIONS, seed=11)
    plants = {name: plant for name, (_, plant) in faults.items()} | INNOCENT
    rows = {name: plant(on, name, at) for name, plant in plants.items()}
    rows["SWAP1"], rows["SWAP2"] = rows["SWAP1"][:1], rows["SWAP1"][1:]
    return on, rows


def named(verdict: Verdict, on: Market) -> pd.Series:
    """The rules that refused each row of the market, by row."""
    assert set(verdict.refusals["row"]) <= set(on.bars.index)
    return verdict.refusals.groupby("row")["rule"].agg(lambda rules: "; ".join(sorted(rules)))


@pytest.fixture(scope="module")
def history() -> tuple[pd.Series, dict[str, list[int]], Market, Verdict]:
    """What a first load with every fault in its middle is refused for."""
    on, rows = planted(HISTORY, AT)
    verdict = check_raw(on.bars, on.sessions, load_suite("raw", None))
    return named(verdict, on), rows, on, verdict


@pytest.fixture(scope="module")
def edge() -> tuple[pd.Series, dict[str, list[int]]]:
    """What a night is refused for whose newest session has every fault."""
    on, rows = planted(EDGE, SESSIONS - 1)
    newest = on.bars["session"] == on.sessions[-1]
    stored = on.bars[~newest].drop(columns=["row", "malformed"])
    verdict = check_raw(on.bars[newest], on.sessions, load_suite("raw", None), history=stored)
    return named(verdict, on), rows


@pytest.mark.parametrize("fault", HISTORY)
def test_a_fault_in_history_is_named_from_its_first_bar_to_its_last(fault: str, history: tuple) -> None:
    """One rule names the fault's rows; one that stays holds all that follow."""
    found, rows, _, _ = history
    assert found.reindex(rows[fault]).tolist() == [HISTORY[fault][0]] * len(rows[fault])


@pytest.mark.parametrize("fault", EDGE)
def test_a_fault_at_the_edge_is_named_before_anything_follows(fault: str, edge: tuple) -> None:
    """The newest bar is judged by what is stored."""
    found, rows = edge
    assert found.reindex(rows[fault]).tolist() == [EDGE[fault][0]]


def test_what_is_true_passes_in_history_and_at_the_edge(history: tuple, edge: tuple) -> None:
    """Twins of the faults, and every row that nobody touched, are let through."""
    found, rows, _, _ = history
    assert set(found.index) == {row for name in [*HISTORY, "SWAP2"] for row in rows[name]}
    found, rows = edge
    assert set(found.index) == {row for name in [*EDGE, "SWAP2"] for row in rows[name]}


def test_a_long_gap_is_warned_of_and_refuses_nothing(history: tuple) -> None:
    """The session after a halt of forty is in the night's report."""
    _, _, _, verdict = history
    assert [warning.split(":")[0] for warning in verdict.warnings] == ["gap length"]
    assert verdict.warnings[0].endswith("HALT has no bar in the 40 sessions before 2020-10-07")


def test_a_reason_says_what_was_compared(history: tuple) -> None:
    """Prices, size and scale are in it, and later rows of a held symbol repeat the first one's."""
    _, rows, on, verdict = history
    lines = verdict.refusals.set_index("row")["reason"]
    first, second = rows["UNIT"][:2]
    before, close = on.bars.loc[first - 1, "close"], on.bars.loc[first, "close"]
    assert lines[first].startswith(f"UNIT goes from {float(before)!r} to {float(close)!r}, ")
    quotient, explained, rest = (
        float(each)
        for each in re.findall(
            r"([\d.]+) times the bar before: ([\d.]+) by .* unexplained ([\d.]+),", lines[first]
        )[0]
    )
    assert quotient == pytest.approx(close / before, rel=1e-3)
    assert explained * rest == pytest.approx(quotient, rel=1e-3)
    assert lines[second] == f"UNIT is held since 2020-10-07: {lines[first]}"


def test_a_unit_that_comes_back_holds_only_the_bars_between() -> None:
    """Where a later bar is at the old level again, its rows pass."""
    on = market(PLAIN, SESSIONS, seed=5)
    rows = on.rows("PLAIN03", 150, 190)
    on.times(rows, 0.01)
    verdict = check_raw(on.bars, on.sessions, load_suite("raw", None))
    assert verdict.refusals["row"].tolist() == rows
    assert set(verdict.refusals["rule"]) == {"unit shift"}


def test_a_level_that_stays_is_released_when_the_next_sessions_show_it() -> None:
    """What looked like a wrong price at the edge, closes alone, passes once the next bar is near it."""
    on = market(PLAIN, SESSIONS, seed=6)
    for name in PLAIN:
        on.bare(name)
    on.times(on.rows("PLAIN04", SESSIONS - 2), 0.3)
    suite = load_suite("raw", None)
    for nights, refused in ((2, ["jump"]), (1, [])):
        last = on.sessions[-nights]
        judged = on.bars[(on.bars["session"] >= on.sessions[-2]) & (on.bars["session"] <= last)]
        stored = on.bars[on.bars["session"] < on.sessions[-2]].drop(columns=["row", "malformed"])
        assert check_raw(judged, on.sessions, suite, history=stored).refusals["rule"].tolist() == refused


def test_dates_off_by_a_session_are_named_when_a_stretch_follows_its_neighbours_market() -> None:
    """A block under the next session's date leaves a hole before it and covers a bar after it."""
    on = market(PLAIN, SESSIONS, seed=7)
    block = on.rows("PLAIN05", 120, 220)
    on.bars = on.bars.drop(index=block[-1] + 1)
    on.bars.loc[block, "session"] = on.sessions[121:221].to_numpy()
    refused = check_raw(on.bars, on.sessions, load_suite("raw", None)).refusals
    assert set(refused["rule"]) == {"shifted dates"}
    assert len(set(refused["row"]) & set(block)) >= 95
    assert len(set(refused["row"]) - set(block)) <= 12


def test_a_market_that_falls_together_is_no_fault() -> None:
    """A session with all symbols limit down passes, and one on which all change their unit does not."""
    suite = load_suite("raw", None)
    down, unit = market(PLAIN, SESSIONS, seed=8), market(PLAIN, SESSIONS, seed=8)
    for name in PLAIN:
        down.times(down.rows(name, AT), 0.72)
        unit.times(unit.rows(name, AT), 0.01)
    assert check_raw(down.bars, down.sessions, suite).refusals.empty
    assert len(check_raw(unit.bars, unit.sessions, suite).refusals) == len(PLAIN) * (SESSIONS - AT)


def test_a_coin_that_doubles_passes_and_one_of_ten_times_the_price_does_not() -> None:
    """Closes alone, every day of the week, one symbol without a market to compare with."""
    on = market(["COIN"], SESSIONS, seed=9)
    on.bare("COIN")
    on.sessions = pd.date_range("2020-01-01", periods=SESSIONS)
    on.bars["session"] = on.sessions.to_numpy("datetime64[us]")
    on.times(on.rows("COIN", SESSIONS - 1), 2.0)
    newest = on.bars["session"] == on.sessions[-1]
    stored, suite = on.bars[~newest].drop(columns=["row", "malformed"]), load_suite("raw", None)
    assert check_raw(on.bars[newest], on.sessions, suite, history=stored).passed
    on.times(on.rows("COIN", SESSIONS - 1), 5.0)
    refused = check_raw(on.bars[newest], on.sessions, suite, history=stored).refusals
    assert refused["rule"].tolist() == ["unit shift"]


def test_a_stored_bar_with_another_price_is_a_revision_alone() -> None:
    """Beyond the tolerance it is refused by that rule and no other, within it it passes."""
    on = market(PLAIN, SESSIONS, seed=10)
    stored = on.bars.drop(columns=["row", "malformed"]).copy()
    judged = on.bars[on.bars["session"] == on.sessions[-5]].copy()
    judged.loc[judged["symbol"] == "PLAIN00", PRICES] *= 1.5
    judged.loc[judged["symbol"] == "PLAIN01", PRICES] *= 1.004
    refused = check_raw(judged, on.sessions, load_suite("raw", None), history=stored).refusals
    assert refused["rule"].tolist() == ["revision"]
    assert refused["reason"].iloc[0].startswith("PLAIN00 closes at")


def test_a_second_source_that_disagrees_is_heard() -> None:
    """A constant factor between the sources is no disagreement; a close of its own is."""
    on = market(PLAIN, SESSIONS, seed=12)
    other = on.bars[["symbol", "session", "close"]].copy()
    other["close"] *= 0.01
    row = on.row("PLAIN02", 100)
    other.loc[row, "close"] *= 1.05
    refused = check_raw(on.bars, on.sessions, load_suite("raw", None), other=other).refusals
    assert refused[["row", "rule"]].to_numpy().tolist() == [[row, "cross-source disagreement"]]


def test_weekends_and_days_to_come_are_told_apart() -> None:
    """A day without trading is on no calendar; a day after the clock has not come yet."""
    on = market(["A"], 60, seed=13)
    days = [on.sessions[-1] + pd.Timedelta(days=day) for day in range(1, 10)]
    bars = on.bars.tail(2).copy()
    bars["session"] = [next(day for day in days if day.day_of_week == 5), days[-1]]
    latest = on.sessions[-1] + pd.Timedelta(days=6)
    refused = check_raw(bars, on.sessions, load_suite("raw", None), latest=latest).refusals
    assert refused["rule"].tolist() == ["session on the calendar", "future session"]


def test_the_shipped_universes_pass_whole() -> None:
    """AAPL 2000-09-29, CHF 2015-01-15 and currencies in hyperinflation are in them."""
    suite = load_suite("raw", None)
    for whole, calendar in ((bundled.us5(), "XNYS"), (bundled.ecb_fx(), "ECB")):
        days = pd.DatetimeIndex(np.unique(whole.rows["session"].to_numpy()))
        axis = sessions.sessions(calendar, days[0], days[-1], days)
        assert check_raw(whole.rows, axis, suite).refusals.empty


def test_lines_can_be_moved_in_a_suite_of_ones_own(tmp_path: Path) -> None:
    """A threshold is an argument in the JSON, and one that cannot be is refused by name."""
    shipped = Path(load_suite("raw", None).file).read_text(encoding="utf-8")
    (tmp_path / "raw.json").write_text(shipped.replace('"least_missing": 10', '"least_missing": 41'))
    on, _ = planted({"SWAP1": BOTH["SWAP1"]}, AT)
    assert check_raw(on.bars, on.sessions, load_suite("raw", tmp_path)).warnings == ()
    (tmp_path / "raw.json").write_text(shipped.replace('"least_missing": 10', '"least_missing": 0'))
    with pytest.raises(ConfigError, match=r'rule "gap length".*greater than or equal to 1'):
        load_suite("raw", tmp_path)
