"""Saved views: the URL of a list or report under a name, for its maker or for the firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select

from api.state.readable_rows import named, rows_of
from api.state.tables import saved_views


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved view. `url` is a page's path and query; `is_shared` makes it visible to the firm."""

    id: UUID
    name: str
    url: str
    is_shared: bool
    made_by: UUID
    made_at: datetime


def store_view(connection: Connection, view: SavedView) -> None:
    """Store a view."""
    connection.execute(insert(saved_views).values(**asdict(view)))


def list_views(
    connection: Connection,
    maker: UUID,
    *,
    with_shared: bool,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> Sequence[SavedView]:
    """A person's own views and, with `with_shared`, those of the firm; oldest first."""
    query = select(saved_views).where(_visible_to(maker, with_shared)).order_by(saved_views.c.made_at, saved_views.c.id)
    if after is not None:
        (made_at, view_id), table = after, saved_views.c
        query = query.where((table.made_at > made_at) | ((table.made_at == made_at) & (table.id > view_id)))
    return [_view_of_row(row) for row in rows_of(connection, query, limit=limit)]


def find_view(connection: Connection, view_id: UUID, maker: UUID, *, with_shared: bool) -> SavedView | None:
    """A view that a person may use, or null."""
    query = select(saved_views).where(saved_views.c.id == view_id, _visible_to(maker, with_shared))
    row = named(view_id, connection.execute(query).one_or_none)
    return None if row is None else _view_of_row(row)


def remove_view(connection: Connection, view_id: UUID) -> None:
    """Delete a view."""
    connection.execute(delete(saved_views).where(saved_views.c.id == view_id))


def delete_private_views(connection: Connection, maker: UUID) -> None:
    """Delete a person's views that are not shared."""
    connection.execute(delete(saved_views).where(and_(saved_views.c.made_by == maker, ~saved_views.c.is_shared)))


def _visible_to(maker: UUID, with_shared: bool) -> ColumnElement[bool]:
    own = saved_views.c.made_by == maker
    return or_(own, saved_views.c.is_shared) if with_shared else own


def _view_of_row(row: Row[tuple[object, ...]]) -> SavedView:
    return SavedView(**row._mapping)
