"""Routes for reading the event log: in pages, as JSON Lines, or as a live stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Annotated
from uuid import UUID

import anyio
import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request
from starlette.types import Send

from api.auth.access import Viewer, caller_of
from api.context import AppContext, AppContextDep
from api.event_clients import EventClients
from api.http.error_handlers import READ_FAULTS
from api.http.openapi import refuses
from api.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from api.http.problems import BEYOND_THE_LOG, Problem
from api.queries import MOST_POSITION, ViewerQuery
from api.schemas.events import CloudEvent, EventsAnswer, EventType, cloud_event, event_type
from domain.client import Client, Slug
from domain.errors import UnknownClient
from projections.log import Recorded

router = APIRouter(prefix="/events", tags=["events"])

NDJSON = "application/x-ndjson"
BATCH_SIZE = 500
MAX_SCANNED = 20_000
"""How many events are scanned for one page."""
POLL_SECONDS = 0.25
REAUTHORIZE_EVERY = 8
"""The number of polls after which a stream authenticates its caller again."""
KEEPALIVE_EVERY = 60
RETRY_MILLISECONDS = 2000
"""How long a client waits before it reconnects."""

log = structlog.get_logger("seatline")

After = Annotated[int, Query(ge=0, le=MOST_POSITION, description="Return events after this position.")]
Type = Annotated[
    EventType | None,
    Query(max_length=100, description="Only events of this type.", examples=["seatline.engagement.opened"]),
]
ForClient = Annotated[str | None, Query(max_length=80, description="Only events of this client (id or slug).")]


class EventSelection:
    """The events of one request: visible to the caller, optionally of one type and one client."""

    def __init__(
        self, context: AppContext, visible: frozenset[UUID] | None, kind: str | None, client: str | None
    ) -> None:
        """Raises `UnknownClient` for a client that is not visible, `UnreadableEvent` for one with a stopped stream."""
        self._context = context
        self._kind = kind
        self._clients = EventClients(context.log)
        self._slugs: dict[UUID, str] = {}
        self._visible = visible
        if client is not None:
            client_id = context.client_id(client)
            if visible is not None and client_id not in visible:
                raise UnknownClient
            context.views.stopped.check(client_id)
            if not any(isinstance(recorded.event, Client.Created) for recorded in context.log.stream(client_id)):
                raise UnknownClient
            self._visible = frozenset({client_id})

    def read(self, after: int, limit: int) -> tuple[list[CloudEvent], int]:
        """The next events after a position, and the position up to which the log was scanned.

        An event that cannot be read is passed over, so that it does not hold up those of all other clients.
        """
        events: list[CloudEvent] = []
        scanned = 0
        is_filtered = self._kind is not None or self._visible is not None
        size = BATCH_SIZE if is_filtered else min(limit, BATCH_SIZE)
        while scanned < MAX_SCANNED:
            batch = self._context.log.scan(after, size)
            new = (r.event for r in batch.events if isinstance(r.event, Client.Created))
            self._slugs = {event.originator_id: event.slug for event in new}
            for recorded in batch.events:
                event = self._cloud_event(recorded)
                if event is not None:
                    events.append(event)
                after = recorded.position
                if len(events) == limit:
                    return events, after
            after = batch.position
            rows = len(batch.events) + len(batch.unreadable)
            scanned += rows
            if rows < size:
                break
        return events, after

    def _cloud_event(self, recorded: Recorded) -> CloudEvent | None:
        if self._kind is not None and event_type(recorded.event) != self._kind:
            return None
        client = self._clients.client_of(recorded.event)
        if client is None or (self._visible is not None and client not in self._visible):
            return None
        if not isinstance(recorded.event, Slug.Created):
            return cloud_event(recorded, client)
        slug = self._slug_of(client)
        return None if slug is None else cloud_event(recorded, client, slug)

    def _slug_of(self, client: UUID) -> str | None:
        """The slug that a client was registered with; null where that event cannot be read.

        A slug's own event holds only the id derived from it.
        """
        if client not in self._slugs:
            history = self._context.log.histories([client]).get(client)
            slugs = (r.event.slug for r in history.events if isinstance(r.event, Client.Created)) if history else ()
            slug = next(iter(slugs), None)
            if slug is None:
                return None
            self._slugs[client] = slug
        return self._slugs[client]


@router.get(
    "",
    response_model=EventsAnswer,
    operation_id="list_events",
    summary="Read the log",
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}, **refuses(404)},
)
def show_events(
    request: Request,
    response: Response,
    query: ViewerQuery,
    after: After = 0,
    limit: Annotated[int | None, Query(ge=1, le=MAX_LIMIT, description="The maximum number of events.")] = None,
    kind: Annotated[Type, Query(alias="type")] = None,
    client: ForClient = None,
) -> EventsAnswer | Response:
    """List recorded events in log order.

    `next` is the position to continue from. At the end of the log there is no `Link` header, and `next` stays the
    same. With `Accept: application/x-ndjson` the response is one event per line, without a `limit` all of them.
    """
    selection = EventSelection(query.context, query.visible, kind, client)
    if NDJSON in request.headers.get("accept", ""):
        head = query.context.log.head()
        lines = _lines(selection, after, head, limit)
        return EventLines(chain((next(lines, b""),), lines), media_type=NDJSON)
    page_limit = limit or DEFAULT_LIMIT
    items, scanned_to = selection.read(after, page_limit)
    head = query.context.log.head()
    if scanned_to < head:
        response.headers["Link"] = _link(request, scanned_to)
    return EventsAnswer(items=items, next=min(scanned_to, head))


@router.get(
    "/stream",
    response_class=StreamingResponse,
    summary="Follow the log",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **refuses(404, 409)},
)
async def stream_events(
    request: Request,
    context: AppContextDep,
    caller: Viewer,
    after: After = 0,
    kind: Annotated[Type, Query(alias="type")] = None,
    client: ForClient = None,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MOST_POSITION, description="The `id` of the last received event.")
    ] = None,
) -> Response:
    """Stream events as they are recorded (Server-Sent Events). The `id` of a message is the event's position.

    `Last-Event-ID` continues an interrupted stream. A position beyond the log is refused (409): its events were
    recorded in another log, or before a backup was restored.
    """
    start = after if last_event_id is None else last_event_id
    selection = await run_sync(EventSelection, context, caller.visible, kind, client)
    first = await run_sync(selection.read, start, BATCH_SIZE)
    if start > await run_sync(context.log.head):
        raise Problem(BEYOND_THE_LOG, f"The log ends before position {start}.")
    return StreamingResponse(
        _follow(request, context, selection, start, first, caller.visible),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class EventLines(StreamingResponse):
    """A stream of events that is cut off, not ended, when the store cannot be reached: its reader learns of it."""

    async def stream_response(self, send: Send) -> None:
        """Send the lines; without the last part of the body the server closes the connection."""
        try:
            await super().stream_response(send)
        except READ_FAULTS as fault:
            log.warning("a stream of events ended", fault=type(fault).__name__)


def _lines(selection: EventSelection, after: int, head: int, limit: int | None) -> Iterator[bytes]:
    remaining = limit
    while after < head and remaining != 0:
        items, after = selection.read(after, BATCH_SIZE if remaining is None else remaining)
        remaining = None if remaining is None else remaining - len(items)
        for item in items:
            yield item.model_dump_json().encode() + b"\n"


async def _follow(
    request: Request,
    context: AppContext,
    selection: EventSelection,
    after: int,
    first: tuple[list[CloudEvent], int],
    visible: frozenset[UUID] | None,
) -> AsyncIterator[bytes]:
    """Send events until the server stops, the caller's visible clients change, or the store cannot be reached."""
    polls, (items, scanned_to) = 0, first
    # No blank line here, because some clients treat it as an event without data.
    yield f"retry: {RETRY_MILLISECONDS}\n: from here on\n".encode()
    while not context.is_closing():
        for item in items:
            yield f"id: {item.position}\ndata: {item.model_dump_json()}\n\n".encode()
        polls += 1
        if scanned_to == after:
            if polls % KEEPALIVE_EVERY == 0:
                yield b": still here\n"
            await anyio.sleep(POLL_SECONDS)
        after = scanned_to
        try:
            # A caller whose key was revoked, or whose visible clients changed, must reconnect.
            if polls % REAUTHORIZE_EVERY == 0:
                caller = await run_sync(caller_of, request)
                if caller is None or caller.visible != visible:
                    return
            items, scanned_to = await run_sync(selection.read, after, BATCH_SIZE)
        except READ_FAULTS as fault:
            log.warning("a stream of events ended", fault=type(fault).__name__)
            return


def _link(request: Request, after: int) -> str:
    url = request.url.include_query_params(after=after)
    return f'<{url.path}?{url.query}>; rel="next"'
