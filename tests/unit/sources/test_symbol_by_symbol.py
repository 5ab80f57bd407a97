"""Live sources against a real server on loopback: what they read, and what becomes of a server's faults."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import sources
from morrow.errors import HistoryError, SourceError
from tests.live import ALL, BARS, BYSYMBOL, fetch, universe
from tests.servers import Market
from tests.vendors import Bar, tiingo, yahoo


@pytest.mark.parametrize("kind", BYSYMBOL)
def test_bars_are_as_traded_with_forward_factors(market: Market, kind: str) -> None:
    """Prices and volumes are as traded; a 2:1 split doubles one factor, a dividend grows the other.

    The dividend of 1.5 follows a close of 101.5, 1 / (1 − 1.5 / 101.5) = 1.015, that of 0.51 one of 51.
    """
    rows = fetch(market, kind, "AAPL").rows
    assert rows["close"].tolist() == [100.0, 101.5, 100.25, 50.51, 51.0, 52.0]
    assert rows["volume"].fillna(-1).tolist() == [1000, 1000, 1000, 2000, -1, 1500]
    assert rows["split_factor"].tolist() == [1, 1, 1, 2, 2, 2]
    np.testing.assert_allclose(rows["dividend_factor"], [1, 1, 1.015, 1.015, 1.015, 1.015 / 0.99])
    assert [f"{day:%Y-%m-%d}" for day in rows["session"]] == [bar.day for bar in BARS]


def test_both_vendors_say_the_same(market: Market) -> None:
    """The same market through Yahoo's adjusted and through Tiingo's raw format gives the same rows."""
    one, two = (fetch(market, kind).rows for kind in BYSYMBOL)
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("kind", ALL)
def test_rows_have_the_promised_columns(market: Market, kind: str) -> None:
    """Every live source gives the same columns with the same types as the bundled ones."""
    rows = fetch(market, kind).rows
    assert {name: str(type_) for name, type_ in rows.dtypes.items()} == {
        "row": "int64", "symbol": "str", "session": "datetime64[us]", "open": "float64",
        "high": "float64", "low": "float64", "close": "float64", "volume": "float64",
        "split_factor": "float64", "dividend_factor": "float64", "malformed": "str",
    }  # fmt: skip
    assert rows["row"].is_unique


@pytest.mark.parametrize("kind", ALL)
def test_windows_are_kept(market: Market, kind: str) -> None:
    """From a start to an as_of, and factors are 1 at each symbol's first row; before all, it is an error."""
    chosen = universe(market, kind)
    rows = sources.fetch(chosen, Path(), date(2020, 1, 8), start=date(2020, 1, 7)).rows
    assert sorted({f"{day:%m-%d}" for day in rows["session"]}) == ["01-07", "01-08"]
    assert (rows["split_factor"] == 1).all()
    each = sources.fetch(chosen, Path(), start={"AAPL": date(2020, 1, 9)}).rows
    assert each.groupby("symbol").size().to_dict() == {"AAPL": 1, "MSFT": 6}
    with pytest.raises(HistoryError, match=f"{kind} has nothing up to 2019-12-31; its first session is 2020"):
        sources.fetch(chosen, Path(), date(2019, 12, 31))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fault", ["429 at once", "cut"])
def test_what_passes_is_waited_out(market: Market, kind: str, fault: str) -> None:
    """After two faults of a kind that passes, the third try gives the same batch as an undisturbed one."""
    market.faults["*"] = [fault, fault]
    batch = fetch(market, kind, "AAPL")
    assert len(batch.rows) == 6
    assert batch.failed == ()
    assert len(market.asked) == 3


@pytest.mark.parametrize("kind", BYSYMBOL)
@pytest.mark.parametrize("fault", ["503", "disguised page", "empty list"])
def test_one_bad_symbol_does_not_stop_the_rest(market: Market, kind: str, fault: str) -> None:
    """What came before and after a symbol that keeps failing is there, and the symbol is named with why."""
    market.faults["BAD"] = [fault] * 9
    batch = fetch(market, kind, "AAPL", "BAD", "MSFT")
    assert batch.rows["symbol"].unique().tolist() == ["AAPL", "MSFT"]
    ((symbol, why),) = batch.failed
    assert symbol == "BAD"
    assert why.strip()
    assert "\n" not in why


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fault", ["reset", "redirect in circles"])
def test_a_source_that_gives_nothing_is_named(market: Market, kind: str, fault: str) -> None:
    """If no symbol comes through, the error names the source, in one line."""
    market.faults["*"] = [fault] * 30
    with pytest.raises(SourceError, match=f"^source {kind} gave nothing") as caught:
        fetch(market, kind)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("yahoo", "404 Not Found: No data found, symbol may be delisted"),
        ("tiingo", "404 Not Found: Not found: NOPE"),
        ("ecb", "not among the currencies"),
    ],
)
def test_an_unknown_symbol_is_named(market: Market, kind: str, why: str) -> None:
    """A symbol that the source does not know has failed, with the vendor's words, and is in the notes."""
    batch = fetch(market, kind, "AAPL", "NOPE")
    assert batch.failed == (("NOPE", why),)
    assert batch.notes == (f"NOPE: nothing from {kind} ({why})",)
    assert batch.rows["symbol"].unique().tolist() == ["AAPL"]


