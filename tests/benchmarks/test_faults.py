"""The planted-fault oracle: what it plants keeps to the catalogue's line, and it counts what it should."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.faults import HISTORY, KINDS, PlantedFault, Sheet, sheet_of
from benchmarks.faults.placement import Edge, in_history
from benchmarks.faults.verdicts import find_lost_rows, judge_faults
from benchmarks.market import Market, make

AT_ONCE = {name: 3 for name, kind in KINDS.items() if kind.at_edge < 1 and not kind.confirmed}


@pytest.fixture(scope="module")
def market() -> Market:
    """Stocks, 60 × 600."""
    return make("stocks", 60, 600, 5)


@pytest.fixture(scope="module")
def planted(market: Market) -> tuple[Sheet, list[PlantedFault]]:
    """Three faults of every kind in it."""
    sheet, found, unplaced = in_history(market, AT_ONCE, np.random.default_rng(5))
    assert not unplaced
    return sheet, found


def test_every_kind_finds_its_places(planted: tuple[Sheet, list[PlantedFault]]) -> None:
    """As many faults of each kind are planted as were asked for."""
    assert Counter(each.kind for each in planted[1]) == AT_ONCE


def test_the_same_seed_plants_the_same_faults(
    market: Market, planted: tuple[Sheet, list[PlantedFault]]
) -> None:
    """A seed names the faults as well."""
    again = in_history(market, AT_ONCE, np.random.default_rng(5))[1]
    assert again == planted[1]


def test_nothing_else_is_touched(market: Market, planted: tuple[Sheet, list[PlantedFault]]) -> None:
    """Bars that no fault claims say what the true market says."""
    sheet, found = planted
    claimed = np.zeros(sheet.there.shape, dtype=bool)
    for each in found:
        for symbol, day in (*each.cells, *each.touched):
            claimed[symbol, day] = True
    rest = ~claimed & market.trades
    assert (sheet.there | claimed)[market.trades].all()
    for name, values in market.fields.items():
        spoilt = sheet.values[name] != values
        lasting = {symbol: each.at for each in found for symbol in each.holds}
        for symbol, start in lasting.items():
            spoilt[symbol, start:] = False
        assert not (spoilt & rest).any()


def test_faults_keep_apart(planted: tuple[Sheet, list[PlantedFault]]) -> None:
    """No two faults of a symbol lie within 70 sessions of each other."""
    days: dict[int, list[int]] = {}
    for each in planted[1]:
        for symbol in {symbol for symbol, _ in each.cells} or {each.symbol}:
            days.setdefault(symbol, []).append(each.at)
    assert min(np.diff(sorted(at)).min() for at in days.values() if len(at) > 1) > 70


def test_jumps_are_twelve_times_the_symbols_volatility(
    market: Market, planted: tuple[Sheet, list[PlantedFault]]
) -> None:
    """A planted jump is at least 12 standard deviations of the 60 returns before, there and back."""
    sheet, found = planted
    for each in (one for one in found if one.kind == "jump"):
        true = pd.Series(np.log(market.fields["close"] * market.factor)[each.symbol])
        value = sheet.values["close"] * sheet.values["factor"]
        spoilt = np.log(value[each.symbol, each.at])
        own = true[: each.at].dropna().diff().tail(60).std()
        assert abs(spoilt - true[each.at - 1]) >= 11.9 * own
        assert abs(spoilt - true[each.at + 1]) >= 11.9 * own


def test_a_file_has_its_rows_where_the_sheet_says(
    planted: tuple[Sheet, list[PlantedFault]], tmp_path: Path
) -> None:
    """Row numbers of bars and of rows beside the grid are those of the written file."""
    sheet, found = planted
    sheet.write(tmp_path / "prices.parquet")
    file = pd.read_parquet(tmp_path / "prices.parquet")
    assert len(file) == sheet.there.sum() + len(sheet.extras)
    ohlc = next(each for each in found if each.kind == "ohlc")
    row = file.iloc[sheet.row(ohlc.symbol, ohlc.at)]
    assert (row["symbol"], str(row["session"])[:10]) == (sheet.symbols[ohlc.symbol], str(sheet.days[ohlc.at]))
    future = next(each for each in found if each.kind == "future session")
    beside = file.iloc[sheet.row_of_extra(future.extras[0])]
    assert beside["symbol"] == sheet.symbols[future.symbol]
    assert str(beside["session"])[:10] > str(sheet.days[-1])


def test_a_fault_is_caught_by_its_row_and_named_by_its_rule(market: Market, tmp_path: Path) -> None:
    """Refusing the row catches, the right rule names, and any other refused row is a clean one lost."""
    sheet = sheet_of(market)
    sheet.write(tmp_path / "prices.parquet")
    symbol = int(np.flatnonzero(market.trades[:, 200])[0])
    fault = PlantedFault(
        "jump", HISTORY, symbol, 200, "", ((symbol, 200),), rules=KINDS["jump"].rightly(HISTORY)
    )
    row = sheet.row(symbol, 200)
    right = next(judge_faults(sheet, [fault], {row: frozenset({"jump"})}))
    wrong = next(judge_faults(sheet, [fault], {row: frozenset({"unit shift"})}))
    missed = next(judge_faults(sheet, [fault], {row + 1: frozenset({"jump"})}))
    assert [(one.caught, one.named) for one in (right, wrong, missed)] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert list(find_lost_rows(sheet, [fault], {row: frozenset({"jump"})})) == []
    assert len(list(find_lost_rows(sheet, [fault], {row + 1: frozenset({"jump"})}))) == 1


def test_nights_bring_their_faults_and_take_them_back() -> None:
    """A night's file ends with its session and holds its faults; the next file has the true bars again."""
    market = make("stocks", 60, 380, 6)
    nights = Edge(market, 330, {"jump": 4, "decimal shift": 4}, 3, np.random.default_rng(1)).nights()
    placed, before = 0, None
    for night in nights:
        placed += len(night.planted)
        assert night.sheet.days[-1] == market.days[night.at]
        if before is not None:
            for each in before.planted:
                true = market.fields["close"][each.symbol, each.at]
                assert before.sheet.values["close"][each.symbol, each.at] != true
                assert night.sheet.values["close"][each.symbol, each.at] == true
        before = night
    assert placed == 8
