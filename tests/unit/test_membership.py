"""Who is in a universe when: strict tables, nothing of the future, one history for a renamed symbol."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow import config, frames, membership
from morrow.config import MembershipFile, MembershipQuery
from morrow.errors import ConfigError, SourceError
from morrow.frames import RENAMES
from morrow.membership import Membership
from morrow.sources.membership import read_spells
from tests.conftest import bars, weekdays
from tests.projects import project

HEAD = "symbol,from,to,successor,kind,terminal\n"
FACEBOOK = "FB,2012-05-18,2022-06-08,META,rename,\nMETA,2022-06-09,,,,\n"
DAY = pd.Timestamp("2026-01-05")


def table(tmp_path: Path, rows: str, head: str = HEAD) -> pd.DataFrame:
    """The spells of a CSV with these rows."""
    (tmp_path / "members.csv").write_text(head + rows)
    return read_spells(MembershipFile(kind="csv", path="members.csv"), tmp_path)


def no_renames() -> pd.DataFrame:
    """Nothing on record."""
    return frames.empty(RENAMES)


def renames(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Renames by hand: old, new, from."""
    frame = pd.DataFrame(rows, columns=["old", "new", "from"])
    days = pd.to_datetime(frame["from"]).astype("datetime64[us]")
    return frame.assign(**{"from": days, "known_at": days})


def recorded(spells: pd.DataFrame, day: str = "2000-01-01") -> pd.DataFrame:
    """The rows of the table after a first load."""
    return membership.find_changes(frames.empty(frames.MEMBERSHIP), spells, pd.Timestamp(day))


def at(spells: pd.DataFrame, day: str, renamed: pd.DataFrame | None = None) -> Membership:
    """What is known of spells on a day."""
    when = pd.Timestamp(day)
    rows = membership.spells_on_record(recorded(spells), when)
    return membership.membership_at(rows, no_renames() if renamed is None else renamed, when)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("", "has no row"),
        (",2020-01-01,,,,\n", "row 1: there is no symbol"),
        ("A,,,,,\n", 'row 1: "A" has no from'),
        ("A,2020-01-01,,,,\nB,01/02/2020,,,,\n", 'row 2: from is "01/02/2020"; write ISO dates'),
        ("A,2020-01-02,2020-01-01,,delisted,\n", "ends on 2020-01-01, before it begins on 2020-01-02"),
        (
            "A,2020-01-02,2021-01-01,,delistd,\n",
            'kind "delistd"; allowed: rename, merger, delisted, or empty',
        ),
        ("A,2020-01-02,2021-01-01,,delistd,\n", 'did you mean "delisted"'),
        ("A,2020-01-02,,,delisted,\n", 'kind "delisted" and no to'),
        ("A,2020-01-02,2021-01-01,,rename,\n", '"A" is renamed, but has no successor'),
        ("A,2020-01-02,2021-01-01,B,rename,\n", 'renamed to "B", which has no spell after 2021-01-01'),
        ("A,2020-01-02,2021-01-01,B,delisted,\n", 'the successor "B", which goes with kind'),
        ("A,2020-01-02,2021-01-01,A,merger,\n", "is its own successor"),
        ("A,2020-01-02,2021-01-01,,,5\n", "terminal value, which goes with kind"),
        ("A,2020-01-02,2021-01-01,,delisted,0\n", "returns are logarithms, so it must be above 0"),
        ("A,2020-01-02,2021-01-01,,delisted,none\n", 'terminal is "none"; write a price'),
        (
            "A,2020-01-02,,,,\nA,2021-01-02,,,,\n",
            'two spells of "A" overlap: the one from 2020-01-02 is open',
        ),
        (
            "A,2020-01-02,2021-01-04,,,\nA,2021-01-04,,,,\n",
            "ends on 2021-01-04, and the next begins on 2021-01-04",
        ),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(tmp_path: Path, rows: str, fault: str) -> None:
    """Each fault is named with its row, what was got and what is allowed."""
    with pytest.raises(SourceError, match=r'membership "members.csv"') as found:
        table(tmp_path, rows)
    assert fault in str(found.value)
    assert "\n" not in str(found.value)


