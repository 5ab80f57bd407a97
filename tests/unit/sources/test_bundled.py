"""The bundled universes, and what every source promises."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.config import Universe
from morrow.errors import HistoryError, SourceError
from morrow.sessions import sessions
from morrow.sources import fetch, show_raw_rows

US5 = {"source": {"kind": "bundled", "dataset": "us5"}, "calendar": "XNYS"}
ECB = {"source": {"kind": "bundled", "dataset": "ecb-fx"}, "calendar": "ECB", "currency": "EUR"}


def us5(**changes: object) -> Universe:
    """The five stocks as a universe."""
    return Universe.model_validate(US5 | changes)


def ecb(**changes: object) -> Universe:
    """The reference rates as a universe."""
    return Universe.model_validate(ECB | changes)


def test_us5_holds_the_raw_bars_of_five_stocks(tmp_path: Path) -> None:
    """The five stocks come with their raw closes, among them Apple's real fall of 51.9 % in a day."""
    batch = fetch(us5(), tmp_path)
    counts = batch.rows.groupby("symbol").size().to_dict()
    assert counts == {"AAPL": 3270, "FB": 196, "GOOG": 2148, "IBM": 3270, "MSFT": 3270}
    apple = batch.rows[batch.rows["symbol"] == "AAPL"].set_index("session")["close"]
    assert apple["2000-09-29"] / apple["2000-09-28"] - 1 == pytest.approx(-0.519, abs=5e-4)
    assert batch.source == "bundled:us5"
    assert batch.duplicates == 0
    assert len(batch.id) == 64


def test_rows_have_the_promised_columns(tmp_path: Path) -> None:
    """Every source gives the same columns with the same types, and its own adjusted closes if it has any."""
    for universe, adjusted in ((us5(), True), (ecb(), False)):
        rows = fetch(universe, tmp_path, date(2012, 6, 1)).rows
        assert ("adj_close" in rows) == adjusted
        rows = rows.drop(columns="adj_close", errors="ignore")
        assert {name: str(kind) for name, kind in rows.dtypes.items()} == {
            "row": "int64", "symbol": "str", "session": "datetime64[us]", "open": "float64",
            "high": "float64", "low": "float64", "close": "float64", "volume": "float64",
            "split_factor": "float64", "dividend_factor": "float64", "malformed": "str",
        }  # fmt: skip
        assert rows["row"].is_unique
        assert rows["malformed"].isna().all()


def test_us5_has_exactly_its_three_splits(tmp_path: Path) -> None:
    """Apple split in 2000 and 2005 and Microsoft in 2003, each 2:1; nothing else is a split."""
    rows = fetch(us5(), tmp_path).rows
    found = []
    for symbol, own in rows.groupby("symbol"):
        steps = own["split_factor"] / own["split_factor"].shift()
        found += [
            (symbol, f"{day:%Y-%m-%d}", ratio)
            for day, ratio in zip(own["session"], steps, strict=True)
            if ratio > 1
        ]
        assert own["split_factor"].iloc[0] == own["dividend_factor"].iloc[0] == 1
    assert found == [("AAPL", "2000-06-21", 2), ("AAPL", "2005-02-28", 2), ("MSFT", "2003-02-18", 2)]


def test_us5_dividends_are_the_companies_own(tmp_path: Path) -> None:
    """Microsoft paid 8 cents first and 3.08 dollars in 2004; GOOG and FB paid nothing."""
    rows = fetch(us5(), tmp_path).rows.set_index(["symbol", "session"])
    microsoft = rows.loc["MSFT"]
    for day, dividend in (("2003-02-19", 0.08), ("2004-11-15", 3.08)):
        at = int(microsoft.index.searchsorted(pd.Timestamp(day)))
        ratio = microsoft["dividend_factor"].iloc[at] / microsoft["dividend_factor"].iloc[at - 1]
        assert microsoft["close"].iloc[at - 1] * (1 - 1 / ratio) == pytest.approx(dividend, abs=0.06)
    assert (rows.loc[["FB", "GOOG"], "dividend_factor"] == 1).all()


def test_us5_trades_on_new_yorks_sessions(tmp_path: Path) -> None:
    """IBM has a bar on every session of the exchange and on no other day."""
    rows = fetch(us5(symbols=("IBM",)), tmp_path).rows
    assert rows["session"].tolist() == sessions("XNYS", "2000-03-01", "2013-03-01").tolist()


def test_ecb_rates_are_closes_alone(tmp_path: Path) -> None:
    """The reference rates are 41 currencies for a euro, without volume, factors or empty days."""
    rows = fetch(ecb(), tmp_path).rows
    assert rows["symbol"].nunique() == 41
    assert rows[["open", "high", "low", "volume"]].isna().all(axis=None)
    assert (rows[["split_factor", "dividend_factor"]] == 1).all(axis=None)
    assert rows["close"].notna().all()
    franc = rows[rows["symbol"] == "CHF"].set_index("session")["close"]
    assert franc["2015-01-15"] / franc["2015-01-14"] - 1 == pytest.approx(-0.144, abs=5e-4)
    assert set(rows["session"]) == set(sessions("ECB", "1999-01-04", rows["session"].max()))


