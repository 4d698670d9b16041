"""The audit: who did what, from which key or session, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from api.activity_feed import RECORDED, FeedEntry, FeedPosition, FeedQuery, names_in, trail
from api.auth.access import Door
from api.http.formats import TABLES, Format, Formatted, table_of_items
from api.http.paging import Page, link_next, paged
from api.http.problems import invalid
from api.queries import GoverningReading
from api.schemas.events import TYPE_PREFIX
from api.schemas.scalars import Answer, Id, Instant
from api.state.audit import Act

router = APIRouter(prefix="/audit", tags=["access"])

KINDS = frozenset({*(act.value for act in Act), *(act.value.partition(".")[0] for act in Act), RECORDED})


class AuditEntry(Answer):
    """Something that was done.

    `kind` is an act's (`key.made`) or an event's type; `by` who did it, null for nobody we know, `name` what they are
    called now. `door` is by what they came in, `door_id` the key or the session. `subject` is the id of what it was
    done to, `client` the client that an event concerns, `position` the event's place in the log.
    """

    at: Instant
    kind: str
    by: Id | None
    name: str | None
    door: Door | None
    door_id: Id | None
    subject: Id | None
    client: Id | None
    position: int | None
    detail: dict[str, Any]


class AuditAnswer(Answer):
    """A page of the audit, newest first."""

    items: list[AuditEntry]
    next: str | None


@router.get("", response_model=AuditAnswer, operation_id="list_acts", summary="Read the audit", responses=TABLES)
def show_audit(
    request: Request,
    response: Response,
    read: GoverningReading,
    page: Annotated[Page, Depends(paged(datetime, bool, int))],
    by: Annotated[UUID | None, Query(description="Only what this person or key did.")] = None,
    kind: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Only an act (`key.made`), what acts are about (`key`), an event's type, or `recorded`.",
        ),
    ] = None,
    since: Annotated[Instant | None, Query(description="Not before this instant.")] = None,
    until: Annotated[Instant | None, Query(description="Before this instant.")] = None,
    written: Formatted = Format.JSON,
) -> AuditAnswer | Response:
    """Every act and every recorded event, newest first. A page may hold fewer than asked for and still go on.

    A table has all of them unless a `limit` is given.
    """
    check_kind(kind)
    asked = FeedQuery(by, kind, since, until)
    before = FeedPosition(*page.after) if page.after else None
    entries, more = trail(read.context, asked, limit=page.limit, before=before)
    while page.is_whole and more is not None:
        further, more = trail(read.context, asked, limit=page.limit, before=more)
        entries += further
    with read.kept() as connection:
        names = names_in(connection, entries)
    items = [_answer(entry, names.get(entry.by) if entry.by else None) for entry in entries]
    cursor = page.cursor(more)
    link_next(request, response, cursor)
    if written is not Format.JSON:
        return table_of_items(written, "audit", AuditEntry, items, response.headers)
    return AuditAnswer(items=items, next=cursor)


def check_kind(kind: str | None) -> None:
    """Refuse a kind that nothing can be of."""
    if kind is not None and kind not in KINDS and not kind.startswith(TYPE_PREFIX):
        raise invalid(("kind", "must be an act, what it is about, an event's type, or recorded"))


def _answer(entry: FeedEntry, name: str | None) -> AuditEntry:
    return AuditEntry(
        at=entry.place.at,
        kind=entry.kind,
        by=entry.by,
        name=name,
        door=entry.door,
        door_id=entry.door_id,
        subject=entry.subject,
        client=entry.client,
        position=entry.position,
        detail=dict(entry.detail),
    )
