"""Restores a backup into an empty store, of either kind: all or nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from api.backup.archive import CHAIN, EVENTS, Archive, BackupRefused, Json, Manifest, bytes_from_json, open_archive
from api.backup.rows import insert_rows, tables_of
from api.state.audit import Act, Detail, audit
from api.state.migrate import has_revision, migrate
from projections.log.filling import LogFilling, PostgresFilling, SQLiteFilling
from projections.log.hash_chain import ChainRow, Row
from projections.log.postgres import conninfo
from projections.log.postgres import fault_of as postgres_fault_of
from projections.log.postgres_schema import migrate as migrate_log
from projections.log.sqlite import FILE, FolderLock
from projections.log.sqlite import fault_of as sqlite_fault_of
from projections.log.sqlite_store import SQLiteWriteStore

PART = f"{FILE}.part"
"""The file that is being filled."""

DERIVED = ("views*.db*", "columns-*.npz")
"""The files of the read models, which are rebuilt."""

NEVER_EMPTY = ("stored_events", "people", "keys")
"""Where these tables have rows, a firm works: nothing is restored over it. Users are people."""

PROGRESS_EVERY = 1_000
LEAVING_SECONDS = 2.0
"""How long a connection may take to leave the database after it was closed."""


def restore_backup(
    place: Path | str,
    path: Path,
    *,
    on_check: Callable[[int, int], None] = lambda done, of: None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Manifest:
    """Fill an empty data folder or database from a backup, after all of it was checked.

    Both callbacks are called with what is done and in total: bytes checked, rows filled. Raises `BackupRefused`,
    `FolderInUse`, `LogUnavailable`, `DiskFull` and `OSError`; the store is then as it was.
    """
    with open_archive(path, on_check) as archive:
        if not has_revision(archive.manifest.revision):
            raise BackupRefused(
                "The backup is of a newer version of the program "
                f"({archive.manifest.program}): restore it with that one."
            )
        if isinstance(place, Path):
            _restore_sqlite(place, archive, progress)
        else:
            _restore_postgres(place, archive, progress)
        return archive.manifest


def _restore_sqlite(folder: Path, archive: Archive, progress: Callable[[int, int], None]) -> None:
    lock = FolderLock(folder)
    try:
        _refuse_full_file(folder / FILE)
        _remove(folder, PART)
        try:
            SQLiteWriteStore(folder / PART).close()
            with _filling_file(folder / PART) as connection:
                raw = cast("sqlite3.Connection", connection.connection.driver_connection)
                _fill(connection, SQLiteFilling(raw), archive, progress)
                _note_restored(connection, archive.manifest)
            with open(folder / PART, "rb+") as file:
                os.fsync(file.fileno())
            # what is left of the empty store must not be read into the new file
            for pattern in (f"{FILE}-*", *DERIVED):
                for path in folder.glob(pattern):
                    path.unlink()
            (folder / PART).replace(folder / FILE)
            _sync(folder)
        finally:
            _remove(folder, PART)
    except (sqlite3.Error, DBAPIError) as fault:
        raise sqlite_fault_of(fault) from fault
    finally:
        lock.release()


def _refuse_full_file(path: Path) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        _refuse_full(names, lambda query: connection.execute(query).fetchone())


@contextmanager
def _filling_file(path: Path) -> Iterator[Connection]:
    """A transaction that fills a new file, which is synced when it is complete."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"isolation_level": None})

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.begin() as connection:
        yield connection


def _restore_postgres(url: str, archive: Archive, progress: Callable[[int, int], None]) -> None:
    migrate_log(url)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT 1 FROM head FOR UPDATE")
            _refuse_beside_servers(connection)
            _refuse_full(inspect(connection).get_table_names(), lambda query: connection.exec_driver_sql(query).first())
            _drop_state(connection)
            raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            _fill(connection, PostgresFilling(raw), archive, progress)
            _set_sequences(connection)
            _note_restored(connection, archive.manifest)
    except (psycopg.Error, DBAPIError) as fault:
        raise postgres_fault_of(fault) from fault


