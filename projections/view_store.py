"""The store of the read models: an SQLite file or a PostgreSQL schema, which may be deleted at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from projections.column_types import Instant
from projections.log.entries import from_microseconds, microseconds
from projections.read_model import METADATA, Row

READ_MODELS = Table(
    "read_models",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", Instant),
    Column("generation", BigInteger, nullable=False, server_default="0"),
)
"""The checkpoint of each read model: its position in the log, and the code version that made its rows.

`recorded_at` is the timestamp of the event at that position; it differs in another log, or an older copy of it. It is
null where no event up to that position can be read. `generation` is that of the stopped streams, the same in all rows.
"""

_MARKS_OF = {
    "": "SELECT * FROM read_models",
    "views": "SELECT * FROM views.read_models",
}
"""All columns, because stores of earlier versions of the program lack some."""

_DIALECTS: Mapping[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect(paramstyle="format")}  # type: ignore[no-untyped-call]


class Checkpoint(NamedTuple):
    """A read model's version, its position in the log, and when that event was recorded (null at position 0)."""

    version: int
    position: int = 0
    recorded_at: datetime | None = None
    generation: int = 0


class Place(NamedTuple):
    """Where the read models are: the position in the log, the generation of the stopped streams, and the instant."""

    position: int
    generation: int = 0
    recorded_at: datetime | None = None


class ViewStore(ABC):
    """A store of read models. The caller that opens it closes it."""

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the open store is still the one in its place; false when it was deleted or replaced."""

    @abstractmethod
    def reopen(self) -> None:
        """Open the store that is in its place now."""

    @abstractmethod
    def connect(self) -> Connection:
        """A connection whose queries all see one snapshot; the caller closes it."""

    @abstractmethod
    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction; exclusive, on PostgreSQL from its call of `advance_checkpoints` on."""

    @abstractmethod
    def build(self) -> ViewStoreBuild | None:
        """A new, empty store to build; null when another process is building. The caller closes it."""

    @abstractmethod
    def is_missing(self, fault: DBAPIError) -> bool:
        """Whether an error means that the read models are missing or unreadable."""

    @abstractmethod
    def is_damaged(self, fault: DBAPIError) -> bool:
        """Whether an error means that a part of the read models is missing or unreadable."""

    @abstractmethod
    def discard(self) -> None:
        """Delete the read models, so that they are rebuilt."""

    @abstractmethod
    def close(self) -> None:
        """Close the store."""

    def marks(self, connection: Connection) -> Mapping[str, Checkpoint]:
        """The checkpoint of each read model, by name; empty when the read models are missing."""
        try:
            return read_checkpoints(connection)
        except DBAPIError as fault:
            if self.is_missing(fault):
                return {}
            raise


class ViewStoreBuild(ABC):
    """A store that is being built; it has one writer and no readers."""

    @abstractmethod
    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction."""

    @abstractmethod
    def index(self) -> None:
        """Create the indexes; called once, after loading."""

    @abstractmethod
    def load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert many rows."""

    @abstractmethod
    def switch(self, marks: Mapping[str, Checkpoint], is_ahead: Callable[[Mapping[str, Checkpoint]], bool]) -> bool:
        """Atomically replace the store by this one, with these checkpoints.

        Returns false, and changes nothing, when `is_ahead` is true of the current store's checkpoints.
        """

    @abstractmethod
    def close(self) -> None:
        """Close it; unless it was switched to, it is deleted."""


def advance_checkpoints(connection: Connection, models: int, expected: Place, reached: Place) -> bool:
    """Advance the checkpoints of all read models from one place to another; other writers wait for the commit.

    Returns false, and changes nothing, when they are at another place.
    """
    statement = _sql(_MOVE, connection.dialect.name)
    instant = None if reached.recorded_at is None else microseconds(reached.recorded_at)
    parameters = (reached.position, instant, reached.generation, expected.position, expected.generation)
    return connection.exec_driver_sql(statement, parameters).rowcount == models


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of stored values."""
    if rows:
        _run_many(connection, insert(table), rows)


def close_rows(connection: Connection, table: Table, closed: Sequence[tuple[int, bytes, int]]) -> None:
    """Set `known_to` of rows, given as `(known_to, stream_id, row_no)`."""
    if closed:
        _run_many(connection, _closing(table), closed)


def _run_many(connection: Connection, statement: Any, parameters: Sequence[Sequence[object]]) -> None:
    """Execute with the driver's cursor, because SQLAlchemy would copy every row."""
    with driver_cursor(connection) as cursor:
        cursor.executemany(_sql(statement, connection.dialect.name), parameters)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver in a connection's transaction; its errors are raised as SQLAlchemy's."""
    cursor = connection.connection.cursor()
    faults = connection.dialect.loaded_dbapi.Error
    try:
        yield cursor
    except faults as fault:
        raise DBAPIError.instance(None, None, fault, faults, dialect=connection.dialect) from fault
    finally:
        cursor.close()


def read_checkpoints(connection: Connection, schema: str = "") -> Mapping[str, Checkpoint]:
    """The checkpoint of each read model, by name."""
    rows = connection.exec_driver_sql(_MARKS_OF[schema])
    return {
        row["name"]: Checkpoint(
            row["version"],
            row["position"],
            None if row["recorded_at"] is None else from_microseconds(row["recorded_at"]),
            row.get("generation", 0),
        )
        for row in rows.mappings()
    }


def insert_checkpoints(connection: Connection, marks: Mapping[str, Checkpoint]) -> None:
    """Insert the checkpoints of a new store."""
    connection.execute(insert(READ_MODELS), [{"name": name, **mark._asdict()} for name, mark in marks.items()])


@lru_cache(maxsize=1024)
def _closing(table: Table) -> Any:
    return (
        update(table)
        .where(table.c.stream_id == bindparam("stream"), table.c.row_no == bindparam("number"))
        .values(known_to=bindparam("instant"))
    )


@lru_cache(maxsize=1024)
def _sql(statement: Any, dialect: str) -> str:
    """The SQL text of a statement with positional parameters, compiled once."""
    return str(statement.compile(dialect=_DIALECTS[dialect]))


_MOVE = (
    update(READ_MODELS)
    .where(READ_MODELS.c.position == bindparam("expected"), READ_MODELS.c.generation == bindparam("before"))
    .values(position=bindparam("reached"), recorded_at=bindparam("instant"), generation=bindparam("after"))
)
