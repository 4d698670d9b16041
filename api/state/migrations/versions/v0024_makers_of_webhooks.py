"""Find the maker of a webhook by id alone, whether a user or a key."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ids are unique among users and keys, so nothing is lost."""
    op.drop_column("webhooks", "door")


def downgrade() -> None:
    """A webhook of a key stops, as its maker is looked for among the users; enabling it does not help."""
    op.add_column("webhooks", sa.Column("door", sa.String(20), nullable=False, server_default="session"))
