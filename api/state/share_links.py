"""Share links: anyone with the URL can see one client's timeline until the link expires or is revoked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from api.state.readable_rows import named, row_that_opens, rows_of
from api.state.secrets import hash_of
from api.state.tables import share_links


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A stored share link.

    `as_of` null means the day of viewing, `known_at` null the current knowledge. `password` is an Argon2id hash;
    `uses` counts how often the timeline was shown. `assessments`: the written reads of assessments are shown too.
    """

    id: UUID
    client: UUID
    money: bool
    notes: bool
    embed: bool
    as_of: date | None
    known_at: datetime | None
    password: str | None = field(repr=False)
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    uses: int = 0
    last_used_at: datetime | None = None
    assessments: bool = False

    def is_valid(self, now: datetime) -> bool:
        """Whether the link is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at


def store_share_link(connection: Connection, link: ShareLink, token: str) -> None:
    """Store a new link, with only the hash of its token."""
    connection.execute(
        insert(share_links).values(
            id=link.id,
            token_hash=hash_of(token),
            client=link.client,
            money=link.money,
            notes=link.notes,
            embed=link.embed,
            as_of=link.as_of,
            known_at=link.known_at,
            password=link.password,
            made_by=link.made_by,
            made_at=link.made_at,
            expires_at=link.expires_at,
            uses=0,
            assessments=link.assessments,
        )
    )


_BY_TOKEN = select(share_links).where(share_links.c.token_hash == bindparam("token_hash"))


def share_link_with(connection: Connection, token: str) -> ShareLink | None:
    """The link of a token, valid or not."""
    row = row_that_opens(connection, _BY_TOKEN, {"token_hash": hash_of(token)})
    return None if row is None else _link(row)


def find_share_link(connection: Connection, link_id: UUID) -> ShareLink | None:
    """A link by id, including revoked ones."""
    row = named(link_id, connection.execute(select(share_links).where(share_links.c.id == link_id)).one_or_none)
    return None if row is None else _link(row)


def list_share_links(
    connection: Connection,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    clients: Collection[UUID] | None = None,
) -> Sequence[ShareLink]:
    """Links, newest first, including revoked ones, of these clients (null: of all)."""
    query = select(share_links).order_by(share_links.c.made_at.desc(), share_links.c.id.desc())
    if before is not None:
        made_at, link_id = before
        query = query.where(
            (share_links.c.made_at < made_at) | ((share_links.c.made_at == made_at) & (share_links.c.id < link_id))
        )
    if clients is not None:
        query = query.where(share_links.c.client.in_(clients))
    return [_link(row) for row in rows_of(connection, query, limit=limit)]


def revoke_share_link(connection: Connection, link_id: UUID, *, at: datetime) -> None:
    """Revoke a link; an earlier revocation keeps its time."""
    connection.execute(
        update(share_links).where(share_links.c.id == link_id, share_links.c.revoked_at.is_(None)).values(revoked_at=at)
    )


def _link(row: Row[tuple[object, ...]]) -> ShareLink:
    return ShareLink(
        id=row.id,
        client=row.client,
        money=row.money,
        notes=row.notes,
        embed=row.embed,
        as_of=row.as_of,
        known_at=row.known_at,
        password=row.password,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        uses=row.uses,
        last_used_at=row.last_used_at,
        assessments=row.assessments,
    )
