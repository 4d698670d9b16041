"""What stands before every route: bounded bodies, no writes from other sites, headers that keep a browser safe."""

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
"""How long a body may take to arrive: whoever drips it in holds a connection, and a turn, that others wait for."""

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

_USUAL = tuple(
    (name.lower().encode(), value.encode()) for name, value in {**SECURITY_HEADERS, "Cache-Control": "no-store"}.items()
)
_USUAL_ON_HTTPS = (*_USUAL, (b"strict-transport-security", HSTS.encode()))


class SecurityHeaders:
    """Puts the security headers on every answer, errors included, unless a route has set its own.

    What is personal is kept out of shared caches: only what names its own `Cache-Control` may be stored.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` answers behind it."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        usual = _USUAL_ON_HTTPS if scope.get("scheme") == "https" else _USUAL

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                if any(b"frame-ancestors *" in value for name, value in headers if name == b"content-security-policy"):
                    own.add(b"x-frame-options")
                message["headers"] = headers + [header for header in usual if header[0] not in own]
            await send(message)

        await self.app(scope, receive, send_safely)


class OwnSiteWrites:
    """Refuses writes that a browser sends on behalf of another site.

    A browser says so in `Sec-Fetch-Site`; an older one at least names the `Origin`, which must then be our `Host`.
    A program that sends neither is none, and has no cookie that could be abused.
    """

    def __init__(self, app: ASGIApp, trusted_origins: Collection[str] = ()) -> None:
        """`trusted_origins` (`https://host[:port]`) may write too."""
        self.app = app
        self.trusted_origins = frozenset(trusted_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
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


class Heads:
    """Answers HEAD as GET would be answered, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp, endless: Collection[str] = ()) -> None:
        """`endless` are the paths whose answer to GET never ends; they take no HEAD."""
        self.app = app
        self.endless = frozenset(endless)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
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
"""Headers that have one value (RFC 9110, 5.3); `If-Match` and `Accept` are lists, which may be given line by line."""


def _repeated_header(scope: Scope) -> str:
    """What is wrong where a header with one value was given twice; empty where nothing is."""
    names = [name for name, _ in scope["headers"] if name in SINGLE_HEADERS]
    repeated = sorted({name.decode() for name in names if names.count(name) > 1})
    return f"Given more than once: {', '.join(repeated)}." if repeated else ""


def _unreadable_address(scope: Scope) -> str:
    """What is wrong with an address that holds what no text may hold, or is not UTF-8; empty where nothing is."""
    query, path = scope["query_string"], scope.get("raw_path") or b""
    if b"%" not in query and b"%" not in path and query.isascii() and "\0" not in scope["path"]:
        return "" if b"\0" not in query else _NUL
    try:
        text = unquote_to_bytes(query).decode() + unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return "An address is not UTF-8."
    return _NUL if "\0" in text or "\0" in scope["path"] else ""


_NUL = "An address holds a NUL character."


class BoundedRequests:
    """Refuses bodies over the limit before anything parses them and those that drip in.

    Addresses that hold what no text may hold, and headers with one value that are given twice, are refused (400) too.

    The announced length is believed when it is too large; what really arrives is counted all the same.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        """`limits` are bytes by the path that they hold for; every other path takes a million."""
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if wrong := _unreadable_address(scope) or _repeated_header(scope):
            await Problem(MALFORMED, wrong).response()(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], LARGEST_BODY)
        too_large = Problem(BODY_TOO_LARGE, f"At most {limit} bytes are taken here.", headers={"Connection": "close"})
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > limit:
            await too_large.response()(scope, receive, send)
            return
        taken, has_arrived = 0, False
        deadline = asyncio.get_running_loop().time() + LONGEST_ARRIVAL_SECONDS

        async def receive_bounded() -> Message:
            nonlocal taken, has_arrived
            if has_arrived:  # what comes now is that the caller has gone, in their own time
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Problem(BODY_TOO_SLOW, headers={"Connection": "close"}) from None
            has_arrived = not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > limit:
                raise too_large
            return message

        await self.app(scope, receive_bounded, send)
