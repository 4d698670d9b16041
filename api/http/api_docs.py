"""The OpenAPI document, an interactive explorer, and a page for every problem type."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.requests import Request

from api.auth.access import Viewer
from api.http.problems import NOT_FOUND, Problem, ProblemType, problem_types

router = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head><body><main>{body}</main></body></html>
"""
_EXPLORER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seatline API</title><link rel="stylesheet" href="{style}"></head>
<body><div id="explorer"></div><script src="{script}"></script>
<script src="/api/v1/docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  validatorUrl: null,
});
"""


@router.get("/openapi.json")
def openapi(request: Request, _: Viewer) -> JSONResponse:
    """Return the OpenAPI 3.1 document."""
    document: dict[str, Any] = request.app.openapi()
    return JSONResponse(document)


@router.get("/docs")
def explorer(request: Request, _: Viewer) -> HTMLResponse:
    """An explorer that tries the API out as the signed-in user."""
    address = request.app.state.static_address
    page = _EXPLORER.format(style=address("vendor/swagger-ui.css"), script=address("vendor/swagger-ui-bundle.js"))
    return HTMLResponse(page)


@router.get("/docs/start.js")
def start(_: Viewer) -> Response:
    """The script that starts the explorer. It is a separate file because the CSP forbids inline scripts."""
    return Response(_START, media_type="text/javascript")


@public.get("/problems")
def problem_list(request: Request) -> Response:
    """List all problem types."""
    kinds = problem_types().values()
    if _wants_html(request):
        rows = "".join(f'<li><a href="{kind.uri}">{kind.slug}</a>: {escape(kind.title)}</li>' for kind in kinds)
        return HTMLResponse(_PAGE.format(title="Problems", body=f"<h1>Problems</h1><ul>{rows}</ul>"))
    return JSONResponse({"items": [_problem_type_json(kind) for kind in kinds], "next": None})


@public.get("/problems/{slug}")
def problem(slug: str, request: Request) -> Response:
    """One problem type: its meaning and what a client can do about it."""
    kind = problem_types().get(slug)
    if kind is None:
        raise Problem(NOT_FOUND)
    if _wants_html(request):
        advice = f"<p>{escape(kind.advice)}</p>" if kind.advice else ""
        body = f"<h1>{escape(kind.title)}</h1><p>Status {kind.status}, type <code>{kind.uri}</code>.</p>{advice}"
        return HTMLResponse(_PAGE.format(title=escape(kind.title), body=body))
    return JSONResponse(_problem_type_json(kind))


def _problem_type_json(kind: ProblemType) -> dict[str, object]:
    return {"type": kind.uri, "title": kind.title, "status": kind.status, "advice": kind.advice}


def _wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
