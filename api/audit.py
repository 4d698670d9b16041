"""The audit: who did what, with which key or session, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from api.activity_feed import RECORDED, FeedEntry, FeedPosition, FeedQuery, names_in_feed, read_feed
from api.auth.access import Door
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.paging import Page, link_next, paged
from api.http.problems import invalid
from api.queries import FirmAdminQuery
from api.schemas.events import TYPE_PREFIX
from api.schemas.scalars import Answer, Id, Instant
from api.state.audit import Act

router = APIRouter(prefix="/audit", tags=["access"])

KINDS = frozenset({*(act.value for act in Act), *(act.value.partition(".")[0] for act in Act), RECORDED})


class AuditEntry(Answer):
    """One audit entry.

    `kind` is an audit action (`key.made`) or an event type; `by` is the author's id (null: unauthenticated) and
    `name` their current name. `door` is how they authenticated, `door_id` the key or session. `subject` is the id of
    the affected record, `client` the client of an event, `position` the event's position in the log.
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
    query: FirmAdminQuery,
    page: Annotated[Page, Depends(paged(datetime, bool, int))],
    by: Annotated[UUID | None, Query(description="Only entries by this person or key.")] = None,
    kind: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Only an audit action (`key.made`), its subject (`key`), an event type, or `recorded`.",
        ),
    ] = None,
    since: Annotated[Instant | None, Query(description="From this instant on.")] = None,
    until: Annotated[Instant | None, Query(description="Before this instant.")] = None,
    file_format: Formatted = Format.JSON,
) -> AuditAnswer | Response:
    """List all audit entries and recorded events, newest first.

    A page may be shorter than its limit without being the last. CSV and XLSX contain all entries unless a `limit` is
    given.
    """
    check_kind(kind)
    filters = FeedQuery(by, kind, since, until)
    before = FeedPosition(*page.after) if page.after else None
    entries, next_position = read_feed(query.context, filters, limit=page.limit, before=before)
    while page.is_whole and next_position is not None:
        more_entries, next_position = read_feed(query.context, filters, limit=page.limit, before=next_position)
        entries += more_entries
    with query.state() as connection:
        names = names_in_feed(connection, entries)
    items = [_answer(entry, names.get(entry.by) if entry.by else None) for entry in entries]
    cursor = page.cursor(next_position)
    link_next(request, response, cursor)
    if file_format is not Format.JSON:
        return table_of_items(file_format, "audit", AuditEntry, items, response.headers)
    return AuditAnswer(items=items, next=cursor)


def check_kind(kind: str | None) -> None:
    """Raise `Problem` 422 for a kind that does not exist."""
    if kind is not None and kind not in KINDS and not kind.startswith(TYPE_PREFIX):
        raise invalid(("kind", "must be an audit action, its subject, an event type, or recorded"))


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
