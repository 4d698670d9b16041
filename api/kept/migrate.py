"""Bringing the kept tables to the version this program works with."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "kept_version"
_LOCK = 0x5EA7_1107


def is_current(connection: Connection) -> bool:
    """Whether the kept tables are of this program's version."""
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    return found == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def migrate(connection: Connection) -> None:
    """Make or change the kept tables, within the connection's transaction; of many at once, one does it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
