"""How tables that nobody described are read, or asked about."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.errors import UndecidedError
from morrow.source_kinds import TableSource
from morrow.sources.tables.delimited_text import read_csv
from morrow.sources.tables.layout_choice import LayoutChoice, choose_layout
from tests.files import read, refusal, write
from tests.vendor_bars import bars, two_symbols

OHLCV = ["open", "high", "low", "close", "volume"]


def choose(table: pd.DataFrame) -> LayoutChoice:
    """The choice for a table with its index."""
    return choose_layout(read_csv(table.to_csv().encode(), "p.csv"), TableSource(kind="csv"), "p.csv")


def question(table: pd.DataFrame) -> tuple[str, ...]:
    """The answers that are offered for a table that cannot be decided."""
    with pytest.raises(UndecidedError) as caught:
        choose(table)
    return caught.value.answers


def test_plain_tables() -> None:
    """Bars below each other are long, closes side by side wide, several fields of each symbol fields."""
    assert choose(two_symbols()) == LayoutChoice("long", {"symbol": "symbol"})
    closes = two_symbols().pivot_table(index="Date", columns="symbol", values="close")
    assert choose(closes) == LayoutChoice("wide")
    fields = two_symbols().pivot_table(index="Date", columns="symbol", values=["close", "open"])
    assert choose(fields.set_axis([f"{b}.{a}" for a, b in fields.columns], axis=1)) == LayoutChoice("fields")


@pytest.mark.parametrize("names", ["A B C D E", "Auf Ho Ti Zu Um", "x1 x2 x3 x4 x5"])
def test_bars_in_words_that_nobody_knows(names: str) -> None:
    """Columns whose values are those of a bar are no symbols: the fields are proposed, by their values."""
    letters = names.split()
    table = bars()[OHLCV].set_axis(letters, axis=1)
    expected = dict(
        zip(("high", "low", "open", "close", "volume"), [letters[n] for n in (1, 2, 0, 3, 4)], strict=True)
    )
    answer = "columns = { " + ", ".join(f'{name} = "{word}"' for name, word in expected.items()) + " }"
    assert question(table) == (answer, 'layout = "wide"')
    assert answer in question(table.iloc[::-1])
    assert answer in question(table.sample(frac=1, axis=1, random_state=1))


def test_three_prices_of_a_bar() -> None:
    """High, low and close alone are known by their values too."""
    (answer, _) = question(bars()[["low", "high", "close"]].set_axis(["A", "B", "C"], axis=1))
    assert answer == 'columns = { high = "B", low = "A", close = "C" }'


def test_symbols_that_move_together_are_wide() -> None:
    """Maturities of one curve, always in one order, and copies of one index on another scale are symbols."""
    level = bars()["close"] / 10
    curve = pd.DataFrame({"Y2": level, "Y5": level + 0.4, "Y10": level + 0.9}).round(3)
    spread = bars("B", 5)["close"].to_numpy() / 200
    assert choose(curve.assign(Y5=curve["Y5"] + spread)) == LayoutChoice("wide")
    assert choose(pd.DataFrame({f"S{n}": bars(seed=n)["close"] for n in range(12)})) == LayoutChoice("wide")


def test_other_fields_are_no_symbols() -> None:
    """A table of bids and asks, or of a price in an unknown word beside a volume, is asked about."""
    quotes = pd.DataFrame({"Bid": bars()["close"] - 0.01, "Ask": bars()["close"] + 0.01})
    assert 'layout = "wide"' in question(quotes)
    table = bars()[["close", "volume"]].set_axis(["Wert", "Volumen"], axis=1)
    assert question(table) == ('columns = { volume = "Volumen", close = "Wert" }', 'layout = "wide"')


def test_the_only_number_of_a_symbols_row_is_its_close() -> None:
    """With a column of symbols, one unknown column of numbers is the close; of two, one is asked for."""
    table = two_symbols().rename(columns={"close": "Wert"})
    expected = LayoutChoice("long", {"symbol": "symbol", "close": "Wert"})
    assert choose(table[["symbol", "Wert"]]) == expected
    two = table[["symbol", "Wert"]].assign(Zahl=3.5)
    assert question(two)[:2] == ('columns = { close = "Wert" }', 'columns = { close = "Zahl" }')


def test_a_symbols_column_in_an_unknown_word() -> None:
    """Where days repeat, the only words that keep them apart are symbols; of two one is asked for."""
    table = two_symbols().rename(columns={"symbol": "aandeel"})[["aandeel", "close"]]
    assert choose(table) == LayoutChoice("long", {"symbol": "aandeel"})
    twice = table.assign(naam="Company " + table["aandeel"])
    assert question(twice) == ('columns = { symbol = "aandeel" }', 'columns = { symbol = "naam" }')


def test_a_column_named_like_a_symbol_that_is_none() -> None:
    """A code that is the same everywhere gives way to the name that keeps days apart, an ISIN to a ticker."""
    table = two_symbols().rename(columns={"symbol": "name"}).assign(code="US")
    assert choose(table).columns == {"symbol": "name"}
    both = two_symbols().rename(columns={"symbol": "ticker"})
    assert choose(both.assign(isin="US" + both["ticker"])).columns == {"symbol": "ticker"}


def test_tickers_that_are_words_for_a_close() -> None:
    """LAST beside AAPL may be a symbol: both readings are offered."""
    table = pd.DataFrame({"AAPL": bars()["close"], "LAST": bars(seed=2)["close"]})
    assert question(table) == ('columns = { close = "LAST" }', 'layout = "wide"')
    assert choose(
        pd.DataFrame({name: bars(seed=n)["close"] for n, name in enumerate(["A", "LOW", "MSFT", "BBB"])})
    ) == LayoutChoice("wide")


def test_an_indicator_beside_a_close() -> None:
    """A column named after closes is the close, whatever capitals stand beside it."""
    table = pd.DataFrame({"RSI": bars()["close"], "CLOSE": bars(seed=2)["close"]})
    assert choose(table) == LayoutChoice("long")


def test_copies_of_fields_are_asked_about(tmp_path: Path) -> None:
    """Close and Close.1 are two symbols side by side or one with a spare column: at night as well."""
    both = pd.concat([bars()[["close", "high"]], bars(seed=2)[["close", "high"]].add_suffix(".1")], axis=1)
    assert question(both) == (
        'layout = "fields"\ngroups = ["NAME1", "NAME2"]',
        'columns = { high = "high", close = "close" }',
    )
    message = refusal(write(tmp_path, both.to_csv()))
    assert "close and close.1, as if several symbols stood side by side" in message
    assert message.endswith(
        'layout = "fields" and groups = ["NAME1", "NAME2"] or columns = { high = "high", close = "close" }'
    )


def test_names_that_contradict_the_values() -> None:
    """A low that is named like a high is asked about, with what the values say."""
    table = bars()[OHLCV].rename(columns={"high": "low", "low": "high"})
    answers = question(table)
    assert (
        answers[0]
        == 'columns = { high = "low", low = "high", open = "open", close = "close", volume = "volume" }'
    )


def test_a_volume_among_two() -> None:
    """Of a volume in coins and its cost in dollars, the coins are the volume; one alone is it too."""
    table = bars()[["open", "high", "low", "close", "volume"]]
    both = table.rename(columns={"volume": "Volume BTC"})
    both["Volume USD"] = (both["Volume BTC"] * both["close"]).round(2)
    expected = {"volume": "Volume BTC", "close": "close"}
    assert expected.items() <= choose(both).columns.items()
    assert expected.items() <= choose(both.iloc[:, [0, 1, 2, 3, 5, 4]]).columns.items()
    assert expected.items() <= choose(both.drop(columns="Volume USD")).columns.items()
    assert "volume" not in choose(both.assign(**{"Volume USD": 7.0})).columns


def beside(suffix: str, values: str) -> pd.DataFrame:
    """Closes of AAA, BBB and CCC and, beside them, a further column for each."""
    symbols = {name: bars(name, seed) for seed, name in enumerate(("AAA", "BBB", "CCC"), 1)}
    closes = pd.DataFrame({name: table["close"] for name, table in symbols.items()})
    further = {"volume": lambda table: table["volume"], "change": lambda table: table["close"].pct_change()}
    return closes.join(
        pd.DataFrame({f"{name}{suffix}": further[values](table) for name, table in symbols.items()})
    )


@pytest.mark.parametrize(
    ("suffix", "values"),
    [(" Volume", "volume"), ("_vol", "volume"), ("Volume", "volume"), ("_ret", "change")],
)
def test_closes_with_a_further_field_beside_them(suffix: str, values: str, tmp_path: Path) -> None:
    """A volume or return is no symbol: three have the volume of each; returns are left aside."""
    table = beside(suffix, values)
    assert choose(table) == LayoutChoice("fields")
    rows = read(write(tmp_path, table.to_csv()), layout="fields").rows
    assert rows["symbol"].unique().tolist() == ["AAA", "BBB", "CCC"]
    of_one = rows[rows["symbol"] == "BBB"]
    assert of_one["close"].tolist() == table["BBB"].tolist()
    expected = table["BBB" + suffix].tolist() if values == "volume" else []
    assert of_one["volume"].dropna().tolist() == expected


def test_copies_beside_closes_are_asked_about(tmp_path: Path) -> None:
    """AAA.1 beside AAA may be anything; each answer that is offered reads what it says."""
    table = beside(".1", "volume")
    as_volume, only, every = question(table)
    assert as_volume == 'layout = "fields"\ncolumns = { volume = "1" }'
    assert only == 'layout = "wide"\ngroups = ["AAA", "BBB", "CCC"]'
    assert every == 'layout = "wide"'
    path = write(tmp_path, table.to_csv())
    rows = read(path, layout="fields", columns={"volume": "1"}).rows
    assert rows.loc[rows["symbol"] == "CCC", "volume"].tolist() == table["CCC.1"].tolist()
    assert read(path, layout="wide", groups=["AAA", "BBB", "CCC"]).rows["symbol"].nunique() == 3
    assert read(path, layout="wide").rows["symbol"].nunique() == 6


@pytest.mark.parametrize("kind", ["weekday", "month", "shares", "noise"])
def test_columns_that_can_be_no_prices_are_asked_about(kind: str) -> None:
    """Parts of the date, whole numbers that jump, and changes around zero are not taken for symbols."""
    table = beside(" Volume", "volume")
    days = pd.to_datetime(table.index)
    columns = {
        "weekday": days.day_of_week + 1,
        "month": days.month,
        "shares": table["AAA Volume"],
        "noise": table["AAA"].pct_change(),
    }
    closes = table[["AAA", "BBB", "CCC"]].assign(**{f"x{kind}x": columns[kind]})
    assert question(closes) == ('layout = "wide"\ngroups = ["AAA", "BBB", "CCC"]', 'layout = "wide"')


def test_spreads_and_share_classes_are_symbols() -> None:
    """A spread that crosses zero slowly and B shares beside A shares are prices like the others."""
    closes = beside(" Volume", "volume")[["AAA", "BBB", "CCC"]]
    assert choose(closes.assign(SPREAD=closes["AAA"] - closes["BBB"])) == LayoutChoice("wide")
    assert choose(closes.assign(**{"AAA.B": closes["AAA"] * 1.4})) == LayoutChoice("wide")


def test_joined_names_with_foreign_words_are_asked_about() -> None:
    """Words and symbols in every combination, whose values are those of bars, are bars of these symbols."""
    words = {"open": "auf", "high": "ho", "low": "ti", "close": "zu", "volume": "um"}
    tables = [bars(name, seed)[OHLCV].rename(columns=words) for seed, name in enumerate("AB", 1)]
    for number, name in enumerate("AB"):
        tables[number].columns = [f"{word}.{name}" for word in tables[number].columns]
    answer, _ = question(pd.concat(tables, axis=1))
    assert answer == (
        'layout = "fields"\ncolumns = { high = "ho", low = "ti", open = "auf", close = "zu", volume = "um" }'
    )


def test_the_bars_of_several_symbols_in_words_that_nobody_knows(tmp_path: Path) -> None:
    """Beside a column of symbols the fields are proposed by one symbol's values, and read every bar."""
    letters = ["b", "c", "d", "e", "f", "g"]
    table = two_symbols()[["symbol", *OHLCV]].set_axis(letters, axis=1)
    answer, _ = question(table)
    assert answer == (
        'columns = { symbol = "b", high = "d", low = "e", open = "c", close = "f", volume = "g" }'
    )
    columns = dict(zip(["symbol", *OHLCV], letters, strict=True))
    rows = read(write(tmp_path, table.to_csv()), columns=columns).rows
    for name in OHLCV:
        assert rows[name].tolist() == two_symbols()[name].tolist()


def test_answers_name_what_is_known_beside_the_close(tmp_path: Path) -> None:
    """The answer to a missing close keeps the high, low and volume that names say, and the only symbol."""
    table = bars()[["high", "low", "close", "volume"]].rename(columns={"close": "Endwert"})
    (answer, _) = question(table)
    assert answer == 'columns = { high = "high", low = "low", volume = "volume", close = "Endwert" }'
    columns = {"high": "high", "low": "low", "volume": "volume", "close": "Endwert"}
    rows = read(write(tmp_path, table.to_csv()), columns=columns).rows
    assert rows["high"].tolist() == table["high"].tolist()
    letters = bars()[["symbol", *OHLCV]].set_axis(list("bcdefg"), axis=1)
    assert question(letters)[0].startswith('columns = { symbol = "b", high = "d"')
