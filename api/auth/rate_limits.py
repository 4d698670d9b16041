"""How often anybody may ask: counted for each credential and each address, in this process's memory."""

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
SWEPT_EVERY = 60.0


class Left(NamedTuple):
    """How much of a limit is left, and for how many seconds; below nought it was exceeded."""

    remaining: int
    seconds: float
    name: str


class Window:
    """One limit, counted in fixed windows for each of those who are told apart.

    Only the event loop counts, so that neither threads nor locks are needed: the storages that the `limits` library
    brings cost ten times as much, and the one in memory starts a thread every ten milliseconds.
    """

    def __init__(self, name: str, item: RateLimitItem, clock: Callable[[], float]) -> None:
        """`item` says how many in how many seconds, `clock` tells seconds."""
        self.name = name
        self.amount = item.amount
        self.seconds = item.get_expiry()
        self._clock = clock
        self._open: dict[bytes, list[float]] = {}
        self._swept_at = clock()

    def count(self, who: bytes) -> Left:
        """Count somebody once more."""
        now = self._clock()
        window = self._open.get(who)
        if window is None or now >= window[0]:
            self._sweep(now)
            window = self._open[who] = [now + self.seconds, 0]
        window[1] += 1
        return Left(self.amount - int(window[1]), window[0] - now, self.name)

    def _sweep(self, now: float) -> None:
        """Forget those who have not asked for a while, now and then."""
        if now - self._swept_at >= SWEPT_EVERY:
            self._swept_at = now
            self._open = {who: window for who, window in self._open.items() if now < window[0]}


class RateLimits:
    """Answers 429 to whoever asks more often than they may, and tells everybody how much is left to them.

    The limits are written like `60000/minute`; empty ones do not hold. What brings a credential is counted for that and
    for its address, so that nobody gains by making credentials up. Addresses are those that the server believes: what
    a proxy forwards counts only where it is trusted.
    """

    def __init__(
        self,
        app: ASGIApp,
        per_key: str,
        per_address: str,
        show: Callable[[Request, Problem], Response],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`show` is how a page says that it is too much. Raises `ValueError` for a limit that cannot be read."""
        self.app = app
        self._show = show
        self._keys = Window("key", parse(per_key), clock) if per_key else None
        self._addresses = Window("address", parse(per_address), clock) if per_address else None
        windows = [window for window in (self._keys, self._addresses) if window is not None]
        self._policy = ", ".join(f'"{window.name}";q={window.amount};w={window.seconds}' for window in windows).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT) or not self._policy:
            await self.app(scope, receive, send)
            return
        left = self._count(scope)

        async def send_stating(message: Message) -> None:
            if left is not None and message["type"] == "http.response.start":
                stated = f'"{left.name}";r={max(0, left.remaining)};t={_whole(left.seconds)}'
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"ratelimit-policy", self._policy),
                    (b"ratelimit", stated.encode()),
                ]
            await send(message)

        if left is None or left.remaining >= 0:
            await self.app(scope, receive, send_stating)
            return
        wait = str(_whole(left.seconds))
        problem = Problem(TOO_MANY, f"Try again in {wait} seconds.", headers={"Retry-After": wait})
        request = Request(scope)
        answer = self._show(request, problem) if wants_page(request) else problem.response()
        await answer(scope, receive, send_stating)

    def _count(self, scope: Scope) -> Left | None:
        """Of the limits that hold, the one of which least is left."""
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
    """A credential as it is counted, valid or not: never itself, for it would stay in memory; empty without any."""
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
    """An address as it is counted: of IPv6 the network of 64 bits that one customer has."""
    try:
        found = ip_address(host)
    except ValueError:
        return host.encode()
    return str(ip_network((found, 64), strict=False) if isinstance(found, IPv6Address) else found).encode()
