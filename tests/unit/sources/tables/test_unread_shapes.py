"""Tables of a shape that no layout has."""

from pathlib import Path

import pandas as pd
import pytest

from tests.files import read, refusal, write
from tests.vendor_bars import bars, two_symbols

OHLCV = ["open", "high", "low", "close", "volume"]


@pytest.mark.parametrize("days", ["%Y-%m-%d", "%d/%m/%Y", "%b %d, %Y"])
@pytest.mark.parametrize("corner", ["", "Date", "Ticker"])
def test_days_across_are_named_with_the_way_to_transpose_them(days: str, corner: str, tmp_path: Path) -> None:
    """A row per symbol, or per field, and a column per day is refused, however days are written."""
    closes = two_symbols().pivot_table(index="Date", columns="symbol", values="close")
    closes.index = pd.to_datetime(closes.index).strftime(days)
    for table in (closes, bars()[OHLCV].set_index(closes.index)):
        message = refusal(write(tmp_path, table.T.to_csv(index_label=corner)))
        assert f"has days across (300 columns {table.index[0]}, " in message
        assert ".T.to_csv(" in message


@pytest.mark.parametrize(("separator", "word"), [("^", '"^"'), ("~", '"~"'), (" ", "blanks"), (":", '":"')])
def test_another_separator_is_named(separator: str, word: str, tmp_path: Path) -> None:
    """Carets, tildes and blanks between the columns are told, with the pattern that pandas needs."""
    text = bars()[OHLCV].to_csv(sep=separator)
    message = refusal(write(tmp_path, text))
    assert f"is separated by {word}; " in message
    pattern = message.split('sep=r"')[1].split('"')[0]
    mended = pd.read_csv(write(tmp_path, text), sep=pattern, engine="python")
    assert (
        read(write(tmp_path, mended.to_csv(index=False))).rows["close"].tolist() == bars()["close"].tolist()
    )


def test_one_value_a_row_is_named_with_its_fields(tmp_path: Path) -> None:
    """Bars melted into variable and value, of one symbol or several, are no symbols called open and high."""
    of_one = bars()[OHLCV].reset_index().melt("Date")
    of_two = two_symbols()[[*OHLCV, "symbol"]].reset_index().melt(["Date", "symbol"])
    assert 'frame.pivot(index=["Date"], columns="variable"' in refusal(
        write(tmp_path, of_one.to_csv(index=False))
    )
    message = refusal(write(tmp_path, of_two.sample(frac=1, random_state=1).to_csv(index=False)))
    assert 'frame.pivot(index=["Date", "symbol"], columns="variable"' in message
    spread = of_two.set_index(["Date", "symbol", "variable"])["value"].unstack().reset_index()  # noqa: PD010
    assert len(read(write(tmp_path, spread.to_csv(index=False))).rows) == 600


def test_words_of_a_bar_that_are_no_melted_fields(tmp_path: Path) -> None:
    """A market's state beside its bars, and symbols that are fields' words among others, are read."""
    state = bars().assign(state=["open", "close"] * 150)[[*OHLCV, "state"]]
    assert len(read(write(tmp_path, state.to_csv())).rows) == 300
    names = two_symbols().replace({"symbol": {"AAA": "LOW", "BBB": "KO"}})[["symbol", "close"]]
    assert read(write(tmp_path, names.to_csv())).rows["symbol"].unique().tolist() == ["LOW", "KO"]
