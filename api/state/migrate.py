"""Migrates the state tables to the version of this program."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Text, column, inspect, select, table, text

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = table("kept_version", column("version_num", Text))
VERSION = "0026"
"""The version of the last migration."""
_LOCK = 0x5EA7_1107


def is_current(connection: Connection) -> bool:
    """Whether the state tables have this program's version."""
    if not inspect(connection).has_table(VERSIONS.name):
        return False
    return connection.execute(select(VERSIONS.c.version_num)).scalars().all() == [VERSION]


def revision_of(connection: Connection) -> str | None:
    """The version of the state tables; null if there are none."""
    if not inspect(connection).has_table(VERSIONS.name):
        return None
    revision: str | None = connection.execute(select(VERSIONS.c.version_num)).scalars().first()
    return revision


def has_revision(revision: str) -> bool:
    """Whether this program has the migration to a version."""
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def migrate(connection: Connection, revision: str = "head") -> None:
    """Create or upgrade the state tables within the connection's transaction. Only one of several processes does it.

    `revision` is the version to upgrade to, for a store that is restored from a backup of that version.
    """
    # imported here: it takes an eighth of the startup time, and most starts do not need it
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
