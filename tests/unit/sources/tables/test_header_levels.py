"""Two levels of header, as lines and as joined names."""

from collections.abc import Sequence

import pytest

from morrow.sources.tables.header_levels import LevelName, join_levels, split_level_names

ROW = ["2024-01-02", "1", "2", "3", "4"]
FIELD_FIRST = ("Date", "('Close', 'AAA')", "('Close', 'BBB')", "('High', 'AAA')", "('High', 'BBB')")


@pytest.mark.parametrize("corner", [("Price", "Ticker"), ("", "")])
def test_fields_above_symbols(corner: tuple[str, str]) -> None:
    """A line of fields, one of symbols and one with the name of the days are a header of three lines."""
    fields = [corner[0], "Close", "Close", "High", "High"]
    symbols = [corner[1], "AAA", "BBB", "AAA", "BBB"]
    assert join_levels([fields, symbols, ["Date", "", "", "", ""], ROW]) == (FIELD_FIRST, 3)


def test_symbols_above_fields() -> None:
    """The other order is read too, and symbols may be numbers."""
    names, lines = join_levels(
        [["Ticker", "600519", "000001"], ["Price", "Close", "Close"], ["Date"], ROW]
    ) or ((), 0)
    assert (names, lines) == (("Date", "('600519', 'Close')", "('000001', 'Close')"), 3)


def test_merged_cells_of_a_spreadsheet() -> None:
    """A symbol stands once above its fields; with or without days of its own."""
    fields = ["", "PX_OPEN", "PX_LAST", "PX_OPEN", "PX_LAST"]
    names, lines = join_levels([["Dates", "SPX Index", "", "SX5E Index", ""], fields, ROW]) or ((), 0)
    assert (names[0], names[2], names[3], lines) == (
        "Dates", "('SPX Index', 'PX_LAST')", "('SX5E Index', 'PX_OPEN')", 2,
    )  # fmt: skip
    own_days = [["SPX Index", "", "SX5E Index", ""], ["Date", "PX_LAST", "Date", "PX_LAST"], ROW]
    names, _ = join_levels(own_days) or ((), 0)
    assert names == (
        "('SPX Index', 'Date')", "('SPX Index', 'PX_LAST')",
        "('SX5E Index', 'Date')", "('SX5E Index', 'PX_LAST')",
    )  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        [["Date", "Open", "High", "Low", "Close"], ROW],
        [["Date", "Open", "High", "Low", "Close"], ["", "USD", "USD", "USD", "USD"], ROW],
        [["SPX Index", "", "", "", ""], ["Date", "Open", "High", "Low", "Close"], ROW],
        [["Date", "AAA", "BBB"], ["", "Apple", "Bee"], ROW],
        [["Date", "Open", "High"]],
        [],
    ],
)
def test_what_is_no_header_of_two_levels(lines: Sequence[Sequence[str]]) -> None:
    """One line, a line of units, a title and two lines without fields are left as they are."""
    assert join_levels(lines) is None


def test_joined_names_are_taken_apart() -> None:
    """Tuples, and fields before and after a symbol that may have a joint itself."""
    parts = split_level_names(["Date", "('Close', 'A')", "('Open', 'A')", "('Close', 'B')"])
    assert [(n, part.field, part.symbol) for n, part in parts.items()] == [
        (1, "Close", "A"), (2, "Open", "A"), (3, "Close", "B"),
    ]  # fmt: skip
    after = split_level_names(["Date", "BRK.B.Open", "BRK.B.Close", "AAPL.Adjusted"])
    assert [(part.field, part.symbol) for part in after.values()] == [
        ("Open", "BRK.B"), ("Close", "BRK.B"), ("Adjusted", "AAPL"),
    ]  # fmt: skip
    before = split_level_names(["Date", "Adj Close_AAA", "Volume_AAA"])
    assert [(part.field, part.symbol) for part in before.values()] == [
        ("Adj Close", "AAA"),
        ("Volume", "AAA"),
    ]
    closes = split_level_names(["Date", "AAA_Close", "BBB_Close"])
    assert [part.symbol for part in closes.values()] == ["AAA", "BBB"]
    days = split_level_names(["('A', 'Date')", "('A', 'Close')", "('B', 'Date')", "('B', 'Close')"])
    assert [part.field for part in days.values()] == ["Date", "Close", "Date", "Close"]
    configured = split_level_names(["Date", "('Fix', 'A')", "('Fix', 'B')"], fields=["Fix"])
    assert [part.symbol for part in configured.values()] == ["A", "B"]


