"""Query parameters: one that a route does not know is refused, so that a mistyped filter never gives the whole list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from api.faults import API
from api.problems import invalid
from api.shield import SAFE_METHODS


def check_parameters(request: Request) -> None:
    """Refuse (422) query parameters that the route of a request does not take; pages read theirs themselves."""
    if not request.scope["query_string"] or not request.scope["path"].startswith(API):
        return
    known = {*_parameters_of(request.scope["route"].dependant), *_taken_everywhere(request)}
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise invalid(*((name, "is not a parameter of this address") for name in unknown))


def _taken_everywhere(request: Request) -> Iterator[str]:
    """What programs say with every read, though it makes no difference to an answer that is JSON or never behind."""
    if request.method in SAFE_METHODS:
        yield "after_position"
        if request.query_params.get("format") == "json":
            yield "format"


def _parameters_of(dependant: Any) -> Iterator[str]:
    """The names that a route and all that it depends on read from the query."""
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _parameters_of(inner)
