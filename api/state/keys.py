"""API keys: shown once, kept hashed, limited or not to some clients, revoked at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from api.state.roles import Role, clients_in, clients_out
from api.state.secrets import KEY_PREFIX, hash_of
from api.state.tables import keys

SHOWN = len(KEY_PREFIX) + 3
"""How many characters of a key stay readable, to tell keys apart by."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key; `clients` null means all."""

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
    """Until when the secret before the rotation opens what the new one does; null: it opens nothing."""

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything."""
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
    """Keep a new key; of its secret only the hash and the first characters."""
    connection.execute(
        insert(keys).values(
            id=key_id,
            name=name,
            secret_hash=hash_of(secret),
            start=secret[:SHOWN],
            role=role.value,
            clients=clients_out(clients),
            made_by=made_by,
            made_at=made_at,
            expires_at=expires_at,
        )
    )
    limited = None if clients is None else frozenset(clients)
    return Key(key_id, name, secret[:SHOWN], role, limited, made_at, expires_at, None, None)


_BY_SECRET = select(keys).where(
    or_(keys.c.secret_hash == bindparam("secret_hash"), keys.c.old_secret_hash == bindparam("secret_hash"))
)


def key_with_hash(connection: Connection, secret_hash: bytes) -> Key | None:
    """The key whose secret has a hash, valid or not; for the secret before a rotation it expires when that does."""
    row = connection.execute(_BY_SECRET, {"secret_hash": secret_hash}).one_or_none()
    if row is None:
        return None
    key = _key(row)
    if row.secret_hash == secret_hash or key.old_until is None:
        return key
    return replace(key, expires_at=min(filter(None, (key.expires_at, key.old_until))))


def find_key(connection: Connection, key_id: UUID) -> Key | None:
    """A key by its id, revoked ones included."""
    row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none()
    return None if row is None else _key(row)


def list_keys(connection: Connection, *, limit: int, after: tuple[datetime, UUID] | None = None) -> Sequence[Key]:
    """All keys, oldest first, revoked ones included."""
    query = select(keys).order_by(keys.c.made_at, keys.c.id).limit(limit)
    if after is not None:
        made_at, key_id = after
        query = query.where((keys.c.made_at > made_at) | ((keys.c.made_at == made_at) & (keys.c.id > key_id)))
    return [_key(row) for row in connection.execute(query)]


def revoke_key(connection: Connection, key_id: UUID, *, at: datetime) -> None:
    """From now on the key opens nothing; a key revoked before stays revoked since then."""
    connection.execute(update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=at))


def rotate_key(connection: Connection, key_id: UUID, secret: str, *, old_until: datetime) -> None:
    """Give a key another secret; the one it had opens the same until then, the one before that nothing any more."""
    connection.execute(
        update(keys)
        .where(keys.c.id == key_id)
        .values(
            old_secret_hash=keys.c.secret_hash, old_until=old_until, secret_hash=hash_of(secret), start=secret[:SHOWN]
        )
    )


def note_uses(connection: Connection, uses: Mapping[UUID, datetime]) -> None:
    """Remember when keys were last used; another process may know of a later use."""
    for key_id, used_at in uses.items():
        is_later = or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < used_at)
        connection.execute(update(keys).where(keys.c.id == key_id, is_later).values(last_used_at=used_at))


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        row.id,
        row.name,
        row.start,
        Role(row.role),
        clients_in(row.clients),
        row.made_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
        row.old_until,
    )