def test_columns_and_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing column, a mapped one that is not there and a missing file are named."""
    with pytest.raises(SourceError, match='has no column "from" among symbol, start'):
        table(tmp_path, "A,2020-01-01\n", "symbol,start\n")
    for columns, fault in (
        ({"from": "begin"}, 'column "begin"'),
        ({"form": "start"}, 'names "form"; allowed'),
    ):
        with pytest.raises(SourceError, match=fault):
            read_spells(MembershipFile(kind="csv", path="members.csv", columns=columns), tmp_path)
    with pytest.raises(SourceError, match="no file at"):
        read_spells(MembershipFile(kind="csv", path="other.csv"), tmp_path)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceError, match="save it as parquet again"):
        read_spells(MembershipFile(kind="parquet", path="bad.parquet"), tmp_path)


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    """A typed Parquet table and a CSV with other names for its columns give the same spells."""
    rows = "XYZ,2020-01-01,2021-01-04,,Delisted,0.5\n" + FACEBOOK
    found = table(tmp_path, rows, "symbol,From,TO,Successor,Kind,terminal_value\n")
    assert found["symbol"].tolist() == ["FB", "META", "XYZ"]
    assert found["kind"].tolist() == ["rename", "", "delisted"]
    assert found["terminal"].tolist()[2] == 0.5
    found.rename(columns={"symbol": "ticker"}).to_parquet(tmp_path / "members.parquet")
    options = MembershipFile(kind="parquet", path="members.parquet", columns={"symbol": "ticker"})
    pd.testing.assert_frame_equal(read_spells(options, tmp_path), found)


def test_a_query_says_the_same(tmp_path: Path) -> None:
    """A table of a database, and a query of it, give the spells that a CSV gives."""
    found = table(tmp_path, "XYZ,2020-01-01,2021-01-04,,Delisted,0.5\n" + FACEBOOK)
    with contextlib.closing(sqlite3.connect(tmp_path / "members.db")) as database:
        rows = found.assign(**{day: found[day].dt.strftime("%Y-%m-%d") for day in ("from", "to")})
        rows.rename(columns={"from": "begins"}).to_sql("members", database, index=False)
        database.commit()
    options: dict[str, Any] = {"kind": "sql", "url": "sqlite:///members.db", "columns": {"from": "begins"}}
    for more in ({"table": "members"}, {"query": "select * from members where symbol <> 'none'"}):
        pd.testing.assert_frame_equal(read_spells(MembershipQuery(**options, **more), tmp_path), found)
    with pytest.raises(SourceError, match="has no row"):
        read_spells(MembershipQuery(**options, query="select * from members where 0"), tmp_path)
    with pytest.raises(SourceError, match="table others is not in"):
        read_spells(MembershipQuery(**options, table="others"), tmp_path)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('kind = "csv"\npth = "m.csv"', 'unknown key "universes.toy.membership.pth".*did you mean "path"'),
        ('kind = "sql"\nurl = "sqlite:///m.db"', "membership: give table or query"),
        ('kind = "xml"', "membership"),
    ],
)
def test_a_wrong_section_is_named(tmp_path: Path, line: str, fault: str) -> None:
    """An unknown key of the section is refused with the nearest known one."""
    project(tmp_path)
    with (tmp_path / "morrow.toml").open("a", encoding="utf-8") as file:
        file.write(f"[universes.toy.membership]\n{line}\n")
    with pytest.raises(ConfigError, match=fault):
        config.load(tmp_path / "morrow.toml")


def test_nothing_of_the_future_shows(tmp_path: Path) -> None:
    """On a day a spell that begins later is not there, and one that ends later is open."""
    spells = table(tmp_path, FACEBOOK + "XYZ,2020-01-01,2021-01-04,,delisted,0.5\n")
    before = at(spells, "2021-01-03")
    assert before.spells is not None
    assert before.spells["symbol"].tolist() == ["FB", "XYZ"]
    assert before.spells["to"].isna().all()
    assert (before.spells["kind"] == "").all()
    assert before.ends().empty
    assert before.renames.empty
    after = at(spells, "2021-01-04")
    assert after.ends()[["symbol", "terminal"]].to_numpy().tolist() == [["XYZ", 0.5]]


def test_a_change_is_known_from_the_night_that_read_it(tmp_path: Path) -> None:
    """A later table leaves earlier days as they were: ends, new spells and withdrawn ones."""
    rows = recorded(table(tmp_path, "A,2020-01-01,,,,\nB,2020-01-01,,,,\nC,2020-01-01,,,,\n"))
    assert membership.find_changes(
        rows, table(tmp_path, "A,2020-01-01,,,,\nB,2020-01-01,,,,\nC,2020-01-01,,,,\n"), DAY
    ).empty
    changed = table(tmp_path, "A,2020-01-01,2025-12-31,,delisted,\nB,2020-01-01,,,,\nD,2025-06-02,,,,\n")
    more = membership.find_changes(rows, changed, DAY)
    assert sorted(more["symbol"]) == ["A", "C", "D"]
    assert (more["known_at"] == DAY).all()
    both = pd.concat([rows, more], ignore_index=True)
    names = {
        day: membership.spells_on_record(both, pd.Timestamp(day))["symbol"].tolist()
        for day in ("2026-01-04", "2026-01-05")
    }
    assert names == {"2026-01-04": ["A", "B", "C"], "2026-01-05": ["A", "B", "D"]}
    assert membership.find_changes(both, changed, DAY).empty


def test_who_is_inside_and_why_not(tmp_path: Path) -> None:
    """A bar is inside if it lies in a spell of its symbol, both ends included; the others are told why."""
    spells = table(
        tmp_path, "A,2020-01-03,2020-01-07,,,\nA,2020-01-09,,,,\nB,2020-01-01,2020-01-02,C,merger,\n"
    )
    days = weekdays(8).to_numpy("datetime64[us]")
    known = at(spells, "2020-01-10")
    found = known.member_mask(["A", "B", "Z"], np.repeat([0, 1, 2], 8), np.concatenate([days, days, days]))
    assert found.reshape(3, 8).tolist() == [
        [False, False, True, True, True, False, True, True],
        [True, True] + [False] * 6,
        [False] * 8,
    ]
    assert known.outsiders(["A", "B", "Z"], pd.Timestamp("2020-01-10")) == {
        "B": "no member since 2020-01-02 (merger into C)",
        "Z": "no member: the membership table does not have it",
    }
    days_out = {"2020-01-02": "no member before 2020-01-03", "2020-01-08": "no member since 2020-01-07"}
    assert {day: known.outsiders(["A"], pd.Timestamp(day))["A"] for day in days_out} == days_out


def test_bars_after_a_declared_end_are_anothers(tmp_path: Path) -> None:
    """After a delisting the symbol's bars are left out until its next spell; after a mere exit they stay."""
    spells = table(
        tmp_path, "A,2020-01-01,2020-01-02,,delisted,\nA,2020-01-08,,,,\nB,2020-01-01,2020-01-02,,,\n"
    )
    prices = bars({"A": range(1, 9), "B": range(1, 9)})
    found = at(spells, "2020-01-10").bars(prices)
    assert found.loc[found["symbol"] == "A", "close"].tolist() == [1, 2, 6, 7, 8]
    assert (found["symbol"] == "B").sum() == 8


