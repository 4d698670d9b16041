"""Purges erased data from free pages and write-ahead logs of the database files.

An erasure removes the name from all rows at once; the pages that held it are rewritten at the next start.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import structlog
from sqlalchemy import select, update

from api.state.tables import erasures, identities, import_refs, import_runs, imports, people, users
from projections.log import Log
from projections.log.serving_mark import refuse_copy
from projections.log.sqlite import FILE, FolderLock

log = structlog.get_logger("seatline")


def purge_folder(folder: Path) -> None:
    """Rewrite the SQLite file of a folder if a person was erased. Must run before the file is opened.

    Raises `FolderInUse` when a server works in the folder, and `CopyWithoutWal`.
    """
    path = folder / FILE
    if not path.exists():
        return
    lock = FolderLock(folder)
    try:
        refuse_copy(folder)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            if _is_due(connection):
                _rewrite(connection)
    finally:
        lock.release()


def _rewrite(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        connection.execute("UPDATE erasures SET is_swept = 1")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        # without room for a second copy of the file it stays due, for the next start; reading must go on
        log.warning("a person was erased, but the file could not be rewritten yet")


def purge_database(log: Log) -> None:
    """Rewrite the state tables of a PostgreSQL database if a person was erased."""
    with log.engine.connect() as connection:
        due = connection.execute(select(erasures.c.person_id).where(~erasures.c.is_swept).limit(1)).first()
    if due is None:
        return
    tables = (people, users, identities, import_refs, imports, import_runs)
    names = ", ".join((*(table.name for table in tables), "commands"))
    with log.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (FULL) {names}")
    log.write(lambda connection: connection.execute(update(erasures).values(is_swept=True)))


def _is_due(connection: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):  # a log without state tables has no erasures
        return connection.execute("SELECT 1 FROM erasures WHERE NOT is_swept LIMIT 1").fetchone() is not None
    return False
