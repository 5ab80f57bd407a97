"""Tables and queries of a database, on SQLite."""

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow.config import Universe
from morrow.errors import HistoryError, SourceError
from morrow.sources import Batch, Start, fetch, show_raw_rows
from morrow.sources.sql import SqlSource
from morrow.sources.tables import database
from morrow.sources.tables.raw_block import RawBlock

ROWS = [
    ("2024-01-02", "AAA", 1.5, 10), ("2024-01-03", "AAA", 2.5, 20), ("2024-01-02", "BBB", 3.5, None),
    ("2024-01-04", "BBB", 4.5, 40),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a database of four bars."""
    with sqlite3.connect(tmp_path / "p.db") as connection:
        connection.execute("create table prices (day DATE, ticker TEXT, close REAL, volume INTEGER)")
        connection.executemany("insert into prices values (?, ?, ?, ?)", ROWS)
    return tmp_path


def read(
    folder: Path,
    as_of: date | None = None,
    start: Start = None,
    symbols: tuple[str, ...] | None = None,
    **options: Any,
) -> Batch:
    """Fetch from the folder's database."""
    given: dict[str, Any] = {"kind": "sql", **options}
    if "url_env" not in options:
        given.setdefault("url", "sqlite:///p.db")
    if "query" not in options:
        given.setdefault("table", "prices")
    universe = Universe(source=SqlSource.model_validate(given), calendar="observed", symbols=symbols)
    return fetch(universe, folder, as_of, start=start)


def test_a_table_is_read_in_the_order_of_its_days(folder: Path) -> None:
    """Every row of a table comes with its values and a place that does not change from call to call."""
    batch = read(folder)
    assert batch.rows[["row", "symbol", "close"]].to_numpy().tolist() == [
        [0, "AAA", 1.5], [1, "BBB", 3.5], [2, "AAA", 2.5], [3, "BBB", 4.5],
    ]  # fmt: skip
    assert batch.rows["volume"].fillna(-1).tolist() == [10, -1, 20, 40]
    assert batch.source == "sql:prices"
    assert batch.id == read(folder).id
    assert show_raw_rows(batch, [1]) == ['{"close":3.5,"day":"2024-01-02","ticker":"BBB","volume":null}']


def test_a_query_is_read_as_it_is_written(folder: Path) -> None:
    """A query's columns are mapped by name, and its percent signs and colons are its own."""
    query = "select day as d, close * 2 as px, 'x:y' as note from prices where ticker like 'A%' order by day"
    batch = read(folder, query=query, columns={"session": "d", "close": "px"}, symbol="AAA")
    assert batch.rows["close"].tolist() == [3, 5]
    assert batch.source == "sql:query"


def test_the_database_cuts_the_window(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a column of days only those from start to as_of are read, and what is no day comes along."""
    with sqlite3.connect(folder / "p.db") as connection:
        connection.execute("insert into prices values ('someday', 'AAA', 9, 9), (NULL, 'AAA', 8, 8)")
    seen: list[int] = []
    original = database.RawBlock

    def spying(*given: Any) -> RawBlock:
        made = original(*given)
        seen.append(len(made.positions))
        return made

    monkeypatch.setattr(database, "RawBlock", spying)
    rows = read(folder, as_of=date(2024, 1, 3), start=date(2024, 1, 3)).rows
    assert rows["close"].tolist() == [8, 2.5, 9]
    assert seen == [3]
    assert len(read(folder, start=date(2024, 2, 1)).rows) == 2


def test_only_wanted_symbols_are_asked_for(folder: Path) -> None:
    """A universe's symbols alone come, and one that is not there is named."""
    assert set(read(folder, symbols=("BBB",)).rows["symbol"]) == {"BBB"}
    with pytest.raises(SourceError, match='symbol "CCC" is not in sql:prices'):
        read(folder, symbols=("BBB", "CCC"))
    with pytest.raises(HistoryError, match="nothing up to 2023-01-01"):
        read(folder, as_of=date(2023, 1, 1))


def test_a_wide_table_has_a_column_a_symbol(folder: Path) -> None:
    """Wide tables are read as wide files are."""
    with sqlite3.connect(folder / "p.db") as connection:
        connection.execute("create table w (date TEXT, AAA REAL, BBB REAL)")
        connection.execute("insert into w values ('2024-01-02', 1, 2), ('2024-01-03', 3, NULL)")
    assert read(folder, table="w", layout="wide").rows["close"].tolist() == [1, 2, 3]


def test_values_of_any_kind_are_read_or_said(folder: Path) -> None:
    """Texts among numbers, blobs and numbers beyond 64 bits cost their own rows at most."""
    with sqlite3.connect(folder / "p.db") as connection:
        connection.execute("insert into prices values ('2024-01-05', 'AAA', 'abc', 1)")
        connection.execute("insert into prices values ('2024-01-08', 'AAA', x'00ff', 1)")
        connection.execute("insert into prices values ('2024-01-09', 'AAA', '7.5', 1)")
    rows = read(folder).rows
    assert rows["malformed"].notna().tolist() == [False] * 4 + [True, True, False]
    assert rows["close"].tolist()[:4] + rows["close"].tolist()[6:] == [1.5, 3.5, 2.5, 4.5, 7.5]


@pytest.mark.parametrize("query", ["delete from prices returning day, close", "drop table prices"])
def test_nothing_can_be_written(query: str, folder: Path) -> None:
    """A statement that would change the database is refused, and changes nothing."""
    with pytest.raises(SourceError, match="cannot be read"):
        read(folder, query=query)
    assert len(read(folder).rows) == 4


def test_nothing_can_be_written_through_a_url_of_sqlites_own(folder: Path) -> None:
    """A URL that SQLite itself takes apart is read only too, even for what commits by itself."""
    with pytest.raises(SourceError, match="readonly"):
        read(folder, url=f"sqlite:///file:{folder}/p.db?uri=true", query="drop table prices")
    assert len(read(folder).rows) == 4


def test_padded_symbols_are_found_by_name(folder: Path) -> None:
    """A symbol that is padded with blanks, or is a number, is the one that the universe names."""
    with sqlite3.connect(folder / "p.db") as connection:
        connection.execute("insert into prices values ('2024-01-05', 'AAA  ', 5.5, 10)")
        connection.execute("create table numbered (date DATE, symbol INTEGER, close REAL)")
        connection.execute("insert into numbered values ('2024-01-02', 700, 1), ('2024-01-02', 5, 2)")
    assert read(folder, symbols=("AAA",)).rows["close"].tolist() == [1.5, 2.5, 5.5]
    assert read(folder, symbols=("700",), table="numbered").rows["close"].tolist() == [1]


def test_a_slow_query_ends_in_time(folder: Path) -> None:
    """A query without end is stopped after timeout_s, and the message says what to raise."""
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) as close from n"
    with pytest.raises(SourceError, match=r"raise timeout_s = 0\.3"):
        read(folder, query=endless, timeout_s=0.3)


def test_what_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, table, column, driver, variable or row each says what it is, in one line."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"url": "sqlite:///none.db"}, "no database at"),
        ({"table": "none"}, "table none is not in sqlite"),
        ({"columns": {"close": "clsoe"}}, 'did you mean "close"'),
        ({"url": "mysql://u@h/d"}, "pip install 'mysqlclient'"),
        ({"url": "nonsense"}, "source.url is no database URL"),
        ({"url": "strange://h/d"}, "cannot be read"),
        ({"url_env": "MY_DATABASE"}, "MY_DATABASE (source.url_env) is not set"),
        ({"query": "select day, close from prices where 0"}, "the query has no row"),
        ({"query": "select nowhere"}, "no such column: nowhere"),
    ]
    monkeypatch.delenv("MY_DATABASE", raising=False)
    for options, said in cases:
        with pytest.raises(SourceError) as caught:
            read(folder, **options)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (folder / "none.db").exists()


