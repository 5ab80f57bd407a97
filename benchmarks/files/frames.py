"""Tables as the field's own libraries write and expect them, and as data sets of competitions have them."""

from typing import Any

from benchmarks.files.cases import Question
from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import register_table

KIND = "frames"
_ACTIONS = {"actions": True, "sessions": (200, 700), "levels": (20.0, 400.0)}
_COINS = {"calendar": "24/7", "names": "coins", "levels": (0.0002, 50_000.0)}
_OHLCV = "open=open|high=high|low=low|close=close|volume=volume"


def _add(
    name: str, columns: str, style: Style = DEFAULT, draw: dict[str, Any] | None = None, **options: Any
) -> None:
    register_table(name, KIND, columns, style, draw, **options)


_add("nixtla", "unique_id=symbol|ds=date|y=close")
_add("nixtla with exogenous columns", "unique_id=symbol|ds=date|y=close|weekday=weekday|volume=volume")
_add("prophet", "ds=date|y=close")
_add("gluonts", "item_id=symbol|timestamp=date|target=close")
_add(
    "gluonts with an index", "=index|item_id=symbol|timestamp=date|target=close", Style(dates="iso midnight")
)
_add("finrl", f"date=date|tic=symbol|{_OHLCV}|day=weekday", Style(by_day=True))
_add("finrl with an index", f"=index|date=date|{_OHLCV}|tic=symbol|day=weekday", Style(by_day=True))
_add("qlib", "instrument=symbol|datetime=date|$open=open|$close=close|$high=high|$low=low|$volume=volume")
_add(
    "tushare",
    "ts_code=symbol|trade_date=date|open=open|high=high|low=low|close=close|pre_close=previous|change=change"
    "|pct_chg=change%|vol=volume|amount=turnover",
    Style(dates="compact", newest_first=True),
    {"calendar": "XSHG", "names": "codes"},
)
_add(
    "baostock",
    "date=date|code=symbol|open=open|high=high|low=low|close=close|preclose=previous"
    "|volume=volume|amount=turnover"
    "|adjustflag='3|turn=change%|tradestatus='1|pctChg=change%|isST='0",
    draw={"calendar": "XSHG", "names": "codes"},
)
_add(
    "yfinance stacked",
    "Date=date|Ticker=symbol|Close=close|High=high|Low=low|Open=open|Volume=volume",
    Style(by_day=True),
)
_add("kaggle five years", f"date=date|{_OHLCV}|Name=symbol")
_add(
    "kaggle coins",
    "SNo=index|Name=company|Symbol=symbol|Date=date|High=high|Low=low|Open=open|Close=close"
    "|Volume=volume"
    "|Marketcap=turnover",
    Style(dates="end of day"),
    _COINS,
)
_add("lower case with an index", f"=index|date=date|ticker=symbol|{_OHLCV}")
_add("old pandas index", f"Unnamed: 0=index|date=date|symbol=symbol|{_OHLCV}")
_add("zipline", f"date=date|{_OHLCV}|dividend=dividend|split=split", draw=_ACTIONS, has_factor=True)
_add(
    "code and name",
    f"code=symbol|name=company|date=date|{_OHLCV}",
    draw={"calendar": "XSHG", "names": "codes"},
)
_add("name and ticker", f"Company Name=company|Ticker=symbol|Date=date|{_OHLCV}")
_add("isin and ticker", f"ISIN=isin|Ticker=symbol|Date=date|{_OHLCV}")
_add(
    "ticker, isin, exchange, currency",
    f"Ticker=symbol|ISIN=isin|Exchange='XNYS|Currency='USD|Date=date|{_OHLCV}",
)
_add(
    "sedol and name",
    f"SEDOL=number|Name=company|TradeDate=date|Symbol=symbol|{_OHLCV}",
    Style(dates="compact"),
)
_add("closes long", "date=date|symbol=symbol|close=close", Style(by_day=True))
_add("asset and price", "timestamp=date|asset=symbol|price=close", Style(dates="iso T"))
_add("only adjusted", "date=date|ticker=symbol|adj_close=close|volume=volume")
_add("upper case", "DATE=date|SYMBOL=symbol|OPEN=open|HIGH=high|LOW=low|CLOSE=close|VOLUME=volume")
_add("initials", "date=date|o=open|h=high|l=low|c=close|v=volume")
_add(
    "prefixed",
    "trade_date=date|stock_symbol=symbol|open_price=open|high_price=high|low_price=low"
    "|close_price=close"
    "|trade_volume=volume",
)
_add(
    "suffixed",
    "Trading Day=date|Security Id=symbol|Px Open=open|Px High=high|Px Low=low|Px Close=close|Qty=volume",
)
_add("first, max, min, last", "day=date|ticker=symbol|first=open|max=high|min=low|last=close|quantity=volume")
_add(
    "names that tell nothing",
    "a=date|b=symbol|c=open|d=high|e=low|f=close|g=volume",
    question=Question(("columns",)),
)
_add(
    "two closes",
    "date=date|symbol=symbol|close_bid=close|close_ask=middle",
    question=Question(("columns", "close_bid")),
)
_add(
    "ecb data portal",
    "KEY=isin|FREQ='D|CURRENCY=symbol|CURRENCY_DENOM='EUR|EXR_TYPE='SP00|EXR_SUFFIX='A"
    "|TIME_PERIOD=date|OBS_VALUE=close|OBS_STATUS='A|TITLE=company",
    draw={"calendar": "XPAR", "names": "rates", "levels": (0.6, 400.0)},
)
_add(
    "riksbank",
    "Date=date|Group='Currencies|Series=symbol|Value=close",
    Style(separator=";", decimal=","),
    {"calendar": "XSTO", "names": "rates", "levels": (0.6, 40.0)},
    question=Question(("decimal",)),  # 32,472 has two readings where all have three digits
)
_add(
    "actions beside raw prices",
    f"date=date|symbol=symbol|{_OHLCV}|Dividends=dividend|Stock Splits=split",
    draw=_ACTIONS,
    has_factor=True,
)
_add(
    "splitFactor and divCash beside raw prices",
    f"date=date|symbol=symbol|{_OHLCV}|divCash=dividend|splitFactor=split 6",
    draw=_ACTIONS,
    has_factor=True,
)
