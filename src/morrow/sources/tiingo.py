"""Tiingo's daily prices: raw and adjusted bars, dividends and splits in one reply a symbol.

The key goes into a header and nowhere else.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.config import TiingoSource
from morrow.errors import SourceError
from morrow.sources.batch import NUMBERS
from morrow.sources.http import Client, FetchError, Reply, opened, require_json
from morrow.sources.live import Ask, Live, Reading, actions, disagreement
from morrow.sources.probe import Probe
from morrow.sources.raw import Keeper, Raw
from morrow.sources.values import days

KEY = "TIINGO_API_KEY"
_FIRST_DAY = date(1900, 1, 1)
_SHOWN = 100
_CALENDARS = {
    "NYSE": "XNYS", "NASDAQ": "XNYS", "AMEX": "XNYS", "NYSE ARCA": "XNYS", "NYSE MKT": "XNYS",
    "BATS": "XNYS", "SHG": "XSHG", "SHE": "XSHG",
}  # fmt: skip


def source(options: TiingoSource, raw: Raw | None) -> Live:
    """The adapter.

    Raises:
        SourceError: there is no key in the environment.
    """
    key = _key()

    @contextmanager
    def asking(keeper: Keeper) -> Iterator[Ask]:
        with opened(options, keeper, {"Authorization": f"Token {key}"}, secret=key) as client:
            yield lambda symbol, since: _read(client, symbol, since)

    return Live("tiingo", options.model_dump_json(), asking, raw)


def probe(options: TiingoSource, symbols: tuple[str, ...]) -> Probe:
    """Ask for one bar of each symbol, and how far back its history goes.

    Raises:
        FetchError: there is none.
        SourceError: there is no key in the environment.
    """
    key = _key()
    firsts, lasts, exchanges = [], [], []
    with opened(options, Keeper(None), {"Authorization": f"Token {key}"}, secret=key) as client:
        for symbol in symbols:
            try:
                about = client.get(f"/tiingo/daily/{quote(symbol, safe='')}", {}, symbol, _about)
                bar = client.get(_path(symbol), {"format": "json"}, symbol, _bars)
            except FetchError as fault:
                raise FetchError(f"{symbol}: {fault}") from None
            firsts.append(str(about.get("startDate") or bar[0].get("date"))[:10])
            lasts.append(str(bar[-1].get("date"))[:10])
            exchanges.append(str(about.get("exchangeCode")))
    calendars = {_CALENDARS.get(exchange, "observed") for exchange in exchanges}
    calendar = calendars.pop() if len(calendars) == 1 else "observed"
    return Probe(min(firsts), max(lasts), calendar, "CNY" if calendar == "XSHG" else "USD")


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SourceError(
            f"source tiingo needs a key: put it into the environment variable {KEY} "
            "(not into morrow.toml); a free one is at tiingo.com"
        )
    return key


def _path(symbol: str) -> str:
    return f"/tiingo/daily/{quote(symbol, safe='')}/prices"


def _read(client: Client, symbol: str, since: date | None) -> Reading:
    asked = {"startDate": str(since or _FIRST_DAY), "format": "json"}

    def read(reply: Reply) -> Reading:
        return reading(hashlib.sha256(reply.body).hexdigest(), _bars(reply))

    return client.get(_path(symbol), asked, symbol, read)


def _about(reply: Reply) -> Mapping[str, Any]:
    found = require_json(reply)
    if isinstance(found, dict) and "ticker" in found:
        return found
    raise _complaint(found)


def _bars(reply: Reply) -> list[dict[str, Any]]:
    """The bars of a reply.

    Raises:
        FetchError: it holds none, or says why there are none.
    """
    if reply.body.lstrip()[:1] not in (b"[", b"{") and b"run over" in reply.body[:1000]:
        raise FetchError(" ".join(reply.body[:_SHOWN].decode("utf-8", "replace").split()), everyone=True)
    found = require_json(reply)
    if not isinstance(found, list):
        raise _complaint(found)
    if not found:
        raise FetchError("an empty list, no bar")
    if not all(isinstance(bar, dict) and "date" in bar and "close" in bar for bar in found):
        raise FetchError("a list of something that is no bar (date, close)")
    return found


def _complaint(found: object) -> FetchError:
    """What is said in the place of data; a used-up allowance concerns every symbol."""
    said = found.get("detail") or found.get("message") if isinstance(found, dict) else None
    words = " ".join(str(said or "JSON that is no list of bars").split())[:_SHOWN]
    return FetchError(
        words, everyone=any(word in words.lower() for word in ("limit", "allocation", "run over"))
    )


def reading(digest: str, bars: list[dict[str, Any]]) -> Reading:
    """Type the bars of one reply; what cannot be read is said in the row's ``malformed``.

    Args:
        digest: of the reply.
        bars: its objects, each with date, open, high, low, close, volume, divCash and splitFactor.
    """
    received = pd.DataFrame(bars, dtype=object)
    malformed = np.full(len(bars), None, dtype=object)
    texts = [bar["date"] if isinstance(bar["date"], str) else "" for bar in bars]
    sessions, undated = days(pa.chunked_array([pa.array(texts, pa.string())]))
    for at in np.flatnonzero(undated):
        _complain(malformed, int(at), "session", bars[at]["date"])
    columns = {name: _numbers([bar.get(name) for bar in bars], name, malformed) for name in NUMBERS}
    paid = _numbers([bar.get("divCash") for bar in bars], "divCash", malformed)
    split = _numbers([bar.get("splitFactor") for bar in bars], "splitFactor", malformed)
    factors = actions(
        sessions, columns["close"], np.where(np.isnan(split), 1.0, split), np.nan_to_num(paid, nan=0.0)
    )
    rows = pd.DataFrame({"session": sessions, **columns})
    rows = rows.assign(split_factor=factors[0], dividend_factor=factors[1], malformed=malformed)
    adjusted = _numbers([bar.get("adjClose") for bar in bars], "adjClose", malformed.copy())
    notes = disagreement(sessions, columns["close"], adjusted, factors[0] * factors[1])
    return Reading(digest, rows, received, notes)


def _numbers(values: list[Any], name: str, malformed: NDArray[np.object_]) -> NDArray[np.float64]:
    """Numbers of a JSON list; null is absent, anything else but a number is malformed."""
    found = np.full(len(values), np.nan)
    for at, value in enumerate(values):
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                found[at] = value
            except OverflowError:
                found[at] = np.inf
        elif value is not None:
            _complain(malformed, at, name, value)
    return found


def _complain(malformed: NDArray[np.object_], at: int, name: str, value: object) -> None:
    said = f'{name}="{str(value)[:40]}"'
    malformed[at] = f"{malformed[at]}, {said}" if malformed[at] else said
