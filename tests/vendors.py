"""The same market in the formats of Yahoo, Tiingo and the European Central Bank."""

import io
import itertools
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

_ZONES = {
    ".AX": ("Australia/Sydney", "10:00"),
    "-USD": ("UTC", "00:00"),
    "": ("America/New_York", "09:30"),
}


@dataclass(frozen=True)
class Bar:
    """A session as it was traded, and what happened before its open."""

    day: str
    close: float | None
    volume: int | None = 1000
    split: float = 1.0
    dividend: float = 0.0


def yahoo(symbol: str, bars: list[Bar]) -> dict[str, Any]:
    """A chart as Yahoo sends it: prices, volumes and dividends in today's shares, prices as float32."""
    ahead = _splits_ahead(bars)
    zone, opens = _ZONES[next(end for end in _ZONES if symbol.endswith(end))]
    stamps = [
        int(datetime.fromisoformat(f"{bar.day}T{opens}").replace(tzinfo=ZoneInfo(zone)).timestamp())
        for bar in bars
    ]
    closes = [
        None if bar.close is None else float(np.float32(bar.close / by))
        for bar, by in zip(bars, ahead, strict=True)
    ]
    events: dict[str, Any] = {"dividends": {}, "splits": {}}
    for bar, by, stamp in zip(bars, ahead, stamps, strict=True):
        if bar.dividend:
            events["dividends"][str(stamp)] = {"amount": bar.dividend / by, "date": stamp}
        if bar.split != 1:
            events["splits"][str(stamp)] = {"date": stamp, "numerator": bar.split, "denominator": 1.0}
    volumes = [
        None if bar.volume is None else round(bar.volume * by) for bar, by in zip(bars, ahead, strict=True)
    ]
    adjusted = [
        None if close is None else close * by for close, by in zip(closes, _paid_ahead(bars), strict=True)
    ]
    quote = {"open": closes, "high": closes, "low": closes, "close": closes, "volume": volumes}
    meta = {
        "currency": "USD", "symbol": symbol, "exchangeName": "CCC" if "-USD" in symbol else "NMS",
        "instrumentType": "EQUITY", "firstTradeDate": stamps[0] if stamps else None,
        "exchangeTimezoneName": zone, "priceHint": 2,
        "regularMarketPrice": closes[-1] if closes else None, "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }  # fmt: skip
    result = {
        "meta": meta, "timestamp": stamps, "events": events,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]},
    }  # fmt: skip
    return {"chart": {"result": [result], "error": None}}


def tiingo(bars: list[Bar]) -> list[dict[str, Any]]:
    """Bars as Tiingo sends them: as traded, with what happened beside them."""
    return [
        {
            "date": f"{bar.day}T00:00:00.000Z",
            **dict.fromkeys(("open", "high", "low", "close"), bar.close),
            "volume": bar.volume,
            "divCash": bar.dividend,
            "splitFactor": bar.split,
            "adjClose": None if bar.close is None else bar.close * paid / split,
        }
        for bar, paid, split in zip(bars, _paid_ahead(bars), _splits_ahead(bars), strict=True)
    ]


def _splits_ahead(bars: list[Bar]) -> list[float]:
    """Product of the splits after each bar."""
    return _ahead([later.split for later in bars[1:]])


def _paid_ahead(bars: list[Bar]) -> list[float]:
    """What each bar's close is multiplied by for the dividends after it."""
    return _ahead(
        [
            1 - later.dividend / (float(before.close or "nan") / later.split) if later.dividend else 1.0
            for before, later in itertools.pairwise(bars)
        ]
    )


def _ahead(steps: list[float]) -> list[float]:
    return [*np.cumprod(steps[::-1])[::-1].tolist(), 1.0]


def ecb(bars: dict[str, list[Bar]]) -> bytes:
    """The zip of reference rates: newest first, a column a currency, N/A where there is none."""
    days = sorted({bar.day for own in bars.values() for bar in own}, reverse=True)
    known = {(name, bar.day): bar.close for name, own in bars.items() for bar in own}
    lines = ["Date," + ",".join(bars) + ","]
    lines += [day + "," + ",".join(str(known.get((name, day), "N/A")) for name in bars) + "," for day in days]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join(lines) + "\n")
    return packed.getvalue()
