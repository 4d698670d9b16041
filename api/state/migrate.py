"""Bringing the kept tables to the version this program works with."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Text, column, inspect, select, table, text

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = table("kept_version", column("version_num", Text))
VERSION = "0015"
"""That of the last migration."""
_LOCK = 0x5EA7_1107


def is_current(connection: Connection) -> bool:
    """Whether the kept tables are of this program's version."""
    if not inspect(connection).has_table(VERSIONS.name):
        return False
    return connection.execute(select(VERSIONS.c.version_num)).scalars().all() == [VERSION]


def migrate(connection: Connection) -> None:
    """Make or change the kept tables, within the connection's transaction; of many at once, one does it."""
    # an eighth of a start, for what hardly any start has to do
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
