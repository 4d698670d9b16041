"""Marks the log's file while a process has it open, so that a copy without its write-ahead log is recognized.

Such a copy is a sound database that lacks the last records, or nearly all of them. The mark is a random text in the
file and in the lock file beside it. A copy elsewhere has the mark, and neither a write-ahead log nor that lock file.
After a crash the write-ahead log is there, or another program has written it back into the file, beside the same lock
file.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from projections.log.errors import CopyWithoutWal
from projections.log.sqlite import FILE, read_lock

CREATE_MARK = "CREATE TABLE IF NOT EXISTS serving (one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT NOT NULL)"


def refuse_copy(folder: Path) -> None:
    """Raise `CopyWithoutWal` if the log of a folder was copied from a running server without its write-ahead log.

    Must run before the file is opened, which makes a write-ahead log.
    """
    path = folder / FILE
    if not path.exists() or path.with_name(f"{FILE}-wal").exists():
        return
    mark = _read_mark(path)
    if mark is not None and mark != read_lock(folder).mark:
        raise CopyWithoutWal(path)


def set_mark(connection: sqlite3.Connection, mark: str) -> None:
    """Mark the file, within a transaction."""
    connection.execute("INSERT OR REPLACE INTO serving VALUES (1, ?)", (mark,))


def clear_mark(connection: sqlite3.Connection) -> None:
    """Remove the mark, within a transaction."""
    connection.execute("DELETE FROM serving")


def _read_mark(path: Path) -> str | None:
    """The mark in the file alone; null without one, and for a file that cannot be read."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)) as connection,
    ):
        row = connection.execute("SELECT mark FROM serving").fetchone()
        return None if row is None else str(row[0])
    return None
