"""Saved views: the address of a list or a report under a name, kept for its maker or for the firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select

from api.state.tables import saved_views


@dataclass(frozen=True, slots=True)
class SavedView:
    """One of them; `url` is a page's address without its host, `is_shared` says that the firm has it too."""

    id: UUID
    name: str
    url: str
    is_shared: bool
    made_by: UUID
    made_at: datetime


def keep_view(connection: Connection, view: SavedView) -> None:
    """Keep a view."""
    connection.execute(insert(saved_views).values(**asdict(view)))


def list_views(
    connection: Connection,
    maker: UUID,
    *,
    with_shared: bool,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> Sequence[SavedView]:
    """Somebody's own views and, where wanted, those of the firm; oldest first."""
    query = select(saved_views).where(_seen_by(maker, with_shared)).limit(limit)
    if after is not None:
        (made_at, view_id), table = after, saved_views.c
        query = query.where((table.made_at > made_at) | ((table.made_at == made_at) & (table.id > view_id)))
    return [_read(row) for row in connection.execute(query.order_by(saved_views.c.made_at, saved_views.c.id))]


def find_view(connection: Connection, view: UUID, maker: UUID, *, with_shared: bool) -> SavedView | None:
    """A view that somebody may use; null for any other."""
    query = select(saved_views).where(saved_views.c.id == view, _seen_by(maker, with_shared))
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def forget_view(connection: Connection, view: UUID) -> None:
    """Keep a view no longer."""
    connection.execute(delete(saved_views).where(saved_views.c.id == view))


def forget_views_of(connection: Connection, maker: UUID) -> None:
    """Forget what somebody kept for nobody else."""
    connection.execute(delete(saved_views).where(and_(saved_views.c.made_by == maker, ~saved_views.c.is_shared)))


def _seen_by(maker: UUID, with_shared: bool) -> ColumnElement[bool]:
    own = saved_views.c.made_by == maker
    return or_(own, saved_views.c.is_shared) if with_shared else own


def _read(row: Row[tuple[object, ...]]) -> SavedView:
    return SavedView(**row._mapping)
