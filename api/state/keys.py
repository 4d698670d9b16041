"""API keys: shown once, stored as hashes, optionally limited to some clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from api.state.checked_columns import expect, is_list_of_ids, one_of
from api.state.readable_rows import named, row_that_opens, rows_of
from api.state.roles import Role, clients_from_json, clients_to_json
from api.state.secrets import KEY_PREFIX, hash_of
from api.state.tables import keys

START_LENGTH = len(KEY_PREFIX) + 3
"""How many characters of a key are stored in plain text, to tell keys apart."""

expect(one_of(Role), keys.c.role)
expect(is_list_of_ids, keys.c.clients)


@dataclass(frozen=True, slots=True)
class Key:
    """A stored API key; `clients` null means all."""

    id: UUID
    name: str
    start: str
    role: Role
    clients: frozenset[UUID] | None
    made_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    old_until: datetime | None = None
    """When the previous secret expires; null: it is not valid."""

    def is_valid(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def create_key(
    connection: Connection,
    key_id: UUID,
    name: str,
    role: Role,
    clients: Collection[UUID] | None,
    secret: str,
    *,
    made_by: UUID,
    made_at: datetime,
    expires_at: datetime | None = None,
) -> Key:
    """Store a new key, with only the hash and the first characters of its secret."""
    connection.execute(
        insert(keys).values(
            id=key_id,
            name=name,
            secret_hash=hash_of(secret),
            start=secret[:START_LENGTH],
            role=role.value,
            clients=clients_to_json(clients),
            made_by=made_by,
            made_at=made_at,
            expires_at=expires_at,
        )
    )
    client_ids = None if clients is None else frozenset(clients)
    return Key(key_id, name, secret[:START_LENGTH], role, client_ids, made_at, expires_at, None, None)


_BY_SECRET = select(keys).where(
    or_(keys.c.secret_hash == bindparam("secret_hash"), keys.c.old_secret_hash == bindparam("secret_hash"))
)


def key_with_hash(connection: Connection, secret_hash: bytes) -> Key | None:
    """The key with a secret's hash, valid or not. For a previous secret, `expires_at` is when that secret expires."""
    row = row_that_opens(connection, _BY_SECRET, {"secret_hash": secret_hash})
    if row is None:
        return None
    key = _key(row)
    if row.secret_hash == secret_hash or key.old_until is None:
        return key
    return replace(key, expires_at=min(filter(None, (key.expires_at, key.old_until))))


def find_key(connection: Connection, key_id: UUID) -> Key | None:
    """A key by id, including revoked ones."""
    row = named(key_id, connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none)
    return None if row is None else _key(row)


def list_keys(connection: Connection, *, limit: int, after: tuple[datetime, UUID] | None = None) -> Sequence[Key]:
    """All keys, oldest first, including revoked ones."""
    query = select(keys).order_by(keys.c.made_at, keys.c.id)
    if after is not None:
        made_at, key_id = after
        query = query.where((keys.c.made_at > made_at) | ((keys.c.made_at == made_at) & (keys.c.id > key_id)))
    return [_key(row) for row in rows_of(connection, query, limit=limit)]


def revoke_key(connection: Connection, key_id: UUID, *, at: datetime) -> None:
    """Revoke a key; an earlier revocation keeps its time."""
    connection.execute(update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=at))


def rotate_key(connection: Connection, key_id: UUID, secret: str, *, old_until: datetime) -> None:
    """Replace the secret of a key.

    The current secret stays valid until `old_until`; the one before it becomes invalid.
    """
    connection.execute(
        update(keys)
        .where(keys.c.id == key_id)
        .values(
            old_secret_hash=keys.c.secret_hash,
            old_until=old_until,
            secret_hash=hash_of(secret),
            start=secret[:START_LENGTH],
        )
    )


def note_uses(connection: Connection, uses: Mapping[UUID, datetime]) -> None:
    """Store when keys were last used, unless another process stored a later use."""
    for key_id, used_at in uses.items():
        is_later = or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < used_at)
        connection.execute(update(keys).where(keys.c.id == key_id, is_later).values(last_used_at=used_at))


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        row.id,
        row.name,
        row.start,
        Role(row.role),
        clients_from_json(row.clients),
        row.made_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
        row.old_until,
    )
