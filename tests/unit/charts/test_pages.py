"""Charts as HTML: what they say at each place, what they fetch, and names that are no markup."""

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.charts import pages
from morrow.errors import ShapeError

LEVELS = np.array([0.1, 0.5, 0.9])
HOSTILE = "<script>alert(1)</script>"


def readings(page: str) -> list[dict[str, Any]]:
    """What the page's script says at each place."""
    found = re.search(r"const data = (\[.*?\]), chart", page, re.DOTALL)
    assert found
    read: list[dict[str, Any]] = json.loads(found[1])
    return read


def fan(symbol: str = "AAA") -> str:
    """A page of three closes and two steps."""
    days = pd.DatetimeIndex(pd.bdate_range("2024-01-02", periods=5))
    quantiles = np.array([[99.0, 102.0, 105.0], [98.0, 103.0, 108.0]])
    past = np.array([100.0, 101.0, 102.0])
    return pages.draw_fan(symbol, past, days[:3], quantiles, LEVELS, days[3:], "USD", f"Fan of {symbol}")


def test_a_fan_tells_closes_and_bands() -> None:
    """A past session has its close, a step its date, its band and its median."""
    read = [one["text"] for one in readings(fan())]
    assert read[0] == "2024-01-02: close: 100"
    assert read[4] == "2024-01-08 (+2): 80 % between 0.1 and 0.9: 98 to 108; median: 103"


def test_a_page_is_small_and_fetches_nothing() -> None:
    """No address stands in the page, its policy refuses any, and it stays under 200 kB."""
    page = fan()
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|src=|href=|url\(|@import", page)
    assert len(page.encode()) < 200_000


def test_a_name_is_text() -> None:
    """A symbol with markup is shown as it is written, in the legend, the title and the script."""
    page = fan(HOSTILE)
    assert HOSTILE not in page
    assert page.count("</script>") == 1


def test_losses_have_a_line_a_network() -> None:
    """Each network's stop and fit losses are named; one that ended early has no value later."""
    history = [
        {"network": network, "epoch": epoch, "fit_loss": 0.5, "stop_loss": 0.6 - epoch / 10}
        for network, last in ((0, 2), (1, 1))
        for epoch in range(last)
    ]
    read = [one["text"] for one in readings(pages.draw_losses(history, "losses"))]
    assert read[1] == "1: network 1: stop loss: 0.5; network 1: fit loss: 0.5"
    assert "network 2: stop loss: 0.6" in read[0]


def test_what_cannot_be_drawn_is_refused() -> None:
    """An empty history, and values of another length than the names."""
    with pytest.raises(ShapeError, match="no epoch"):
        pages.draw_losses([], "losses")
    with pytest.raises(ShapeError, match="shape"):
        pages.draw_lines("t", "x", "y", ["a"], [pages.Series("s", "red", np.array([1.0, 2.0]))])
