"""Every route against every kind of caller, as the running application answers them.

`python tests/route_matrix.py` prints the table as Markdown.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from api_client import Served, served
from browsing import HTML
from fastapi.routing import APIRoute, iter_route_contexts

from api.auth.access import COOKIE
from api.schemas.scalars import instant_text
from api.state.roles import Role

NOBODY = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"
ENDLESS = ("/api/v1/events/stream", "/live")
IMPORT = ("POST", "/api/v1/imports")
LEAVING = "/sign-out"
TEXTS = {"slug": "already-split", "report": "structure-mix", "kind": "paused", "suffix": "csv"}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller: nobody (no role), somebody signed in with a role, limited to one client or not, or a link."""

    name: str
    role: Role | None = None
    is_limited: bool = False
    is_link: bool = False


CALLERS = (
    Kind("none"),
    *(Kind(role.value, role) for role in Role),
    *(Kind(f"limited {role}", role, is_limited=True) for role in Role),
    Kind("share link", is_link=True),
)

Matrix = Mapping[tuple[str, str], Mapping[str, str]]
"""By method and pattern: what each kind of caller meets."""


def filled(path: str, ids: Mapping[str, str] | None = None) -> str:
    """An address of a pattern; where `ids` name nothing, with ids that are nobody's."""
    parts = path.split("/")
    for number, part in enumerate(parts):
        name, _, verb = part.partition("}")
        if name.startswith("{"):
            name = name[1:].partition(":")[0].removesuffix("_id")
            parts[number] = (ids or {}).get(name) or TEXTS.get(name, NOBODY)
            parts[number] += verb
    return "/".join(parts)


def routes(firm: Served, *, pages: bool) -> Iterator[tuple[str, str]]:
    """Every route that a caller may ask, as method and pattern: the pages with their forms, or all others."""
    for route in iter_route_contexts(firm.app.routes):
        original = route.original_route
        if not isinstance(original, APIRoute) or route.path is None:
            continue
        if original.endpoint.__module__.startswith("web.") is pages:
            yield from ((method, str(route.path)) for method in route.methods or () if method in METHODS)


def bodies(firm: Served) -> Mapping[tuple[str, str], Any]:
    """The example of each body in the API's own document."""
    found: dict[tuple[str, str], Any] = {}
    described = firm.app.openapi()
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = content.get("schema", {})
            schema = next(iter(schema.get("oneOf", ())), schema)
            schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
            found[method.upper(), path] = next(iter(schema.get("examples", ())), None)
    return found


def matrix(firm: Served, client: UUID, walked: Collection[tuple[str, str]]) -> Matrix:
    """What each kind of caller meets at each route: `—` (sign in), `no`, `own` (their client alone) or `yes`."""
    sent = bodies(firm)
    callers = {kind: credentials_of(firm, kind, client) for kind in CALLERS}
    matrix_rows: dict[tuple[str, str], dict[str, str]] = {}
    # whoever has left meets nothing any more
    for method, path in sorted(walked, key=lambda route: (route[1] == LEAVING, route[1], route[0])):
        body = sent.get((method, path))
        matrix_rows[method, path] = {
            kind.name: _met(firm, method, path, body, callers[kind], is_limited=kind.is_limited) for kind in CALLERS
        }
        if matrix_rows[method, path]["none"] == "yes":
            matrix_rows[method, path] = dict.fromkeys(matrix_rows[method, path], "yes")
    return matrix_rows


def credentials_of(firm: Served, kind: Kind, client: UUID) -> Mapping[str, str]:
    """What a kind of caller sends along: a session, the secret of a share link as if it were a key, or nothing."""
    if kind.is_link:
        body = {"client": str(client), "expires_at": instant_text(firm.context.now() + timedelta(days=30))}
        return {"Authorization": "Bearer " + firm.admin.post("/share-links", body)["url"].rpartition("/")[2]}
    if kind.role is None:
        return {}
    return {"Cookie": f"{COOKIE}={firm.session(kind.role, {client} if kind.is_limited else None)}"}


def _met(firm: Served, method: str, path: str, body: Any, credentials: Mapping[str, str], *, is_limited: bool) -> str:
    headers = {**({} if path.startswith("/api/") else HTML), **credentials}
    given: dict[str, Any] = {} if method == "GET" or body is None else {"json": body}
    if (method, path) == IMPORT:
        given = {"content": b'{"type": "person", "ref": "p", "name": "Dana", "employer": "firm"}\n'}
        headers["Content-Type"] = "application/x-ndjson"
    with ending(firm) if path in ENDLESS else nullcontext():
        answer = firm.client.request(method, filled(path), headers=headers, follow_redirects=False, **given)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in"):
        return "—"
    if answer.status_code == 403:
        return "no"
    return "own" if is_limited else "yes"


@contextmanager
def ending(firm: Served) -> Iterator[None]:
    """Streams that would go on for ever end after their first look, as they do when the server stops."""
    firm.context.closing.set()
    try:
        yield
    finally:
        firm.context.closing.clear()


def as_markdown(matrix: Matrix) -> str:
    """The matrix as a table."""
    names = [kind.name for kind in CALLERS]
    lines = [f"| route | {' | '.join(names)} |", "| --- |" + " --- |" * len(names)]
    for (method, path), met in matrix.items():
        lines.append(f"| `{method} {path}` | {' | '.join(met[name] for name in names)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with served(Path(tempfile.mkdtemp(prefix="seatline-matrix-"))) as running:
        client_id = UUID(running.admin.post("/clients", {"name": "mine"})["id"])
        for pages in (False, True):
            sys.stdout.write(as_markdown(matrix(running, client_id, set(routes(running, pages=pages)))) + "\n")
