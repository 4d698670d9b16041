"""Query parameters: one that a route does not know is refused, so that a mistyped filter never gives the whole list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from starlette.requests import Request

from api.faults import API
from api.problems import MALFORMED, Problem, invalid
from api.shield import SAFE_METHODS


def check_parameters(request: Request) -> None:
    """Refuse query parameters that the route of a request does not take (422), or takes once and was given twice (400).

    Pages read theirs themselves.
    """
    if not request.scope["query_string"] or not request.scope["path"].startswith(API):
        return
    known = dict(_parameters_of(request.scope["route"].dependant))
    for name in _taken_everywhere(request):
        known.setdefault(name, False)
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = [name for name in given if name not in known]
    if unknown:
        raise invalid(*((name, "is not a parameter of this address") for name in unknown))
    repeated = [name for name, times in given.items() if times > 1 and not known[name]]
    if repeated:
        raise Problem(MALFORMED, f"Given more than once: {', '.join(repeated)}.")


def _taken_everywhere(request: Request) -> Iterator[str]:
    """What programs say with every read, though it makes no difference to an answer that is JSON or never behind."""
    if request.method in SAFE_METHODS:
        yield "after_position"
        if request.query_params.get("format") == "json":
            yield "format"


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
