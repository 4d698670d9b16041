"""Add the columns of imported tables that were matched by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is remembered of earlier imports."""
    op.create_table(
        "import_columns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("headers_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("date_order", sa.String(3)),
        sa.Column("ignore_unknown", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_columns")),
        sa.UniqueConstraint("headers_hash", name=op.f("uq_import_columns_headers_hash")),
    )


def downgrade() -> None:
    """Columns are guessed again."""
    op.drop_table("import_columns")
