"""The stream that keeps open pages up to date (Server-Sent Events): how many milestones were recorded, by client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import anyio
import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.auth.access import Caller, Viewer, caller_of
from api.context import AppContext, AppContextDep
from api.event_clients import EventClients
from api.http.error_handlers import READ_FAULTS
from api.http.problems import BEYOND_THE_LOG, Problem
from api.log_watch import Watcher
from api.queries import MOST_POSITION
from domain.client import Client, Slug
from domain.decisions import Logged
from domain.engagement import Engagement
from projections.log import Event

router = APIRouter(include_in_schema=False)

BATCH_SIZE = 500
MOST_CLIENTS = 50
"""How many clients a message names; beyond that it says that all may have changed."""
RECHECK_SECONDS = 5.0
"""How often a quiet stream checks that its caller may still read, which also keeps the connection open."""
PAUSE_SECONDS = 0.2
"""The least time between two messages, so that an import does not send one for each line."""
RETRY_MILLISECONDS = 2000

log = structlog.get_logger("seatline")

Position = Annotated[int, Query(ge=0, le=MOST_POSITION)]


@dataclass(slots=True)
class Recordings:
    """How much was recorded up to a position: per client the number of new milestones and of other changes."""

    position: int
    by_client: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    def add(self, client: UUID, new: int, changed: int) -> None:
        """Count milestones and changes of a client."""
        before = self.by_client.get(client, (0, 0))
        self.by_client[client] = (before[0] + new, before[1] + changed)

    def message(self) -> bytes:
        """The message of the stream."""
        new, changed = (sum(counts[place] for counts in self.by_client.values()) for place in (0, 1))
        clients = {str(client): counts for client, counts in self.by_client.items()}
        content = {
            "position": self.position,
            "new": new,
            "changed": changed,
            "clients": clients if len(clients) <= MOST_CLIENTS else None,
        }
        return f"id: {self.position}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()


@router.get("/live")
async def follow_recordings(
    request: Request,
    context: AppContextDep,
    caller: Viewer,
    after: Position = 0,
    last_event_id: Annotated[int | None, Header(ge=0, le=MOST_POSITION)] = None,
) -> Response:
    """Stream what is recorded after a position at clients that the caller may see."""
    start = after if last_event_id is None else last_event_id
    if start > await run_sync(context.log.head):
        raise Problem(BEYOND_THE_LOG, f"The log ends before position {start}.")
    watcher = context.watch.join(caller.door_id)
    return StreamingResponse(
        _messages(request, context, watcher, start, caller),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _messages(
    request: Request, context: AppContext, watcher: Watcher, after: int, caller: Caller
) -> AsyncIterator[bytes]:
    """Messages until the server stops, the caller signs out or their rights change, or the store is not reachable."""
    clients = EventClients(context.log)

    def read(start: int) -> Recordings | None:
        """What was recorded; null when the caller may no longer read."""
        current = caller_of(request, notes_use=False)
        if current is None or current.visible != caller.visible:
            return None
        return recordings_after(context, clients, start, caller.visible)

    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        while not watcher.has_ended:
            watcher.woken.clear()
            recordings = await run_sync(read, after)
            if recordings is None:
                return
            if recordings.by_client:
                yield recordings.message()
            if recordings.position > after:
                after = recordings.position
                await anyio.sleep(PAUSE_SECONDS)
                continue
            with anyio.move_on_after(RECHECK_SECONDS) as waiting:
                await watcher.woken.wait()
            if waiting.cancelled_caught:
                yield b": still here\n\n"
    except READ_FAULTS as fault:
        log.warning("a live stream ended", fault=type(fault).__name__)
    finally:
        context.watch.leave(watcher)


def recordings_after(
    context: AppContext, clients: EventClients, after: int, visible: frozenset[UUID] | None
) -> Recordings:
    """What the next events after a position record, at the visible clients (null: all)."""
    recordings = Recordings(after)
    batch = context.log.scan(after, BATCH_SIZE)
    recordings.position = batch.position
    for recorded in batch.events:
        new, changed = _counts(recorded.event)
        if not (new or changed):
            continue
        client = clients.client_of(recorded.event)
        if client is not None and (visible is None or client in visible):
            recordings.add(client, new, changed)
    return recordings


def _counts(event: Event) -> tuple[int, int]:
    """The number of new milestones and of other changes in an event."""
    match event:
        case Slug.Created() | Client.EngagementBounded() | Client.EngagementRetracted():
            return 0, 0
        case Engagement.Event() if event.changes:
            new = sum(isinstance(change, Logged) for change in event.changes)
            return new, len(event.changes) - new
        case _:
            return 0, 1
