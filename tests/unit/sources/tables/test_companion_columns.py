"""Further fields beside symbols' closes, by their names."""

from morrow.sources.tables.companion_columns import find_companions, find_joined_words


def test_the_longest_symbol_has_the_field() -> None:
    """BRK.B Volume is the volume of BRK.B, which is no field of BRK; a ticker that ends in V is none."""
    levels = find_companions(["Date", "BRK", "BRK.B", "BRK Volume", "BRK.B Volume", "BRKV"])
    assert [(part.field, part.symbol) for part in levels.values()] == [
        ("close", "BRK"), ("close", "BRK.B"), ("Volume", "BRK"), ("Volume", "BRK.B"), ("close", "BRKV"),
    ]  # fmt: skip


def test_symbols_alone_have_no_companions() -> None:
    """Tickers that begin alike, and a field's word without a symbol beside it, are nobody's fields."""
    assert find_companions(["Date", "BF", "BF.B", "GOLD", "GOLDEN", "C Volume"]) == {}
    levels = find_companions(["Date", "A", "foo A"], ["foo"])
    assert [part.field for part in levels.values()] == ["close", "foo"]


def test_without_a_joint_only_volumes_are_companions() -> None:
    """SMIN beside S, IMAX beside I and AOPEN beside A may be symbols; AVOL beside A is its volume."""
    assert find_companions(["Date", "S", "SMIN", "I", "IMAX", "A", "AOPEN", "KO"]) == {}
    assert find_companions(["Date", "A", "AVOL"])[2].field == "VOL"
    assert find_companions(["Date", "S", "S MIN"])[2].field == "MIN"


def test_joined_words_stand_before_or_behind_a_symbol() -> None:
    """What may be a field of another column's symbol is found with its word; volumes and joints are not."""
    words = find_joined_words(["Date", "A", "AOPEN", "MINA", "A LOW", "AVOL", "KO"])
    assert {number: part.field for number, part in words.items()} == {2: "OPEN", 3: "MIN"}
