"""Several columns per symbol, side by side."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.sources import inspect, show_raw_rows
from tests.files import read, refusal, write
from tests.vendor_bars import bars, two_symbols

PRICES = ["open", "high", "low", "close", "volume"]


def expected(symbol: str, seed: int) -> list[list[float]]:
    """The prices that were written."""
    return bars(symbol, seed)[PRICES].to_numpy().tolist()


def test_fields_and_symbols_in_parquet_columns(tmp_path: Path) -> None:
    """Two levels of columns are found in either order, and each symbol has its own bars."""
    table = two_symbols().pivot_table(index="Date", columns="symbol", values=PRICES)
    fields_first = table.rename(columns=str.title, level=0)
    for name, frame in (("first", fields_first), ("second", fields_first.swaplevel(axis=1))):
        path = tmp_path / f"{name}.parquet"
        frame.to_parquet(path)
        found = inspect(path)
        assert (found.layout, found.symbols) == ("fields", ("AAA", "BBB"))
        assert found.columns == {"session": "Date", **{name: name.title() for name in PRICES}}
        rows = read(path, layout="fields", columns=found.columns).rows
        for symbol, seed in (("AAA", 1), ("BBB", 2)):
            assert rows.loc[rows["symbol"] == symbol, PRICES].to_numpy().tolist() == expected(symbol, seed)
        assert read(path, layout="fields").rows.equals(rows)


def test_dates_beside_each_symbol(tmp_path: Path) -> None:
    """Each symbol has a column of days before its closes, and histories of different lengths."""
    first, second = bars(days=300)["close"], bars(seed=2, days=250, start="2022-03-01")["close"]
    parts = [part.reset_index() for part in (first, second)]
    table = pd.concat(parts, axis=1).set_axis(["Date", "SPX", "Date", "SX5E"], axis=1)
    path = write(tmp_path, table.to_csv(index=False))
    found = inspect(path)
    assert (found.layout, found.columns, found.symbols) == ("fields", {}, ("SPX", "SX5E"))
    rows = read(path, layout="fields").rows
    of_second = rows[rows["symbol"] == "SX5E"]
    assert of_second["close"].tolist() == second.tolist()
    assert of_second["session"].dt.strftime("%Y-%m-%d").tolist() == second.index.tolist()
    assert (rows["symbol"] == "SPX").sum() == 300


def test_named_groups(tmp_path: Path) -> None:
    """Columns that repeat are read with the symbols that the configuration names."""
    table = pd.concat([bars()[["close", "high"]], bars(seed=2)[["close", "high"]].add_suffix(".1")], axis=1)
    path = write(tmp_path, table.to_csv())
    rows = read(path, layout="fields", groups=["X", "Y"]).rows
    assert rows.loc[rows["symbol"] == "Y", "high"].tolist() == bars(seed=2)["high"].tolist()
    assert "2 groups of columns, and source.groups names 1" in refusal(path, layout="fields", groups=["X"])
    assert 'groups = ["NAME1", "NAME2"]' in refusal(path, layout="fields")


def test_a_bar_of_a_group_is_shown_alone(tmp_path: Path) -> None:
    """A row as received has the day and one symbol's columns, and a broken line is one row."""
    path = write(
        tmp_path, "Date,A.Close,A.Open,B.Close,B.Open\n2024-01-02,1,2,3,x\n2024-01-03,1\n2024-01-04,1,1,,\n"
    )
    batch = read(path, layout="fields")
    assert batch.rows["symbol"].fillna("").tolist() == ["A", "B", "", "A"]
    assert batch.rows["malformed"].fillna("").tolist() == ["", 'open="x"', "fields=2 of 5", ""]
    assert show_raw_rows(batch, [1]) == ['{"B.Close":"3","B.Open":"x","Date":"2024-01-02"}']


@pytest.mark.parametrize("text", ["Date,A.Open,A.High\n2024-01-02,1,2\n", "Date,A,B\n2024-01-02,1,2\n"])
def test_what_has_no_closes_in_groups(text: str, tmp_path: Path) -> None:
    """Groups without a close, and columns without groups, are refused with what to write."""
    assert 'set layout = "long"' in refusal(write(tmp_path, text), layout="fields")


@pytest.mark.parametrize("symbols", [("AAA", "BBB"), ("AAA",)])
@pytest.mark.parametrize("fields_first", [True, False])
def test_three_header_lines(symbols: tuple[str, ...], tmp_path: Path, *, fields_first: bool) -> None:
    """Fields, tickers and a line with "Date" above the rows give each ticker its bars."""
    table = two_symbols()[lambda rows: rows["symbol"].isin(symbols)]
    wide = table.pivot_table(index="Date", columns="symbol", values=PRICES).rename(columns=str.title, level=0)
    wide.columns.names = ["Price", "Ticker"]
    path = write(tmp_path, (wide if fields_first else wide.swaplevel(axis=1)).to_csv())
    found = inspect(path)
    assert (found.layout, found.symbols, found.symbol) == ("fields", symbols, None)
    rows = read(path, layout="fields", columns=found.columns).rows
    assert rows["malformed"].isna().all()
    for symbol, seed in zip(symbols, (1, 2), strict=False):
        assert rows.loc[rows["symbol"] == symbol, PRICES].to_numpy().tolist() == expected(symbol, seed)


def test_symbols_above_fields_of_a_spreadsheet(tmp_path: Path) -> None:
    """A symbol stands once above its fields, as merged cells are saved."""
    first, second = bars()[["open", "close"]], bars(seed=2)[["open", "close"]]
    body = pd.concat([first, second], axis=1).to_csv(header=False)
    header = ",SPX Index,,SX5E Index,\nDates,PX_OPEN,PX_LAST,PX_OPEN,PX_LAST\n"
    path = write(tmp_path, header + body)
    found = inspect(path)
    assert (found.layout, found.symbols) == ("fields", ("SPX Index", "SX5E Index"))
    assert found.columns == {"session": "Dates", "open": "PX_OPEN", "close": "PX_LAST"}
    rows = read(path, layout="fields", columns=found.columns).rows
    assert (
        rows.loc[rows["symbol"] == "SX5E Index", ["open", "close"]].to_numpy().tolist()
        == second.to_numpy().tolist()
    )
    assert rows["malformed"].isna().all()


def test_dates_beside_each_symbol_below_its_name(tmp_path: Path) -> None:
    """Two header lines with days of each symbol's own are read by symbol."""
    parts = [part.reset_index() for part in (bars()["close"], bars(seed=2, days=200)["close"])]
    body = pd.concat(parts, axis=1).to_csv(header=False, index=False)
    path = write(tmp_path, "SPX,,SX5E,\nDate,PX_LAST,Date,PX_LAST\n" + body)
    found = inspect(path)
    assert (found.symbols, found.columns) == (("SPX", "SX5E"), {"close": "PX_LAST"})
    rows = read(path, layout="fields", columns=found.columns).rows
    assert rows["symbol"].value_counts().to_dict() == {"SPX": 300, "SX5E": 200}
