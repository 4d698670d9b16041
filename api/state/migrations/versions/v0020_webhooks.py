"""Add webhooks, their deliveries, and the lease of the server that sends them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("clients", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_reason", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("client", sa.Uuid(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks")
        ),
    )
    op.create_index("ix_webhook_deliveries_position", "webhook_deliveries", ["webhook_id", "position"], unique=True)
    op.create_index("ix_webhook_deliveries_next_at", "webhook_deliveries", ["next_at"], unique=False)
    op.create_index(
        "ix_webhook_deliveries_lane", "webhook_deliveries", ["webhook_id", "client", "status", "position"], unique=False
    )
    op.create_index(
        "ix_webhook_deliveries_made_at", "webhook_deliveries", ["webhook_id", "made_at", "id"], unique=False
    )
    op.create_table(
        "webhook_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_lease")),
    )


def downgrade() -> None:
    """Take them away: nothing is sent any more."""
    op.drop_table("webhook_lease")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")
