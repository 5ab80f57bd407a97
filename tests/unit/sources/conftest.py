"""A market that is served on loopback."""

from collections.abc import Iterator

import pytest

from tests.live import BARS
from tests.servers import Market, served
from tests.vendors import Bar


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Two symbols, served, and a key."""
    monkeypatch.setenv("TIINGO_API_KEY", "k3y")
    with served(Market({"AAPL": BARS, "MSFT": [Bar(bar.day, 10.0 + n) for n, bar in enumerate(BARS)]})) as up:
        yield up