# --- renames ---


def renamed(prices: pd.DataFrame, *rows: tuple[str, str, str], day: str = "2026-01-05") -> pd.DataFrame:
    """Bars under the names of a day."""
    return membership.membership_at(None, renames(*rows), pd.Timestamp(day)).bars(prices)


def test_a_renamed_symbol_has_one_history() -> None:
    """Bars of the old name are read under the new one, in order, from the day of the rename on."""
    nan = float("nan")
    prices = bars({"A": [9.0] * 4, "NEW": [nan, nan, 3, 4], "OLD": [1, 2, nan, nan]})
    found = renamed(prices, ("OLD", "NEW", "2020-01-03"))
    assert found["symbol"].tolist() == ["A"] * 4 + ["NEW"] * 4
    assert found.loc[found["symbol"] == "NEW", "close"].tolist() == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(renamed(prices, ("OLD", "NEW", "2020-01-03"), day="2020-01-02"), prices)


def test_factors_go_on_where_the_old_ones_stood() -> None:
    """The new name's factors begin at 1 in the source, and stand on the old name's in the history."""
    nan = float("nan")
    prices = bars({"NEW": [nan, nan, 3, 4], "OLD": [1, 2, nan, nan]})
    prices["split_factor"] = [1.0, 3.0, 1.0, 2.0]
    found = renamed(prices, ("OLD", "NEW", "2020-01-03"))
    assert found["split_factor"].tolist() == [1, 2, 2, 6]


