"""The public address used in links: the configured one, never one that a caller claims."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from api.context import app_context
from api.schemas.firm import DEFAULT_PORTS, origin_of
from api.state.checked_columns import UnreadableState

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def public_address_of(request: Request) -> str:
    """The origin of links: the configured public address, else the address at which this server is served.

    The `Host` header is trusted only for loopback names on the server's own machine. Raises `UnreadableState` where an
    address is configured that cannot be read, because no other may stand in for it.
    """
    firm = app_context(request).firm
    if firm.public_address is None and "public_address" in firm.unreadable:
        raise UnreadableState("firm_settings", "public_address")
    return firm.public_address or _served_at(request)


def _served_at(request: Request) -> str:
    scope: dict[str, Any] = dict(request.scope)
    scheme: str = scope["scheme"]
    server, port = scope.get("server") or ("127.0.0.1", None)
    if server in _LOOPBACK:
        server = _name_on_loopback(request.headers.get("host", ""), port or DEFAULT_PORTS[scheme], scheme) or server
    return origin_of(scheme, server, port)


def _name_on_loopback(host: str, port: int, scheme: str) -> str | None:
    """The host name that a browser on this machine used; null for any other name or port."""
    try:
        parts = urlsplit(f"//{host}")
        is_here = parts.hostname in _LOOPBACK and (parts.port or DEFAULT_PORTS[scheme]) == port
    except ValueError:  # not a valid address
        return None
    return parts.hostname if is_here else None
