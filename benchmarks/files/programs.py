"""Single tables of coins, and as trading programs and their feeds export them."""

from typing import Any

from benchmarks.files.cases import Question
from benchmarks.files.styles import DEFAULT, Style
from benchmarks.files.tables import register_table

KIND = "vendors"
_COINS = {"calendar": "24/7", "names": "coins", "levels": (0.0002, 50_000.0), "symbols": (1, 1)}
_HEAD = "Date=date|Open=open|High=high|Low=low|Close=close"
_BINANCE = "open=open|high=high|low=low|close=close|volume=volume"
_BINANCE_TAIL = "count=count|taker_buy_volume=count|taker_buy_quote_volume=turnover|ignore='0"


def _add(
    name: str, columns: str, style: Style = DEFAULT, draw: dict[str, Any] | None = None, **options: Any
) -> None:
    register_table(name, KIND, columns, style, draw, **options)


_add(
    "polygon flat file",
    "ticker=symbol|volume=volume|open=open|close=close|high=high|low=low|window_start=date"
    "|transactions=count",
    Style(dates="epoch ns"),
    {"calendar": "24/7"},
)
_add(
    "polygon aggregates as a frame",
    "v=volume|vw=middle|o=open|c=close|h=high|l=low|t=date|n=count",
    Style(dates="epoch ms"),
    {"calendar": "24/7"},
)
_add(
    "binance klines",
    f"open_time=date|{_BINANCE}|close_time=next midnight ms|quote_volume=turnover|{_BINANCE_TAIL}",
    Style(dates="epoch ms"),
    _COINS,
)
_add(
    "binance klines since 2025",
    f"Open time=date|{_BINANCE}|Quote asset volume=turnover|{_BINANCE_TAIL}",
    Style(dates="epoch us"),
    _COINS,
)
_add(
    "binance klines across 2025",
    f"open_time=date|{_BINANCE}|close_time=next midnight ms|quote_volume=turnover|{_BINANCE_TAIL}",
    Style(dates="epoch ms, then us"),
    _COINS,
)
_add(
    "cryptodatadownload",
    f"unix=epoch|date=date|symbol=symbol|{_BINANCE.replace('volume=', 'Volume BTC=')}|Volume USD=turnover",
    Style(dates="iso midnight", newest_first=True, above=("https://www.CryptoDataDownload.com",)),
    _COINS,
)
_add(
    "coingecko",
    "snapped_at=date|price=close|market_cap=turnover|total_volume=volume",
    Style(dates="iso +00:00"),
    _COINS,
    unchecked=("volume",),
)
_add(
    "coinmarketcap",
    "timeOpen=date|timeClose=date|timeHigh=date|timeLow=date|name=number|open=open|high=high"
    "|low=low|close=close"
    "|volume=volume|marketCap=turnover|timestamp=date",
    Style(dates="iso Z", separator=";", newest_first=True),
    _COINS,
    unchecked=("volume",),
    is_named=False,
)
_add(
    "bitfinex",
    "MTS=date|OPEN=open|CLOSE=close|HIGH=high|LOW=low|VOLUME=volume",
    Style(dates="epoch ms"),
    _COINS,
)
_add(
    "coinbase",
    "time=date|low=low|high=high|open=open|close=close|volume=volume",
    Style(dates="epoch s", newest_first=True),
    _COINS,
)
_add(
    "tradingview",
    "time=date|open=open|high=high|low=low|close=close|Volume=volume",
    Style(dates="epoch s"),
    _COINS,
)
_add(
    "tradingview of Tokyo",
    "time=date|open=open|high=high|low=low|close=close|Volume=volume|Volume MA=count",
    Style(dates="epoch s local"),
    {"calendar": "XTKS", "sessions": (250, 700)},
    question=Question(("time ?zone|zone|UTC|midnight",)),
)
_add(
    "metatrader 5",
    "<DATE>=date|<OPEN>=open|<HIGH>=high|<LOW>=low|<CLOSE>=close|<TICKVOL>=volume|<VOL>='0|<SPREAD>=count",
    Style(dates="dotted", separator="\t"),
    unchecked=("volume",),
)
_add(
    "metastock",
    "<TICKER>=symbol|<PER>='D|<DTYYYYMMDD>=date|<TIME>='000000|<OPEN>=open|<HIGH>=high"
    "|<LOW>=low|<CLOSE>=close"
    "|<VOL>=volume",
    Style(dates="compact"),
)
_add(
    "finam",
    "<TICKER>=symbol|<PER>='D|<DATE>=date|<TIME>='000000|<OPEN>=open|<HIGH>=high|<LOW>=low"
    "|<CLOSE>=close|<VOL>=volume",
    Style(dates="compact", separator=";"),
)
_add(
    "dukascopy",
    "Gmt time=date|Open=open|High=high|Low=low|Close=close|Volume=volume",
    Style(dates="d.m.y millis"),
)
_add("amibroker", f"Ticker=symbol|{_HEAD.replace('Date=', 'Date/Time=')}|Volume=volume|OpenInt='0")
_add(
    "sierra chart",
    "Date=date| Time='00:00:00| Open=open| High=high| Low=low| Last=close| Volume=volume"
    "| NumberOfTrades=count"
    "| BidVolume=count| AskVolume=count",
    Style(dates="unpadded slashed"),
)
_add(
    "barchart",
    "Symbol=symbol|Time=date|Open=open|High=high|Low=low|Last=close|Change=change|%Chg=change%%|Volume=volume"
    "|Open Int='0",
    Style(
        dates="m/d/y",
        newest_first=True,
        footer=('"Downloaded from Barchart.com as of 01-04-2024 05:11am CST"',),
    ),
    {"symbols": (1, 1)},
)
_add("interactive brokers", f"=index|date=date|{_BINANCE}|average=middle|barCount=count")
