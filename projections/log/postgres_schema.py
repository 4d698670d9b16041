"""Creates the log's PostgreSQL schema, in a separate step and never when the program starts."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import sql
from psycopg.rows import tuple_row

from projections.log.errors import NotMigrated
from projections.log.hash_chain import LINKS_AT_ONCE, ChainEnd, ChainExtension, StreamEnds
from projections.log.postgres import SCHEMA, PostgresReaders, connect, fault_of
from projections.log.postgres_links import find_links

_LOCK = 0x5EA7_1106
"""The key of the advisory lock for migrations, so that concurrent ones run one after another."""

_OURS = (
    "CREATE TABLE IF NOT EXISTS commands ("
    "caller text NOT NULL, key text NOT NULL, request_hash text NOT NULL, answer bytea NOT NULL, "
    "recorded_at bigint NOT NULL, PRIMARY KEY (caller, key))",
    # the single row that serializes writers and holds the last position and timestamp
    "CREATE TABLE IF NOT EXISTS head ("
    "one boolean PRIMARY KEY DEFAULT true CHECK (one), position bigint NOT NULL, recorded_at timestamptz NOT NULL)",
    "INSERT INTO head (position, recorded_at) SELECT coalesce(max(notification_id), 0), "
    "coalesce(max((convert_from(state, 'UTF8')::json ->> 'recorded_at')::timestamptz), to_timestamp(0)) "
    "FROM stored_events WHERE NOT EXISTS (SELECT FROM head) ON CONFLICT DO NOTHING",
    "ALTER TABLE head ADD COLUMN IF NOT EXISTS digest bytea",
    "CREATE TABLE IF NOT EXISTS chain (position bigint PRIMARY KEY, link bytea NOT NULL, digest bytea NOT NULL)",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''Events are never changed or deleted.''; END'",
    "CREATE OR REPLACE TRIGGER stored_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE TRIGGER chain_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON chain "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
_CHECK = """
SELECT to_regclass('log.head') IS NOT NULL AS exists, EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('log.head') AND attname = 'digest'
) AS has_chain
"""


def migrate(url: str) -> None:
    """Create what is missing of the schema. Idempotent and safe to run concurrently. Raises `LogUnavailable`."""
    readers = PostgresReaders(url, 1)
    try:
        recorder = PostgresApplicationRecorder(readers)
        with connect(url) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
            for statement in _library_statements(recorder):
                connection.execute(statement)
            for text in _OURS:
                connection.execute(text)
        with connect(url) as connection:
            stream_ends = StreamEnds()
            while not extend_chain(connection, stream_ends):
                pass
    except psycopg.Error as fault:
        raise fault_of(fault) from fault
    finally:
        readers.close()


def check_migrated(connection: psycopg.Connection[dict[str, Any]]) -> None:
    """Raise `NotMigrated` for a database without the schema."""
    row = connection.execute(_CHECK).fetchone()
    if not (row and row["exists"]):
        raise NotMigrated("The database has no log yet: run `seatline migrate`.")
    if not row["has_chain"] or connection.execute("SELECT FROM head WHERE digest IS NULL").fetchone():
        raise NotMigrated("The log is of an earlier version of the program: run `seatline migrate`.")


def extend_chain(connection: psycopg.Connection[dict[str, Any]], stream_ends: StreamEnds) -> bool:
    """Add the next links of a chain that was never complete; returns whether it is complete.

    A chain that was complete once is never extended here: links that are missing from it were deleted.
    """
    with connection.transaction(), connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT digest FROM head FOR UPDATE").fetchone()
        if row is None or row[0] is not None:
            return True
        row = cursor.execute("SELECT position, digest FROM chain ORDER BY position DESC LIMIT 1").fetchone()
        position, digest = row or ChainEnd()
        rows = cursor.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events "
            "WHERE notification_id > %s ORDER BY notification_id LIMIT %s",
            (position, LINKS_AT_ONCE),
        ).fetchall()
        if not rows:
            cursor.execute("UPDATE head SET digest = %s", (digest,))
            return True
        chain = ChainExtension(digest, stream_ends, partial(find_links, connection))
        with cursor.copy("COPY chain (position, link, digest) FROM STDIN") as copy:
            for added in chain.extend(rows):
                copy.write_row(added)
        chain.commit()
        return False


def _library_statements(recorder: PostgresApplicationRecorder) -> list[sql.Composed]:
    """The library's statements for its table and index, without its insert function, with which readers miss events."""
    return [
        statement
        for statement in recorder.sql_create_statements
        if statement.as_string().startswith(("CREATE TABLE", "CREATE UNIQUE INDEX"))
    ]
