"""What a first look at a file finds."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.config import Universe
from morrow.errors import SourceError
from morrow.sessions import sessions
from morrow.sources import fetch, inspect
from morrow.sources.files import FileSource
from morrow.sources.inspection import Inspection, QuestionError
from tests.conftest import market
from tests.files import write
from tests.vendor_bars import bars, two_symbols


def closes(days: pd.DatetimeIndex, symbols: int) -> pd.DataFrame:
    """Random walks, a column a symbol."""
    walk = np.random.default_rng(1).normal(0, 0.02, (len(days), symbols)).cumsum(axis=0)
    names = [f"C{place:02d}" for place in range(symbols)]
    return pd.DataFrame(np.round(100 * np.exp(walk), 4), index=days.rename("Date"), columns=names)


def rows_of(found: Inspection, path: Path) -> pd.DataFrame:
    """What the described source gives."""
    source = FileSource(
        kind=found.kind, path=path.name, layout=found.layout, columns=found.columns, symbol=found.symbol
    )
    return fetch(Universe(source=source, calendar=found.calendar), path.parent).rows


def test_a_wide_file_that_trades_at_weekends(tmp_path: Path) -> None:
    """23 coins with a column each are wide, daily and close only; the description reads every close."""
    path = tmp_path / "coins.csv"
    table = closes(pd.date_range("2020-01-01", periods=100), 23)
    table.to_csv(path)
    found = inspect(path)
    assert found == Inspection(
        kind="csv", layout="wide", columns={"session": "Date"}, symbol=None, calendar="24/7",
        currency="USD", symbols=tuple(table.columns), first=date(2020, 1, 1), last=date(2020, 4, 9),
        close_only=True,
    )  # fmt: skip
    assert rows_of(found, path)["close"].tolist() == table.to_numpy().ravel().tolist()


def test_a_long_file_of_coins_stamped_at_the_end_of_the_day(tmp_path: Path) -> None:
    """Long coin data with spare columns and times of day maps to names, and to days."""
    table = closes(pd.date_range("2020-01-01", periods=60), 23)
    table = table.reset_index().melt("Date", var_name="Symbol", value_name="Close")
    table["Date"] = table["Date"].dt.strftime("%Y-%m-%d 23:59:59")
    table.insert(0, "SNo", range(len(table)))
    table["Name"], table["Marketcap"], table["Volume"] = "Coin", 1e9, 0.0
    for name, factor in (("High", 1.01), ("Low", 0.99), ("Open", 1.0)):
        table[name] = table["Close"] * factor
    path = tmp_path / "coins.csv.gz"
    table.to_csv(path, index=False)
    found = inspect(path)
    assert (found.layout, found.calendar, len(found.symbols), found.close_only) == ("long", "24/7", 23, False)
    assert found.columns == {
        "session": "Date", "symbol": "Symbol", "open": "Open", "high": "High", "low": "Low",
        "close": "Close", "volume": "Volume",
    }  # fmt: skip
    assert rows_of(found, path)["session"].max() == pd.Timestamp("2020-02-29")


@pytest.mark.parametrize(
    "header",
    [
        "Date,Open,High,Low,Close,Adj Close,Volume",
        "date,open,high,low,close,adjclose,volume",
        "TIMESTAMP,OPEN,HIGH,LOW,LAST,ADJUSTED CLOSE,VOL",
        "Day,1. open,2. high,3. low,4. close,5. adjusted close,6. volume",
    ],
)
def test_usual_names_are_known_in_any_case(header: str, tmp_path: Path) -> None:
    """The usual spellings of a bar's fields all map; a file without symbols is one, named by the file."""
    path = tmp_path / "spy.csv"
    path.write_text(f"{header}\n2020-01-02,1,3,0.5,2,1,10\n2020-01-03,2,4,1,3,1.5,20\n", encoding="utf-8")
    found = inspect(path)
    names = header.split(",")
    meanings = ("session", "open", "high", "low", "close", "adj_close", "volume")
    assert found.columns == dict(zip(meanings, names, strict=True))
    assert found.symbol == "SPY"
    assert found.symbols == ("SPY",)
    assert rows_of(found, path)["close"].tolist() == [2, 3]


def test_a_parquet_file_with_an_unnamed_index_of_days(tmp_path: Path) -> None:
    """A wide Parquet file is read by its index, whose made-up name is no symbol."""
    path = tmp_path / "wide.parquet"
    table = closes(sessions("XNYS", "2019-01-01", "2019-12-31"), 2)
    table.index.name = None
    table.to_parquet(path)
    found = inspect(path)
    assert (found.kind, found.layout, found.columns) == ("parquet", "wide", {})
    assert (found.symbols, found.calendar) == (("C00", "C01"), "XNYS")
    assert len(rows_of(found, path)) == 2 * len(table)


