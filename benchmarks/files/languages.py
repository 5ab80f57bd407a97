"""Single tables with columns in other languages than English, in those countries' notation and encodings."""

from typing import Any

from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import register_table

KIND = "languages"
_GERMAN = Style(separator=";", decimal=",", thousands=".", dates="d.m.y", newest_first=True)
_LARGE = {"levels": (200.0, 9_000.0)}
_BERLIN = {"calendar": "XETR", **_LARGE}
_INVESTING = Style(dates="d/m/y", decimal=",", thousands=".", volumes="short", quoted=True, newest_first=True)


def _add(
    name: str, columns: str, style: Style = DEFAULT, draw: dict[str, Any] | None = None, **options: Any
) -> None:
    register_table(name, KIND, columns, style, draw, **options)


_add(
    "ariva",
    "Datum=date|Erster=open|Hoch=high|Tief=low|Schlusskurs=close|Stuecke=volume|Volumen=turnover",
    Style(separator=";", decimal=",", thousands=".", volumes="grouped", newest_first=True),
    _BERLIN,
)
_add(
    "comdirect",
    "Datum=date|Eröffnung=open|Hoch=high|Tief=low|Schluss=close|Volumen=volume",
    Style(
        separator=";",
        decimal=",",
        thousands=".",
        dates="d.m.y",
        quoted=True,
        encoding="cp1252",
        newest_first=True,
        newline="\r\n",
        above=('"Beispiel AG (WKN: 123456 Börse: Xetra)"', ""),
    ),
    _BERLIN,
)
_add("onvista", "Datum=date|Eröffnung=open|Hoch=high|Tief=low|Schluss=close|Volumen=volume", _GERMAN, _BERLIN)
_add(
    "finanzen.net",
    "Datum=date|Eröffnung=open|Schluss=close|Tageshoch=high|Tagestief=low|Volumen=volume",
    _GERMAN,
    _BERLIN,
)
_add(
    "boerse-frankfurt",
    "Datum=date|Eröffnung=open|Schluss=close|Tageshoch=high|Tagestief=low|Umsatz (€)=turnover"
    "|Umsatz (Stück)=volume",
    Style(
        separator=";",
        decimal=",",
        thousands=".",
        dates="d.m.y",
        quoted=True,
        newest_first=True,
        volumes="grouped",
    ),
    _BERLIN,
)
_add(
    "investing.com, German",
    "Datum=date|Zuletzt=close|Eröffn.=open|Hoch=high|Tief=low|Vol.=volume|+/- %=change%%",
    Style(dates="d.m.y", decimal=",", thousands=".", volumes="short", quoted=True, newest_first=True),
    _BERLIN,
    is_named=False,
    file="{symbol} Historische Daten.csv",
)
for language, columns in {
    "Spanish": "Fecha=date|Último=close|Apertura=open|Máximo=high|Mínimo=low|Vol.=volume|% var.=change%%",
    "Italian": "Data=date|Ultimo=close|Apertura=open|Massimo=high|Minimo=low|Vol.=volume|Var. %=change%%",
    "Portuguese": "Data=date|Último=close|Abertura=open|Máxima=high|Mínima=low|Vol.=volume|Var%=change%%",
    "French": "Date=date|Dernier=close|Ouv.=open| Plus Haut=high|Plus Bas=low|Vol.=volume"
    "|Variation %=change%%",
    "Dutch": "Datum=date|Laatste=close|Open=open|Hoog=high|Laag=low|Vol.=volume|Verschil %=change%%",
    "Turkish": "Tarih=date|Şimdi=close|Açılış=open|Yüksek=high|Düşük=low|Hac.=volume|Fark %=change%%",
    "Russian": "Дата=date|Цена=close|Откр.=open|Макс.=high|Мин.=low|Объём=volume|Изм. %=change%%",
}.items():
    style = Style(dates="d.m.y", decimal=",", thousands=".", volumes="short", quoted=True, newest_first=True)
    _add(
        f"investing.com, {language}",
        columns,
        style if language in ("Turkish", "Russian") else _INVESTING,
        {"calendar": "XPAR", **_LARGE},
    )
