"""A symbol's chart: fetched through our client, parsed by yfinance."""

import hashlib
import json
import logging
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pandas as pd

from morrow.errors import one_line
from morrow.sources.http.client import Client
from morrow.sources.http.reply import FetchError, Reply, read_json

_LONGEST_EXCERPT = 100
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Chart:
    """The content of a reply, adjusted for splits as Yahoo sends it.

    Attributes:
        digest: sha256 of the reply.
        bars: by session (midnights without time zone): Open, High, Low, Close, Adj Close, Volume, Dividends,
            Stock Splits, sometimes Capital Gains; rows without prices are included.
        about: Yahoo's metadata of the symbol: currency, exchangeName, firstTradeDate and more.
        without_volume: sessions for which no volume was sent.
    """

    digest: str
    bars: pd.DataFrame
    about: Mapping[str, Any]
    without_volume: pd.DatetimeIndex

    @property
    def first(self) -> str:
        """The first session that Yahoo has, in ISO format."""
        stamp = self.about.get("firstTradeDate")
        first = self.bars.index[0] if stamp is None else pd.Timestamp(int(stamp), unit="s")
        return f"{first:%Y-%m-%d}"

    @property
    def last(self) -> str:
        """The newest session of the reply, in ISO format."""
        return f"{self.bars.index[-1]:%Y-%m-%d}"


def fetch_chart(client: Client, symbol: str, since: date | str | None) -> Chart:
    """Request a chart through today: Yahoo adjusts all of it for every split until then.

    Args:
        client: HTTP client for the server.
        symbol: in Yahoo's spelling.
        since: first day, or a range such as "5d"; None for all history.

    Raises:
        FetchError: there is no chart, or yfinance cannot read it.
    """
    from yfinance.scrapers.history import PriceHistory  # noqa: PLC0415 (an extra, and a second)

    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # failures are reported as FetchError instead
    data = _ClientData(client, symbol)
    span: dict[str, Any] = {"period": since or "max"}
    if isinstance(since, date):
        span = {"start": since - timedelta(days=1)}  # some markets open on the previous day in UTC
    try:
        with _LOCK, warnings.catch_warnings():  # catch_warnings is not thread-safe
            warnings.simplefilter("ignore")
            bars = PriceHistory(data, symbol, "UTC", data).history(
                **span, interval="1d", auto_adjust=False, actions=True, keepna=True, timeout=None
            )
        if not bars.empty:
            return _make_chart(data, bars)
    except Exception as error:  # noqa: BLE001 (whatever yfinance and pandas raise on a strange reply)
        reason = one_line(f"{type(error).__name__}: {error}")[:_LONGEST_EXCERPT]
        raise data.error or FetchError(f"a chart that yfinance cannot read ({reason})") from None
    raise data.error or FetchError("no bar")


def _make_chart(data: "_ClientData", bars: pd.DataFrame) -> Chart:
    bars.index = pd.DatetimeIndex(bars.index).tz_localize(None).normalize().as_unit("us")
    result = data.document["chart"]["result"][0]
    return Chart(data.digest, bars, result["meta"], _without_volume(result))


class _ClientData:
    """Replaces yfinance's session and caches, so that every request is sent exactly once."""

    def __init__(self, client: Client, symbol: str) -> None:
        self._client, self._symbol = client, symbol
        self.document: Any = None
        self.digest = ""
        self.error: Exception | None = None

    def get(self, url: str, params: Mapping[str, object], timeout: float | None = None) -> object:  # noqa: ARG002 (yfinance's signature)
        """Respond as yfinance's ``YfData`` does; yfinance swallows errors, so they are kept.

        yfinance modifies the document that it receives, so it gets a copy.
        """
        path = f"/v8/finance/chart/{quote(self._symbol, safe='^=.-')}"
        parameters = {
            name: str(value).lower() if value in (True, False) else str(value)
            for name, value in params.items()
        }
        try:
            reply = self._client.get(path, parameters, self._symbol, self._read)
        except Exception as error:
            self.error = error
            raise
        return SimpleNamespace(
            text=reply.body.decode("utf-8", "replace"), json=lambda: json.loads(reply.body)
        )

    cache_get = get

    def _read(self, reply: Reply) -> Reply:
        document = read_json(reply)
        chart = document.get("chart") if isinstance(document, dict) else None
        if not isinstance(chart, dict):
            raise FetchError("JSON that is no chart", again=True)
        if chart.get("error"):
            error = chart["error"]
            text = error.get("description") if isinstance(error, dict) else error
            raise FetchError(one_line(text)[:_LONGEST_EXCERPT])
        if not chart.get("result"):
            raise FetchError("a chart without a result")
        self.document = document
        self.digest = hashlib.sha256(reply.body).hexdigest()
        return reply


def _without_volume(result: Mapping[str, Any]) -> pd.DatetimeIndex:
    """Sessions whose volume is null, which yfinance would turn into zero."""
    volumes = result["indicators"]["quote"][0]["volume"]
    stamps = [stamp for stamp, volume in zip(result["timestamp"], volumes, strict=False) if volume is None]
    days = pd.to_datetime(stamps, unit="s", utc=True).tz_convert(result["meta"]["exchangeTimezoneName"])
    return days.tz_localize(None).normalize()
