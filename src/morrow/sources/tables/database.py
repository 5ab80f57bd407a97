"""Reading a table or query of any database that SQLAlchemy reaches: read-only, streamed, bounded in time."""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
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

from morrow.errors import SourceError
from morrow.source_kinds import Database
from morrow.sources.batch import Window
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.raw_block import RawBlock

_BLOCK_ROWS = 50_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_PACKAGES = {"psycopg": "morrow[postgres]", "MySQLdb": "mysqlclient"}
_ISO = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"  # SQLite's GLOB
_SECRET = re.compile(r"(password|passwd|pwd|token)=", re.IGNORECASE)
_ZONES = timedelta(days=1)  # how far a stamp's own day may be from the server's


@dataclass(frozen=True)
class DatabaseTable:
    """A table or query, and until when it may be read.

    Attributes:
        options: which table or query of which database.
        root: the folder that a file of SQLite is relative to.
        columns: configured name of each column, by morrow's name.
        has_symbols: whether it has one row per bar, so that symbols can be asked for.
        url: of the database.
        ends: when the time is over, by the monotonic clock.

    Raises:
        SourceError: the URL is missing or unreadable.
    """

    options: Database
    root: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    has_symbols: bool = False
    url: sa.URL = field(init=False, repr=False)
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _resolve_url(self.options, self.root))
        object.__setattr__(self, "ends", time.monotonic() + self.options.timeout_s)

    @property
    def name(self) -> str:
        """The table or query, for messages."""
        return f"table {self.options.table}" if self.options.table else "the query"

    def blocks(self, window: Window) -> Iterator[RawBlock]:
        """Yield the rows in blocks, within one read-only transaction.

        Of a table no session outside the window is asked for, where the database can tell.

        Raises:
            SourceError: the database cannot be reached or read in time, or its driver is missing.
        """
        with self._plain_errors():
            engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args=self._timeouts())
        try:
            with self._plain_errors(), engine.connect() as connection:
                self._make_read_only(connection)
                statement = self._statement(connection, window)
                rows = connection.execution_options(stream_results=True, no_parameters=True)
                if isinstance(statement, str):
                    result = rows.exec_driver_sql(statement)
                else:
                    result = connection.execution_options(stream_results=True).execute(statement)
                names = tuple(str(name).strip() for name in result.keys())  # noqa: SIM118 (no mapping)
                for block in result.partitions(_BLOCK_ROWS):
                    if time.monotonic() > self.ends:
                        raise SourceError(
                            f"{self.name} of {self._database} took longer than timeout_s = "
                            f"{self.options.timeout_s:g}; raise it, or ask for less"
                        )
                    arrays = [_to_array(list(values)) for values in zip(*block, strict=True)]
                    columns = tuple(pa.chunked_array([array]) for array in arrays)
                    yield RawBlock(names, columns, np.arange(len(block)))
        finally:
            engine.dispose()

    @property
    def _database(self) -> str:
        """The database for messages: without the query of its URL, which may hold a password."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def _timeouts(self) -> dict[str, Any]:
        seconds = self.options.timeout_s
        if self.url.get_backend_name() == "sqlite":
            return {"timeout": seconds}
        if self.url.get_driver_name() == "psycopg":
            milliseconds = int(seconds * 1000)
            given = str(self.url.query.get("options", ""))
            return {
                "connect_timeout": max(int(seconds), 2),
                "tcp_user_timeout": milliseconds,
                "options": f"{given} -c statement_timeout={milliseconds}".strip(),
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
        described = sa.inspect(connection).get_columns(table, schema or None)
        names = [str(column["name"]) for column in described]
        configured = self.columns.items()
        numbers = match_names(names) | {
            meaning: names.index(name) for meaning, name in configured if name in names
        }
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
        statement = sa.select(*columns).select_from(sa.table(table, schema=schema or None))
        if (number := numbers.get("session")) is not None:
            kind = described[number]["type"]
            if isinstance(kind, sa.Date | sa.DateTime):
                statement = statement.where(*self._within(columns[number], kind, window))
        if "symbol" in numbers and window.symbols and self.has_symbols:
            symbol = columns[numbers["symbol"]]
            kind = described[numbers["symbol"]]["type"]
            is_text = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
            text = symbol if is_text else sa.cast(symbol, sa.String)
            statement = statement.where(sa.or_(symbol.is_(None), sa.func.trim(text).in_(window.symbols)))
        order = [numbers[name] for name in ("session", "symbol", "close") if name in numbers]
        return statement.order_by(*(columns[number] for number in order))

    def _within(
        self, session: sa.ColumnClause[Any], kind: sa.types.TypeEngine[Any], window: Window
    ) -> list[sa.ColumnElement[bool]]:
        """Conditions that every row of the window meets, and every row whose day may not be one."""
        margin = _ZONES if isinstance(kind, sa.DateTime) else timedelta()
        first = window.first - margin if window.first else None
        after = window.last + margin + timedelta(days=1) if window.last else None
        conditions: list[sa.ColumnElement[bool]] = []
        if self.url.get_backend_name() == "sqlite":  # it stores days as texts, or as whatever was written
            other = session.op("NOT GLOB")(_ISO)
            if first:
                conditions.append(sa.or_(session.is_(None), other, session >= first.isoformat()))
            if after:
                conditions.append(sa.or_(session.is_(None), other, session < after.isoformat()))
            return conditions
        if first:
            conditions.append(sa.or_(session.is_(None), session >= sa.literal(first, sa.Date())))
        if after:
            conditions.append(sa.or_(session.is_(None), session < sa.literal(after, sa.Date())))
        return conditions

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turn whatever the library or the driver raises into one line, without the password."""
        try:
            yield
        except ModuleNotFoundError as error:
            package = _PACKAGES.get(str(error.name), str(error.name))
            raise SourceError(
                f"{self._database} needs a driver that is not installed; type: pip install '{package}'"
            ) from None
        except NoSuchTableError:
            raise SourceError(
                f"{self.name} is not in {self._database}; "
                "source.table is written like prices or schema.prices"
            ) from None
        except (SQLAlchemyError, UnicodeError, ValueError, OverflowError) as error:
            is_late = time.monotonic() > self.ends or "timeout" in str(error).casefold()
            hint = (
                f"raise timeout_s = {self.options.timeout_s:g}" if is_late else "check url, table and rights"
            )
            lines = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
            raise SourceError(
                f"{self.name} of {self._database} cannot be read: "
                f"{self._star_secrets(lines[0])[:200]}; {hint}"
            ) from None

    def _star_secrets(self, text: str) -> str:
        secrets = [self.url.password, *(v for k, v in self.url.query.items() if _SECRET.search(f"{k}={v}"))]
        for secret in sorted({str(each) for each in secrets if each}, key=len, reverse=True):
            text = text.replace(secret, "***").replace(quote(secret), "***")
        return text


def _resolve_url(options: Database, root: Path) -> sa.URL:
    configured = options.url
    if options.url_env is not None:
        configured = os.environ.get(options.url_env)
        if not configured:
            raise SourceError(
                f"environment variable {options.url_env} (source.url_env) is not set; "
                "set it to the database's URL"
            )
    origin = "source.url" if options.url_env is None else f"environment variable {options.url_env}"
    try:
        url = sa.make_url(configured or "")
    except SQLAlchemyError:
        raise SourceError(f"{origin} is no database URL; write one like postgresql://user@host/db") from None
    if url.drivername in _DRIVERS:
        url = url.set(drivername=_DRIVERS[url.drivername])
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(("file:", ":")):
        path = (root / url.database).resolve()
        if not path.is_file():
            raise SourceError(f'no database at "{path}"; set source.url, relative to morrow.toml')
        url = url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return url


def _to_array(values: Sequence[Any]) -> pa.Array:
    """Values of one column as a database's driver gives them; where they differ in kind, as texts."""
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
