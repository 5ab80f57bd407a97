"""Tables as research databases, exchanges' archives and brokers' interfaces export them."""

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.files.cases import Case, draw_market, register, truth_of
from benchmarks.files.market import PRICES
from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import bytes_of, register_table, table_case, text_of

KIND = "exports"
_ACTIONS = {"actions": True, "sessions": (200, 700), "levels": (20.0, 400.0)}
_OHLC = "open=open|high=high|low=low|close=close"
_INDIA = {"calendar": "XBOM"}
_CHINA = {"calendar": "XSHG", "names": "codes"}


def _add(
    name: str, columns: str, style: Style = DEFAULT, draw: dict[str, Any] | None = None, **options: Any
) -> None:
    register_table(name, KIND, columns, style, draw, **options)


_add(
    "nse bhavcopy",
    "SYMBOL=symbol|SERIES='EQ|OPEN=open|HIGH=high|LOW=low|CLOSE=close|LAST=middle|PREVCLOSE=previous"
    "|TOTTRDQTY=volume|TOTTRDVAL=turnover|TIMESTAMP=date|TOTALTRADES=count|ISIN=isin",
    Style(dates="19-JAN-2018", by_day=True, trailing=True),
    _INDIA,
)
_add(
    "nse bhavcopy since 2024",
    "TradDt=date|BizDt=date|Sgmt='CM|Src='NSE|FinInstrmTp='STK|FinInstrmId=number|ISIN=isin|TckrSymb=symbol"
    "|SctySrs='EQ|XpryDt=empty|StrkPric=empty|FinInstrmNm=company|OpnPric=open|HghPric=high|LwPric=low"
    "|ClsPric=close|LastPric=middle|PrvsClsgPric=previous|UndrlygPric=empty|SttlmPric=close"
    "|TtlTradgVol=volume|TtlTrfVal=turnover|TtlNbOfTxsExctd=count",
    Style(by_day=True),
    _INDIA,
)
_add(
    "wind",
    "代码=symbol|简称=company|日期=date|前收盘价(元)=previous|开盘价(元)=open|最高价(元)=high|最低价(元)=low"
    "|收盘价(元)=close|成交量(股)=volume|成交金额(元)=turnover|涨跌(元)=change|涨跌幅(%)=change%|均价(元)=middle",
    Style(encoding="gb18030", thousands=",", volumes="grouped"),
    _CHINA,
)
_add(
    "csmar",
    "Stkcd=symbol|Trddt=date|Opnprc=open|Hiprc=high|Loprc=low|Clsprc=close|Dnshrtrd=volume|Dnvaltrd=turnover",
    draw=_CHINA,
)
_add(
    "twse, years of Taiwan",
    "日期=date|成交股數=volume|成交金額=turnover|開盤價=open|最高價=high|最低價=low|收盤價=close|漲跌價差=change"
    "|成交筆數=count",
    Style(dates="Minguo", thousands=",", volumes="grouped", quoted=True, encoding="big5", trailing=True),
)
_add(
    "krx, in quotes",
    "일자=date|종가=close|대비=change|등락률=change%|시가=open|고가=high|저가=low|거래량=volume|거래대금=turnover"
    "|시가총액=turnover|상장주식수=count",
    Style(dates="slashed", encoding="cp949", quoted=True, newest_first=True),
    {"digits": 0, "levels": (3000.0, 90_000.0)},
)
_add(
    "xetra public data",
    "ISIN=isin|Mnemonic=symbol|SecurityDesc=company|SecurityType='Common stock|Currency='EUR"
    "|SecurityID=number|Date=date"
    "|Time='08:00|StartPrice=open|MaxPrice=high|MinPrice=low|EndPrice=close|TradedVolume=volume"
    "|NumberOfTrades=count",
    draw={"calendar": "XETR"},
)
_add(
    "futu",
    f"code=symbol|name=company|time_key=date|{_OHLC}|pe_ratio=change%|turnover_rate=change%|volume=volume"
    "|turnover=turnover|change_rate=change%|last_close=previous",
    Style(dates="iso midnight"),
    {"calendar": "XHKG"},
)
_add(
    "alpaca",
    f"symbol=symbol|timestamp=date|{_OHLC}|volume=volume|trade_count=count|vwap=middle",
    Style(dates="local midnight in UTC"),
    {"sessions": (250, 800)},
)
_add(
    "databento",
    f"ts_event=date|rtype='35|publisher_id='2|instrument_id=number|{_OHLC}|volume=volume|symbol=symbol",
    Style(dates="epoch ns"),
)
_add(
    "eoddata",
    "Symbol=symbol|Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume",
    Style(dates="19-Jan-2018"),
)
_add(
    "norgate",
    "Symbol=symbol|Security Name=company|Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume"
    "|Turnover=turnover|Unadjusted Close=close",
    Style(dates="compact"),
)
_add(
    "marketstack",
    f"{_OHLC}|volume=volume|adj_high=adj high|adj_low=adj low|adj_close=adj close|adj_open=adj open"
    "|adj_volume=volume|split_factor=split|dividend=dividend|symbol=symbol|exchange='XNAS|date=date",
    Style(dates="iso Z", newest_first=True),
    _ACTIONS,
    has_factor=True,
)
_add("twelve data", f"datetime=date|{_OHLC}|volume=volume", Style(separator=";", newest_first=True))
_add(
    "iex cloud",
    "close=close|high=high|low=low|open=open|symbol=symbol|volume=volume|id='HISTORICAL_PRICES|key=symbol"
    "|subkey=empty|date=date|updated=epoch|changeOverTime=change%|marketChangeOverTime=change%|uOpen=open"
    "|uClose=close|uHigh=high|uLow=low|uVolume=volume|fOpen=open|fClose=close|fHigh=high|fLow=low"
    "|fVolume=volume|label=empty|change=change|changePercent=change%",
)
_add(
    "tradestation",
    "Date=date|Time='16:00|Open=open|High=high|Low=low|Close=close|Vol=volume|OI='0",
    Style(dates="m/d/y", quoted=True),
)
_add(
    "kaggle huge stock market",
    "Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume|OpenInt='0",
    file="{symbol}.us.txt",
    is_named=False,
)
_add(
    "crsp since 2024",
    "PERMNO=number|DlyCalDt=date|Ticker=symbol|DlyPrc=close|DlyOpen=open|DlyHigh=high|DlyLow=low|DlyVol=volume"
    "|DlyRet=change%|DlyBid=low|DlyAsk=high",
)
_add(
    "compustat with issues",
    "gvkey=number|iid='01|datadate=date|tic=symbol|cusip=isin|conm=company|ajexdi='1|cshtrd=volume|prccd=close"
    "|prchd=high|prcld=low|prcod=open|curcdd='USD|exchg='11",
    Style(dates="d/m/y"),
)
_add(
    "eia",
    "Date=date|Spot Price FOB (Dollars per Barrel)=close",
    Style(dates="Jan 19, 2018", quoted=True, above=("Back to Contents,Data 1: Spot Price", "Sourcekey,RWTC")),
    is_named=False,
)
_add(
    "degiro",
    "Datum=date|Product=company|Symbool=symbol|ISIN=isin|Open=open|Hoog=high|Laag=low|Slot=close|Volume=volume",
    Style(dates="d-m-y", decimal=",", separator=";"),
    {"calendar": "XPAR"},
)
_add(
    "six",
    "ISIN=isin|Symbol=symbol|Currency='CHF|Date=date|OpeningPrice=open|DailyHighPrice=high|DailyLowPrice=low"
    "|ClosingPrice=close|TotalVolume=volume|TotalTurnover=turnover",
    Style(dates="d.m.y", separator=";"),
)
_add(
    "quandl euronext",
    "Date=date|Open=open|High=high|Low=low|Last=close|Volume=volume|Turnover=turnover",
    Style(newest_first=True, volumes="float"),
)