@pytest.mark.parametrize("make", [us5, ecb])
def test_an_earlier_as_of_only_leaves_out_later_sessions(
    make: Callable[[], Universe], tmp_path: Path
) -> None:
    """What was known at an earlier day is the same rows, factors and id, less the later sessions."""
    whole = fetch(make(), tmp_path)
    early = fetch(make(), tmp_path, date(2005, 3, 1))
    expected = whole.rows[whole.rows["session"] <= "2005-03-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(early.rows, expected)
    assert early.rows["session"].max() == pd.Timestamp("2005-03-01")
    assert early.id == whole.id


def test_changing_a_batch_changes_no_later_one(tmp_path: Path) -> None:
    """A caller may write into its rows without spoiling what the next call gets."""
    rows = fetch(us5(), tmp_path).rows
    rows.loc[:, "close"] = 0.0
    assert (fetch(us5(), tmp_path).rows["close"] > 0).all()


def test_only_wanted_symbols_come(tmp_path: Path) -> None:
    """A universe of two currencies has no other, and their rows keep their places."""
    rows = fetch(ecb(symbols=("USD", "CHF")), tmp_path).rows
    assert set(rows["symbol"]) == {"USD", "CHF"}
    whole = fetch(ecb(), tmp_path).rows
    assert rows["row"].tolist() == whole.loc[whole["symbol"].isin(["USD", "CHF"]), "row"].tolist()


def test_an_unknown_symbol_names_the_nearest(tmp_path: Path) -> None:
    """A symbol that the source does not have is refused with the nearest one that it has."""
    with pytest.raises(SourceError, match=r'symbol "MSTF" is not in bundled:us5; .* did you mean "MSFT"\?'):
        fetch(us5(symbols=("AAPL", "MSTF")), tmp_path)
    with pytest.raises(
        SourceError, match=r'"usd" is not in bundled:ecb-fx; it has USD, .*, \.\.\.; did you mean'
    ):
        fetch(ecb(symbols=("usd",)), tmp_path)


def test_an_as_of_before_the_first_session_is_an_error(tmp_path: Path) -> None:
    """Nothing up to the day asked for is an error that says when the source starts."""
    with pytest.raises(HistoryError, match="nothing up to 1999-12-31; its first session is 2000-03-01"):
        fetch(us5(), tmp_path, date(1999, 12, 31))


def test_bundled_rows_can_be_shown_as_received(tmp_path: Path) -> None:
    """A row of either universe is shown as canonical JSON of the values that came."""
    batch = fetch(us5(), tmp_path)
    assert show_raw_rows(batch, [0])[0] == (
        '{"adj_close":4.186662803811,"close":130.31,"date":"2000-03-01","high":132.06,"low":118.5,'
        '"open":118.56,"symbol":"AAPL","volume":9616100}'
    )
    rates = fetch(ecb(symbols=("JPY",)), tmp_path, date(1999, 1, 4))
    assert show_raw_rows(rates, rates.rows["row"]) == ['{"Date":"1999-01-04","JPY":"133.73"}']
    assert show_raw_rows(rates, np.array([], dtype=np.int64)) == []


def test_a_start_leaves_out_what_was_before_it(tmp_path: Path) -> None:
    """From a start on, the rows are those of the whole, and factors are 1 at each symbol's first of them."""
    whole = fetch(us5(), tmp_path).rows
    late = fetch(us5(), tmp_path, start=date(2003, 2, 18)).rows  # Microsoft's split, and Apple's is to come
    kept = whole[whole["session"] >= "2003-02-18"].reset_index(drop=True)
    factors = ["split_factor", "dividend_factor"]
    pd.testing.assert_frame_equal(late.drop(columns=factors), kept.drop(columns=factors))
    assert (late.groupby("symbol")[factors].first() == 1).all(axis=None)
    last = late.groupby("symbol")["split_factor"].last()
    assert (last["AAPL"], last["MSFT"]) == (2, 1)


def test_each_symbol_has_its_own_start(tmp_path: Path) -> None:
    """Of a symbol without a start all history comes; nothing after a start is an empty batch, no error."""
    batch = fetch(us5(symbols=("AAPL", "IBM")), tmp_path, start={"AAPL": date(2013, 3, 1)})
    assert batch.rows.groupby("symbol").size().to_dict() == {"AAPL": 1, "IBM": 3270}
    assert fetch(us5(), tmp_path, start=date(2013, 3, 2)).rows.empty
    assert batch.failed == ()
