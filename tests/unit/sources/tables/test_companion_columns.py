"""Further fields beside symbols' closes, by their names."""

from morrow.sources.tables.companion_columns import find_companions


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
