"""The whole log, for whoever wants to follow it: in pages, as JSON Lines, or as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated
from uuid import UUID

import anyio
import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.requests import Request

from api.auth.access import Viewer, caller_of
from api.context import AppContext, AppContextDep
from api.http.error_handlers import STORE_FAULTS
from api.http.openapi import refuses
from api.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from api.http.problems import BEYOND_THE_LOG, Problem
from api.queries import MOST_POSITION, QueryContext, Reading
from api.schemas.events import CloudEvent, EventsAnswer, cloud_event, event_type
from domain.client import Client, Slug
from domain.engagement import Engagement
from domain.errors import UnknownClient
from projections.log import Event, Recorded

router = APIRouter(prefix="/events", tags=["events"])

NDJSON = "application/x-ndjson"
AT_ONCE = 500
MOST_LOOKED_AT = 20_000
"""How many events one page looks at for those that were asked for."""
LOOK_SECONDS = 0.25
ASKED_EVERY = 8
"""Looks after which a stream asks again who listens."""
ALIVE_EVERY = 60
RETRY_MILLISECONDS = 2000
"""After how long a listener whose stream ended connects again."""

log = structlog.get_logger("seatline")

After = Annotated[int, Query(ge=0, le=MOST_POSITION, description="The position to go on after.")]
Type = Annotated[
    str | None, Query(max_length=100, description="Only events of this type.", examples=["seatline.engagement.opened"])
]
ForClient = Annotated[str | None, Query(max_length=80, description="Only events of this client (id or slug).")]


class Wanted:
    """Which events somebody asks for, of those they may see."""

    def __init__(
        self, context: AppContext, visible: frozenset[UUID] | None, kind: str | None, client: str | None
    ) -> None:
        """Raises `UnknownClient` for a client that they may not see."""
        self._context = context
        self._kind = kind
        self._clients: dict[UUID, UUID] = {}
        self._slugs: dict[UUID, str] = {}
        self._visible = visible
        if client is not None:
            wanted = context.client_id(client)
            if not any(isinstance(recorded.event, Client.Created) for recorded in context.log.stream(wanted)):
                raise UnknownClient
            if visible is not None and wanted not in visible:
                raise UnknownClient
            self._visible = frozenset({wanted})

    def read(self, after: int, limit: int) -> tuple[list[CloudEvent], int]:
        """The next of them after a position, and the position up to which was looked."""
        found: list[CloudEvent] = []
        looked = 0
        while looked < MOST_LOOKED_AT:
            some = self._context.log.read(after, AT_ONCE)
            self._slugs = {r.event.originator_id: r.event.slug for r in some if isinstance(r.event, Client.Created)}
            for recorded in some:
                event = self._shown(recorded)
                if event is not None:
                    found.append(event)
                after = recorded.position
                if len(found) == limit:
                    return found, after
            looked += len(some)
            if len(some) < AT_ONCE:
                break
        return found, after

    def _shown(self, recorded: Recorded) -> CloudEvent | None:
        if self._kind is not None and event_type(recorded.event) != self._kind:
            return None
        client = self._client_of(recorded.event)
        if self._visible is not None and client not in self._visible:
            return None
        slug = self._slug_of(client) if isinstance(recorded.event, Slug.Created) else None
        return cloud_event(recorded, client, slug)

    def _slug_of(self, client: UUID) -> str:
        """The slug that a client was registered with: the event of a slug holds only the id made from it."""
        if client not in self._slugs:
            stream = self._context.log.stream(client)
            self._slugs[client] = next(r.event.slug for r in stream if isinstance(r.event, Client.Created))
        return self._slugs[client]

    def _client_of(self, event: Event) -> UUID:
        match event:
            case Client.Event():
                return event.originator_id
            case Slug.Created() | Engagement.Created():
                return event.client
            case _:
                known = self._clients.get(event.originator_id)
                if known is None:
                    first = self._context.log.stream(event.originator_id)[0].event
                    assert isinstance(first, Engagement.Created)  # noqa: S101  (for the type checker)
                    known = self._clients[event.originator_id] = first.client
                return known


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
    read: Reading,
    after: After = 0,
    limit: Annotated[int | None, Query(ge=1, le=MAX_LIMIT, description="How many events at most.")] = None,
    kind: Annotated[Type, Query(alias="type")] = None,
    client: ForClient = None,
) -> EventsAnswer | Response:
    """What was recorded, in the order of the log.

    `next` is the position to go on from, also at the end, where there is no `Link` header and `next` stays the same.
    With `Accept: application/x-ndjson` one event a line, and without a `limit` all of them.
    """
    wanted = Wanted(read.context, read.visible, kind, client)
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(_lines(read, wanted, after, limit), media_type=NDJSON)
    asked = limit or DEFAULT_LIMIT
    items, reached = wanted.read(after, asked)
    head = read.context.log.head()
    if reached < head:
        response.headers["Link"] = _link(request, reached)
    return EventsAnswer(items=items, next=min(reached, head))


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
        int | None, Header(ge=0, le=MOST_POSITION, description="The `id` of the last event that came.")
    ] = None,
) -> Response:
    """What is recorded, as it is recorded (Server-Sent Events), as messages whose `id` is the event's position.

    `Last-Event-ID` goes on where a stream broke off. A position that the log has not reached is refused (409): its
    events were recorded in another log, or before a backup was restored.
    """
    start = after if last_event_id is None else last_event_id
    wanted = await run_sync(Wanted, context, caller.visible, kind, client)
    first = await run_sync(wanted.read, start, AT_ONCE)
    if start > await run_sync(context.log.head):
        raise Problem(BEYOND_THE_LOG, f"The log ends before position {start}.")
    return StreamingResponse(
        _follow(request, context, wanted, start, first, caller.visible),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _lines(read: QueryContext, wanted: Wanted, after: int, limit: int | None) -> Iterator[bytes]:
    left = limit
    head = read.context.log.head()
    while after < head and left != 0:
        items, after = wanted.read(after, AT_ONCE if left is None else left)
        left = None if left is None else left - len(items)
        for item in items:
            yield item.model_dump_json().encode() + b"\n"


async def _follow(
    request: Request,
    context: AppContext,
    wanted: Wanted,
    after: int,
    first: tuple[list[CloudEvent], int],
    visible: frozenset[UUID] | None,
) -> AsyncIterator[bytes]:
    """Send what is recorded until the server stops, the caller may see other clients, or the store is out of reach."""
    looks, (items, reached) = 0, first
    # No blank line after what is no event: some listeners take one for an event without data.
    yield f"retry: {RETRY_MILLISECONDS}\n: from here on\n".encode()
    while not context.is_closing():
        for item in items:
            yield f"id: {item.position}\ndata: {item.model_dump_json()}\n\n".encode()
        looks += 1
        if reached == after:
            if looks % ALIVE_EVERY == 0:
                yield b": still here\n"
            await anyio.sleep(LOOK_SECONDS)
        after = reached
        try:
            # A caller whose key was revoked, or who may see other clients by now, has to ask again.
            if looks % ASKED_EVERY == 0:
                caller = await run_sync(caller_of, request)
                if caller is None or caller.visible != visible:
                    return
            items, reached = await run_sync(wanted.read, after, AT_ONCE)
        except STORE_FAULTS as fault:
            log.warning("a stream of events ended", fault=type(fault).__name__)
            return


def _link(request: Request, after: int) -> str:
    url = request.url.include_query_params(after=after)
    return f'<{url.path}?{url.query}>; rel="next"'
