"""Add field hashes of imported lines, so that a difference can name the field."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines of earlier imports have no hashes of their fields: a difference is refused without naming one."""
    op.add_column("import_refs", sa.Column("field_hashes", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("import_refs", "field_hashes")
