"""A market on loopback that every live source is asked for, and what it sells."""

from datetime import UTC, datetime
from pathlib import Path

from morrow import sources
from morrow.config import Universe
from morrow.sources import Batch
from tests.servers import Market
from tests.vendors import Bar

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BARS = [
    Bar("2020-01-02", 100.0),
    Bar("2020-01-03", 101.5),
    Bar("2020-01-06", 100.25, dividend=1.5),
    Bar("2020-01-07", 50.51, 2000, split=2.0),
    Bar("2020-01-08", 51.0, None),
    Bar("2020-01-09", 52.0, 1500, dividend=0.51),
]
BYSYMBOL = ("yahoo", "tiingo")
ALL = (*BYSYMBOL, "ecb")


def universe(market: Market, kind: str, *symbols: str, **options: object) -> Universe:
    """A universe of a live source that waits for nothing."""
    source = {"kind": kind, "base_url": market.url, "rate_per_s": 1000, "wait_s": 0, "retries": 2, **options}
    chosen = symbols or ("AAPL", "MSFT")
    return Universe.model_validate({"source": source, "calendar": "observed", "symbols": chosen})


def fetch(market: Market, kind: str, *symbols: str, **options: object) -> Batch:
    """All that the server has."""
    return sources.fetch(universe(market, kind, *symbols, **options), Path())
