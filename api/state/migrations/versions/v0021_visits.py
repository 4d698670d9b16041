"""Add when each user last looked at the Overview."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "visits",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_position", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=True),
        sa.Column("since_position", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_visits")),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("visits")
