"""A fast path for logging milestones.

Parsing a request through the route's signature costs the event loop as much as the rest of a POST. A plain request (a
valid milestone, a cached caller, no `If-Match`, no query string) skips it. All other requests take the ordinary path
through FastAPI, which reports errors. Both run the same command; tests/test_api_milestone_fast_path.py checks that
they agree.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.auth.access import cached_caller, credential_of
from api.commands import CommandContext, RecorderChange
from api.context import app_context
from api.http.json_bodies import parsed_body
from api.http.openapi import refuses
from api.http.path_parameters import EngagementInPath
from api.idempotency import canonical_json, hash_of_request, is_idempotency_key
from api.milestones import log_command
from api.people.person_checks import are_known_in_cache
from api.schemas.milestone_responses import MilestoneAnswer
from api.schemas.milestones import MILESTONE, AnyMilestone
from api.state.roles import Role
from domain.kinds.work import HoursReported


class FastMilestoneRoute(APIRoute):
    """A route that tries the fast path first."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
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
async def post_milestone(engagement_id: EngagementInPath, body: AnyMilestone, command: RecorderChange) -> Response:
    """Log a milestone. It may be back-dated; the whole timeline is validated with the milestone in place."""
    request = body.to_log(command.context.new_id())
    # Reported hours are compared with those of other engagements, which needs a query.
    cached = not isinstance(request.details, HoursReported) and are_known_in_cache(
        command.context, command.caller, request.details
    )
    return await command.run_async(log_command(command, engagement_id, request, check=not cached), cached_only=cached)


async def log_plain_milestone(request: Request) -> Response | None:
    """Log a milestone like `post_milestone`. Returns null without side effects if the request is not plain."""
    body = parsed_body(request)
    command = None if body is None else cached_command_context(Role.RECORDER, request, body)
    if command is None:
        return None
    try:
        engagement_id = _ENGAGEMENT.validate_python(request.path_params["engagement_id"])
        milestone = MILESTONE.validate_python(body)
    except ValidationError:
        return None
    return await post_milestone(engagement_id, milestone, command)


def cached_command_context(role: Role, request: Request, body: object) -> CommandContext | None:
    """The context of a command without database access; null if that needs a lookup or the request must be refused.

    `If-Match` needs a lookup, because the current version has to be read.
    """
    caller, key = cached_caller(request), request.headers.get("idempotency-key")
    if caller is None or not caller.may(role) or "if-match" in request.headers or request.scope["query_string"]:
        return None
    if key is not None and not is_idempotency_key(key):
        return None
    request_hash = "" if key is None else hash_of_request(request, canonical_json(body))
    return CommandContext(app_context(request), caller, key, request_hash, credential=credential_of(request))