def _refuse_beside_servers(connection: Connection) -> None:
    """Refuse while a server is connected: it would keep using what it cached of the empty store."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'seatline' AND pid <> pg_backend_pid()"
    )
    patience = monotonic() + LEAVING_SECONDS
    while connection.execute(text("SELECT pg_stat_clear_snapshot()")) and connection.execute(query).scalar_one():
        if monotonic() > patience:
            raise BackupRefused("A server is using the database. Stop all servers, then restore.")
        sleep(0.05)


def _drop_state(connection: Connection) -> None:
    """Drop the tables of an empty store that the backup brings in its own version, and the read models."""
    for schema in ("views", "views_building"):
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    for table in (*(table.name for table in tables_of(connection) if table.name != "commands"), "kept_version"):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_act_change()")


def _refuse_full(names: Collection[str], first_row: Callable[[str], object]) -> None:
    """Refuse a store with events, people or keys; `names` are its tables."""
    for table in NEVER_EMPTY:
        if table in names and first_row(f"SELECT 1 FROM {table} LIMIT 1") is not None:  # noqa: S608
            raise BackupRefused(
                "The store is not empty: it has events, people or keys. Restore into an empty folder or database."
            )


def _fill(connection: Connection, log: LogFilling, archive: Archive, progress: Callable[[int, int], None]) -> None:
    """Fill a store without rows, and bring it to this program's version."""
    manifest = archive.manifest
    migrate(connection, manifest.revision)
    tables = {f"{table.name}.jsonl": table for table in tables_of(connection)}
    if unknown := manifest.members.keys() - tables.keys() - {EVENTS, CHAIN}:
        raise BackupRefused(f"The backup has members of an unknown kind: {', '.join(sorted(unknown))}.")
    count = _counting(archive.rows, progress)
    try:
        log.insert_events(_row_from_json(row) for row in count(archive.read(EVENTS)))
        if CHAIN in manifest.members:
            log.insert_chain((_chain_from_json(row) for row in count(archive.read(CHAIN))), manifest.end)
        elif log.complete_chain() != manifest.end:
            raise BackupRefused("The backup was changed: its events do not lead to the digest in its manifest.")
        for name, table in tables.items():
            if name in manifest.members:
                insert_rows(connection, table, count(archive.read(name)))
    except (KeyError, TypeError, ValueError) as fault:
        raise BackupRefused("The backup was changed: it has a row that does not fit its table.") from fault
    migrate(connection)
    progress(archive.rows, archive.rows)


def _note_restored(connection: Connection, manifest: Manifest) -> None:
    """Record in the audit of the restored store what it was restored from, and when."""
    from api.auth.access import THE_OWNER

    detail: Detail = {
        "made_at": manifest.made_at.isoformat(),
        "position": manifest.position,
        "from": manifest.database,
        "into": connection.dialect.name,
    }
    audit(connection, THE_OWNER, Act.LOG_RESTORED, at=datetime.now(UTC), detail=detail)


def _counting(total: int, progress: Callable[[int, int], None]) -> Callable[[Iterable[Json]], Iterator[Json]]:
    """A function that passes rows on and reports progress over all of them."""
    done = 0

    def count(rows: Iterable[Json]) -> Iterator[Json]:
        nonlocal done
        for row in rows:
            done += 1
            if done % PROGRESS_EVERY == 0:
                progress(done, total)
            yield row

    return count


def _row_from_json(row: Json) -> Row:
    return row["position"], UUID(row["stream"]), row["version"], row["topic"], bytes_from_json(row["state"])


def _chain_from_json(row: Json) -> ChainRow:
    return ChainRow(row["position"], bytes.fromhex(row["link"]), bytes.fromhex(row["digest"]))


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL's sequences continue after the restored numbers."""
    columns = connection.exec_driver_sql(
        "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) "
        "FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    ).all()
    for table, column, sequence in columns:
        connection.execute(
            text(f'SELECT setval(:sequence, (SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"), false)'),  # noqa: S608
            {"sequence": sequence},
        )


def _remove(folder: Path, name: str) -> None:
    """Remove a database file and what SQLite put beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make a renaming in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
