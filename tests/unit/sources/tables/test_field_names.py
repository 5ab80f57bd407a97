"""The words for the fields of a bar."""

import pytest

from morrow.sources.tables.field_names import (
    find_rivals,
    is_field,
    is_neutral,
    match_field,
    match_names,
    match_whole_field,
)  # fmt: skip

FIELDS = ("session", "open", "high", "low", "close", "volume")


@pytest.mark.parametrize(
    "header",
    [
        "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke",
        "Datum;Eröffnung;Höchst;Tiefst;Schlußkurs;Stück",
        "Data;Otwarcie;Najwyzszy;Najnizszy;Zamkniecie;Wolumen",
        "Data;Otwarcie;Najwyższy;Najniższy;Zamknięcie;Wolumen",
        "date;ouv;haut;bas;clot;vol",
        "Date;Ouv.;Plus Haut;Plus Bas;Dernier;Vol.",
        "日期;开盘;最高;最低;收盘;成交量",
        "日付;始値;高値;安値;終値;出来高",
        "날짜;시가;고가;저가;종가;거래량",
        "Дата;Откр.;Макс.;Мин.;Цена;Объём",
        "Fecha;Apertura;Máximo;Mínimo;Último;Vol.",
        "Data;Apertura;Massimo;Minimo;Ultimo;Vol.",
        "Data;Abertura;Máxima;Mínima;Último;Vol.",
        "Tarih;Açılış;Yüksek;Düşük;Şimdi;Hac.",
        "Datum;Open;Hoog;Laag;Slot;Volume",
        "Date;Open;High;Low;Close/Last;Volume",
        "<DATE>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>",
        "datetime;$open;$high;$low;$close;$volume",
        "Date;PX_OPEN;PX_HIGH;PX_LOW;PX_LAST;PX_VOLUME",
        "t;o;h;l;c;v",
        "Day;1. open;2. high;3. low;4a. close (USD);5. volume",
    ],
)
def test_the_fields_of_a_bar_in_many_words(header: str) -> None:
    """Vendors' words in their languages, with and without accents, name the same six fields."""
    assert match_names(header.split(";")) == dict(zip(FIELDS, range(6), strict=True))


def test_the_fields_own_frames() -> None:
    """The frames of forecasting and trading libraries have a symbol, a day and a close."""
    for header in (
        "unique_id;ds;y", "item_id;timestamp;target", "tic;date;close", "ts_code;trade_date;close",
        "instrument;datetime;$close", "Instrument;Date;Price Close", "股票代码;日期;收盘",
    ):  # fmt: skip
        assert match_names(header.split(";")) == {"symbol": 0, "session": 1, "close": 2}


def test_shares_are_volume_before_what_they_cost() -> None:
    """Of a number of shares and a turnover under the usual word for volume, the shares are the volume."""
    assert match_names(["Datum", "Schlusskurs", "Volumen", "Stuecke"])["volume"] == 3


def test_a_name_that_is_none_of_a_bars_fields() -> None:
    """A change in percent and a numbered copy are no price; a turnover is a field that is not used."""
    assert match_field("Last %") is None
    assert match_field("Close.1") is None
    assert match_field("AAPL") is None
    assert match_field("Turnover") is None
    assert [is_field(name) for name in ("Turnover", "Chg%", "涨跌幅", "AAPL", "Gold")] == [True] * 3 + [
        False
    ] * 2


def test_columns_of_one_name_are_rivals() -> None:
    """Numbered and differently written copies of a field's name are found, other words for it are not."""
    assert find_rivals(["Date", "Close", "Close.1", "High", "high_2"]) == {"close": [1, 2], "high": [3, 4]}
    assert find_rivals(["Date", "Close", "Last", "Adj Close"]) == {}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("DailyHighPrice", "high"), ("High_USD", None), ("OPEN_PRICE_RAW", "open"),
        ("TotalTradedVolume", "volume"),
        ("px close", "close"), ("PX Open Raw", None), ("dayLow", "low"),
        ("Prev Close", None), ("52 Week High", None),
        ("Open Interest", None), ("Close Time", None), ("Price", "close"), ("Total Trades", None),
        ("Trading Day", "session"), ("Day Close %", None), ("AAPL", None), ("TTE", None),
    ],
)  # fmt: skip
def test_words_that_add_nothing_do_not_hide_a_field(name: str, field: str | None) -> None:
    """A field's word beside neutral ones is that field; beside another word it is not."""
    assert match_field(name) == field
    assert match_names([name]) == ({field: 0} if field else {})


def test_a_close_beside_that_of_a_symbol_is_none_of_the_tables() -> None:
    """DAY Close is the table's close unless KO Close stands beside it; a unit makes no rival."""
    assert match_names(["Date", "DAY Close", "KO Close"]) == {"session": 0}
    assert match_names(["Date", "Day Close", "Prev Close", "Close (USD)"])["close"] == 3
    assert match_names(["Date", "Day Close", "Prev Close", "52 Week Close"])["close"] == 1


def test_a_whole_name_has_no_neutral_words() -> None:
    """A name that is a field without its neutral words is no whole name, so that these may be a symbol."""
    names = ("Close", "Day Low", "DAY_Close", "Prev Close", "Last %")
    assert [match_whole_field(name) for name in names] == ["close", None, None, None, None]
    assert [is_neutral(word) for word in ("DAY", "daily", "TOT", "PX", "KO")] == [
        True,
        True,
        False,
        False,
        False,
    ]
