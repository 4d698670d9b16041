"""The endpoint of the Model Context Protocol: streamable HTTP, without sessions, so that any host can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.auth.access import Door, caller_with
from api.http.problems import CROSS_SITE, NOT_FOUND, Problem
from api.http.public_address import public_address_of
from api.state.roles import Role

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MCP_PATH: Final = "/mcp"
WITHOUT_THE_EXTRA: Final = "This server answers no assistants: it was installed without the extra `mcp`."

router = APIRouter(include_in_schema=False)


@router.post(MCP_PATH)
async def post_mcp(request: Request) -> Response:
    """Answer one message of the protocol, as the caller of the API key.

    Browser sessions are refused. A request of a page (`Origin`) must come from this server's own address.
    """
    caller = await caller_with(Role.VIEWER, request, Door.KEY)
    origin = request.headers.get("origin")
    if origin is not None and origin != public_address_of(request):
        raise Problem(CROSS_SITE)
    return await run_in_threadpool(_answer, caller.role)


def _answer(role: Role) -> Response:
    try:
        from api.assistants.server import server_for
    except ModuleNotFoundError as fault:
        if (fault.name or "").partition(".")[0] != "mcp":
            raise
        raise Problem(NOT_FOUND, WITHOUT_THE_EXTRA) from None
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    sessions = StreamableHTTPSessionManager(server_for(role), json_response=True, stateless=True)
    return _ProtocolResponse(sessions)


class _ProtocolResponse(Response):
    """The response that the protocol's own transport sends."""

    def __init__(self, sessions: StreamableHTTPSessionManager) -> None:
        super().__init__()
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the transport read the request and answer it."""
        async with self._sessions.run():
            await self._sessions.handle_request(scope, receive, send)