def test_no_message_holds_a_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of a URL in the environment is starred out of every message and of the configuration."""
    for url in (
        "postgresql://me:s3cr%2Ft@127.0.0.1:1/db", "mysql://me:s3cr%2Ft@h/d", "x y://me:s3cr%2Ft@h/d",
        "postgresql://me@127.0.0.1:1/db?password=s3cr%2Ft", "mysql://h/d?passwd=s3cr%2Ft",
    ):  # fmt: skip
        monkeypatch.setenv("MY_DATABASE", url)
        with pytest.raises(SourceError) as caught:
            read(folder, url_env="MY_DATABASE", timeout_s=5)
        assert "s3cr" not in str(caught.value)
    for url in (
        "postgresql://me:s3cr@h/db",
        "postgresql://h/db?PASSWORD=s3cr",
        "mssql:///?odbc_connect=PWD%3Ds3cr",
    ):
        with pytest.raises(ValueError, match="url holds a password") as refused:
            SqlSource(kind="sql", url=url, table="t")
        assert "put the URL into an environment variable" in str(refused.value)


def test_a_url_and_a_table_are_each_given_once() -> None:
    """Both or neither of url and url_env, or of table and query, are refused."""
    for options in ({"table": "t"}, {"url": "a://", "url_env": "B", "table": "t"}, {"url": "a://"}):
        with pytest.raises(ValueError, match="and not both"):
            SqlSource.model_validate({"kind": "sql", **options})


def test_a_larger_table_comes_in_several_blocks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks change neither values nor places."""
    whole = read(folder)
    monkeypatch.setattr(database, "_BLOCK_ROWS", 3)
    pd.testing.assert_frame_equal(read(folder).rows, whole.rows)
    assert show_raw_rows(read(folder), [3]) == show_raw_rows(whole, [3])


@pytest.mark.parametrize("options", [{"table": "prices"}, {"table": None, "query": "select * from prices"}])
def test_a_database_without_rows_is_one_line(folder: Path, options: dict[str, Any]) -> None:
    """A table or query without any row is refused; one without a row in the window is an empty batch."""
    with sqlite3.connect(folder / "p.db") as connection:
        connection.execute("delete from prices")
    with pytest.raises(SourceError, match="has no row; look at what is in it"):
        read(folder, **options)
    assert read(folder, start=date(2024, 1, 1), **options).rows.empty
