"""Presenter mode of one browser: the switch, and the middleware that masks what the browser is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from fastapi import APIRouter
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import AppContext
from api.http.presenter import MASKED_TYPES, MASKER, Masker, NamedClient
from api.http.problems import PRESENTING, Problem
from projections.profiles import CLIENTS, PROFILES
from web.pages.errors import error_page
from web.pages.page_context import StorableForm, ViewerPage
from web.pages.urls import is_own_path

router = APIRouter(include_in_schema=False)

COOKIE = "seatline_presenter"
PATH = "/presenter"
_FEES = ("/reports/revenue", "/api/v1/reports/revenue")
_CARD = '<p class="muted">Fees are hidden in presenter mode.</p>'


@router.post(PATH)
def switch_presenter_mode(page: ViewerPage, typed: StorableForm) -> Response:
    """Turn presenter mode on or off in this browser, until it is closed, and return to the page."""
    parts = urlsplit(page.request.headers.get("referer", ""))
    back = f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_on = typed.text("on") == "on"
    if not is_own_path(back) or back == PATH:
        back = "/"
    if is_on:
        back = masker_of(page.context).address(back)
    response = page.redirect(back)
    secure = page.request.url.scheme == "https"
    if is_on:
        response.set_cookie(COOKIE, "on", path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def masker_of(context: AppContext) -> Masker:
    """The masker of all clients on record, with every name that they have or had; rebuilt after a recording."""
    version, key = context.log.head(), ("presenter's masker", context.views.stopped.generation)
    cached: Masker | None = context.page_cache.get(version, key)
    if cached is not None:
        return cached
    first_known = func.min(CLIENTS.c.known_from)
    by_registration = (
        select(CLIENTS.c.stream_id, func.min(CLIENTS.c.slug))
        .group_by(CLIENTS.c.stream_id)
        .order_by(first_known, CLIENTS.c.stream_id)
    )
    with context.views.reading() as snapshot:
        names: dict[object, set[str]] = {}
        for client, content in snapshot.connection.execute(select(PROFILES.c.stream_id, PROFILES.c.content)):
            names.setdefault(client, set()).add(json.loads(content)["name"])
        clients = [
            NamedClient(client, slug, tuple(sorted(names.get(client, ()))))
            for client, slug in snapshot.connection.execute(by_registration)
        ]
    masker = Masker(clients)
    context.page_cache.put(version, key, masker)
    return masker


class PresenterMode:
    """Masks the answers to a browser in presenter mode."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the wrapped ASGI application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not _is_on(scope) or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        masker = await run_in_threadpool(masker_of, scope["app"].state.context)
        token = MASKER.set(masker)
        try:
            masked = _MaskedSend(masker, send)
            if scope["path"].startswith(_FEES):
                await _without_fees(scope)(scope, receive, masked)
            else:
                await self.app(scope, receive, masked)
        finally:
            MASKER.reset(token)


class _MaskedSend:
    """Sends an answer masked. All of it is masked at once, except for the events of a stream."""

    def __init__(self, masker: Masker, send: Send) -> None:
        self._masker = masker
        self._send = send
        self._mask: Callable[[Masker, str], str] | None = None
        self._start: Message = {}
        self._body = b""
        self._is_stream = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name in ("content-disposition", "location"):
                if name in headers:
                    headers[name] = self._masker.address(headers[name])
            media_type = headers.get("content-type", "")
            self._mask = next((mask for start, mask in MASKED_TYPES if media_type.startswith(start)), None)
            self._is_stream = media_type.startswith("text/event-stream")
            self._start = {**message, "headers": headers.raw}
            if self._mask is None or self._is_stream:
                await self._send(self._start)
        elif message["type"] != "http.response.body" or self._mask is None:
            await self._send(message)
        elif self._is_stream:
            text = self._mask(self._masker, message.get("body", b"").decode("utf-8", "replace"))
            await self._send({**message, "body": text.encode()})
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._mask)

    async def _finish(self, mask: Callable[[Masker, str], str]) -> None:
        text = self._body.decode("utf-8", "replace")
        body = (await run_in_threadpool(mask, self._masker, text)).encode()
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["content-length"] = str(len(body))
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _is_on(scope: Scope) -> bool:
    header = Headers(scope=scope).get("cookie", "")
    if COOKIE not in header:
        return False
    try:
        cookie = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return False
    return cookie is not None and cookie.value == "on"


def _without_fees(scope: Scope) -> Response:
    """The answer instead of fees: a sentence on a card, otherwise a problem."""
    request, problem = Request(scope), Problem(PRESENTING, "Fees are hidden in presenter mode.")
    if scope["path"].endswith("/card"):
        return HTMLResponse(_CARD)
    return error_page(request, problem) if "text/html" in request.headers.get("accept", "") else problem.response()
