"""Yahoo's daily bars through yfinance: one symbol at a time, over a transport of our own.

yfinance takes the reply apart. Its ways of asking (a shared session, a cache of replies, files under the
user's home, errors that become empty frames) are not used; docs/design-notes.md says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from morrow.config import YahooSource
from morrow.sources.http import Client, FetchError, Patience
from morrow.sources.live import Ask, Live, Reading
from morrow.sources.probe import Probe
from morrow.sources.raw import Keeper, Raw
from morrow.sources.yahoo.chart import Chart, charted
from morrow.sources.yahoo.rows import reading
from morrow.sources.yahoo.wire import CurlWire, refuse_missing

_CALENDARS = {
    "NMS": "XNYS", "NGM": "XNYS", "NCM": "XNYS", "NYQ": "XNYS", "ASE": "XNYS", "PCX": "XNYS", "BTS": "XNYS",
    "LSE": "XLON", "GER": "XETR", "FRA": "XFRA", "PAR": "XPAR", "AMS": "XAMS", "BRU": "XBRU", "MIL": "XMIL",
    "MCE": "XMAD", "LIS": "XLIS", "EBS": "XSWX", "VIE": "XWBO", "STO": "XSTO", "CPH": "XCSE", "HEL": "XHEL",
    "OSL": "XOSL", "JPX": "XTKS", "HKG": "XHKG", "SHH": "XSHG", "KSC": "XKRX", "ASX": "XASX", "TOR": "XTSE",
    "NSI": "XBOM", "BSE": "XBOM", "SAO": "BVMF", "JNB": "XJSE", "CCC": "24/7",
}  # fmt: skip


def source(options: YahooSource, raw: Raw | None) -> Live:
    """The adapter.

    Raises:
        SourceError: yfinance is not installed.
    """
    refuse_missing()

    @contextmanager
    def asking(keeper: Keeper) -> Iterator[Ask]:
        with _opened(options, keeper) as client:
            yield lambda symbol, since: _read(client, symbol, since)

    return Live("yahoo", options.model_dump_json(), asking, raw)


def probe(options: YahooSource, symbols: tuple[str, ...]) -> Probe:
    """Ask for the newest bars of each symbol; the reply says how far back its history goes.

    Raises:
        FetchError: there are none.
        SourceError: yfinance is not installed.
    """
    refuse_missing()
    with _opened(options, Keeper(None)) as client:
        charts = [_probed(client, symbol) for symbol in symbols]
    calendars = {_CALENDARS.get(str(chart.about.get("exchangeName")), "observed") for chart in charts}
    return Probe(
        first=min(chart.first for chart in charts),
        last=max(chart.last for chart in charts),
        calendar=calendars.pop() if len(calendars) == 1 else "observed",
        currency=str(charts[0].about.get("currency") or "USD"),
    )


@contextmanager
def _opened(options: YahooSource, keeper: Keeper) -> Iterator[Client]:
    with CurlWire(options) as wire:
        yield Client(
            options.base_url, wire, Patience(options.retries, options.wait_s, options.rate_per_s), keeper
        )


def _read(client: Client, symbol: str, since: date | None) -> Reading:
    return reading(charted(client, symbol, since))


def _probed(client: Client, symbol: str) -> Chart:
    try:
        return charted(client, symbol, "5d")
    except FetchError as fault:
        raise FetchError(f"{symbol}: {fault}") from None
