"""Exception handlers: turns refusals, invalid requests and store failures into problem responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
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
    CLOCK_AHEAD,
    DISK_FULL,
    EVENT_UNREADABLE,
    FORBIDDEN,
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_CAUGHT_UP,
    NOT_FOUND,
    RETRY_AFTER_SECONDS,
    ROW_UNREADABLE,
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
from api.state.checked_columns import UnreadableState
from domain.application import TooBusy
from domain.errors import Refusal
from domain.milestones import Kind
from projections.catch_up import ProjectionFault
from projections.log import ClockAhead, DiskFull, LogFault, UnreadableEvent
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
"""Exceptions raised while the store cannot be reached."""

READ_FAULTS = (*STORE_FAULTS, NotCaughtUp, ProjectionFault, ViewsUnavailable)
"""Exceptions raised while nothing can be read, from the log or the read models."""

_PASSING: Sequence[tuple[tuple[type[Exception], ...], ProblemType]] = (
    ((TooBusy,), TOO_BUSY),
    ((NotCaughtUp, ProjectionFault), NOT_CAUGHT_UP),
    (STORE_FAULTS, UNAVAILABLE),
)
"""Exceptions after which the same request may succeed a little later."""

CLOCK_RETRY_SECONDS = "60"
"""When to try again after the clock has jumped: an operator has to set it right."""

_RETRY_HEADERS = {"Retry-After": str(RETRY_AFTER_SECONDS)}

ShowProblem = Callable[[Request, Problem], Response]
"""Renders a problem as an HTML page."""


def register_error_handlers(app: FastAPI, show: ShowProblem | None = None) -> None:
    """Register the exception handlers.

    Problems are sent as JSON, or rendered by `show` for browsers outside the API.
    """

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
        UnreadableState,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


def as_problem(fault: Exception) -> Problem:
    """The problem that describes an exception. An unexpected exception reveals no details."""
    match fault:
        case Problem():
            return fault
        case Refusal():
            return problem_of(fault)
        case RequestValidationError():
            return _invalid_request(fault.errors())
        case HTTPException() if fault.status_code in _BY_STATUS:
            return Problem(_BY_STATUS[fault.status_code], headers=fault.headers)
    return _store_problem(fault)


def _store_problem(fault: Exception) -> Problem:
    match fault:
        case DiskFull():
            return Problem(DISK_FULL)
        case UnreadableEvent():
            event = {"position": fault.position, "stream": str(fault.stream), "version": fault.version}
            return Problem(EVENT_UNREADABLE, str(fault), event=event, headers=_RETRY_HEADERS)
        case UnreadableState():
            row = {"table": fault.table, "column": fault.column, "key": fault.key}
            return Problem(ROW_UNREADABLE, str(fault), row=row, headers=_RETRY_HEADERS)
        case ClockAhead():
            return Problem(CLOCK_AHEAD, str(fault), headers={"Retry-After": CLOCK_RETRY_SECONDS})
        case ViewsUnavailable():
            return Problem(UNAVAILABLE, str(fault), headers=_RETRY_HEADERS)
    for faults, kind in _PASSING:
        if isinstance(fault, faults):
            return Problem(kind, headers=_RETRY_HEADERS)
    return Problem(INTERNAL)


def wants_page(request: Request) -> bool:
    """Whether the response is read by a person: outside the API, in a browser."""
    return not request.url.path.startswith(API) and "text/html" in request.headers.get("accept", "")


def route_of(request: Request) -> str:
    """The path pattern of the matched route, without the ids and secrets of the actual URL."""
    return str(getattr(request.scope.get("route"), "path", "unrouted"))


def methods_of(request: Request) -> Sequence[str]:
    """The methods allowed at the path of a request, over all routes that match it."""
    path = request.url.path
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path is not None and route.methods and _pattern(route.path).match(path)
        for method in route.methods
    }
    return sorted(methods | {"HEAD"} if "GET" in methods and request.method != "HEAD" else methods)


@lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


def _invalid_request(errors: Sequence[Any]) -> Problem:
    if errors and all(error["loc"][0] == "path" for error in errors):
        return Problem(NOT_FOUND)
    # two dependencies that read the same parameter report the same error
    return invalid(*dict.fromkeys(field_error(error) for error in errors))


def field_error(error: Mapping[str, Any], *prefix: str) -> tuple[str, str]:
    """The dotted field of a validation error, below `prefix`, and its message."""
    location = (*prefix, *error["loc"])
    match error["type"]:
        case "union_tag_not_found":
            return field_of((*location, "kind")), "Field required"
        case "union_tag_invalid":
            return field_of((*location, "kind")), f"must be one of {error['ctx']['expected_tags']}"
        case _:
            return field_of(location), message_of(error["msg"])


def field_of(location: Sequence[str | int]) -> str:
    """The dotted field of a validation error's location, without the tags that pydantic adds for unions."""
    source, *parts = location
    names = [str(part) for number, part in enumerate(parts) if not _is_tag(parts, number)]
    return ".".join(names) or str(source)


def _is_tag(parts: Sequence[str | int], number: int) -> bool:
    """Whether a part of a location is a union's tag and not a field: a change, or a kind at the root of a milestone."""
    part, before = str(parts[number]), parts[:number]
    is_milestone = not before or before[-1] == "log" or before[-2:-1] == ["milestones"]
    return part.endswith(f" {CHANGE}") or (part in _KINDS and is_milestone)


_KINDS = frozenset(kind.value for kind in Kind)