@pytest.mark.parametrize(
    ("calendar", "currency"), [("XNYS", "USD"), ("XLON", "GBP"), ("XTKS", "JPY"), ("XPAR", "EUR")]
)
def test_an_exchanges_days_choose_its_calendar(calendar: str, currency: str, tmp_path: Path) -> None:
    """Two years of a calendar's days, with one missing, choose that calendar and guess its currency."""
    days = sessions(calendar, "2018-01-01", "2019-12-31").delete(100)
    path = tmp_path / "prices.csv"
    closes(days, 1).to_csv(path)
    found = inspect(path)
    assert (found.calendar, found.currency) == (calendar, currency)


def test_currencies_on_the_central_banks_days_are_rates(tmp_path: Path) -> None:
    """The same days choose the ECB for closes of currencies, and Paris for those of anything else."""
    table = closes(sessions("ECB", "2018-01-01", "2019-12-31"), 2)
    table.set_axis(["USD", "CHF"], axis=1).to_csv(tmp_path / "rates.csv")
    table.to_csv(tmp_path / "stocks.csv")
    assert inspect(tmp_path / "rates.csv").calendar == "ECB"
    assert inspect(tmp_path / "stocks.csv").calendar == "XPAR"


def test_a_file_without_prices_is_refused(tmp_path: Path) -> None:
    """A file of dates and words has no price column, and the error lists what it has."""
    path = tmp_path / "words.csv"
    path.write_text("Date,Mood\n2020-01-01,good\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r'"words.csv" has no price column.*Mood'):
        inspect(path)


def test_a_first_look_finds_how_numbers_and_days_are_written(tmp_path: Path) -> None:
    """Decimal commas, points between thousands and day-first dates are found where they are unambiguous."""
    path = write(tmp_path, "Datum;Date;Close;Volume\nx;31.01.2024;1.234,50;1.000\nx;01.02.2024;12,5;20.000\n")
    found = inspect(path)
    assert found.notation == {"dates": "day-first", "decimal": ",", "thousands": "."}
    assert found.first == date(2024, 1, 31)
    american = write(tmp_path, 'Date,Close\n01/31/2024,"1,234.50"\n02/01/2024,12.5\n')
    assert inspect(american).notation == {"dates": "month-first", "thousands": ","}
    plain = write(tmp_path, "Date,Close\n2024-01-31,1234.50\n")
    assert inspect(plain).notation == {}


def test_a_first_look_guesses_nothing(tmp_path: Path) -> None:
    """Days up to 12 could be months, and 1,234 could be either number: both are refused, not guessed."""
    with pytest.raises(QuestionError, match="could be swapped") as caught:
        inspect(write(tmp_path, "Date;Close\n03/04/2024;1\n04/05/2024;2\n"))
    assert caught.value.answers == ('dates = "day-first"', 'dates = "month-first"')
    with pytest.raises(SourceError, match='first unreadable: close="1,234"'):
        inspect(write(tmp_path, "Date;Close\n2024-01-02;1,234\n2024-01-03;5,678\n"))


@pytest.mark.parametrize("other", ["{:.2f}", "£{:.2f}"])
def test_prices_in_pounds_and_in_pence_are_a_question(other: str, tmp_path: Path) -> None:
    """Where a part of the prices is in pence nothing is accepted; a few unread rows are only mentioned."""
    closes = bars()["close"]
    cells = [f"{close * 100:.0f}p" if n % 3 == 0 else other.format(close) for n, close in enumerate(closes)]
    days = bars().index
    lines = "".join(f"{day},{cell}\n" for day, cell in zip(days, cells, strict=True))
    with pytest.raises(QuestionError, match='100 of 300 rows cannot be read, first: close="5026p"'):
        inspect(write(tmp_path, "Date,Close\n" + lines))
    few = "".join(f"{day},{'?1' if n == 3 else close}\n" for n, (day, close) in enumerate(closes.items()))
    found = inspect(write(tmp_path, "Date,Close\n" + few))
    assert found.preview.notes[0] == '1 of 300 rows cannot be read, first: close="?1"'


def test_a_question_about_the_header_has_its_answer(tmp_path: Path) -> None:
    """A file of days and numbers without a header is a question, with the lines that name its columns."""
    rows = "".join(f"2017-01-{day:02d},{day}.5\n" for day in range(2, 20))
    with pytest.raises(QuestionError, match="has no header") as caught:
        inspect(write(tmp_path, rows))
    assert caught.value.answers == ('header = false\ncolumns = ["session", "close"]',)


def test_a_first_look_at_a_folder(tmp_path: Path) -> None:
    """A folder of files with a symbol each is described by all of them."""
    for name in ("aaa", "bbb"):
        write(tmp_path / "in", "Date,Close\n2024-01-02,1\n2024-01-03,2\n", f"{name}.csv")
    found = inspect(tmp_path / "in")
    assert (found.kind, found.symbols, found.symbol) == ("csv", ("AAA", "BBB"), None)
    assert inspect(tmp_path / "in" / "*.csv").symbols == ("AAA", "BBB")


def test_filled_weekends_are_no_sessions(tmp_path: Path) -> None:
    """A file with Friday's closes on Saturdays and Sundays does not have a session on every day."""
    closes = market(sessions=200).pivot_table(index="session", columns="symbol", values="close")
    closes.resample("D").ffill().to_csv(tmp_path / "filled.csv")
    answer = inspect(tmp_path / "filled.csv")
    assert answer.calendar == "observed"
    assert answer.last.weekday() < 5


@pytest.mark.parametrize("kind", ["text", "parquet", "epoch"])
def test_a_first_look_finds_whose_days_moments_are(kind: str, tmp_path: Path) -> None:
    """Tokyo's midnights in UTC are Tokyo's sessions, in CSV and Parquet, and in milliseconds."""
    table = closes(sessions("XTKS", "2018-01-01", "2019-12-31"), 1).rename(columns={"C00": "close"})
    days = table.index
    table.index = days.tz_localize("Asia/Tokyo").tz_convert("UTC")
    path = tmp_path / ("prices.parquet" if kind == "parquet" else "prices.csv")
    if kind == "epoch":
        table.index = pd.Index(
            table.index.tz_localize(None).to_numpy("datetime64[ms]").astype(int), name="Date"
        )
    table.to_parquet(path) if kind == "parquet" else table.to_csv(path)
    found = inspect(path)
    assert found.notation == ({"dates": "epoch"} if kind == "epoch" else {}) | {"zone": "Asia/Tokyo"}
    assert (found.calendar, found.first) == ("XTKS", days[0].date())


@pytest.mark.parametrize(
    "header",
    [
        "Datum;Erster;Hoch;Tief;Schlusskurs;Volumen;Stuecke",
        "Data;Otwarcie;Najwyzszy;Najnizszy;Zamkniecie;Obrot;Wolumen",
        "date;ouv;haut;bas;clot;devise;vol",
        "日期;开盘;最高;最低;收盘;成交额;成交量",
        "Date;Open;High;Low;Close/Last;Change %;Volume",
    ],
)
def test_columns_in_a_vendors_language(header: str, tmp_path: Path) -> None:
    """Open, high, low, close and volume in a language are those of one symbol's bars, not six symbols."""
    table = bars()[["open", "high", "low", "close", "volume"]]
    table.insert(4, "other", 7.5)
    path = write(tmp_path, header + "\n" + table.to_csv(sep=";", header=False), "abc.csv")
    found = inspect(path)
    assert (found.layout, found.symbols, found.preview.left_aside) == (
        "long",
        ("ABC",),
        (header.split(";")[5],),
    )
    rows = rows_of(found, path)
    fields = ["open", "high", "low", "close", "volume"]
    assert rows[fields].to_numpy().tolist() == table[fields].to_numpy().tolist()


def test_frames_of_the_field(tmp_path: Path) -> None:
    """The long frames of forecasting and trading libraries are symbols, days and closes."""
    for header in ("unique_id,ds,y", "item_id,timestamp,target", "tic,date,close", "ts_code,trade_date,close",
                   "instrument,datetime,$close", "Instrument,Date,Price Close"):  # fmt: skip
        table = two_symbols().reset_index()[["symbol", "Date", "close"]]
        path = write(tmp_path, header + "\n" + table.to_csv(header=False, index=False))
        found = inspect(path)
        assert (found.layout, found.symbols) == ("long", ("AAA", "BBB"))
        assert rows_of(found, path)["close"].tolist() == table["close"].tolist()


def test_a_code_that_went_through_a_number(tmp_path: Path) -> None:
    """600519.0 is the code 600519, beside a name that is left aside."""
    table = two_symbols().reset_index()[["Date", "symbol", "close"]]
    table["code"] = table["symbol"].map({"AAA": "600519.0", "BBB": "601318.0"})
    found = inspect(write(tmp_path, table.rename(columns={"symbol": "name"}).to_csv(index=False)))
    assert (found.symbols, found.preview.left_aside) == (("600519", "601318"), ("name",))


def test_the_preview_shows_bars_as_they_will_be_stored(tmp_path: Path) -> None:
    """The first and last bar of the first and last symbol."""
    found = inspect(write(tmp_path, two_symbols().to_csv()))
    assert [line[:14] for line in found.preview.bars] == [
        "AAA 2022-01-03", "AAA 2023-02-24", "BBB 2022-01-03", "BBB 2023-02-24",
    ]  # fmt: skip
