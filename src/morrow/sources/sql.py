"""Tables and queries of any database that SQLAlchemy reaches: read only, streamed, and bounded in time."""

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from morrow.config import SqlSource
from morrow.errors import SourceError
from morrow.sources import long, tables, wide
from morrow.sources.batch import Content
from morrow.sources.columns import long_layout, usual, wide_layout
from morrow.sources.gathering import Block, Gathering, Window
from morrow.sources.tables import Table
from morrow.sources.whole import Whole

_ROWS = 50_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_PACKAGES = {"psycopg": "morrow[postgres]", "MySQLdb": "mysqlclient"}
_ISO = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"  # SQLite's GLOB
_SECRET = re.compile(r"(password|passwd|pwd|token)=", re.IGNORECASE)
_ZONES = timedelta(days=1)  # how far a stamp's own day may be from the server's


def source(options: SqlSource, root: Path) -> Whole:
    """The adapter of a table or query."""
    name = f"sql:{options.table or 'query'}"
    return Whole(name, lambda window: content(options, root, window))


def content(options: SqlSource, root: Path, window: Window) -> Content:
    """Read a table or query; of a table no session outside the window, where the database can tell.

    Raises:
        SourceError: the database cannot be reached or read in time, its driver is missing, or it lacks a
            needed column, or has no price; or the rows need more memory than is allowed.
    """
    database = _Database(options, root)
    gathering = Gathering(options, database.name, window, cut=bool(window.start or window.last))
    find = long_layout if options.layout == "long" else wide_layout
    typed = long.typed if options.layout == "long" else wide.typed
    digest, layout = hashlib.sha256(), None
    for table in database.blocks(window):
        layout = layout or find(table, options, database.name)
        again, weight = tables.packed(table)
        digest.update(_bytes(table))
        found = typed(table, layout, options, (options.table or "query").rpartition(".")[2].upper())
        gathering.add(Block(found, table, table.rows, again, weight))
    if layout is None and not (window.start or window.last):
        raise SourceError(f"{database.name} has no row; look at what stands in it")
    return gathering.finished(digest.hexdigest())


def blocks(options: SqlSource, root: Path) -> Iterator[Table]:
    """The rows of a table or query as they are, in blocks.

    Raises:
        SourceError: the database cannot be reached or read in time, or its driver is missing.
    """
    return _Database(options, root).blocks(Window())


