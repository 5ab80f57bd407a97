import sqlite3
from pathlib import Path

import pytest

from morrow import export
from morrow.config.targets import DatabaseTarget
from morrow.errors import ExportError
from morrow.export.targets.database import DatabaseReceiver
from morrow.export.targets.delivery import Delivery
from morrow.frames.export_rows import export_schema, identify_forecasts
from tests.exports import LINEAGE, SCHEMA, rows


def receiver(root: Path) -> DatabaseReceiver:
    """A target in a file of SQLite."""
    return DatabaseReceiver(DatabaseTarget(kind="database", url="sqlite:///desk.db"), root)


def make(root: Path, scale: float = 1.0, cutoff: str = "2026-01-05") -> Delivery:
    """A delivery of an export."""
    return Delivery.read(export.write(rows(scale, cutoff), root / "exports", LINEAGE, SCHEMA).path)


def query(root: Path, text: str) -> list[tuple[object, ...]]:
    """Rows of a query."""
    connection = sqlite3.connect(root / "desk.db")
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def test_numbers_are_the_same_to_the_bit(tmp_path: Path) -> None:
    """The database has the numbers of the export, and texts that stay texts."""
    receiver(tmp_path).receive(make(tmp_path))
    found = query(tmp_path, "select q2500, mean, model_version, flags from forecasts order by symbol, step")
    frame = rows()
    expected = zip(frame["q2500"], frame["mean"], frame["model_version"], frame["flags"], strict=True)
    assert found == list(expected)


def test_the_view_shows_the_newest_revision_of_the_newest_cutoff(tmp_path: Path) -> None:
    """Revisions add up in the table; the view has one forecast of each symbol and step."""
    target = receiver(tmp_path)
    for scale, cutoff in ((1.0, "2026-01-06"), (2.0, "2026-01-06"), (5.0, "2026-01-05")):
        target.receive(make(tmp_path, scale, cutoff))
    assert query(tmp_path, "select count(*) from forecasts") == [(12,)]
    shown = query(tmp_path, "select cutoff, revision, q5000 from latest order by symbol, step")
    assert shown == [("2026-01-06", 2, scale) for scale in (1.0, 2.0, 3.0, 4.0)]
    assert target.list_held("us5") == {("2026-01-05", 1), ("2026-01-06", 1), ("2026-01-06", 2)}


def test_a_delivery_again_changes_nothing(tmp_path: Path) -> None:
    """The same export twice leaves one of each row."""
    delivery = make(tmp_path)
    for _ in range(2):
        receiver(tmp_path).receive(delivery)
    assert query(tmp_path, "select count(*) from latest") == [(4,)]


def test_other_levels_add_columns(tmp_path: Path) -> None:
    """An export with further levels finds its columns, and the view has them."""
    receiver(tmp_path).receive(make(tmp_path))
    schema = export_schema((0.25, 0.5, 0.75, 0.9))
    frame = rows(cutoff="2026-01-07").assign(q9000=7.5)
    frame = frame.assign(forecast_id=identify_forecasts(frame))
    path = export.write(frame, tmp_path / "exports", LINEAGE, schema).path
    receiver(tmp_path).receive(Delivery.read(path))
    assert query(tmp_path, "select distinct q9000 from latest") == [(7.5,)]


def test_a_table_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A table of the same name with another key is named, and nothing is written."""
    connection = sqlite3.connect(tmp_path / "desk.db")
    connection.execute("create table forecasts (id integer primary key)")
    connection.close()
    with pytest.raises(ExportError, match=r'"forecasts" of .* is not one of morrow'):
        receiver(tmp_path).receive(make(tmp_path))
    assert query(tmp_path, "select name from sqlite_master") == [("forecasts",)]


def test_faults_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be opened, one of another make and a missing variable are named."""
    (tmp_path / "desk.db").write_text("this is no database, and long enough to be read as one" * 40)
    with pytest.raises(ExportError, match="file is not a database") as error:
        receiver(tmp_path).list_held("us5")
    assert "\n" not in str(error.value)
    monkeypatch.delenv("DESK_URL", raising=False)
    with pytest.raises(ExportError, match="DESK_URL is not set"):
        DatabaseReceiver(DatabaseTarget(kind="database", url_env="DESK_URL"), tmp_path)
    with pytest.raises(ExportError, match='"mysql" is no target'):
        DatabaseReceiver(DatabaseTarget(kind="database", url="mysql://host/x"), tmp_path)
    with pytest.raises(ValueError, match="holds a password"):
        DatabaseTarget(kind="database", url="postgresql://me:word@host/x")
