"""Add whether a share link shows the written reads of assessments."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Existing links show no assessments."""
    op.add_column("share_links", sa.Column("assessments", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """No link shows them any more."""
    op.drop_column("share_links", "assessments")
