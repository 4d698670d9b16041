"""Rate limits for each credential and each address, counted in the memory of this process."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from limits import RateLimitItem, parse
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.access import COOKIE, SECURE_COOKIE
from api.http.error_handlers import wants_page
from api.http.problems import TOO_MANY, Problem

EXEMPT = ("/healthz", "/readyz", "/static/")
SWEEP_INTERVAL_SECONDS = 60.0


class Remaining(NamedTuple):
    """The remaining quota of a limit and the seconds until it resets; a negative `remaining` means it is exceeded."""

    remaining: int
    seconds: float
    name: str


class Window:
    """One limit, counted in fixed windows for each subject.

    Only the event loop counts, so neither threads nor locks are needed. The storages of the `limits` library cost ten
    times as much, and its in-memory storage starts a thread every ten milliseconds.
    """

    def __init__(self, name: str, item: RateLimitItem, clock: Callable[[], float]) -> None:
        """`item` holds the amount and the period of the limit; `clock` returns seconds."""
        self.name = name
        self.amount = item.amount
        self.seconds = item.get_expiry()
        self._clock = clock
        self._open: dict[bytes, list[float]] = {}
        self._swept_at = clock()

    def count(self, subject: bytes) -> Remaining:
        """Count one request of a subject."""
        now = self._clock()
        window = self._open.get(subject)
        if window is None or now >= window[0]:
            self._sweep(now)
            window = self._open[subject] = [now + self.seconds, 0]
        window[1] += 1
        return Remaining(self.amount - int(window[1]), window[0] - now, self.name)

    def _sweep(self, now: float) -> None:
        """Remove expired windows, at most once a minute."""
        if now - self._swept_at >= SWEEP_INTERVAL_SECONDS:
            self._swept_at = now
            self._open = {subject: window for subject, window in self._open.items() if now < window[0]}


class RateLimits:
    """Middleware that answers 429 to callers over their limit and sends the remaining quota to all others.

    Limits are written like `60000/minute`; an empty limit is disabled. A request with a credential counts for the
    credential and for its address, so that invented credentials gain nothing. Addresses forwarded by a proxy count
    only if the proxy is trusted.
    """

    def __init__(
        self,
        app: ASGIApp,
        per_key: str,
        per_address: str,
        show: Callable[[Request, Problem], Response],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`show` renders the problem as a page. Raises `ValueError` for a limit that cannot be parsed."""
        self.app = app
        self._show = show
        self._keys = Window("key", parse(per_key), clock) if per_key else None
        self._addresses = Window("address", parse(per_address), clock) if per_address else None
        windows = [window for window in (self._keys, self._addresses) if window is not None]
        self._policy = ", ".join(f'"{window.name}";q={window.amount};w={window.seconds}' for window in windows).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT) or not self._policy:
            await self.app(scope, receive, send)
            return
        quota = self._count(scope)

        async def send_with_quota(message: Message) -> None:
            if quota is not None and message["type"] == "http.response.start":
                header = f'"{quota.name}";r={max(0, quota.remaining)};t={_whole(quota.seconds)}'
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"ratelimit-policy", self._policy),
                    (b"ratelimit", header.encode()),
                ]
            await send(message)

        if quota is None or quota.remaining >= 0:
            await self.app(scope, receive, send_with_quota)
            return
        wait = str(_whole(quota.seconds))
        problem = Problem(TOO_MANY, f"Try again in {wait} seconds.", headers={"Retry-After": wait})
        request = Request(scope)
        answer = self._show(request, problem) if wants_page(request) else problem.response()
        await answer(scope, receive, send_with_quota)

    def _count(self, scope: Scope) -> Remaining | None:
        """The quota of the limit with the least remaining."""
        of_key = None
        if self._keys is not None and (credential := _credential(scope)):
            of_key = self._keys.count(credential)
        if self._addresses is None:
            return of_key
        client = scope.get("client")
        of_address = self._addresses.count(_network(str(client[0]) if client else "nowhere"))
        return of_address if of_key is None else min(of_key, of_address)


def _whole(seconds: float) -> int:
    return max(1, round(seconds))


def _credential(scope: Scope) -> bytes:
    """A digest of the credential, valid or not, or empty without one. The credential itself is not kept in memory."""
    cookie = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hashlib.blake2b(value, digest_size=16).digest()
        if name == b"cookie":
            cookie = value
    if b"seatline=" not in cookie:
        return b""
    cookies = cookie_parser(cookie.decode("latin-1"))
    session = cookies.get(SECURE_COOKIE) or cookies.get(COOKIE, "")
    return hashlib.blake2b(session.encode(), digest_size=16).digest() if session else b""


@lru_cache(maxsize=4096)
def _network(host: str) -> bytes:
    """The key under which an address is counted: for IPv6 the /64 network, which belongs to one customer."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.encode()
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address).encode()
