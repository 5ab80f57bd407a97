"""Months by their names."""

import pytest

from morrow.sources.tables.month_names import month_number


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("Jan", 1), ("JANUARY", 1), ("Sept", 9), ("sep.", None), ("März", 3), ("Mrz", 3), ("Dez", 12),
        ("août", 8), ("janv", 1), ("ene", 1), ("ago", 8), ("set", 9), ("Out", 10), ("paź", 10),
        ("stycznia", 1),
        ("мая", 5), ("янв", 1), ("Ağu", 8), ("mei", 5), ("jui", None), ("ja", None), ("Market", None),
    ],
)  # fmt: skip
def test_a_month_is_named_by_its_first_letters(name: str, month: int | None) -> None:
    """Three letters or more name a month in any of the languages; what two months begin with names none."""
    assert month_number(name) == month
