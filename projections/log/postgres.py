"""Connections to the log's PostgreSQL database, and the mapping of its errors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, TypeVar

import psycopg
from eventsourcing.persistence import OperationalError
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from projections.log.errors import DiskFull, LogClosed, LogFault, LogUnavailable

T = TypeVar("T")

SCHEMA = "log"
CONNECT_SECONDS = 2
"""The timeout for connecting; without one, requests hang for minutes when the server is unreachable."""

READ_TIMEOUT = "30s"
"""The statement timeout of readers; writers have none."""

LOCK_SECONDS = 5
"""How long a writer waits for the writers of other processes."""


def connect(url: str) -> psycopg.Connection[DictRow]:
    """Connect to the log's schema in autocommit mode. Raises psycopg's `OperationalError`."""
    return psycopg.connect(conninfo(url), autocommit=True, row_factory=dict_row)


def conninfo(url: str, statement_timeout: str = "0") -> str:
    """The libpq connection string, with the log's schema and timeouts (a statement timeout of `0` means none)."""
    options = conninfo_to_dict(url).get("options") or ""
    return make_conninfo(
        url,
        connect_timeout=CONNECT_SECONDS,
        options=f"{options} -c search_path={SCHEMA} -c statement_timeout={statement_timeout}",
        application_name="seatline",
    )


class PostgresReaders(PostgresDatastore):
    """A connection pool for the library's recorder."""

    def __init__(self, url: str, connections: int) -> None:
        """An empty pool of at most `connections` connections."""
        super().__init__("", "", "", "", "", schema=SCHEMA)
        self._url = url
        self._idle: deque[psycopg.Connection[DictRow]] = deque()
        self._free = BoundedSemaphore(connections)
        self._closed = False

    @contextmanager
    def get_connection(self) -> Iterator[psycopg.Connection[DictRow]]:
        """Lend a connection. Raises `LogUnavailable` when none is available, and `LogClosed`.

        A broken connection raises the library's `OperationalError`, after which its recorder retries: a restart of the
        server breaks all pooled connections.
        """
        if not self._free.acquire(timeout=CONNECT_SECONDS):
            raise LogUnavailable("All connections to the database are in use.")
        try:
            connection = self._take()
            try:
                yield connection
            except psycopg.Error as fault:
                if connection.closed:
                    self._drop_idle()
                    raise OperationalError("The connection to the database broke.") from fault
                raise fault_of(fault) from fault
            finally:
                if not connection.closed:
                    self._idle.append(connection)
                if self._closed:
                    self._drop_idle()
        finally:
            self._free.release()

    def ask(self, question: Callable[[psycopg.Connection[DictRow]], T]) -> T:
        """Run a query, and retry once if the connection is broken, as pooled connections are after a restart.

        Raises `LogUnavailable` and `LogClosed`.
        """
        try:
            with self.get_connection() as connection:
                return question(connection)
        except OperationalError:
            pass
        try:
            with self.get_connection() as connection:
                return question(connection)
        except OperationalError as fault:
            raise LogUnavailable(str(fault)) from fault

    def close(self) -> None:
        """Close idle connections now, and the others when they are returned."""
        self._closed = True
        self._drop_idle()
        super().close()

    def _take(self) -> psycopg.Connection[DictRow]:
        if self._closed:
            raise LogClosed
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return connect(self._url)
        except psycopg.Error as fault:
            raise fault_of(fault) from fault

    def _drop_idle(self) -> None:
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return


def reading_engine(url: str, connections: int) -> Engine:
    """A read-only engine for queries on the state."""

    address = conninfo(url, READ_TIMEOUT)

    def connect_reader() -> psycopg.Connection[Any]:
        connection = psycopg.connect(address)
        connection.read_only = True
        return connection

    return create_engine(
        "postgresql+psycopg://",
        creator=connect_reader,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
    )


def ends_transaction(fault: BaseException) -> bool:
    """Whether an error is one of the server or connection, which ends the transaction, and not of a statement."""
    return isinstance(_original(fault), psycopg.OperationalError)


def fault_of(fault: BaseException) -> LogFault:
    """The `LogFault` that a PostgreSQL error is reported as."""
    original = _original(fault)
    if isinstance(original, psycopg.errors.DiskFull):
        return DiskFull("The disk of the log is full; nothing was recorded.")
    return LogUnavailable(f"The database of the log failed: {type(original).__name__}.")


def _original(fault: BaseException) -> BaseException:
    return fault.orig or fault if isinstance(fault, DBAPIError) else fault
