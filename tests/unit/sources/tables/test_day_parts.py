"""Days in three columns."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.sources.tables.day_parts import join_day_parts
from morrow.sources.tables.delimited_text import read_csv
from tests.files import read, write
from tests.vendor_bars import bars, two_symbols


def with_parts(table: pd.DataFrame, names: tuple[str, str, str], month: str = "%-m") -> pd.DataFrame:
    """The table with three columns in place of its days."""
    days = pd.DatetimeIndex(pd.to_datetime(table.index))
    parts = {names[0]: days.year, names[1]: days.strftime(month), names[2]: days.day}
    return pd.concat([pd.DataFrame(parts), table.reset_index(drop=True)], axis=1)


@pytest.mark.parametrize(
    ("names", "month"),
    [(("year", "month", "day"), "%-m"), (("YYYY", "MM", "DD"), "%m"), (("Jahr", "Monat", "Tag"), "%b"),
     (("Año", "Mes", "Día"), "%B")],
)  # fmt: skip
def test_three_columns_are_one_of_days(names: tuple[str, str, str], month: str, tmp_path: Path) -> None:
    """Year, month (a number or a name) and day are the day of their row, in a long and in a wide table."""
    rows = read(write(tmp_path, with_parts(two_symbols(), names, month).to_csv(index=False))).rows
    assert rows["session"].dt.strftime("%Y-%m-%d").tolist() == list(two_symbols().index)
    closes = two_symbols().pivot_table(index="Date", columns="symbol", values="close")
    wide = read(write(tmp_path, with_parts(closes, names, month).to_csv(index=False)), layout="wide").rows
    assert sorted(wide["symbol"].unique()) == ["AAA", "BBB"]
    assert wide["session"].nunique() == len(closes)


def test_parts_in_parquet(tmp_path: Path) -> None:
    """Typed columns of numbers are joined as texts are."""
    path = tmp_path / "p.parquet"
    with_parts(bars(), ("year", "month", "day")).assign(
        month=lambda table: table["month"].astype(int)
    ).to_parquet(path)
    assert read(path).rows["session"].dt.strftime("%Y-%m-%d").tolist() == list(bars().index)


def test_parts_beside_days_are_left_alone() -> None:
    """Where a date stands beside its parts, or "day" holds whole days or names, nothing is joined."""
    for text in (
        b"date,year,month,day,close\n2024-01-31,2024,1,31,5\n",
        b"year,month,day,close\n2024,1,2024-01-31,5\n",
        b"date,year,month,weekday,close\n2024-01-31,2024,1,3,5\n",
    ):
        table = read_csv(text, "p.csv")
        assert join_day_parts(table) is table


def test_a_row_without_a_year_has_no_day(tmp_path: Path) -> None:
    """A total below the bars is a row without a day, and an impossible day is malformed."""
    text = "year,month,day,close\n2024,1,30,5\n2024,1,31,6\n2024,2,1,6\n2024,2,30,7\n,,,9\n"
    rows = read(write(tmp_path, text)).rows
    assert rows["session"].notna().tolist() == [True, True, True, False, False]
    assert rows["malformed"].iloc[3] == 'session="2024-02-30"'
