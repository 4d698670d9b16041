"""The store of the read models in a PostgreSQL schema, in the log's database or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, Table, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from projections.read_model import METADATA, Row
from projections.view_store import (
    Checkpoint,
    ViewStore,
    ViewStoreBuild,
    driver_cursor,
    insert_checkpoints,
    read_checkpoints,
)

SCHEMA = "views"
BUILDING = "views_building"
CONNECT_SECONDS = 3
READ_TIMEOUT = "30s"
_POOL: Mapping[str, Any] = {"pool_size": 8, "max_overflow": 32, "pool_pre_ping": True}
"""Pooled connections are checked before use, so that a restart of the server causes no errors."""

_BUILDERS = 7_316_214_065_911_204_317
"""The key of the advisory lock that a rebuild holds."""

_MISSING = {"42P01", "3F000"}
"""No such table, no such schema."""

_UNREADABLE = {"42703", "XX001", "XX002"}
"""No such column; damaged data, damaged index."""


class PostgresViewStore(ViewStore):
    """The schema `views`."""

    def __init__(self, url: str) -> None:
        """Create the engines; connections are opened when they are needed."""
        self._url = url
        self._readers = _engine(url, SCHEMA, statement_timeout=READ_TIMEOUT, isolation_level="REPEATABLE READ", **_POOL)
        self._writers = _engine(url, SCHEMA, isolation_level="READ COMMITTED", **_POOL)

    def is_current(self) -> bool:
        """Always true: every statement finds the schema by its name."""
        return True

    def reopen(self) -> None:
        """Do nothing: the next statement finds the new schema by its name."""

    def connect(self) -> Connection:
        """A connection in a read transaction that sees one snapshot."""
        return self._readers.connect()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction; others wait once it has advanced the checkpoints."""
        with self._writers.begin() as connection:
            yield connection

    def build(self) -> ViewStoreBuild | None:
        """The schema `views_building`; null when another process is building."""
        return PostgresViewStoreBuild.start(self._url)

    def is_missing(self, fault: DBAPIError) -> bool:
        """Whether an error means that the schema or a table is missing."""
        return getattr(fault.orig, "sqlstate", None) in _MISSING

    def is_damaged(self, fault: DBAPIError) -> bool:
        """Whether an error means that the schema, a table or a column is missing, or a page unreadable."""
        return getattr(fault.orig, "sqlstate", None) in _MISSING | _UNREADABLE

    def discard(self) -> None:
        """Drop the schema, after the last reader has finished."""
        with self._writers.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    def close(self) -> None:
        """Close all idle connections."""
        self._readers.dispose()
        self._writers.dispose()


class PostgresViewStoreBuild(ViewStoreBuild):
    """The schema `views_building`, owned by the holder of the rebuild lock."""

    def __init__(self, engine: Engine, guard: Connection) -> None:
        """`guard` is the connection that holds the rebuild lock."""
        self._engine = engine
        self._guard = guard
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {BUILDING} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {BUILDING}")
            for table in METADATA.sorted_tables:
                connection.execute(CreateTable(table))

    @classmethod
    def start(cls, url: str) -> PostgresViewStoreBuild | None:
        """Take the rebuild lock and create an empty schema; null when another process holds the lock."""
        engine = _engine(url, BUILDING, poolclass=NullPool)
        guard = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not guard.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (_BUILDERS,)).scalar_one():
            guard.close()
            return None
        return cls(engine, guard)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction."""
        with self._engine.begin() as connection:
            yield connection

    def load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert many rows with COPY."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        with driver_cursor(connection) as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def index(self) -> None:
        """Create the indexes and collect statistics for the query planner."""
        with self._engine.begin() as connection:
            for table in METADATA.sorted_tables:
                for index in table.indexes:
                    connection.execute(CreateIndex(index))
                connection.exec_driver_sql(f"ANALYZE {table.name}")

    def switch(self, marks: Mapping[str, Checkpoint], is_ahead: Callable[[Mapping[str, Checkpoint]], bool]) -> bool:
        """Replace the schema `views`, after the last reader of the old one has finished."""
        with self._engine.begin() as connection:
            if (
                connection.exec_driver_sql("SELECT to_regclass(%s)", (f"{SCHEMA}.read_models",)).scalar_one()
                is not None
            ):
                # every reader starts with this table, so the lock waits for readers and blocks new ones
                connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.read_models IN ACCESS EXCLUSIVE MODE")
                if is_ahead(read_checkpoints(connection, SCHEMA)):
                    return False
            insert_checkpoints(connection, marks)
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            connection.exec_driver_sql(f"ALTER SCHEMA {BUILDING} RENAME TO {SCHEMA}")
        return True

    def close(self) -> None:
        """Drop the schema if it was not switched to, and release the lock."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {BUILDING} CASCADE")
        self._guard.close()
        self._engine.dispose()


def _engine(url: str, schema: str, *, statement_timeout: str = "0", **options: Any) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c search_path={schema} -c statement_timeout={statement_timeout}",
        },
        **options,
    )
