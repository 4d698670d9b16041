"""Add what takes an import back: where its events begin, and when and why it was undone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "first_position": sa.BigInteger(),
    "counts": sa.JSON(),
    "file_name": sa.String(255),
    "undone_at": sa.BigInteger(),
    "undone_by": sa.Uuid(),
    "undo_reason": sa.Text(),
    "undo_position": sa.BigInteger(),
    "undo_line": sa.Text(),
}


def upgrade() -> None:
    """Existing imports do not know where their events begin, so they cannot be undone."""
    for name, kind in COLUMNS.items():
        op.add_column("imports", sa.Column(name, kind))
    op.add_column("import_refs", sa.Column("is_undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not bound the length of text
        op.alter_column("import_refs", "type", type_=sa.String(40))


def downgrade() -> None:
    """Forgets which imports were undone: they look like all others."""
    op.execute("DELETE FROM import_refs WHERE is_undone")
    op.drop_column("import_refs", "is_undone")
    for name in COLUMNS:
        op.drop_column("imports", name)