def test_a_source_that_is_down_is_not_asked_for_everything(market: Market) -> None:
    """After three symbols in a row that failed for no fault of theirs, the others are not asked for."""
    market.faults["*"] = [""] + ["503"] * 99
    batch = fetch(market, "tiingo", "AAPL", *(f"S{n}" for n in range(9)))
    assert batch.rows["symbol"].unique().tolist() == ["AAPL"]
    assert len(market.asked) == 1 + 3 * 3
    assert batch.failed[2][1] == "503 Service Unavailable, after 3 tries"
    assert batch.failed[3][1] == "not asked for, after 3 failures in a row"


@pytest.mark.parametrize("kind", ALL)
def test_replies_are_cut_at_a_limit(market: Market, kind: str) -> None:
    """An endless reply and one that unpacks to too much are cut, and not asked for again."""
    faults = ["endless", "bomb"] + (["zip bomb"] if kind == "ecb" else [])
    for fault in faults:
        market.faults["*"] = [fault]
        market.asked.clear()
        with pytest.raises(SourceError, match=r"more than 1 MB \(largest_mb\), cut"):
            fetch(market, kind, "AAPL", largest_mb=1)
        assert len(market.asked) == 1


@pytest.mark.parametrize("kind", ALL)
def test_a_redirect_elsewhere_is_refused(market: Market, kind: str) -> None:
    """No other host is asked, whatever the server says."""
    market.faults["*"] = ["redirect elsewhere"]
    with pytest.raises(SourceError, match=r"a redirect to http://example.invalid, which is refused"):
        fetch(market, kind, "AAPL")


def test_a_bad_answer_is_not_remembered(market: Market) -> None:
    """After a bad reply for a past range, the same process gets the good one: no cache is asked."""
    chosen = universe(market, "yahoo", "AAPL", retries=0)
    market.faults["AAPL"] = ["page"]
    with pytest.raises(SourceError, match="a web page instead of data"):
        sources.fetch(chosen, Path())
    assert len(sources.fetch(chosen, Path()).rows) == 6


def test_a_symbol_of_empty_bars_has_failed(market: Market) -> None:
    """A symbol whose bars are all empty is named, and the others are there."""
    market.bars["VOID"] = [Bar(bar.day, None) for bar in BARS]
    batch = fetch(market, "yahoo", "VOID", "MSFT")
    assert batch.failed == (("VOID", "every bar is empty"),)
    assert batch.rows["symbol"].unique().tolist() == ["MSFT"]


def test_symbols_must_be_named(market: Market) -> None:
    """Sources that are asked by symbol say so."""
    chosen = universe(market, "yahoo").model_copy(update={"symbols": None})
    with pytest.raises(SourceError, match="source yahoo cannot list what it has; name them"):
        sources.fetch(chosen, Path())


@pytest.mark.parametrize("kind", BYSYMBOL)
def test_a_vendor_that_contradicts_itself_is_noted(market: Market, kind: str) -> None:
    """Adjusted closes that do not move with the splits and dividends are said, with the first session."""
    document = yahoo("AAPL", BARS) if kind == "yahoo" else tiingo(BARS)
    text = json.dumps(document)
    said = '"amount": 0.51' if kind == "yahoo" else '"divCash": 0.51'
    assert said in text
    market.verbatim["AAPL"] = text.replace(said, said.replace("0.51", "2.51")).encode()
    assert fetch(market, kind, "AAPL").notes == (
        "AAPL: adjusted closes contradict the splits and dividends on 1 sessions, first 2020-01-09",
    )
    del market.verbatim["AAPL"]
    assert fetch(market, kind, "AAPL").notes == ()


@pytest.mark.parametrize("kind", ALL)
def test_a_probe_says_how_far_history_goes(market: Market, kind: str) -> None:
    """One bar is asked for, and the first session, the calendar and the currency are told."""
    found = sources.probe(universe(market, kind))
    assert (found.first, found.last) == ("2020-01-02", "2020-01-09")
    assert (found.calendar, found.currency) == (("ECB", "per EUR") if kind == "ecb" else ("XNYS", "USD"))
    market.faults["*"] = ["503"] * 9
    with pytest.raises(SourceError, match=f"source {kind} does not answer as it should: .*503"):
        sources.probe(universe(market, kind))