def test_a_source_that_gives_the_whole_history_again() -> None:
    """Where both names have bars the old one's count before the day, the new one's from then on."""
    prices = bars({"NEW": [10.0, 20, 30, 40], "OLD": [1.0, 2, 3, float("nan")]})
    prices["dividend_factor"] = [1.0, 1.5, 1.5, 1.8, 2.0, 3.0, 3.0]
    found = renamed(prices, ("OLD", "NEW", "2020-01-03"))
    assert found["close"].tolist() == [1, 2, 30, 40]
    # At the last session that both have before the change OLD stands at 3 and NEW at 1.5.
    assert found["dividend_factor"].tolist() == pytest.approx([2, 3, 3, 3.6])


def test_a_source_that_keeps_the_old_name_for_a_while() -> None:
    """A bar that still comes under the old name counts where the new one has none."""
    nan = float("nan")
    prices = bars({"NEW": [nan, nan, nan, 4], "OLD": [1.0, 2, 3, nan]})
    assert renamed(prices, ("OLD", "NEW", "2020-01-02"))["close"].tolist() == [1, 2, 3, 4]


def test_chains_and_returns() -> None:
    """A symbol that is renamed twice, even back, has one history under its last name."""
    nan = float("nan")
    prices = bars({"A": [1, nan, nan], "B": [nan, 2, nan], "C": [nan, nan, 3]})
    chain = (("B", "C", "2020-01-03"), ("A", "B", "2020-01-02"))
    assert renamed(prices, *chain)["symbol"].tolist() == ["C"] * 3
    assert renamed(prices, *chain, day="2020-01-02")["symbol"].tolist() == ["B", "B", "C"]
    known = membership.membership_at(None, renames(*chain), DAY)
    assert known.former_names() == {"C": ("A", "B")}
    assert known.all_names(["B"]) == {"A", "B", "C"}
    assert set(known.newest_names(pd.Series(["A", "B", "C", "D"]), pd.Series([DAY] * 4))) == {"C", "D"}
    back = bars({"A": [1, nan, 3], "B": [nan, 2, nan]})
    found = renamed(back, ("A", "B", "2020-01-02"), ("B", "A", "2020-01-03"))
    assert found["close"].tolist() == [1, 2, 3]
    assert set(found["symbol"]) == {"A"}


def test_an_old_name_may_be_anothers_later(tmp_path: Path) -> None:
    """Where the table gives the old name to another, its bars from then on are that one's."""
    spells = table(tmp_path, FACEBOOK + "FB,2022-06-13,,,,\n")
    days = ["2022-06-07", "2022-06-08", "2022-06-13", "2022-06-14"]
    prices = bars({"FB": [1.0, 2, 3, 4], "META": [7.0, 7, 7, 7]})
    prices["session"] = pd.to_datetime([*days, "2022-06-09", "2022-06-10", *days[2:]]).astype(
        "datetime64[us]"
    )
    found = at(spells, "2022-06-20").bars(prices)
    assert found.loc[found["symbol"] == "FB", "close"].tolist() == [3, 4]
    assert found.loc[found["symbol"] == "META", "close"].tolist() == [1, 2, 7, 7, 7, 7]
    known = at(spells, "2022-06-20")
    given = pd.Series(["FB", "FB"]), pd.to_datetime(pd.Series([days[0], days[2]]))
    assert known.newest_names(*given).tolist() == ["META", "FB"]
    inside: Any = known.spells
    assert inside.loc[inside["symbol"] == "META", "from"].dt.year.tolist() == [2012, 2022]