@dataclass(frozen=True)
class _Database:
    """Where to read, with what, and until when."""

    options: SqlSource
    root: Path
    url: sa.URL = field(init=False, repr=False)
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _url(self.options, self.root))
        object.__setattr__(self, "ends", time.monotonic() + self.options.timeout_s)

    @property
    def name(self) -> str:
        """What is read, as messages have it."""
        return f"table {self.options.table}" if self.options.table else "the query"

    def blocks(self, window: Window) -> Iterator[Table]:
        """Yield the rows in blocks, within one read-only transaction."""
        with self._said():
            engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args=self._patience())
        try:
            with self._said(), engine.connect() as connection:
                self._make_read_only(connection)
                statement = self._statement(connection, window)
                rows = connection.execution_options(stream_results=True, no_parameters=True)
                if isinstance(statement, str):
                    result = rows.exec_driver_sql(statement)
                else:
                    result = connection.execution_options(stream_results=True).execute(statement)
                names = tuple(str(name).strip() for name in result.keys())  # noqa: SIM118 (no mapping)
                for part in result.partitions(_ROWS):
                    if time.monotonic() > self.ends:
                        raise SourceError(
                            f"{self.name} of {self._place} took longer than timeout_s = "
                            f"{self.options.timeout_s:g}; raise it, or ask for less"
                        )
                    given = [_column(list(each)) for each in zip(*part, strict=True)]
                    columns = tuple(pa.chunked_array([column]) for column in given)
                    yield Table(names, columns, np.arange(len(part)))
        finally:
            engine.dispose()

    @property
    def _place(self) -> str:
        """The database as messages have it: of the query of its URL, which may hold a password, nothing."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def _patience(self) -> dict[str, Any]:
        seconds = self.options.timeout_s
        if self.url.get_backend_name() == "sqlite":
            return {"timeout": seconds}
        if self.url.get_driver_name() == "psycopg":
            wait = int(seconds * 1000)
            given = str(self.url.query.get("options", ""))
            return {
                "connect_timeout": max(int(seconds), 2),
                "tcp_user_timeout": wait,
                "options": f"{given} -c statement_timeout={wait}".strip(),
            }
        return {}

    def _make_read_only(self, connection: sa.Connection) -> None:
        backend = self.url.get_backend_name()
        if backend == "sqlite":
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA query_only = ON")
            raw.set_progress_handler(lambda: int(time.monotonic() > self.ends), 10_000)
        elif backend == "postgresql":
            connection.execution_options(postgresql_readonly=True)
        elif backend in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")

    def _statement(self, connection: sa.Connection, window: Window) -> "sa.Select[Any] | str":
        if self.options.query is not None:
            return self.options.query
        schema, _, table = (self.options.table or "").rpartition(".")
        about = sa.inspect(connection).get_columns(table, schema or None)
        names = [str(column["name"]) for column in about]
        configured = self.options.columns.items()
        found = usual(names) | {name: names.index(given) for name, given in configured if given in names}
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
        chosen = sa.select(*columns).select_from(sa.table(table, schema=schema or None))
        if (place := found.get("session")) is not None:
            kind = about[place]["type"]
            if isinstance(kind, sa.Date | sa.DateTime):
                chosen = chosen.where(*self._within(columns[place], kind, window))
        if "symbol" in found and window.symbols and self.options.layout == "long":
            symbol = columns[found["symbol"]]
            kind = about[found["symbol"]]["type"]
            plain = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
            text = symbol if plain else sa.cast(symbol, sa.String)
            chosen = chosen.where(sa.or_(symbol.is_(None), sa.func.trim(text).in_(window.symbols)))
        order = [found[name] for name in ("session", "symbol", "close") if name in found]
        return chosen.order_by(*(columns[each] for each in order))

    def _within(
        self, session: sa.ColumnClause[Any], kind: sa.types.TypeEngine[Any], window: Window
    ) -> list[sa.ColumnElement[bool]]:
        """Conditions that let pass all of the window, and what may be no day at all."""
        margin = _ZONES if isinstance(kind, sa.DateTime) else timedelta()
        first = window.first - margin if window.first else None
        after = window.last + margin + timedelta(days=1) if window.last else None
        asked: list[sa.ColumnElement[bool]] = []
        if self.url.get_backend_name() == "sqlite":  # it keeps days as texts, or as whatever was written
            other = session.op("NOT GLOB")(_ISO)
            if first:
                asked.append(sa.or_(session.is_(None), other, session >= first.isoformat()))
            if after:
                asked.append(sa.or_(session.is_(None), other, session < after.isoformat()))
            return asked
        if first:
            asked.append(sa.or_(session.is_(None), session >= sa.literal(first, sa.Date())))
        if after:
            asked.append(sa.or_(session.is_(None), session < sa.literal(after, sa.Date())))
        return asked

    @contextmanager
    def _said(self) -> Iterator[None]:
        """One line for whatever the library or the driver raises, without the password."""
        try:
            yield
        except ModuleNotFoundError as error:
            package = _PACKAGES.get(str(error.name), str(error.name))
            raise SourceError(
                f"{self._place} needs a driver that is not installed; type: pip install '{package}'"
            ) from None
        except NoSuchTableError:
            raise SourceError(
                f"{self.name} is not in {self._place}; source.table is written like prices or schema.prices"
            ) from None
        except (SQLAlchemyError, UnicodeError, ValueError, OverflowError) as error:
            late = time.monotonic() > self.ends or "timeout" in str(error).casefold()
            hint = (
                f"raise timeout_s = {self.options.timeout_s:g}" if late else "look at url, table and rights"
            )
            said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
            raise SourceError(
                f"{self.name} of {self._place} cannot be read: {self._starred(said[0])[:200]}; {hint}"
            ) from None

    def _starred(self, text: str) -> str:
        given = [self.url.password, *(v for k, v in self.url.query.items() if _SECRET.search(f"{k}={v}"))]
        for secret in sorted({str(each) for each in given if each}, key=len, reverse=True):
            text = text.replace(secret, "***").replace(quote(secret), "***")
        return text


def _url(options: SqlSource, root: Path) -> sa.URL:
    given = options.url
    if options.url_env is not None:
        given = os.environ.get(options.url_env)
        if not given:
            raise SourceError(
                f"environment variable {options.url_env} (source.url_env) is not set; "
                "set it to the database's URL"
            )
    where = "source.url" if options.url_env is None else f"environment variable {options.url_env}"
    try:
        url = sa.make_url(given or "")
    except SQLAlchemyError:
        raise SourceError(f"{where} is no database URL; write one like postgresql://user@host/db") from None
    if url.drivername in _DRIVERS:
        url = url.set(drivername=_DRIVERS[url.drivername])
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(("file:", ":")):
        path = (root / url.database).resolve()
        if not path.is_file():
            raise SourceError(f'no database at "{path}"; set source.url, relative to morrow.toml')
        url = url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return url


def _column(values: Sequence[Any]) -> pa.Array:
    """Values of one column as a database's driver gives them; where they differ in kind, as texts."""
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _bytes(table: Table) -> bytes:
    sink = pa.BufferOutputStream()
    whole = pa.table(list(table.columns), names=[f"{c} {name}" for c, name in enumerate(table.names)])
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return bytes(sink.getvalue())
