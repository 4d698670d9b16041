"""Query parameter checks: the API refuses unknown parameters; the API and the pages refuse repeated ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, get_args, get_origin

from starlette.requests import Request

from api.http.error_handlers import API
from api.http.problems import MALFORMED, Problem, invalid
from api.http.security_middleware import SAFE_METHODS


def check_parameters(request: Request) -> None:
    """Check the query parameters of a request.

    Raises `Problem` 422 for parameters that an API route does not declare, so that a mistyped filter never returns
    the whole list, and 400 for repeated parameters that take a single value. Pages ignore unknown parameters;
    parameters that a page reads without declaring them take a single value.
    """
    if not request.scope["query_string"]:
        return
    is_list = dict(_parameters_of(request.scope["route"].dependant))
    times = Counter(name for name, _ in request.query_params.multi_items())
    if request.scope["path"].startswith(API):
        unknown = [name for name in times if name not in is_list and name not in _common_parameters(request)]
        if unknown:
            raise invalid(*((name, "is not a parameter of this endpoint") for name in unknown))
    repeated = [name for name, count in times.items() if count > 1 and not is_list.get(name, False)]
    if repeated:
        raise Problem(MALFORMED, f"Given more than once: {', '.join(repeated)}.")


async def checked_parameters(request: Request) -> None:
    """A dependency that checks the query parameters of routes without authentication.

    Routes with authentication check them in the authentication dependency.
    """
    check_parameters(request)


def _common_parameters(request: Request) -> Collection[str]:
    """Parameters that every read accepts, even if they do not change the response."""
    if request.method not in SAFE_METHODS:
        return ()
    return ("after_position", "format") if request.query_params.get("format") == "json" else ("after_position",)


def _parameters_of(dependant: Any) -> Iterator[tuple[str, bool]]:
    """The names of the query parameters of a route and its dependencies, and whether each takes a list."""
    for field in dependant.query_params:
        yield (
            field.alias,
            any(
                _is_list(annotation)
                for annotation in (field.field_info.annotation, *get_args(field.field_info.annotation))
            ),
        )
    for dependency in dependant.dependencies:
        yield from _parameters_of(dependency)


def _is_list(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (list, set, frozenset, tuple)
