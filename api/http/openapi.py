"""The OpenAPI 3.1 document, with every status, every problem and an example for each body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.http.problems import MEDIA_TYPE, problem_types

VERSION = "1"
DESCRIPTION = (
    "Log what happens at the clients of a firm of fractional technology executives, and read how each of them got "
    "here. Every read takes `as_of` (what held on a day) and `known_at` (as it was known at an instant)."
)
CONTACT = {"name": "The administrator of this Seatline"}
SERVERS = ({"url": "/", "description": "This server."},)
TAGS: Mapping[str, str] = {
    "clients": "Companies, their profiles over time, and the lists of them.",
    "people": "Who holds seats, assesses or leads a practice.",
    "engagements": "A firm's work for one client, from its opening to its close.",
    "milestones": "What happened in an engagement, when it took effect, and every version of it.",
    "timelines": "Who led what, when: as of a day, as known at an instant, and as it would be.",
    "assessments": "The frameworks that advise on structures, and what they conclude from answers.",
    "signs": "Warning signs: what they are, where they come from, and how they are detected.",
    "reports": "Figures of the portfolio, as JSON, CSV, XLSX or PDF.",
    "views": "Saved filters of lists and reports.",
    "events": "Everything that is recorded, as CloudEvents.",
    "calendar": "Upcoming dates, as a calendar feed for other programs.",
    "webhooks": "Events sent to other systems as they are recorded, signed per Standard Webhooks.",
    "imports": "Files of clients, people, engagements and milestones.",
    "exports": "The whole record in the formats of imports.",
    "settings": "What holds for the whole firm.",
    "access": "API keys, users, sessions, share links and the audit.",
}
"""Tags and their descriptions."""

VERBS: Mapping[str, str] = {"show": "get", "post": "create", "patch": "update"}
"""The first word of an operation id by the first word of the route function's name, where they differ."""

BYTES = "application/octet-stream"
"""The binary media type that every client generator supports."""

ALWAYS = (400, 401, 403, 422, 429, 500, 503)
WITH_BODY = (408, 413, 415)
WRITING = (507,)

PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What is wrong (RFC 9457). `type` is a stable relative URI under which it is documented.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "The invalid fields, as dotted paths in the request.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "milestone": {"type": "string", "format": "uuid", "description": "The milestone that conflicts."},
        "version": {"type": "integer", "description": "The current version of the resource."},
        "rows": {"type": "array", "items": {"type": "object"}, "description": "The invalid lines of an import."},
    },
}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses of the problems that a route can return in addition to the general ones."""
    return {status: _problem(status) for status in statuses}


def operation_id(route: APIRoute) -> str:
    """The operation id of a route without an explicit one, from its function's name: `show_client` becomes
    `get_client`.
    """
    verb, _, subject = route.name.partition("_")
    return f"{VERBS.get(verb, verb)}_{subject}"


def document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of the given routes."""
    openapi = get_openapi(
        title="Seatline",
        version=VERSION,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        contact=CONTACT,
        servers=list(SERVERS),
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        routes=list(routes),
    )
    components = openapi.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = dict(PROBLEM_SCHEMA)
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
        "session": {"type": "apiKey", "in": "cookie", "name": "seatline", "description": "A browser that signed in."},
    }
    openapi["security"] = [{"key": []}, {"session": []}]
    for operations in openapi["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return openapi


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    statuses = (
        *ALWAYS,
        *(WITH_BODY if "requestBody" in operation else ()),
        *(WRITING if method != "get" else ()),
    )
    for status in statuses:
        if status == 422 or str(status) not in responses:
            responses[str(status)] = _problem(status)
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int) -> dict[str, Any]:
    kinds = [kind for kind in problem_types().values() if kind.status == status]
    first = kinds[0]
    example = {"type": first.uri, "title": first.title, "status": status, "detail": first.title}
    return {
        "description": " ".join(f"[{kind.slug}]({kind.uri}): {kind.title}" for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
