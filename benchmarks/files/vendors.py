"""Single tables as vendors of data and exchanges export them, in English."""

from typing import Any

from benchmarks.files.cases import Question
from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import register_table

KIND = "vendors"
_DOLLARS = Style(dates="m/d/y", before="$", newest_first=True)
_ACTIONS = {"actions": True, "sessions": (200, 700), "levels": (20.0, 400.0)}
_HEAD = "Date=date|Open=open|High=high|Low=low|Close=close"
_BINANCE = "open=open|high=high|low=low|close=close|volume=volume"


def _add(
    name: str, columns: str, style: Style = DEFAULT, draw: dict[str, Any] | None = None, **options: Any
) -> None:
    register_table(name, KIND, columns, style, draw, **options)


_add("yahoo download", f"{_HEAD}|Adj Close=adj close|Volume=volume", draw=_ACTIONS, has_factor=True)
_add("stooq", f"{_HEAD}|Volume=volume")
_add(
    "stooq bulk",
    "<TICKER>=symbol|<PER>='D|<DATE>=date|<TIME>='000000|<OPEN>=open|<HIGH>=high|<LOW>=low"
    "|<CLOSE>=close|<VOL>=volume"
    "|<OPENINT>='0",
    Style(dates="compact"),
    file="{symbol}.txt",
)
_add(
    "investing.com",
    "Date=date|Price=close|Open=open|High=high|Low=low|Vol.=volume|Change %=change%%",
    Style(dates="m/d/y", thousands=",", volumes="short", quoted=True, newest_first=True),
    {"levels": (300.0, 50_000.0)},
    file="{symbol} Historical Data.csv",
    is_named=False,
)
_add(
    "investing.com of some years ago",
    "Date=date|Price=close|Open=open|High=high|Low=low|Vol.=volume|Change %=change%%",
    Style(dates="Jan 19, 2018", thousands=",", volumes="thousands", quoted=True, newest_first=True),
    file="{symbol} Historical Data.csv",
    is_named=False,
)
_add("nasdaq.com", "Date=date|Close/Last=close|Volume=volume|Open=open|High=high|Low=low", _DOLLARS)
_add(
    "nasdaq.com of some years ago",
    "Date=date| Close/Last=close| Volume=volume| Open=open| High=high| Low=low",
    Style(dates="m/d/y", before=" $", newest_first=True, volumes="whole"),
)
_add(
    "wsj.com",
    "Date=date| Open=open| High=high| Low=low| Close=close",
    Style(dates="m/d/yy", newest_first=True),
)
_add(
    "marketwatch.com",
    f"{_HEAD}|Volume=volume",
    Style(dates="m/d/y", thousands=",", volumes="grouped", newest_first=True),
    {"levels": (600.0, 6000.0)},
)
_add("alpha vantage", f"timestamp=date|{_BINANCE}", Style(newest_first=True))
_add(
    "alpha vantage, adjusted",
    "timestamp=date|open=open|high=high|low=low|close=close|adjusted_close=adj close|volume=volume"
    "|dividend_amount=dividend|split_coefficient=split",
    Style(newest_first=True),
    _ACTIONS,
    has_factor=True,
)
_add(
    "alpha vantage as a frame",
    "date=date|1. open=open|2. high=high|3. low=low|4. close=close|5. volume=volume",
    Style(newest_first=True, volumes="float"),
)
_add(
    "tiingo",
    "date=date|close=close|high=high|low=low|open=open|volume=volume|adjClose=adj close|adjHigh=adj high"
    "|adjLow=adj low|adjOpen=adj open|adjVolume=volume|divCash=dividend|splitFactor=split",
    Style(dates="iso Z"),
    _ACTIONS,
    has_factor=True,
)
_add(
    "quandl wiki, bulk",
    "ticker=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume|ex-dividend=dividend"
    "|split_ratio=split|adj_open=adj open|adj_high=adj high|adj_low=adj low"
    "|adj_close=adj close|adj_volume=volume",
    Style(volumes="float"),
    _ACTIONS,
    has_factor=True,
)
_add(
    "quandl wiki, one stock",
    f"{_HEAD}|Volume=volume|Ex-Dividend=dividend|Split Ratio=split|Adj. Open=adj open|Adj. High=adj high"
    "|Adj. Low=adj low|Adj. Close=adj close|Adj. Volume=volume",
    Style(newest_first=True, volumes="float"),
    _ACTIONS,
    has_factor=True,
)
_add("eodhd", f"{_HEAD}|Adjusted_close=adj close|Volume=volume", draw=_ACTIONS, has_factor=True)
_add(
    "financial modeling prep",
    "date=date|open=open|high=high|low=low|close=close|adjClose=adj close|volume=volume"
    "|unadjustedVolume=volume"
    "|change=change|changePercent=change%|vwap=middle|label=empty|changeOverTime=change%",
    Style(newest_first=True),
    _ACTIONS,
    has_factor=True,
)
_add(
    "nse india",
    "Date =date|series ='EQ|OPEN =open|HIGH =high|LOW =low|PREV. CLOSE =previous|ltp =close"
    "|close =close|vwap =middle"
    "|52W H ='90000.00|52W L ='1.00|VOLUME =volume|VALUE =turnover|No of trades =count",
    Style(
        dates="19-Jan-2018",
        thousands="in",
        volumes="grouped",
        quoted=True,
        newest_first=True,
        encoding="utf-8-sig",
    ),
    {"calendar": "XBOM", "levels": (900.0, 50_000.0)},
)
_add(
    "kaggle nifty",
    "Date=date|Symbol=symbol|Series='EQ|Prev Close=previous|Open=open|High=high|Low=low"
    "|Last=middle|Close=close"
    "|VWAP=middle|Volume=volume|Turnover=turnover|Trades=count|Deliverable Volume=count|%Deliverble='0.4",
    draw={"calendar": "XBOM"},
)
_add(
    "bse india",
    "Date=date|Open Price=open|High Price=high|Low Price=low|Close Price=close|WAP=middle"
    "|No.of Shares=volume|No. of Trades=count|Total Turnover (Rs.)=turnover|Deliverable Quantity=count",
    Style(dates="19 Jan 2018", newest_first=True, trailing=True),
    {"calendar": "XBOM"},
)
_add(
    "j-quants",
    "Date=date|Code=symbol|Open=open|High=high|Low=low|Close=close|Volume=volume|TurnoverValue=turnover",
    draw={"calendar": "XTKS", "names": "codes"},
)
_add(
    "nasdaq nordic",
    "Date=date|Bid=middle|Ask=middle|Opening price=open|High price=high|Low price=low|Closing price=close"
    "|Average price=middle|Total volume=volume|Turnover=turnover|Trades=count",
    Style(separator=";", decimal=",", above=("sep=;",), newest_first=True, trailing=True),
    {"calendar": "XSTO"},
)
_add(
    "euronext",
    "Date=date|Open=open|High=high|Low=low|Last=close|Close=close|Number of Shares=volume"
    "|Number of Trades=count"
    "|Turnover=turnover|vwap=middle",
    Style(
        separator=";",
        dates="d/m/y",
        newest_first=True,
        encoding="utf-8-sig",
        above=('"Historical Data"', '"From 2012-01-03 to 2024-01-04"', "FR0000120271"),
    ),
    {"calendar": "XPAR"},
)
_add("google finance in a sheet", f"{_HEAD}|Volume=volume", Style(dates="m/d/y close"))
_add(
    "cboe",
    "DATE=date|OPEN=open|HIGH=high|LOW=low|CLOSE=close",
    Style(dates="m/d/y"),
    {"digits": 6, "levels": (10.0, 40.0)},
)
_add(
    "crsp",
    "PERMNO=number|date=date|TICKER=symbol|COMNAM=company|BIDLO=low|ASKHI=high|PRC=close"
    "|VOL=volume|OPENPRC=open",
    Style(dates="compact"),
)
_add(
    "compustat",
    "gvkey=number|datadate=date|tic=symbol|conm=company|cshtrd=volume|prccd=close|prchd=high"
    "|prcld=low|prcod=open",
    Style(dates="compact"),
)
_add(
    "refinitiv",
    "Instrument=symbol|Date=date|Price Close=close|Price Open=open|Price High=high"
    "|Price Low=low|Volume=volume",
    Style(dates="iso Z"),
)
_add("eikon", "=date|HIGH=high|CLOSE=close|LOW=low|OPEN=open|COUNT=count|VOLUME=volume")
_add(
    "bloomberg fields",
    "date=date|security=symbol|PX_OPEN=open|PX_HIGH=high|PX_LOW=low|PX_LAST=close|PX_VOLUME=volume",
)
_add(
    "factset",
    "Symbol=symbol|Date=date|P_PRICE_OPEN=open|P_PRICE_HIGH=high|P_PRICE_LOW=low"
    "|P_PRICE=close|P_VOLUME=volume",
    question=Question(("columns",)),
)
_add(
    "simfin",
    "Ticker=symbol|SimFinId=number|Date=date|Open=open|High=high|Low=low|Close=close"
    "|Adj. Close=adj close|Volume=volume",
    Style(separator=";"),
    _ACTIONS,
    has_factor=True,
)
