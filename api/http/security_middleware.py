"""Middleware for every route: request size limits, cross-site write protection, security headers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import BODY_TOO_LARGE, BODY_TOO_SLOW, CROSS_SITE, MALFORMED, Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY = 1_000_000
LARGEST_IMPORT = 16_000_000
LONGEST_ARRIVAL_SECONDS = 60.0
"""How long a body may take to arrive, so that slow clients do not occupy connections that others need."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HSTS = "max-age=31536000"

_DEFAULT_HEADERS = tuple(
    (name.lower().encode(), value.encode()) for name, value in {**SECURITY_HEADERS, "Cache-Control": "no-store"}.items()
)
_DEFAULT_HEADERS_ON_HTTPS = (*_DEFAULT_HEADERS, (b"strict-transport-security", HSTS.encode()))


class SecurityHeaders:
    """Adds the security headers to every response, errors included, unless the route set its own.

    Only responses with their own `Cache-Control` may be stored; all others are sent with `no-store`.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` is the wrapped ASGI application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        defaults = _DEFAULT_HEADERS_ON_HTTPS if scope.get("scheme") == "https" else _DEFAULT_HEADERS

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                if any(b"frame-ancestors *" in value for name, value in headers if name == b"content-security-policy"):
                    own.add(b"x-frame-options")
                message["headers"] = headers + [header for header in defaults if header[0] not in own]
            await send(message)

        await self.app(scope, receive, send_safely)


class OwnSiteWrites:
    """Refuses writes that a browser sends on behalf of another site.

    Browsers send `Sec-Fetch-Site`; older ones send at least `Origin`, which must match the `Host`. Requests without
    both come from programs, which have no cookies to abuse.
    """

    def __init__(self, app: ASGIApp, trusted_origins: Collection[str] = ()) -> None:
        """`trusted_origins` (`https://host[:port]`) may write as well."""
        self.app = app
        self.trusted_origins = frozenset(trusted_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not self._is_own(Headers(scope=scope)):
            await Problem(CROSS_SITE).response()(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin in self.trusted_origins:
            return True
        if site is not None:
            return site in ("same-origin", "none")
        return origin is None or urlsplit(origin).netloc == headers.get("host")


class HeadRequests:
    """Answers HEAD like GET without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp, endless: Collection[str] = ()) -> None:
        """`endless` holds the paths whose GET response never ends; they do not support HEAD."""
        self.app = app
        self.endless = frozenset(endless)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in self.endless:
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_head)


SINGLE_HEADERS = frozenset(
    name.encode()
    for name in (
        "authorization",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "last-event-id",
        "origin",
        "proxy-authorization",
        "range",
        "seatline-after",
        "sec-fetch-site",
    )
)
"""Headers with a single value (RFC 9110, 5.3); list headers like `If-Match` and `Accept` may be repeated."""


def _repeated_header(scope: Scope) -> str:
    """The error for a repeated single-value header; empty without one."""
    names = [name for name, _ in scope["headers"] if name in SINGLE_HEADERS]
    repeated = sorted({name.decode() for name in names if names.count(name) > 1})
    return f"Given more than once: {', '.join(repeated)}." if repeated else ""


def _unreadable_address(scope: Scope) -> str:
    """The error for a URL that is not UTF-8 or contains a NUL character; empty for a valid one."""
    query, path = scope["query_string"], scope.get("raw_path") or b""
    if b"%" not in query and b"%" not in path and query.isascii() and "\0" not in scope["path"]:
        return "" if b"\0" not in query else _NUL
    try:
        text = unquote_to_bytes(query).decode() + unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return "The URL is not UTF-8."
    return _NUL if "\0" in text or "\0" in scope["path"] else ""


_NUL = "The URL contains a NUL character."


class BoundedRequests:
    """Refuses bodies that are too large or arrive too slowly, and malformed URLs and headers.

    A `Content-Length` over the limit is refused at once; the bytes that arrive are counted in any case. The body is
    not parsed before it is accepted.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        """`limits` are bytes by path; all other paths take a million bytes."""
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if wrong := _unreadable_address(scope) or _repeated_header(scope):
            await Problem(MALFORMED, wrong).response()(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], LARGEST_BODY)
        too_large = Problem(
            BODY_TOO_LARGE, f"The body may have at most {limit} bytes.", headers={"Connection": "close"}
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > limit:
            await too_large.response()(scope, receive, send)
            return
        received, has_arrived = 0, False
        deadline = asyncio.get_running_loop().time() + LONGEST_ARRIVAL_SECONDS

        async def receive_bounded() -> Message:
            nonlocal received, has_arrived
            if has_arrived:  # the next message is the disconnect, which may come at any time
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Problem(BODY_TOO_SLOW, headers={"Connection": "close"}) from None
            has_arrived = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                raise too_large
            return message

        await self.app(scope, receive_bounded, send)
