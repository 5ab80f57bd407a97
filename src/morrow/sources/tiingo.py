"""Tiingo's daily prices: raw and adjusted bars, dividends and splits in one reply per symbol.

The key is sent in a header and is written nowhere.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import model_validator

from morrow.errors import SourceError, one_line
from morrow.source_kinds import BaseUrl, LiveSource, source
from morrow.sources.adjustment_factors import accumulate_actions, note_conflicts
from morrow.sources.batch import NUMBERS
from morrow.sources.http.client import Client, open_client
from morrow.sources.http.reply import FetchError, Reply, read_json
from morrow.sources.raw_replies import Keeper, RawReplies
from morrow.sources.symbol_by_symbol import Ask, Probe, Reading, SymbolReader
from morrow.sources.tables.days import read_days
from morrow.sources.tables.reported_actions import refuse_impossible_actions

KEY = "TIINGO_API_KEY"
_FIRST_DAY = date(1900, 1, 1)
_LONGEST_EXCERPT = 100
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CALENDARS = {
    "NYSE": "XNYS", "NASDAQ": "XNYS", "AMEX": "XNYS", "NYSE ARCA": "XNYS", "NYSE MKT": "XNYS",
    "BATS": "XNYS", "SHG": "XSHG", "SHE": "XSHG",
}  # fmt: skip


@source
class TiingoSource(LiveSource):
    """Tiingo's daily bars, splits and dividends; the key is the environment's ``TIINGO_API_KEY``."""

    symbols_help: ClassVar[str] = f"Symbols to fetch from Tiingo; needs {KEY}."
    init_comment: ClassVar[str] = f"The key is the environment variable {KEY}; it has no place here."

    kind: Literal["tiingo"]
    base_url: BaseUrl = "https://api.tiingo.com"

    @model_validator(mode="after")
    def _key_is_encrypted(self) -> "TiingoSource":
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError(
                f'base_url "{self.base_url}" would carry the key unencrypted; '
                "use https (http is for loopback only)"
            )
        return self

    def open(self, root: Path, replies: RawReplies | None) -> SymbolReader:  # noqa: ARG002 (no path)
        """Return what reads the bars.

        Raises:
            SourceError: there is no key in the environment.
        """
        key = _read_key()

        @contextmanager
        def connect(keeper: Keeper) -> Iterator[Ask]:
            with _open_client(self, keeper, key) as client:
                yield lambda symbol, since: fetch_reading(client, symbol, since)

        return SymbolReader("tiingo", self.model_dump_json(), connect, replies)

    def probe(self, symbols: tuple[str, ...]) -> Probe:
        """Ask for one bar of each symbol, and how far back its history goes.

        Raises:
            FetchError: there is none.
            SourceError: there is no key in the environment.
        """
        firsts, lasts, exchanges = [], [], []
        with _open_client(self, Keeper(None), _read_key()) as client:
            for symbol in symbols:
                try:
                    about = client.get(f"/tiingo/daily/{quote(symbol, safe='')}", {}, symbol, _read_about)
                    bars = client.get(_path(symbol), {"format": "json"}, symbol, _read_bars)
                except FetchError as fault:
                    raise FetchError(f"{symbol}: {fault}") from None
                firsts.append(str(about.get("startDate") or bars[0].get("date"))[:10])
                lasts.append(str(bars[-1].get("date"))[:10])
                exchanges.append(str(about.get("exchangeCode")))
        calendars = {_CALENDARS.get(exchange, "observed") for exchange in exchanges}
        calendar = calendars.pop() if len(calendars) == 1 else "observed"
        return Probe(min(firsts), max(lasts), calendar, "CNY" if calendar == "XSHG" else "USD")


def _open_client(options: TiingoSource, keeper: Keeper, key: str) -> AbstractContextManager[Client]:
    return open_client(options, keeper, {"Authorization": f"Token {key}"}, secret=key)


def _read_key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SourceError(
            f"source tiingo needs a key: put it into the environment variable {KEY} "
            "(not into morrow.toml); a free one is at tiingo.com"
        )
    return key


def _path(symbol: str) -> str:
    return f"/tiingo/daily/{quote(symbol, safe='')}/prices"


def fetch_reading(client: Client, symbol: str, since: date | None) -> Reading:
    """Ask for a symbol's bars from a day on.

    Raises:
        FetchError: there are none.
    """
    parameters = {"startDate": str(since or _FIRST_DAY), "format": "json"}

    def read(reply: Reply) -> Reading:
        return read_reading(hashlib.sha256(reply.body).hexdigest(), _read_bars(reply))

    return client.get(_path(symbol), parameters, symbol, read)


def _read_about(reply: Reply) -> Mapping[str, Any]:
    document = read_json(reply)
    if isinstance(document, dict) and "ticker" in document:
        return document
    raise _vendor_fault(document)


def _read_bars(reply: Reply) -> list[dict[str, Any]]:
    """The bars of a reply.

    Raises:
        FetchError: it holds none, or says why there are none.
    """
    if reply.body.lstrip()[:1] not in (b"[", b"{") and b"run over" in reply.body[:1000]:
        raise FetchError(one_line(reply.body[:_LONGEST_EXCERPT].decode("utf-8", "replace")), everyone=True)
    bars = read_json(reply)
    if not isinstance(bars, list):
        raise _vendor_fault(bars)
    if not bars:
        raise FetchError("an empty list, no bar")
    if not all(isinstance(bar, dict) and "date" in bar and "close" in bar for bar in bars):
        raise FetchError("a list of something that is no bar (date, close)")
    return bars


def _vendor_fault(document: object) -> FetchError:
    """What the vendor says in the place of data; a used-up allowance concerns every symbol."""
    text = document.get("detail") or document.get("message") if isinstance(document, dict) else None
    reason = one_line(text or "JSON that is no list of bars")[:_LONGEST_EXCERPT]
    allowance = ("limit", "allocation", "run over")
    return FetchError(reason, everyone=any(word in reason.lower() for word in allowance))


def read_reading(digest: str, bars: list[dict[str, Any]]) -> Reading:
    """Type the bars of one reply; what cannot be read is in the row's ``malformed``.

    Args:
        digest: of the reply.
        bars: its objects, each with date, open, high, low, close, volume, divCash and splitFactor.
    """
    received = pd.DataFrame(bars, dtype=object)
    malformed = np.full(len(bars), None, dtype=object)
    texts = [bar["date"] if isinstance(bar["date"], str) else "" for bar in bars]
    sessions, undated = read_days(pa.chunked_array([pa.array(texts, pa.string())]))
    for index in np.flatnonzero(undated):
        _describe_unreadable(malformed, int(index), "session", bars[index]["date"])
    columns = {name: _read_numbers([bar.get(name) for bar in bars], name, malformed) for name in NUMBERS}
    paid = _read_numbers([bar.get("divCash") for bar in bars], "divCash", malformed)
    split = _read_numbers([bar.get("splitFactor") for bar in bars], "splitFactor", malformed)
    actions = pd.DataFrame({"code": 0, "session": sessions, "close": columns["close"], "adj_close": np.nan})
    actions = actions.assign(split=split, dividend=paid, malformed=malformed)
    refuse_impossible_actions(actions)
    malformed = actions["malformed"].to_numpy(dtype=object)
    factors = accumulate_actions(
        sessions,
        columns["close"],
        actions["split"].fillna(1.0).to_numpy(np.float64),
        actions["dividend"].fillna(0.0).to_numpy(np.float64),
    )
    rows = pd.DataFrame({"session": sessions, **columns})
    rows = rows.assign(split_factor=factors[0], dividend_factor=factors[1], malformed=malformed)
    adjusted = _read_numbers([bar.get("adjClose") for bar in bars], "adjClose", malformed.copy())
    notes = note_conflicts(sessions, columns["close"], adjusted, factors[0] * factors[1])
    return Reading(digest, rows, received, notes)


def _read_numbers(values: list[Any], name: str, malformed: NDArray[np.object_]) -> NDArray[np.float64]:
    """Numbers of a JSON list; null is absent, anything else but a number is malformed."""
    numbers = np.full(len(values), np.nan)
    for index, value in enumerate(values):
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                numbers[index] = value
            except OverflowError:
                numbers[index] = np.inf
        elif value is not None:
            _describe_unreadable(malformed, index, name, value)
    return numbers


def _describe_unreadable(malformed: NDArray[np.object_], index: int, name: str, value: object) -> None:
    reason = f'{name}="{str(value)[:40]}"'
    malformed[index] = f"{malformed[index]}, {reason}" if malformed[index] else reason