_EAST = Style(quoted=True, thousands=",", volumes="short", newest_first=True, encoding="utf-8-sig")
_add(
    "investing.com, Japanese",
    "日付け=date|終値=close|始値=open|高値=high|安値=low|出来高=volume|変化率 %=change%%",
    _EAST,
    {"calendar": "XTKS"},
)
_add(
    "investing.com, Korean",
    "날짜=date|종가=close|시가=open|고가=high|저가=low|거래량=volume|변동 %=change%%",
    _EAST,
    {"calendar": "XHKG"},
)
_add(
    "investing.com, Chinese",
    "日期=date|收盘=close|开盘=open|高=high|低=low|交易量=volume|涨跌幅=change%%",
    Style(quoted=True, dates="Chinese", volumes="short", newest_first=True),
    {"calendar": "XSHG"},
)
_add(
    "stooq, Polish",
    "Data=date|Otwarcie=open|Najwyzszy=high|Najnizszy=low|Zamkniecie=close|Wolumen=volume",
    draw={"calendar": "XWAR"},
)
_add(
    "gpw, Polish",
    "Data=date|Nazwa=symbol|Kurs otwarcia=open|Kurs maksymalny=high|Kurs minimalny=low|Kurs zamknięcia=close"
    "|Wolumen=volume|Liczba transakcji=count",
    Style(separator=";", decimal=",", encoding="cp1250"),
    {"calendar": "XWAR"},
)
_add(
    "boursorama",
    "date=date|ouv=open|haut=high|bas=low|clot=close|vol=volume|devise='EUR",
    Style(separator="\t", dates="d/m/y midnight", newest_first=True),
    {"calendar": "XPAR"},
    file="{symbol}.txt",
)
_add(
    "les echos, French",
    "Date=date|Ouverture=open|Clôture=close|+ Haut=high|+ Bas=low|Volume=volume",
    Style(separator=";", dates="d/m/y", decimal=",", thousands=" ", newest_first=True),
    {"calendar": "XPAR", **_LARGE},
)
_add(
    "akshare",
    "日期=date|股票代码=symbol|开盘=open|收盘=close|最高=high|最低=low|成交量=volume|成交额=turnover|振幅=change%|涨跌幅=change%"
    "|涨跌额=change|换手率=change%",
    draw={"calendar": "XSHG", "names": "codes"},
)
_add(
    "akshare of one stock",
    "日期=date|开盘=open|收盘=close|最高=high|最低=low|成交量=volume|成交额=turnover|振幅=change%|涨跌幅=change%",
    draw={"calendar": "XSHG", "names": "codes"},
)
_add(
    "netease",
    "日期=date|股票代码=symbol|名称=company|收盘价=close|最高价=high|最低价=low|开盘价=open|前收盘=previous|涨跌额=change"
    "|涨跌幅=change%|成交量=volume|成交金额=turnover",
    Style(encoding="gbk", newest_first=True, newline="\r\n"),
    {"calendar": "XSHG", "names": "codes"},
)
_add(
    "kabu, Japanese",
    "日付=date|始値=open|高値=high|安値=low|終値=close|出来高=volume",
    Style(encoding="shift_jis", dates="slashed", newline="\r\n"),
    {"calendar": "XTKS"},
)
_add(
    "krx, Korean",
    "일자=date|종가=close|대비=change|등락률=change%|시가=open|고가=high|저가=low|거래량=volume|거래대금=turnover",
    Style(encoding="cp949", dates="slashed", quoted=True, newest_first=True),
    {"calendar": "XHKG"},
)
_add(
    "twse, Chinese",
    "日期=date|成交股數=volume|成交金額=turnover|開盤價=open|最高價=high|最低價=low|收盤價=close|漲跌價差=change"
    "|成交筆數=count",
    Style(
        encoding="big5",
        quoted=True,
        thousands=",",
        volumes="grouped",
        above=('"112年 2330 台積電 各日成交資訊"',),
        dates="slashed",
    ),
    {"calendar": "XHKG"},
)
_add(
    "mfd, Russian",
    "Тикер=symbol|Дата=date|Открытие=open|Максимум=high|Минимум=low|Закрытие=close|Объем=volume",
    Style(encoding="cp1251", separator=";", dates="d.m.y"),
    {"calendar": "XWAR"},
)
_add(
    "moex",
    "BOARDID='TQBR|TRADEDATE=date|SHORTNAME=company|SECID=symbol|NUMTRADES=count"
    "|VALUE=turnover|OPEN=open|LOW=low|HIGH=high"
    "|LEGALCLOSEPRICE=close|WAPRICE=middle|CLOSE=close|VOLUME=volume|MARKETPRICE2=middle",
    Style(encoding="cp1251", separator=";", above=("history", "")),
    {"calendar": "XWAR"},
)
_add(
    "infomoney, Portuguese",
    "DATA=date|ABERTURA=open|MÁXIMA=high|MÍNIMA=low|FECHAMENTO=close|VOLUME=volume",
    Style(encoding="latin-1", separator=";", decimal=",", dates="d/m/y", newest_first=True),
)
_add(
    "bolsa, Spanish",
    "Fecha=date|Apertura=open|Máximo=high|Mínimo=low|Cierre=close|Volumen=volume",
    Style(encoding="cp1252", separator=";", decimal=",", thousands=".", dates="d/m/y"),
    _LARGE,
)
_add(
    "borsa, Italian",
    "Data=date|Apertura=open|Massimo=high|Minimo=low|Chiusura=close|Volume=volume",
    Style(separator=";", decimal=",", dates="d/m/y"),
    {"calendar": "XPAR"},
)
_add(
    "swedish",
    "Datum=date|Öppningskurs=open|Högstakurs=high|Lägstakurs=low|Slutkurs=close|Volym=volume",
    Style(separator=";", decimal=",", thousands=" "),
    {"calendar": "XSTO", **_LARGE},
)
_add(
    "swiss",
    "Datum=date|Eröffnung=open|Höchst=high|Tiefst=low|Schluss=close|Volumen=volume",
    Style(separator=";", thousands="'", dates="d.m.y", volumes="grouped"),
    _LARGE,
)
