"""Where the read models lie: an SQLite file or a PostgreSQL schema, which may be deleted at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
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
)
"""How far each read model has come in the log, and by which version of its code its rows were made.

`recorded_at` is the instant of the event at that position: another log, or an older copy of it, has another one there.
"""

_MARKS_OF = {
    "": "SELECT name, version, position, recorded_at FROM read_models",
    "views": "SELECT name, version, position, recorded_at FROM views.read_models",
}
_DIALECTS: Mapping[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect(paramstyle="format")}  # type: ignore[no-untyped-call]


class Checkpoint(NamedTuple):
    """A read model's version, its place in the log, and when the event there was recorded (null: at the beginning)."""

    version: int
    position: int = 0
    recorded_at: datetime | None = None


class ViewStore(ABC):
    """A place for read models. To be closed by whoever opened it."""

    @abstractmethod
    def is_current(self) -> bool:
        """Whether what is open is still what lies in the store's place; false once it was deleted or replaced."""

    @abstractmethod
    def open_anew(self) -> None:
        """Open whatever lies in the store's place now."""

    @abstractmethod
    def connect(self) -> Connection:
        """A connection for questions, which all see one state. To be closed."""

    @abstractmethod
    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction for changes; alone on SQLite, on PostgreSQL from its first `claim` on."""

    @abstractmethod
    def build(self) -> ViewStoreBuild | None:
        """An empty store beside this one; null when somebody else is building. To be closed."""

    @abstractmethod
    def is_missing(self, fault: DBAPIError) -> bool:
        """Whether a fault says that there are no read models here, or none that can be read."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    def marks(self, connection: Connection) -> Mapping[str, Checkpoint]:
        """Where each read model is; empty when there are none."""
        try:
            return read_checkpoints(connection)
        except DBAPIError as fault:
            if self.is_missing(fault):
                return {}
            raise


class ViewStoreBuild(ABC):
    """A store that is being built; nobody reads it, and only its builder writes."""

    @abstractmethod
    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction for changes."""

    @abstractmethod
    def index(self) -> None:
        """Index what was loaded; to be called once."""

    @abstractmethod
    def load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add many rows at once."""

    @abstractmethod
    def switch(self, marks: Mapping[str, Checkpoint], is_ahead: Callable[[Mapping[str, Checkpoint]], bool]) -> bool:
        """Put what was built in the place of the store, all at once, with its marks.

        False, and nothing done, when what lies there `is_ahead`, by its own marks.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of it; what was not switched is gone."""


def advance_checkpoints(
    connection: Connection, models: int, expected: int, position: int, recorded_at: datetime
) -> bool:
    """Move all read models to a position, if they are where they are expected; whoever is first keeps others waiting.

    False, and nothing moved, when they are somewhere else.
    """
    statement = _sql(_MOVE, connection.dialect.name)
    return connection.exec_driver_sql(statement, (position, microseconds(recorded_at), expected)).rowcount == models


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, given as their columns' values as they are stored."""
    if rows:
        _run_many(connection, insert(table), rows)


def close_rows(connection: Connection, table: Table, closed: Sequence[tuple[int, bytes, int]]) -> None:
    """End what rows are known for: `(known_to, stream_id, row_no)` each."""
    if closed:
        _run_many(connection, _closing(table), closed)


def _run_many(connection: Connection, statement: Any, parameters: Sequence[Sequence[object]]) -> None:
    """By the driver's own hands: SQLAlchemy would copy every row."""
    with driver_cursor(connection) as cursor:
        cursor.executemany(_sql(statement, connection.dialect.name), parameters)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's own in a connection's transaction; its faults are raised as SQLAlchemy's."""
    cursor = connection.connection.cursor()
    faults = connection.dialect.loaded_dbapi.Error
    try:
        yield cursor
    except faults as fault:
        raise DBAPIError.instance(None, None, fault, faults, dialect=connection.dialect) from fault
    finally:
        cursor.close()


def read_checkpoints(connection: Connection, schema: str = "") -> Mapping[str, Checkpoint]:
    """Where each read model is."""
    rows = connection.exec_driver_sql(_MARKS_OF[schema])
    return {
        name: Checkpoint(version, position, None if instant is None else from_microseconds(instant))
        for name, version, position, instant in rows
    }


def insert_checkpoints(connection: Connection, marks: Mapping[str, Checkpoint]) -> None:
    """Say where the read models of a store that has none yet are."""
    connection.execute(insert(READ_MODELS), [{"name": name, **mark._asdict()} for name, mark in marks.items()])


@cache
def _closing(table: Table) -> Any:
    return (
        update(table)
        .where(table.c.stream_id == bindparam("stream"), table.c.row_no == bindparam("number"))
        .values(known_to=bindparam("instant"))
    )


@cache
def _sql(statement: Any, dialect: str) -> str:
    """A statement with its parameters by place, for rows as plain tuples: written out once."""
    return str(statement.compile(dialect=_DIALECTS[dialect]))


_MOVE = (
    update(READ_MODELS)
    .where(READ_MODELS.c.position == bindparam("expected"))
    .values(position=bindparam("reached"), recorded_at=bindparam("instant"))
)
