"""Alembic environment: runs on a given connection, within its transaction."""

from alembic import context

from api.state.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is the caller's, and is committed there
    version_table="kept_version",
)
context.run_migrations()
