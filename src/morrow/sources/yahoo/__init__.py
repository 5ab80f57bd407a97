"""Yahoo's daily bars through yfinance: one symbol at a time, over our own transport.

yfinance parses the reply. Its own request machinery (a shared session, a reply cache, files in the user's
home, errors that become empty frames) is not used; docs/design-notes.md says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from morrow.source_kinds import BaseUrl, LiveSource, source
from morrow.sources.http.client import Client, new_client
from morrow.sources.http.reply import FetchError
from morrow.sources.raw_replies import Keeper, RawReplies
from morrow.sources.symbol_by_symbol import Ask, Probe, Reading, SymbolReader
from morrow.sources.yahoo.bars import read_reading
from morrow.sources.yahoo.chart import Chart, fetch_chart
from morrow.sources.yahoo.curl import CurlTransport, refuse_missing_packages

_CALENDARS = {
    "NMS": "XNYS", "NGM": "XNYS", "NCM": "XNYS", "NYQ": "XNYS", "ASE": "XNYS", "PCX": "XNYS", "BTS": "XNYS",
    "LSE": "XLON", "GER": "XETR", "FRA": "XFRA", "PAR": "XPAR", "AMS": "XAMS", "BRU": "XBRU", "MIL": "XMIL",
    "MCE": "XMAD", "LIS": "XLIS", "EBS": "XSWX", "VIE": "XWBO", "STO": "XSTO", "CPH": "XCSE", "HEL": "XHEL",
    "OSL": "XOSL", "JPX": "XTKS", "HKG": "XHKG", "SHH": "XSHG", "KSC": "XKRX", "ASX": "XASX", "TOR": "XTSE",
    "NSI": "XBOM", "BSE": "XBOM", "SAO": "BVMF", "JNB": "XJSE", "CCC": "24/7",
}  # fmt: skip


@source
class YahooSource(LiveSource):
    """Yahoo's daily bars, splits and dividends, through yfinance."""

    symbols_help: ClassVar[str] = "Symbols to fetch from Yahoo every night."

    kind: Literal["yahoo"]
    base_url: BaseUrl = "https://query2.finance.yahoo.com"

    def open(self, root: Path, replies: RawReplies | None) -> SymbolReader:  # noqa: ARG002 (no path)
        """Open a reader of the bars.

        Raises:
            SourceError: yfinance is not installed.
        """
        refuse_missing_packages()

        @contextmanager
        def connect(keeper: Keeper) -> Iterator[Ask]:
            with _open_client(self, keeper) as client:
                yield lambda symbol, since: fetch_reading(client, symbol, since)

        return SymbolReader("yahoo", self.model_dump_json(), connect, replies)

    def probe(self, symbols: tuple[str, ...]) -> Probe:
        """Request the newest bars of each symbol; the reply says how far back its history goes.

        Raises:
            FetchError: there are none.
            SourceError: yfinance is not installed.
        """
        refuse_missing_packages()
        with _open_client(self, Keeper(None)) as client:
            charts = [_probe_symbol(client, symbol) for symbol in symbols]
        calendars = {_CALENDARS.get(str(chart.about.get("exchangeName")), "observed") for chart in charts}
        return Probe(
            first=min(chart.first for chart in charts),
            last=max(chart.last for chart in charts),
            calendar=calendars.pop() if len(calendars) == 1 else "observed",
            currency=str(charts[0].about.get("currency") or "USD"),
        )


def fetch_reading(client: Client, symbol: str, since: date | None) -> Reading:
    """Request a symbol's bars from a day on.

    Raises:
        FetchError: there are none.
    """
    return read_reading(fetch_chart(client, symbol, since))


@contextmanager
def _open_client(options: YahooSource, keeper: Keeper) -> Iterator[Client]:
    with CurlTransport(options) as transport:
        yield new_client(options, transport, keeper)


def _probe_symbol(client: Client, symbol: str) -> Chart:
    try:
        return fetch_chart(client, symbol, "5d")
    except FetchError as fault:
        raise FetchError(f"{symbol}: {fault}") from None
