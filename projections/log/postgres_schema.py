"""Creates the log's PostgreSQL schema, in a separate step and never when the program starts."""

from __future__ import annotations

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import sql

from projections.log.errors import NotMigrated
from projections.log.postgres import SCHEMA, PostgresReaders, connect, fault_of

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
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''Events are never changed or deleted.''; END'",
    "CREATE OR REPLACE TRIGGER stored_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON stored_events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


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
    except psycopg.Error as fault:
        raise fault_of(fault) from fault
    finally:
        readers.close()


def check_migrated(connection: psycopg.Connection[dict[str, object]]) -> None:
    """Raise `NotMigrated` for a database without the schema."""
    row = connection.execute("SELECT to_regclass('log.head') IS NOT NULL AS found").fetchone()
    if not (row and row["found"]):
        raise NotMigrated("The database has no log yet: run `seatline migrate`.")


def _library_statements(recorder: PostgresApplicationRecorder) -> list[sql.Composed]:
    """The library's statements for its table and index, without its insert function, with which readers miss events."""
    return [
        statement
        for statement in recorder.sql_create_statements
        if statement.as_string().startswith(("CREATE TABLE", "CREATE UNIQUE INDEX"))
    ]
