"""Add the firm's logo."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and name the current logo in the settings."""
    op.create_table(
        "firm_logo",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_firm_logo")),
    )
    op.add_column("firm_settings", sa.Column("logo", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the logo away."""
    op.drop_column("firm_settings", "logo")
    op.drop_table("firm_logo")
