"""What is wrong, as a page: the same problems that the API answers, for people in a browser."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.problems import Problem
from web.charts.render import environment
from web.forms import words_of
from web.pages.auth.sign_in import to_sign_in
from web.pages.page_context import worn

TITLES: Mapping[int, str] = {
    400: "That could not be read",
    403: "That is not yours to do",
    404: "There is nothing here",
    405: "That is not how this page is used",
    409: "The record does not allow that",
    412: "Somebody was faster",
    413: "That is too much at once",
    422: "Something does not hold what it must",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Not ready yet",
    507: "There is no room left",
}

ADVICE: Mapping[int, str] = {
    403: "An admin can give you a wider role.",
    404: "It may have been moved, mistyped, or be a client that you do not look after.",
    412: "Look at it again and decide anew.",
    429: "Wait a moment, then try again.",
    500: "Nothing was lost. Try again; tell whoever runs Seatline if it stays.",
    503: "Nothing was lost. The page is ready in a moment.",
    507: "Nothing was recorded. There must be room on the server's disk first.",
}

AGAIN = frozenset({429, 500, 503})


def error_page(request: Request, problem: Problem) -> Response:
    """A problem as a page; whoever is not signed in is led to where that is done."""
    status = problem.status_code
    if status == 401:
        return to_sign_in(request)
    detail = problem.detail if problem.detail and not problem.errors else ""
    html = (
        environment()
        .get_template("pages/error.html")
        .render(
            title=TITLES.get(status, problem.kind.title),
            status=status,
            detail="" if status in (404, 500) else detail,
            errors=[(words_of(field.replace(".", " ")), message) for field, message in problem.errors],
            advice=ADVICE.get(status, ""),
            retry=_again(request) if status in AGAIN and request.method == "GET" else None,
            **worn(request),
        )
    )
    return HTMLResponse(html, status, dict(problem.headers or {}))


def _again(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
