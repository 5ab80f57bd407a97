"""Unusual replies of live sources are read or refused, and never end in a traceback."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from morrow.errors import MorrowError
from morrow.sources.http.client import Client, Pacing
from morrow.sources.http.reply import FetchError, Reply
from morrow.sources.raw_replies import Keeper
from morrow.sources.symbol_by_symbol import SymbolReader
from morrow.sources.tiingo import fetch_reading as fetch_tiingo
from morrow.sources.yahoo import fetch_reading as fetch_yahoo
from tests.vendors import Bar, tiingo, yahoo

BARS = [
    Bar("2020-01-02", 100.0), Bar("2020-01-03", 101.5), Bar("2020-01-06", 100.25, dividend=1.5),
    Bar("2020-01-07", 50.51, 2000, split=2.0), Bar("2020-01-08", 51.0, None), Bar("2020-01-09", 52.0),
]  # fmt: skip
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.sampled_from([[], {}, [None], {"a": 1}, -1, 0, 10**400, "2020-01-03T00:00:00.000Z"]),
)


class Says:
    """A transport that answers one thing."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def send(self, url: str, seconds_left: float) -> Reply:  # noqa: ARG002 (a transport's signature)
        return Reply(200, {"content-type": "application/json"}, self.body)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key of a document."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    for key in keys:
        yield node, key
        yield from places(node[key])


def check(kind: str, body: bytes) -> None:
    """Read a reply through the whole adapter; what comes out holds together."""
    client = Client("http://x", Says(body), Pacing(0, 0, 1e9), Keeper(None))
    read = fetch_yahoo if kind == "yahoo" else fetch_tiingo

    class Opened:
        def __enter__(self) -> Any:
            return lambda symbol, since: read(client, symbol, since)

        def __exit__(self, *_: object) -> None: ...

    said, batch = "", None
    try:
        batch = SymbolReader(kind, "", lambda _keeper: Opened()).fetch(("AAPL",), None, None, None)
    except (MorrowError, FetchError) as error:
        said = str(error)
    assert "\n" not in said
    if batch is None:
        return
    assert len(batch.rows)
    for name in ("split_factor", "dividend_factor"):
        assert (batch.rows[name] > 0).all()
        assert np.isfinite(batch.rows[name]).all()
    for shown in batch.texts(batch.rows["row"].to_numpy()):
        json.loads(shown)


@pytest.mark.parametrize("kind", ["yahoo", "tiingo"])
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_changed_document_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    """Up to three places of a good document hold something else, or are gone."""
    document = copy.deepcopy(yahoo("AAPL", BARS) if kind == "yahoo" else tiingo(BARS))
    for _ in range(data.draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        node, key = found[data.draw(st.integers(0, len(found) - 1))]
        if data.draw(st.booleans()):
            node[key] = copy.deepcopy(data.draw(STRANGE))
        elif isinstance(node, dict):
            del node[key]
    check(kind, json.dumps(document).encode())


@pytest.mark.parametrize("kind", ["yahoo", "tiingo"])
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 3000), new=st.binary(max_size=4), cut=st.booleans())
def test_changed_bytes_are_read_or_refused(kind: str, at: int, new: bytes, cut: bool) -> None:
    """A good reply with other bytes somewhere, or an early end."""
    body = json.dumps(yahoo("AAPL", BARS) if kind == "yahoo" else tiingo(BARS)).encode()
    at %= len(body)
    check(kind, body[:at] + new + (b"" if cut else body[at + len(new) :]))
