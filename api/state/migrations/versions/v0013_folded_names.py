"""Add folded names, former names and email keys."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.state.addresses import email_key
from domain.text import key_of_name

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# by code points on both databases
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PEOPLE = sa.table(
    "people", sa.column("id", sa.Uuid), *map(sa.column, ("name", "name_key", "email", "email_key", "made_at"))
)
_USERS = sa.table("users", sa.column("id", sa.Uuid), *map(sa.column, ("email", "made_at")))


def upgrade() -> None:
    """Add the keys and fill them; give each user the address that they were invited under."""
    op.add_column("people", sa.Column("name_key", _KEY))
    op.add_column("people", sa.Column("email_key", sa.Text()))
    op.create_index("ix_people_name_key", "people", ["name_key", "id"])
    op.create_index("ix_people_email_key", "people", ["email_key"])
    op.create_table(
        "former_names",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_former_names_person_id")),
        sa.PrimaryKeyConstraint("person_id", "name", name=op.f("pk_former_names")),
    )
    connection = op.get_bind()
    people = connection.execute(sa.select(_PEOPLE)).mappings().all()
    keys = [_keys_of(person) for person in people]
    if keys:
        connection.execute(
            sa.update(_PEOPLE)
            .where(_PEOPLE.c.id == sa.bindparam("person"))
            .values(name_key=sa.bindparam("name_key"), email_key=sa.bindparam("email_key")),
            keys,
        )
    _give_users_their_addresses(connection, {person["id"]: person["email"] for person in people})


def downgrade() -> None:
    """Take the keys away."""
    op.drop_table("former_names")
    op.drop_index("ix_people_email_key", "people")
    op.drop_index("ix_people_name_key", "people")
    op.drop_column("people", "email_key")
    op.drop_column("people", "name_key")


def _keys_of(person: Mapping[Any, Any]) -> dict[str, Any]:
    name, email = person["name"], person["email"]
    return {
        "person": person["id"],
        "name_key": None if name is None else key_of_name(name),
        "email_key": None if email is None else email_key(email),
    }


def _give_users_their_addresses(connection: sa.Connection, addresses: Mapping[Any, str | None]) -> None:
    """Compare users' addresses by the new rule.

    The old one folded them, so that what was typed is known only from the person. Where another user has the address
    already, a user keeps what was stored: neither is lost, and an admin can change it.
    """
    users = connection.execute(sa.select(_USERS).where(_USERS.c.email.is_not(None)).order_by("made_at", "id")).all()
    taken = {user.email for user in users}
    for user in users:
        typed = addresses.get(user.id)
        is_the_same = typed is not None and typed.strip().casefold() == user.email
        key = email_key(typed if typed is not None and is_the_same else user.email)
        if key != user.email and key not in taken:
            connection.execute(sa.update(_USERS).where(_USERS.c.id == user.id).values(email=key))
            taken.add(key)
