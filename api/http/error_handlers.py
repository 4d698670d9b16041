"""What goes wrong under a route becomes a problem: one place for refusals, bad fields, and stores that fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from api.http.problems import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    DISK_FULL,
    FORBIDDEN,
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_CAUGHT_UP,
    NOT_FOUND,
    RETRY_AFTER_SECONDS,
    TOO_BUSY,
    TOO_MANY,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNSUPPORTED_TYPE,
    Problem,
    ProblemType,
    invalid,
    problem_of,
)
from api.schemas.messages import message_of
from api.schemas.milestones import CHANGE
from domain.application import TooBusy
from domain.errors import Refusal
from domain.milestones import Kind
from projections.catch_up import ProjectionFault
from projections.log import DiskFull, LogFault
from projections.views import NotCaughtUp, ViewsUnavailable

API = "/api/"

log = structlog.get_logger("seatline")

_BY_STATUS: Mapping[int, ProblemType] = {
    400: MALFORMED,
    401: UNAUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    408: BODY_TOO_SLOW,
    413: BODY_TOO_LARGE,
    415: UNSUPPORTED_TYPE,
    429: TOO_MANY,
}
STORE_FAULTS = (LogFault, OperationalError, PoolTimeout)
"""What is raised while the store is out of reach."""

_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}

ShowProblem = Callable[[Request, Problem], Response]
"""How a page says what is wrong."""


def answer_faults(app: FastAPI, show: ShowProblem | None = None) -> None:
    """Have every fault under the application answered as a problem: as JSON to programs, by `show` to readers."""

    def answer(request: Request, fault: Exception) -> Response:
        problem = as_problem(fault)
        if problem.kind is METHOD_NOT_ALLOWED:
            problem = Problem(METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(methods_of(request))})
        if problem.status_code >= 500:
            log.error(
                "a request failed",
                problem=problem.kind.slug,
                route=route_of(request),
                fault=type(fault).__name__,
                exc_info=fault if problem.kind is INTERNAL else None,
            )
        if show is not None and wants_page(request):
            return show(request, problem)
        return problem.response()

    for kind in (
        HTTPException,
        RequestValidationError,
        Refusal,
        TooBusy,
        LogFault,
        NotCaughtUp,
        ProjectionFault,
        ViewsUnavailable,
        OperationalError,
        PoolTimeout,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


def as_problem(fault: Exception) -> Problem:
    """What a fault tells the caller; of an unforeseen one nothing but that there was one."""
    match fault:
        case Problem():
            return fault
        case Refusal():
            return problem_of(fault)
        case RequestValidationError():
            return _invalid_request(fault.errors())
        case TooBusy():
            return Problem(TOO_BUSY, headers=_LATER)
        case NotCaughtUp() | ProjectionFault():
            return Problem(NOT_CAUGHT_UP, headers=_LATER)
        case DiskFull():
            return Problem(DISK_FULL)
        case ViewsUnavailable():
            return Problem(UNAVAILABLE, str(fault), headers=_LATER)
        case _ if isinstance(fault, STORE_FAULTS):
            return Problem(UNAVAILABLE, headers=_LATER)
        case HTTPException() if fault.status_code in _BY_STATUS:
            return Problem(_BY_STATUS[fault.status_code], headers=fault.headers)
        case _:
            return Problem(INTERNAL)


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer: outside of the API, in a browser."""
    return not request.url.path.startswith(API) and "text/html" in request.headers.get("accept", "")


def route_of(request: Request) -> str:
    """The pattern of the route that was asked, without the ids and secrets that were in the address."""
    return str(getattr(request.scope.get("route"), "path", "unrouted"))


def methods_of(request: Request) -> Sequence[str]:
    """The methods that the address of a request takes, over all routes that share it."""
    path = request.url.path
    found = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path is not None and route.methods and _pattern(route.path).match(path)
        for method in route.methods
    }
    return sorted(found | {"HEAD"} if "GET" in found and request.method != "HEAD" else found)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


def _invalid_request(errors: Sequence[Any]) -> Problem:
    if errors and all(error["loc"][0] == "path" for error in errors):
        return Problem(NOT_FOUND)
    # what two dependencies read is told by both
    return invalid(*dict.fromkeys(told(error) for error in errors))


def told(error: Mapping[str, Any], *where: str) -> tuple[str, str]:
    """The dotted field that a validator's error is about, beginning at `where`, and what is wrong with it."""
    location = (*where, *error["loc"])
    match error["type"]:
        case "union_tag_not_found":
            return field_of((*location, "kind")), "Field required"
        case "union_tag_invalid":
            return field_of((*location, "kind")), f"must be one of {error['ctx']['expected_tags']}"
        case _:
            return field_of(location), message_of(error["msg"])


def field_of(location: Sequence[str | int]) -> str:
    """The dotted field that a validator's location means, without the parts that only the validator knows."""
    where, *parts = location
    kept = [str(part) for number, part in enumerate(parts) if not _is_tag(parts, number)]
    return ".".join(kept) or str(where)


def _is_tag(parts: Sequence[str | int], number: int) -> bool:
    """A union's tag: which change it is, or a kind at the root of a milestone, before the field it is about."""
    part = str(parts[number])
    return part.endswith(f" {CHANGE}") or (part in _KINDS and (number == 0 or parts[number - 1] == "log"))


_KINDS = frozenset(kind.value for kind in Kind)
