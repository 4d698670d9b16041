"""Calendar links: anyone with the URL can read upcoming dates, limited as the link's maker is, until it is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, update

from api.state.checked_columns import expect, is_list_of_ids
from api.state.readable_rows import named, row_that_opens, rows_of
from api.state.roles import clients_from_json, clients_to_json
from api.state.secrets import hash_of
from api.state.tables import calendar_links

expect(is_list_of_ids, calendar_links.c.clients)


@dataclass(frozen=True, slots=True)
class CalendarLink:
    """A stored calendar link; `clients` null means all that its maker may see, `uses` counts readings."""

    id: UUID
    name: str | None
    clients: frozenset[UUID] | None
    made_by: UUID
    made_at: datetime
    revoked_at: datetime | None = None
    uses: int = 0
    last_used_at: datetime | None = None


def store_calendar_link(connection: Connection, link: CalendarLink, token: str) -> None:
    """Store a new link, with only the hash of its token."""
    connection.execute(
        insert(calendar_links).values(
            id=link.id,
            token_hash=hash_of(token),
            name=link.name,
            clients=clients_to_json(link.clients),
            made_by=link.made_by,
            made_at=link.made_at,
            uses=0,
        )
    )


def calendar_link_with(connection: Connection, token: str) -> CalendarLink | None:
    """The link of a token, revoked or not."""
    row = row_that_opens(connection, select(calendar_links).where(calendar_links.c.token_hash == hash_of(token)))
    return None if row is None else _link(row)


def find_calendar_link(connection: Connection, link_id: UUID) -> CalendarLink | None:
    """A link by id, including revoked ones."""
    row = named(link_id, connection.execute(select(calendar_links).where(calendar_links.c.id == link_id)).one_or_none)
    return None if row is None else _link(row)


def list_calendar_links(
    connection: Connection,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    made_by: UUID | None = None,
) -> Sequence[CalendarLink]:
    """Links, newest first, including revoked ones, of one maker (null: of all)."""
    table = calendar_links.c
    query = select(calendar_links).order_by(table.made_at.desc(), table.id.desc())
    if before is not None:
        made_at, link_id = before
        query = query.where((table.made_at < made_at) | ((table.made_at == made_at) & (table.id < link_id)))
    if made_by is not None:
        query = query.where(table.made_by == made_by)
    return [_link(row) for row in rows_of(connection, query, limit=limit)]


def revoke_calendar_link(connection: Connection, link_id: UUID, *, at: datetime) -> None:
    """Revoke a link."""
    connection.execute(update(calendar_links).where(calendar_links.c.id == link_id).values(revoked_at=at))


def _link(row: Row[tuple[object, ...]]) -> CalendarLink:
    return CalendarLink(
        id=row.id,
        name=row.name,
        clients=clients_from_json(row.clients),
        made_by=row.made_by,
        made_at=row.made_at,
        revoked_at=row.revoked_at,
        uses=row.uses,
        last_used_at=row.last_used_at,
    )
