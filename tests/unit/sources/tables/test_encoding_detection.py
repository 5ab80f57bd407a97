"""Legacy encodings told by what they make of the bytes."""

import pytest

from morrow.sources.tables.encoding_detection import describe_encoding, detect_encoding


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "cp1252",
            "Datum;Erster;Hoch;Tief;Schlusskurs;Stücke;Volumen\n02.01.2017;10,5;10,6;10,4;10,5;100;1\n",
        ),
        ("cp1252", "Date;Ouverture;Plus haut;Plus bas;Dernière clôture\n02/01/2017;1;2;0;1\n"),
        ("cp1252", "Data,Abertura,Máxima,Mínima,Último,Variação\n2017-01-02,1,2,0,1,0\n"),
        ("cp1252", "Date,Ticker,Close\n2017-01-02,Nestlé,3\n2017-01-03,L’Oréal,4\n"),
        ("cp1252", "Date;Close (£)\n02/01/2017;1\u00a0234,50\n"),
        ("cp1252", "Date;Close\n02/01/2017;€ 12,50\n"),
        ("cp1250", "Data,Otwarcie,Najwyższy,Najniższy,Zamknięcie,Wolumen\n2017-01-02,1,2,0,1,9\n"),
        ("cp1250", "date;name;close\n2017-01-02;Płock Ołów;3\n2017-01-03;Żywiec;4\n"),
        ("cp1250", "Datum;Otevírací;Nejvyšší;Nejnižší;Závěrečný\n02.01.2017;1;2;0;1\n"),
        ("cp1251", "Дата;Открытие;Максимум;Минимум;Закрытие;Объем\n02.01.2017;1;2;0;1;9\n"),
        ("cp1251", "date;name;close\n2017-01-02;ГАЗПРОМ;3\n2017-01-03;Сбербанк;4\n"),
        ("gb18030", "日期,开盘,最高,最低,收盘,成交量\n2017-01-02,1,2,0,1,9\n"),
        ("gb18030", "date,name,close\n2017-01-02,贵州茅台,3\n2017-01-03,万科A,4\n"),
        ("cp932", "日付,始値,高値,安値,終値,出来高\n2017/01/02,1,2,0,1,9\n"),
        ("cp932", "date,name,close\n2017-01-02,トヨタ自動車,3\n2017-01-03,ソニー,4\n"),
        ("big5", "日期,開盤價,最高價,最低價,收盤價,成交股數\n2017/01/02,1,2,0,1,9\n"),
        ("cp949", "날짜,시가,고가,저가,종가,거래량\n2017/01/02,1,2,0,1,9\n"),
        ("cp1254", "Tarih;Açılış;Yüksek;Düşük;Kapanış;Hacim\n02.01.2017;1;2;0;1;9\n"),
        ("cp1253", "Ημερομηνία;Άνοιγμα;Υψηλό;Χαμηλό;Κλείσιμο\n02.01.2017;1;2;0;1\n"),
        ("cp850", "Datum;Schlusskurs;Stücke\n2017-01-02;1;2\n"),
        ("cp850", "symbol;date;close;Währung;Börse\nAAA;2017-01-02;1;EUR;München\n"),
        ("mac_roman", "symbol;date;Währung;Börse\n" + "A;2017-01-02;EUR;München\nB;;;Zürich\n" * 20),
        ("mac_roman", "Date;Clôture;Séance\n02/01/2017;1;2\n"),
    ],
)
def test_an_encoding_is_told_by_its_words(encoding: str, text: str) -> None:
    """A header or a few names are enough to read every letter as it was written."""
    detected = detect_encoding(text.encode(encoding))
    assert detected is not None
    assert text.encode(encoding).decode(detected) == text


@pytest.mark.parametrize(
    "block",
    [
        b"Date,Close\n2024-01-02,1.\xf35\n",
        b"Date,Close\n2024\xff-01-02,1.5\n",
        b"Date,Cl\xc3ose\n2024-01-02,1\n",
        b"\x89\x01\xfe,\xaa\n",
    ],
)
def test_damage_is_no_encoding(block: bytes) -> None:
    """A stray byte in a number, a day or a word is taken for damage."""
    assert detect_encoding(block) is None


def test_an_encoding_is_described() -> None:
    """A person sees what an encoding is called elsewhere."""
    assert describe_encoding("cp932") == "cp932, Japanese (Shift JIS)"
    assert describe_encoding("utf-16") == "UTF-16"
