"""The stream that keeps an open shared timeline up to date (Server-Sent Events).

It tells only that the page shows something else now, and how many milestones more: nothing that the link hides, such as
a changed fee, makes a message, and no message has a position in the firm's log.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import anyio
import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.context import AppContext, AppContextDep
from api.event_clients import EventClients
from api.http.error_handlers import READ_FAULTS
from api.http.parameters import checked_parameters
from api.log_watch import Watcher
from api.share_links import SHARE_PREFIX
from web.pages.clients.shared import (
    PRIVATE_HEADERS,
    accessible_link,
    link_not_found,
    read_shared,
    shared_page,
)
from web.pages.live import PAUSE_SECONDS, RECHECK_SECONDS, RETRY_MILLISECONDS, recordings_after

router = APIRouter(prefix=SHARE_PREFIX.rstrip("/"), include_in_schema=False, dependencies=[Depends(checked_parameters)])

_STATE = re.compile(r"(\d{1,6})-[0-9a-f]{32}", re.ASCII)

log = structlog.get_logger("seatline")

PageState = Annotated[str, Query(max_length=60)]


@router.get("/{token}/live")
async def follow_shared(
    token: str,
    request: Request,
    context: AppContextDep,
    state: PageState = "",
    last_event_id: Annotated[str | None, Header(max_length=60)] = None,
) -> Response:
    """Stream changes of what a share link shows, from the state of the page that was sent (`SharedPage.state`) on."""
    link = await run_sync(accessible_link, request, context, token)
    if link is None or link.known_at is not None:
        return link_not_found(request)
    watcher = context.watch.join(link.id)
    return StreamingResponse(
        _messages(_SharedFollower(request, context, token, last_event_id or state), watcher),
        media_type="text/event-stream",
        headers={**PRIVATE_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@dataclass(slots=True)
class _SharedFollower:
    """Follows what a share link shows: `state` is that of the page as the browser has it.

    `position` is how far the log was read (null: not yet).
    """

    request: Request
    context: AppContext
    token: str
    state: str
    position: int | None = None
    clients: EventClients = field(init=False)

    def __post_init__(self) -> None:
        """Remember the clients of engagements while the stream is open."""
        self.clients = EventClients(self.context.log)

    def message(self) -> bytes | None:
        """The next message, empty if the page shows the same; null if the link opens nothing any more."""
        link = accessible_link(self.request, self.context, self.token)
        if link is None:
            return None
        if not self._is_concerned(link.client):
            return b""
        shared = read_shared(self.context, link)
        if shared is None:
            return None
        before, self.state = self.state, shared_page(self.request, self.context, link, shared, self.token).state
        return b"" if before == self.state else self._message(before)

    def _is_concerned(self, client: UUID) -> bool:
        """Whether anything was recorded at the client since the last call; true for the first one."""
        if self.position is None:
            self.position = self.context.log.head()
            return True
        is_concerned = False
        while True:
            recordings = recordings_after(self.context, self.clients, self.position, frozenset({client}))
            if recordings.position == self.position:
                return is_concerned
            self.position = recordings.position
            is_concerned |= bool(recordings.by_client)

    def _message(self, before: str) -> bytes:
        """A message like those of `/live`; its position is the time in milliseconds."""
        new = max(0, _milestones(self.state) - _milestones(before)) if _STATE.fullmatch(before) else 0
        position = int(self.context.now().timestamp() * 1000)
        content = {"position": position, "new": new, "changed": int(not new), "clients": None}
        return f"id: {self.state}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()


def _milestones(state: str) -> int:
    return int(state.partition("-")[0])


async def _messages(follower: _SharedFollower, watcher: Watcher) -> AsyncIterator[bytes]:
    """Messages until the link expires or is revoked, its password is due again, or the server stops."""
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        while not watcher.has_ended:
            watcher.woken.clear()
            message = await run_sync(follower.message)
            if message is None:
                return
            if message:
                yield message
                await anyio.sleep(PAUSE_SECONDS)
            with anyio.move_on_after(RECHECK_SECONDS) as waiting:
                await watcher.woken.wait()
            if waiting.cancelled_caught:
                yield b": still here\n\n"
    except READ_FAULTS as fault:
        log.warning("a shared live stream ended", fault=type(fault).__name__)
    finally:
        follower.context.watch.leave(watcher)
