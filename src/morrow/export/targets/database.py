"""A database as a target: tables ``forecasts`` and ``exports`` in their own schema, and a view ``latest``.

An export and its manifest are written in one transaction, by upsert, so that a repeated delivery changes
nothing. ``latest`` shows each universe's newest cutoff in its newest revision.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from morrow.config.targets import DatabaseTarget
from morrow.errors import ExportError
from morrow.export.targets.delivery import MANIFESTS, REVISION, Delivery
from morrow.frames.columns import COUNT, DATE, REAL, STAMP, TEXT, Schema

LATEST = "latest"
_TYPES: dict[pa.DataType, sa.types.TypeEngine[Any]] = {
    TEXT: sa.Text(), DATE: sa.Date(), REAL: sa.Double(), COUNT: sa.BigInteger(),
    STAMP: sa.DateTime(timezone=True),
}  # fmt: skip
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_UPSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class DatabaseReceiver:
    """Writes exports into a database."""

    def __init__(self, options: DatabaseTarget, root: Path) -> None:
        """Find the database.

        Args:
            options: of the target.
            root: the folder that a file of SQLite is relative to.

        Raises:
            ExportError: the URL is missing or unreadable, or its driver is.
        """
        self._url = _find_url(options, root)
        backend = self._url.get_backend_name()
        if backend not in _UPSERTS:
            raise ExportError(f'database "{backend}" is no target; allowed: {", ".join(sorted(_UPSERTS))}')
        self._schema = None if backend == "sqlite" else options.schema_name
        self._insert = _UPSERTS[backend]
        wait = (
            {"timeout": options.timeout_s}
            if backend == "sqlite"
            else {"connect_timeout": int(options.timeout_s)}
        )
        with self._plain_errors():
            self._engine = sa.create_engine(self._url, poolclass=sa.NullPool, connect_args=wait)

    def list_held(self, universe: str) -> set[tuple[str, int]]:
        """Cutoff and revision of every export in the database.

        Raises:
            ExportError: it cannot be reached or read, or has a table of that name with other columns.
        """
        with self._plain_errors(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table(MANIFESTS.name, self._schema):
                return set()
            self._refuse_other_table(connection, MANIFESTS)
            table = self._define(MANIFESTS)
            exports = connection.execute(
                sa.select(table.c.cutoff, table.c[REVISION]).where(table.c.universe == universe)
            )
            return {(str(cutoff), int(revision)) for cutoff, revision in exports}

    def receive(self, delivery: Delivery) -> None:
        """Write an export and its manifest in one transaction.

        Raises:
            ExportError: the database cannot be reached or written, or has a table of that name with other
                columns.
        """
        rows, manifests = self._define(delivery.schema), self._define(MANIFESTS)
        with self._plain_errors(), self._engine.begin() as connection:
            if self._schema is not None:
                connection.execute(sa.schema.CreateSchema(self._schema, if_not_exists=True))
            for schema, table in ((delivery.schema, rows), (MANIFESTS, manifests)):
                if sa.inspect(connection).has_table(table.name, self._schema):
                    self._refuse_other_table(connection, schema)
                else:
                    table.create(connection)
            self._add_columns(connection, rows)
            self._upsert(connection, rows, delivery.rows.to_pylist())
            one = {"universe": delivery.universe, "cutoff": date.fromisoformat(delivery.cutoff)}
            one |= {REVISION: delivery.revision, "manifest": delivery.manifest}
            self._upsert(connection, manifests, [one])

    def _define(self, schema: Schema) -> sa.Table:
        columns: list[sa.Column[Any]] = [
            sa.Column(each.name, _TYPES[each.kind], primary_key=each.name in schema.key, autoincrement=False)
            for each in schema.columns
        ]
        return sa.Table(schema.name, sa.MetaData(), *columns, schema=self._schema)

    def _upsert(self, connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        key = [column.name for column in table.primary_key]
        statement = self._insert(table)
        changes = {each.name: statement.excluded[each.name] for each in table.c if each.name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes), rows)

    def _refuse_other_table(self, connection: sa.Connection, schema: Schema) -> None:
        """Refuse a table of the same name whose key is another one."""
        key = sa.inspect(connection).get_pk_constraint(schema.name, self._schema)["constrained_columns"]
        if set(key) != set(schema.key):
            own = f"{self._schema}.{schema.name}" if self._schema else schema.name
            raise ExportError(
                f'table "{own}" of {self._name} is not one of morrow: its key is {sorted(key)}, not '
                f"{sorted(schema.key)}; give the target another schema_name or database"
            )

    def _add_columns(self, connection: sa.Connection, table: sa.Table) -> None:
        """Add the columns that came with new levels or a later release, and make the view of all of them."""
        inspector = sa.inspect(connection)
        there = {each["name"] for each in inspector.get_columns(table.name, self._schema)}
        quote = connection.dialect.identifier_preparer
        full = quote.format_table(table)
        view = quote.format_table(sa.Table(LATEST, sa.MetaData(), schema=self._schema))
        missing = [each for each in table.c if each.name not in there]
        if not missing and LATEST in inspector.get_view_names(self._schema):
            return
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view}")
        for each in missing:
            kind = each.type.compile(connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {full} ADD COLUMN {quote.quote(each.name)} {kind}")
        exports = quote.format_table(self._define(MANIFESTS))
        connection.exec_driver_sql(
            f"CREATE VIEW {view} AS SELECT f.* FROM {full} f JOIN "  # noqa: S608 (quoted names)
            f"(SELECT e.universe, e.cutoff, max(e.revision) AS revision FROM {exports} e JOIN "
            f"(SELECT universe, max(cutoff) AS cutoff FROM {exports} GROUP BY universe) n "
            "ON e.universe = n.universe AND e.cutoff = n.cutoff GROUP BY e.universe, e.cutoff) l "
            "ON f.universe = l.universe AND f.cutoff = l.cutoff AND f.revision = l.revision"
        )

    @property
    def _name(self) -> str:
        return self._url.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Word an error of the database in one line, without the statement and the password."""
        try:
            yield
        except ModuleNotFoundError as error:
            raise ExportError(
                f'the driver "{error.name}" is missing: pip install "morrow[postgres]"'
            ) from None
        except (SQLAlchemyError, pa.ArrowException) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            if self._url.password:
                reason = reason.replace(str(self._url.password), "***")
            raise ExportError(f"database {self._name}: {reason}") from None


def _find_url(options: DatabaseTarget, root: Path) -> sa.URL:
    """The URL with its driver; a file of SQLite is relative to the root."""
    text = options.url
    if options.url_env is not None:
        text = os.environ.get(options.url_env)
        if not text:
            raise ExportError(f"the environment variable {options.url_env} is not set; it holds the URL")
    try:
        url = sa.make_url(str(text))
    except (SQLAlchemyError, ValueError):
        raise ExportError(
            "the URL is not one of SQLAlchemy; write sqlite:///FILE or postgresql://..."
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(root / url.database))
    return url
