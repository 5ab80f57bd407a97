"""Rows carried forward are found on weekends, on holidays and after a symbol stopped, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from morrow.sources.carried_rows import find_carried_rows
from tests.conftest import market

DAYS = sorted(market()["session"].unique())
FLAT = ("open", "high", "low", "close")


def carry(rows: pd.DataFrame, symbol: str, days: list[pd.Timestamp], volume: float = 0.0) -> pd.DataFrame:
    """The rows with a symbol's rows on these days replaced by the close before them."""
    rows = rows.copy()
    for day in days:
        own = rows["symbol"] == symbol
        last = rows.loc[own & (rows["session"] < day), "close"].iloc[-1]
        rows.loc[own & (rows["session"] == day), list(FLAT)] = last
        rows.loc[own & (rows["session"] == day), "volume"] = volume
    return rows


def filled(closes_only: bool = False, symbols: int = 4) -> pd.DataFrame:
    """A market whose weekends are filled with Friday's close."""
    rows = market(symbols, sessions=60)
    days = pd.date_range(rows["session"].min(), rows["session"].max())
    blocks = []
    for symbol, own in rows.groupby("symbol"):
        whole = own.set_index("session").reindex(days)
        whole["close"] = whole["close"].ffill()
        for name in FLAT[:3]:
            whole[name] = whole[name].fillna(whole["close"])
        blocks.append(whole.assign(symbol=symbol, volume=whole["volume"].fillna(0.0)))
    table = pd.concat(blocks).rename_axis("session").reset_index()
    return table.assign(**dict.fromkeys((*FLAT[:3], "volume"), np.nan)) if closes_only else table


@pytest.mark.parametrize("symbols", [1, 4])
@pytest.mark.parametrize("closes_only", [False, True])
def test_filled_weekends_are_no_bars(symbols: int, closes_only: bool) -> None:
    """All rows of Saturdays and Sundays, and none of another day, in any order of the rows."""
    rows = filled(closes_only, symbols).sample(frac=1, random_state=1).reset_index(drop=True)
    carried, (note,) = find_carried_rows(rows)
    assert (carried == (rows["session"].dt.day_of_week >= 5)).all()
    assert note == f"{carried.sum()} rows on Saturdays and Sundays repeat the close before and are no bars"


def test_weekends_that_trade_stay() -> None:
    """A coin that moves on one Saturday has weekends, quiet ones too."""
    rows = filled(symbols=1)
    saturday = rows.index[rows["session"].dt.day_of_week == 5][3]
    rows.loc[saturday, ["high", "close"]] *= 1.01
    assert not find_carried_rows(rows)[0].any()


def test_a_day_on_which_nothing_moved_is_no_session() -> None:
    """A holiday filled in for all symbols is left out; one that a single symbol traded is not."""
    rows = market(sessions=100)
    for symbol in ("S0", "S1", "S2", "S3"):
        rows = carry(rows, symbol, [DAYS[40]])
    carried, (note,) = find_carried_rows(rows)
    assert (carried == (rows["session"] == DAYS[40])).all()
    assert f"of days on which no symbol moved ({DAYS[40]:%Y-%m-%d})" in note
    one = rows["symbol"].eq("S2") & rows["session"].eq(DAYS[40])
    assert not find_carried_rows(rows.assign(volume=rows["volume"].mask(one, 5e5)))[0].any()


def test_a_symbol_that_stopped_has_no_bars_from_the_fifth_flat_row_on() -> None:
    """The first four may be quiet days, as they may inside a history."""
    rows = carry(market(sessions=100), "S1", DAYS[90:100])
    carried, (note,) = find_carried_rows(rows)
    assert list(rows.loc[carried, "session"]) == DAYS[94:100]
    assert set(rows.loc[carried, "symbol"]) == {"S1"}
    assert note == "6 rows without volume after four such bars (S1) repeat the close before and are no bars"
    assert not find_carried_rows(carry(market(sessions=100), "S1", DAYS[50:54]))[0].any()


def test_a_row_is_judged_alike_night_by_night() -> None:
    """A run's rows are left out on the night on which they come as in the whole history."""
    rows = carry(market(sessions=100), "S1", DAYS[80:100])
    whole = set(rows.index[find_carried_rows(rows)[0]])
    for day in range(60, 100):
        window = rows[(rows["session"] > DAYS[day - 30]) & (rows["session"] <= DAYS[day])]
        newest = set(window.index[find_carried_rows(window)[0] & (window["session"] == DAYS[day])])
        assert newest == {at for at in whole if rows.loc[at, "session"] == DAYS[day]}


def test_pegs_and_symbols_without_volume_stay() -> None:
    """A universe of pegs repeats all the time, and where volume is never given a flat close is a close."""
    pegs = market(sessions=100).assign(**dict.fromkeys(FLAT, 1.0))
    assert not find_carried_rows(pegs)[0].any()
    rows = carry(market(sessions=100).assign(volume=np.nan), "S1", DAYS[50:70], np.nan)
    assert not find_carried_rows(rows)[0].any()
    traded = carry(market(sessions=100), "S1", DAYS[50:70], 1e6)
    assert not find_carried_rows(traded)[0].any()


def test_rows_that_cannot_be_read_and_no_rows_at_all() -> None:
    """None of them is carried."""
    rows = market(sessions=20)
    broken = pd.concat([rows, rows.tail(3).assign(symbol=None), rows.tail(3).assign(session=pd.NaT)])
    broken = pd.concat([broken, rows.tail(3).assign(close=np.nan)], ignore_index=True)
    assert not find_carried_rows(broken)[0].any()
    assert not len(find_carried_rows(rows.iloc[:0])[0])
