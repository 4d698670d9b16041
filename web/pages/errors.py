"""Error pages: the problems of the API, worded for people in a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.auth.access import caller_of, credential_of
from api.context import app_context
from api.http.error_handlers import STORE_FAULTS
from api.http.problems import EVENT_UNREADABLE, PRESENTING, READ_ONLY, Problem
from api.share_links import SHARE_PREFIX
from web.charts.render import environment
from web.components import NavGroup
from web.forms import words_of
from web.pages.auth.sign_in import to_sign_in
from web.pages.form_submit import sentence
from web.pages.navigation import navigation, navigation_with
from web.pages.page_context import PageContext, cookie_settings
from web.pages.urls import is_own_path

TITLES: Mapping[int, str] = {
    400: "This request could not be read",
    403: "You don't have permission",
    404: "Page not found",
    405: "This page can't be used that way",
    409: "This conflicts with what is recorded",
    412: "Someone else made a change",
    413: "This is too large",
    422: "Please check these fields",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not ready yet",
    507: "The server's disk is full",
}

ADVICE: Mapping[int, str] = {
    403: "Ask an admin to change your role.",
    404: "It may have moved, been mistyped, or belong to a client you don't have access to.",
    412: "Reload the page and try again.",
    429: "Wait a moment, then try again.",
    500: "Nothing was lost. Try again; if it keeps happening, tell your administrator.",
    503: "Nothing was lost. Try again in a moment.",
    507: "Nothing was recorded. Free some space on the server's disk, then try again.",
}

NEEDED_ROLES: Mapping[str, str] = {
    "This requires the role recorder.": "Only recorders and admins can do this.",
    "This requires the role admin.": "Only admins can do this.",
}
"""Messages of the API about roles, as pages word them."""

BAD_ADDRESS = "Part of this address isn't valid"
"""The title of a page whose address has an invalid value."""

PARAMETERS: Mapping[str, str] = {
    "q": "Search",
    "known_at": "As known on",
    "cursor": "Page of the list",
    "practice_lead": "Practice lead",
    "holder": "A seat held by",
    "then": "Compare with",
}
"""The labels of query parameters that are not named like their fields."""

_TOGETHER = (
    frozenset({"from", "to"}),
    frozenset({"report", "row", "from", "to"}),
    frozenset({"quarter", "quarter_structure"}),
    frozenset({"transition_quarter", "from_structure", "to_structure"}),
)
"""Query parameters that are left out together."""

RETRYABLE = frozenset({429, 500, 503})
TROUBLED = frozenset({429, 500, 503, 507})
"""Statuses for which the store is not asked who the reader is."""


def error_page(request: Request, problem: Problem) -> Response:
    """A problem as a page; a caller who is not signed in is redirected to the sign-in page."""
    status = problem.status_code
    if status == 401:
        return to_sign_in(request)
    detail = problem.detail if problem.detail and not problem.errors else ""
    title, advice = TITLES.get(status, problem.kind.title), ADVICE.get(status, "")
    if problem.kind is PRESENTING:
        title, detail, advice = (
            "Presenter mode is on",
            "",
            "Turn it off in Settings to record something or to see fees.",
        )
    if problem.kind is READ_ONLY:
        title, detail, advice = (
            problem.kind.title.rstrip("."),
            "You can look at everything, but nothing can be changed.",
            "",
        )
    if problem.kind is EVENT_UNREADABLE:
        title, advice = (
            "This client can't be shown at the moment",
            "All other clients can be used. Nothing was recorded. Tell your administrator: this client comes back by "
            "itself as soon as the stored event can be read again.",
        )
    is_bad_address = status == 422 and request.method == "GET"
    reader = _reader(request, status)
    html = (
        environment()
        .get_template("pages/error.html")
        .render(
            frame="pages/page.html" if reader.is_signed_in else "pages/plain_page.html",
            is_signed_in=reader.is_signed_in,
            user=reader.name,
            navigation=reader.navigation,
            may_record=False,
            title=BAD_ADDRESS if is_bad_address else title,
            status=status,
            detail="" if status in (404, 405, 500) else NEEDED_ROLES.get(detail, detail),
            errors=[(_label(field), sentence(message)) for field, message in problem.errors],
            advice=advice,
            retry=_retry_url(request) if status in RETRYABLE and request.method == "GET" else None,
            without=_without(request, problem) if is_bad_address else None,
            back=_page_before(request),
            is_shared=request.url.path.startswith(SHARE_PREFIX),
            **cookie_settings(request),
        )
    )
    return HTMLResponse(html, status, dict(problem.headers or {}))


def _label(field: str) -> str:
    return PARAMETERS.get(field) or words_of(field.replace(".", " "))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who sees the page, and where they may go from it."""

    is_signed_in: bool = False
    name: str = ""
    navigation: Sequence[NavGroup] = ()


def _reader(request: Request, status: int) -> Reader:
    """The reader. Where the server itself has trouble, the cookie is believed."""
    if not credential_of(request):
        return Reader()
    if status in TROUBLED:
        return Reader(is_signed_in=True, navigation=navigation())
    try:
        caller = caller_of(request, notes_use=False)
        if caller is None:
            return Reader()
        page = PageContext(request, app_context(request), caller)
        views = [(view.name, view.url) for view in page.saved_views]
    except STORE_FAULTS:
        return Reader(is_signed_in=True, navigation=navigation())
    return Reader(True, caller.name, navigation_with(views, governs=page.governs))


def _without(request: Request, problem: Problem) -> str:
    """The address without the values that are not valid, and without those that mean nothing without them."""
    wrong = {field.partition(".")[0] for field, _ in problem.errors}
    wrong = wrong.union(*(together for together in _TOGETHER if together & wrong))
    rest = [(name, text) for name, text in request.query_params.multi_items() if name not in wrong]
    return f"{request.url.path}?{urlencode(rest)}" if rest else request.url.path


def _page_before(request: Request) -> str | None:
    """The page of this application from which the reader came; null if that is unknown or the page itself."""
    origin = urlsplit(request.headers.get("referer", ""))
    path = f"{origin.path}?{origin.query}" if origin.query else origin.path
    is_here = request.method == "GET" and path == _retry_url(request)
    return path if origin.netloc == request.url.netloc and is_own_path(path) and not is_here else None


def _retry_url(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