@pytest.mark.parametrize(
    "names",
    [
        ["Date", "BRK.B", "BF.A"],
        ["Date", "Close", "Close.1", "Open", "Open.1"],
        ["Date", "Gold Volume", "Silver Volume"],
        ["Date", "Close (USD)", "Volume (USD)"],
        ["Date", "Open USD", "Close USD"],
        ["Date", "Close_AAA", "Volume_AAA", "Comment"],
        ["Date", "('x', 'A')", "('y', 'A')"],
    ],
)
def test_names_that_are_not_joined(names: list[str]) -> None:
    """Symbols with joints, numbered copies, one kind of field and units are no levels."""
    assert split_level_names(names) == {}


@pytest.mark.parametrize(
    "names",
    ["A-O A-H A-L A-C B-O B-H B-L B-C", "OA HA LA CA OB HB LB CB",
     "AOpen AHigh ALow AClose BOpen BHigh BLow BClose",
     "OpenA HighA LowA CloseA OpenB HighB LowB CloseB",
     "A_open_USD A_high_USD A_low_USD A_close_USD B_open_USD B_high_USD B_low_USD B_close_USD"],
)  # fmt: skip
def test_letters_capitals_and_units_join_names(names: str) -> None:
    """A bar's letters, words that only a capital parts, and a unit behind each name hide no symbol."""
    levels = split_level_names(["Date", *names.split()])
    assert [part.symbol for part in levels.values()] == ["A"] * 4 + ["B"] * 4
    assert [part.field[0].lower() for part in levels.values()] == list("ohlc") * 2


def test_a_third_level_of_units_says_nothing() -> None:
    """A line of currencies below fields and symbols is left out, in texts and in tuples."""
    lines = [["", "A", "A"], ["", "open", "close"], ["", "USD", "USD"], ["2024-01-02", "1", "2"]]
    joined = join_levels(lines)
    assert joined == (("Date", "('A', 'open')", "('A', 'close')"), 3)
    tuples = ["Date", "('A', 'open', 'USD')", "('A', 'close', 'USD')"]
    assert split_level_names(tuples) == {1: LevelName("open", "A"), 2: LevelName("close", "A")}


def test_four_tickers_that_end_alike_are_symbols() -> None:
    """Without all four letters of a bar for each name, letters are part of tickers."""
    assert split_level_names(["Date", "XO", "XH", "XL", "YO"]) == {}


@pytest.mark.parametrize("word", ["DAY", "TOT", "TRADE"])
def test_a_neutral_word_is_a_symbol_beside_others_with_the_same_fields(word: str) -> None:
    """DAY Close beside KO Close is DAY's; alone, with other fields or without a close it is no symbol."""
    levels = split_level_names(["Date", f"{word} Close", "XOM Close", "KO Close"])
    assert [part.symbol for part in levels.values()] == [word, "XOM", "KO"]
    assert len(split_level_names(["Date", f"{word}.Close", "KO.Close"])) == 2
    bars = [f"{symbol}_{field}" for symbol in (word, "KO") for field in ("open", "high", "low", "close")]
    assert len(split_level_names(["Date", *bars])) == 8
    if word != "TOT":
        assert split_level_names(["Date", f"{word}_open", f"{word}_close"]) == {}
        assert split_level_names(["Date", f"{word}_open", f"{word}_close", "KO_close"]) == {}
        assert split_level_names(["Date", f"{word}_high", f"{word}_low", "KO_high", "KO_low"]) == {}
