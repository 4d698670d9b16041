"""The fast path for logging a milestone: few steps between the socket and the log.

Reading a request through the route's signature costs the event loop as much as everything else it does for a POST. A
plain request (a valid milestone, a caller in the cache, no `If-Match`, no query string) skips that. Every other request
takes the ordinary path through FastAPI, which reports what is wrong. Both run the same command; the parity test is
tests/test_api_milestone_fast_path.py.
"""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.auth.access import cached_caller, credential_of
from api.commands import KEY, LONGEST_KEY, CommandContext, Recording, canonical_json, hash_of_request
from api.context import app_context
from api.http.json_bodies import parsed_body
from api.http.openapi import refuses
from api.http.path_parameters import EngagementInPath
from api.milestones import log_command
from api.people.person_checks import are_known_in_cache
from api.schemas.milestone_responses import MilestoneAnswer
from api.schemas.milestones import MILESTONE, AnyMilestone
from api.state.roles import Role


class FastMilestoneRoute(APIRoute):
    """A route that tries the fast path first."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await log_plain_milestone(Request(scope)) if scope["method"] == "POST" else None
        if answer is None:
            await super().handle(scope, receive, send)
        else:
            await answer(scope, receive, send)


router = APIRouter(prefix="/engagements/{engagement_id}", tags=["milestones"], route_class=FastMilestoneRoute)

_ENGAGEMENT: TypeAdapter[UUID] = TypeAdapter(UUID)


@router.post(
    "/milestones",
    status_code=201,
    response_model=MilestoneAnswer,
    operation_id="log_milestone",
    summary="Log a milestone",
    responses=refuses(404, 409, 412),
)
async def post_milestone(engagement: EngagementInPath, body: AnyMilestone, write: Recording) -> Response:
    """Log what took effect at the client. It may be back-dated; the whole timeline is checked with it in place."""
    request = body.to_log(write.context.new_id())
    cached = are_known_in_cache(write.context, write.caller, request.details)
    return await write.run_async(log_command(write, engagement, request, check=not cached), cached_only=cached)


async def log_plain_milestone(request: Request) -> Response | None:
    """Log a milestone as `post_milestone` does; null, having done nothing, for a request that is not plain."""
    body = parsed_body(request)
    write = None if body is None else cached_command_context(Role.RECORDER, request, body)
    if write is None:
        return None
    try:
        engagement = _ENGAGEMENT.validate_python(request.path_params["engagement_id"])
        milestone = MILESTONE.validate_python(body)
    except ValidationError:
        return None
    return await post_milestone(engagement, milestone, write)


def cached_command_context(role: Role, request: Request, body: object) -> CommandContext | None:
    """The context of a command without any lookup; null where one is needed, or where the request is to be refused.

    `If-Match` needs one: whether the expected version is the current one has to be read.
    """
    caller, key = cached_caller(request), request.headers.get("idempotency-key")
    if caller is None or not caller.may(role) or "if-match" in request.headers or request.scope["query_string"]:
        return None
    if key is not None and not (re.match(KEY, key) and len(key) <= LONGEST_KEY):
        return None
    request_hash = "" if key is None else hash_of_request(request, canonical_json(body))
    return CommandContext(app_context(request), caller, key, request_hash, credential=credential_of(request))
