"""Query parameters: unknown ones are refused by the API, repeated ones by the API and by pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, get_args, get_origin

from starlette.requests import Request

from api.http.error_handlers import API
from api.http.problems import MALFORMED, Problem, invalid
from api.http.security_middleware import SAFE_METHODS


def check_parameters(request: Request) -> None:
    """Check the names in the query of a request.

    Raises `Problem` 422 for parameters that a route of the API does not take, so that a mistyped filter never gives
    the whole list, and 400 for parameters that are given twice where one value is taken. Pages ignore unknown
    parameters, and read some that their routes do not declare: of those each has one value.
    """
    if not request.scope["query_string"]:
        return
    is_list = dict(_parameters_of(request.scope["route"].dependant))
    times = Counter(name for name, _ in request.query_params.multi_items())
    if request.scope["path"].startswith(API):
        unknown = [name for name in times if name not in is_list and name not in _taken_everywhere(request)]
        if unknown:
            raise invalid(*((name, "is not a parameter of this address") for name in unknown))
    repeated = [name for name, count in times.items() if count > 1 and not is_list.get(name, False)]
    if repeated:
        raise Problem(MALFORMED, f"Given more than once: {', '.join(repeated)}.")


async def checked_parameters(request: Request) -> None:
    """The dependency that checks the query where no credentials are asked for; all others check it with them."""
    check_parameters(request)


def _taken_everywhere(request: Request) -> Collection[str]:
    """Parameters that every read accepts, though they change nothing in an answer that is JSON or never behind."""
    if request.method not in SAFE_METHODS:
        return ()
    return ("after_position", "format") if request.query_params.get("format") == "json" else ("after_position",)


def _parameters_of(dependant: Any) -> Iterator[tuple[str, bool]]:
    """The names that a route and all that it depends on read from the query, and whether each is a list."""
    for field in dependant.query_params:
        yield (
            field.alias,
            any(_is_list(kind) for kind in (field.field_info.annotation, *get_args(field.field_info.annotation))),
        )
    for inner in dependant.dependencies:
        yield from _parameters_of(inner)


def _is_list(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (list, set, frozenset, tuple)
