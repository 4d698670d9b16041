"""Add passwords, link purposes, session browsers, sign-in attempts and previous key secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is needed; whoever is a user already has come in."""
    op.add_column("users", sa.Column("joined_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE users SET joined_at = made_at")
    op.add_column("keys", sa.Column("old_secret_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("keys", sa.Column("old_until", sa.BigInteger(), nullable=True))
    op.create_index("ix_keys_old_secret_hash", "keys", ["old_secret_hash"], unique=True)
    op.add_column("sign_in_links", sa.Column("purpose", sa.String(length=10), nullable=False, server_default="enter"))
    op.create_index(op.f("ix_sign_in_links_user_id"), "sign_in_links", ["user_id"], unique=False)
    op.add_column("sessions", sa.Column("browser", sa.Text(), nullable=True))
    op.create_table(
        "attempts",
        sa.Column("subject_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("open_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_last_at"), "attempts", ["last_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("attempts")
    op.drop_column("sessions", "browser")
    op.drop_index(op.f("ix_sign_in_links_user_id"), table_name="sign_in_links")
    op.drop_column("sign_in_links", "purpose")
    op.drop_index("ix_keys_old_secret_hash", table_name="keys")
    op.drop_column("keys", "old_until")
    op.drop_column("keys", "old_secret_hash")
    op.drop_column("users", "joined_at")
