"""A source and a target in a real PostgreSQL: a separate cluster on loopback, in its own folder."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from morrow import export
from morrow.config import Universe
from morrow.config.targets import DatabaseTarget
from morrow.errors import SourceError
from morrow.export.targets import deliver
from morrow.sources import Batch, Start, fetch
from morrow.sources.sql import SqlSource
from tests.exports import LINEAGE, SCHEMA, rows

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Cluster:
    """A running server: its port and the password of its user ``postgres``."""

    port: int
    password: str

    @property
    def url(self) -> str:
        """Its URL, password and all."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"


def program(name: str) -> str:
    """One of PostgreSQL's programs."""
    places = [Path("/usr/lib/postgresql"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name) or next((str(p / name) for p in places if (p / name).exists()), None)
    if found is None:
        pytest.fail(f"{name} of PostgreSQL is not installed; type: make setup-services")
    return found


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster made for these tests, ended by its process id."""
    initdb, postgres = program("initdb"), program("postgres")
    user: dict[str, Any] = {"user": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    found = Cluster(free_port(), secrets.token_hex(8))
    folder = Path(tempfile.mkdtemp(prefix="morrow-postgres-"))
    (folder / "password").write_text(found.password, encoding="utf-8")
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
    try:
        subprocess.run(
            [initdb, "-D", folder / "data", "-U", "postgres", "--auth=scram-sha-256", "--no-sync",
             f"--pwfile={folder / 'password'}", "-E", "UTF8", "--no-locale"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [postgres, "-D", folder / "data", "-p", str(found.port), "-c", "listen_addresses=127.0.0.1",
                 "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, **user,
            )  # fmt: skip
        try:
            _await(found, server)
            yield found
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(PATIENCE_S)
    finally:
        shutil.rmtree(folder)


def engine(cluster: Cluster) -> sa.Engine:
    """A way to write into it."""
    return sa.create_engine(cluster.url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)


def _await(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            with engine(cluster).connect():
                return
        except sa.exc.OperationalError:
            assert server.poll() is None, "the server ended while it started"
            assert time.monotonic() < ends
            time.sleep(0.1)


@pytest.fixture(scope="module")
def prices(cluster: Cluster) -> Cluster:
    """A table of 300 symbols × 400 days with exact numerics, and a day with a time of day and a zone."""
    with engine(cluster).begin() as connection:
        connection.exec_driver_sql("create schema s")
        connection.exec_driver_sql("create sequence s.counter")
        connection.exec_driver_sql(
            "create table s.prices as select d::date as day, 'S' || k as ticker, "
            "(k + 0.1)::numeric(12, 4) as close, (k * 1000)::bigint as volume, d::timestamptz as stamp "
            "from generate_series('2023-01-01'::timestamp, '2024-02-04', '1 day') d, "
            "generate_series(1, 300) k"
        )
    return cluster


def read(
    monkeypatch: pytest.MonkeyPatch,
    cluster: Cluster,
    folder: Path,
    *,
    as_of: date | None = None,
    start: Start = None,
    symbols: tuple[str, ...] | None = None,
    **options: Any,
) -> Batch:
    """Fetch from the cluster by a URL in the environment."""
    monkeypatch.setenv("PRICES_URL", options.pop("url_env_value", cluster.url))
    given = {"kind": "sql", "url_env": "PRICES_URL", **options}
    if "query" not in given:
        given.setdefault("table", "s.prices")
    source = SqlSource.model_validate(given)
    universe = Universe(source=source, calendar="observed", symbols=symbols)
    return fetch(universe, folder, as_of, start=start)


def test_a_table_is_streamed_whole(prices: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row comes, in several blocks, with its exact number, and the same again under the same id."""
    batch = read(monkeypatch, prices, tmp_path)
    assert len(batch.rows) == 300 * 400
    assert batch.rows["row"].is_monotonic_increasing
    assert batch.rows.loc[batch.rows["symbol"] == "S7", "close"].unique().tolist() == [7.1]
    assert batch.rows["malformed"].isna().all()
    assert batch.id == read(monkeypatch, prices, tmp_path).id


def test_the_server_cuts_the_window(prices: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the window's rows of the wanted symbols leave the server, by dates and by stamps."""
    window = {"start": date(2024, 2, 1), "as_of": date(2024, 2, 3), "symbols": ("S1", "S2")}
    for name in ("day", "stamp"):
        batch = read(monkeypatch, prices, tmp_path, columns={"session": name}, **window)  # type: ignore[arg-type]
        days = batch.rows["session"].dt.strftime("%Y-%m-%d").groupby(batch.rows["symbol"])
        assert days.agg(["min", "max", "size"]).to_numpy().tolist() == [["2024-02-01", "2024-02-03", 3]] * 2
        assert batch.rows["row"].max() < 2 * 7


def test_a_query_is_read_only(prices: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query is read as written, and one that writes is refused, by the server if not by the cursor."""
    query = "select day, close::float8 as close, '50%' as note from s.prices where ticker = 'S3' order by day"
    assert len(read(monkeypatch, prices, tmp_path, query=query).rows) == 400
    writes = "select '2024-01-02'::date as day, nextval('s.counter')::float8 as close"
    with pytest.raises(SourceError, match="read-only transaction"):
        read(monkeypatch, prices, tmp_path, query=writes)
    with pytest.raises(SourceError, match="cannot be read"):
        read(monkeypatch, prices, tmp_path, query="delete from s.prices returning day, close")


def test_time_is_bounded(prices: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow statement is cancelled, and the message says what to raise."""
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"raise timeout_s = 1"):
        read(monkeypatch, prices, tmp_path, query="select pg_sleep(60)", timeout_s=1)
    assert time.monotonic() - started < 20


def test_faults_are_one_line_without_the_password(
    prices: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, database, table or port names itself, in one line, and never the password."""
    wrong = prices.url.replace(prices.password, "pa55/word".replace("/", "%2F"))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"url_env_value": wrong}, "password authentication failed"),
        ({"url_env_value": f"{prices.url}x"}, "does not exist"),
        ({"table": "s.none"}, "s.none"),
        ({"url_env_value": prices.url.replace(str(prices.port), "1")}, "refused"),
    ]
    for options, said in cases:
        with pytest.raises(SourceError) as caught:
            read(monkeypatch, prices, tmp_path, timeout_s=20, **options)
        message = str(caught.value)
        assert said in message, message
        assert "\n" not in message
        assert prices.password not in message
        assert "pa55" not in message


def test_exports_are_delivered(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target has its own schema, the numbers to the bit, each row once, and a view of the newest."""
    monkeypatch.setenv("DESK_URL", cluster.url)
    targets = {"desk": DatabaseTarget(kind="database", url_env="DESK_URL", schema_name="desk")}
    for scale in (1.0, 2.0):
        exported = export.write(rows(scale), tmp_path / "exports", LINEAGE, SCHEMA)
        (outcome,) = deliver(targets, exported.path.parent, tmp_path)
        assert (outcome.delivered, outcome.fault) == (("2026-01-05",), "")
        (outcome,) = deliver(targets, exported.path.parent, tmp_path)
        assert outcome.delivered == ()
    with engine(cluster).connect() as connection:
        found = connection.exec_driver_sql(
            "select q2500, model_version, flags, revision from desk.latest order by symbol, step"
        )
        frame = rows(2.0)
        expected = zip(frame["q2500"], frame["model_version"], frame["flags"], [2] * 4, strict=True)
        assert [tuple(each) for each in found] == list(expected)
        assert connection.exec_driver_sql("select count(*) from desk.forecasts").scalar() == 8


def test_a_database_that_is_down_or_holds_other_tables_is_one_line(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused connection and a table of somebody else are named, without the password."""
    with engine(cluster).begin() as connection:
        connection.exec_driver_sql("create schema taken")
        connection.exec_driver_sql("create table taken.forecasts (id bigint primary key)")
    exported = export.write(rows(), tmp_path / "exports", LINEAGE, SCHEMA)
    for url, schema, said in (
        (cluster.url.replace(str(cluster.port), "1"), "desk", "refused"),
        (cluster.url, "taken", '"taken.forecasts" of .* is not one of morrow'),
    ):
        monkeypatch.setenv("DESK_URL", url)
        targets = {"desk": DatabaseTarget(kind="database", url_env="DESK_URL", schema_name=schema)}
        (outcome,) = deliver(targets, exported.path.parent, tmp_path)
        assert re.search(said, outcome.fault), outcome.fault
        assert outcome.waiting == ("2026-01-05",)
        assert "\n" not in outcome.fault
        assert cluster.password not in outcome.fault
