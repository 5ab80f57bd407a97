"""Yahoo: what its replies hold, and what its library may not do."""

import sys
import threading
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from morrow import sources
from morrow.errors import SourceError
from tests.live import BARS, fetch, universe
from tests.servers import Market
from tests.vendors import Bar


def test_symbols_are_not_mixed_up_between_threads(market: Market) -> None:
    """Two threads that fetch different symbols at once get each their own bars."""
    found: dict[str, list[float]] = {}

    def read(symbol: str) -> None:
        for _ in range(3):
            rows = fetch(market, "yahoo", symbol).rows
            assert rows["symbol"].unique().tolist() == [symbol]
            found[symbol] = rows["close"].tolist()

    threads = [threading.Thread(target=read, args=(symbol,)) for symbol in ("AAPL", "MSFT")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {
        "AAPL": [100.0, 101.5, 100.25, 50.51, 51.0, 52.0],
        "MSFT": [10.0, 11.0, 12.0, 13.0, 14.0, 15.0],
    }


def test_a_newest_bar_without_prices_waits(market: Market) -> None:
    """Yahoo's newest bar may have a volume and no prices yet: it is left out, and that is said."""
    market.bars["AAPL"] = [*BARS, Bar("2020-01-10", None, 77)]
    batch = fetch(market, "yahoo", "AAPL")
    assert len(batch.rows) == 6
    assert batch.notes == (
        "AAPL: the bar of 2020-01-10 has a volume and no prices yet, and is left for later",
    )


def test_sessions_are_the_exchanges_days(market: Market) -> None:
    """Sydney opens on the day before in UTC; the sessions are Sydney's, and a start loses none."""
    market.bars["BHP.AX"] = BARS
    rows = sources.fetch(universe(market, "yahoo", "BHP.AX"), Path(), start=date(2020, 1, 3)).rows
    assert [f"{day:%Y-%m-%d}" for day in rows["session"]] == [bar.day for bar in BARS[1:]]
    asked = parse_qs(market.asked[-1][1])["period1"][0]
    assert int(asked) <= pd.Timestamp("2020-01-03 10:00", tz="Australia/Sydney").timestamp()


def test_prices_survive_splits_and_float32(market: Market) -> None:
    """What Yahoo divides by splits and writes as float32 comes back to the cent."""
    closes = [50.0, 49.99, 0.37, 1234.56, 411.53, 410.01, 8200.2, 98765.43]
    splits = [1, 1, 1, 1, 3, 1, 1 / 20, 1]
    days = pd.bdate_range("2020-01-01", periods=len(closes))
    market.bars["X"] = [
        Bar(f"{day:%Y-%m-%d}", close, split=split)
        for day, close, split in zip(days, closes, splits, strict=True)
    ]
    rows = fetch(market, "yahoo", "X").rows
    assert rows["close"].tolist() == closes
    np.testing.assert_allclose(rows["split_factor"], np.cumprod(splits))


def test_without_yfinance_it_is_said_how_to_get_it(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error is one line with the command that installs it."""
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(
        SourceError, match=r"yfinance, which is not installed; .*pip install 'morrow\[yahoo\]'"
    ):
        fetch(market, "yahoo")


def test_a_coin_trades_every_day(market: Market) -> None:
    """A coin's exchange says that it never closes."""
    market.bars["BTC-USD"] = BARS
    assert sources.probe(universe(market, "yahoo", "BTC-USD")).calendar == "24/7"