def _make_crsp(rng: np.random.Generator, name: str, kind: str) -> Case:
    """On days without a trade CRSP's close is the average of bid and ask, with a minus before it."""
    market = draw_market(rng)
    columns = "PERMNO=number|date=date|TICKER=symbol|PRC=close|VOL=volume|ASKHI=high|BIDLO=low"
    drawn = rng.random(len(market.bars)) < 0.02
    signed = market.bars.assign(close=np.where(drawn, -market.bars["close"], market.bars["close"]))
    case = table_case(replace(market, bars=signed), columns, Style(dates="compact"), name, kind)
    truth = case.truth
    assert truth is not None  # noqa: S101 (the file holds bars)
    return replace(case, truth=truth.assign(close=truth["close"].abs()))


def _make_yahoo_page(rng: np.random.Generator, name: str, kind: str) -> Case:
    """The table of a page, with lines of dividends and splits between the bars, prices as traded."""
    market = draw_market(rng, symbols=(1, 1), **_ACTIONS)
    symbol, days = market.symbols[0], "%b %d, %Y"
    digits = market.digits[symbol]
    rows: list[list[str]] = []
    newest_first = market.bars.sort_values("session", ascending=False)
    for bar in newest_first.to_dict("records"):
        prices = [f"{bar[name]:,.{digits}f}" for name in PRICES]
        day, paid, split = bar["session"].strftime(days), bar["dividend"], bar["split"]
        rows.append([day, *prices, f"{int(bar['volume']):,}"])
        rows += [[day, f"{paid:.4f} Dividend", "", "", "", ""]] if paid > 0 else []
        rows += [[day, f"{split:g}:1 Stock Splits", "", "", "", ""]] if split > 1 else []
        rows += [[day, f"1:{1 / split:g} Stock Splits", "", "", "", ""]] if split < 1 else []
    text = text_of(["Date", "Open", "High", "Low", "Close*", "Volume"], rows, DEFAULT)
    file = f"{symbol}.csv"
    return Case(name, kind, {file: bytes_of(text, DEFAULT)}, file, truth_of(market.bars, has_factor=True))


register("crsp, averages of bid and ask", KIND, _make_crsp)
register("yahoo page with actions between the bars", KIND, _make_yahoo_page)
