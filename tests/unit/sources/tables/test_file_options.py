"""Options of one file among several."""

from pathlib import Path

from tests.files import read, write

DAYS = range(13, 25)
FIRST = "Date,Open,High,Low,Close,Volume\n" + "".join(f"2024-05-{d},1.5,2.5,1.0,{d}.5,9\n" for d in DAYS)


def test_each_file_is_read_by_its_own_header(tmp_path: Path) -> None:
    """A file that names or orders its columns otherwise gives its own bars, and the names are noted."""
    folder = tmp_path / "in"
    write(folder, FIRST, "aaa.csv")
    other = "timestamp,close,volume,low,high,open\n" + "".join(
        f"202405{d},{d}.5,9,1.0,2.5,1.5\n" for d in DAYS
    )
    write(folder, other, "bbb.csv")
    columns = {"session": "Date", "open": "Open", "high": "High", "low": "Low", "close": "Close"}
    batch = read(folder, columns=columns)
    assert batch.failed == ()
    bars = batch.rows.set_index("symbol")[["session", "open", "high", "low", "close"]]
    assert bars.loc["BBB"].to_numpy().tolist() == bars.loc["AAA"].to_numpy().tolist()
    assert batch.notes[0].startswith(
        '"bbb.csv" has its own header: "timestamp" for "Date", "open" for "Open"'
    )


def test_each_file_is_read_in_its_own_notation(tmp_path: Path) -> None:
    """Decimal commas, days first and another encoding in one file of a folder cost nothing, and are noted."""
    folder = tmp_path / "in"
    write(folder, FIRST, "aaa.csv")
    lines = "".join(f"{d}.05.2024;1,5;2,5;1,0;{d},5;9\n" for d in DAYS)
    write(folder, "Date;Open;High;Low;Close;Volume\n" + lines, "bbb.csv")
    write(folder, FIRST.encode("utf-16"), "ccc.csv")
    batch = read(folder)
    closes = batch.rows.groupby("symbol")["close"].apply(list).to_dict()
    assert closes == {symbol: [d + 0.5 for d in DAYS] for symbol in ("AAA", "BBB", "CCC")}
    assert any(note.startswith('"bbb.csv" has its own notation: ') for note in batch.notes)


def test_a_file_that_cannot_be_read_is_named_and_others_go_on(tmp_path: Path) -> None:
    """A file without prices among others costs its own symbol, with the reason."""
    folder = tmp_path / "in"
    write(folder, FIRST, "aaa.csv")
    write(folder, "symbol,name\nAAA,Alpha\n", "list.csv")
    batch = read(folder)
    assert batch.rows["symbol"].unique().tolist() == ["AAA"]
    assert [symbol for symbol, _ in batch.failed] == ["LIST"]
