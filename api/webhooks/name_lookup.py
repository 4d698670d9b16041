"""Looks up the addresses of host names, with a limit of time."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Thread

from api.webhooks.target_address import IPAddress


async def resolve(host: str, port: int) -> list[IPAddress]:
    """The addresses of a host name, in the resolver's order. Raises `OSError`."""
    return await asyncio.wrap_future(_start(host, port))


def resolve_within(host: str, port: int, seconds: float) -> list[IPAddress]:
    """The addresses of a host name. Raises `OSError`, of which `TimeoutError` is one."""
    return _start(host, port).result(seconds)


def _start(host: str, port: int) -> Future[list[IPAddress]]:
    """Look a name up in a thread of its own: a lookup cannot be cancelled, and must not delay the shutdown."""
    future: Future[list[IPAddress]] = Future()
    future.set_running_or_notify_cancel()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as fault:
            future.set_exception(fault)
        except UnicodeError:
            future.set_exception(OSError("not a host name"))
        else:
            future.set_result(list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in entries)))

    Thread(name="webhook-lookup", target=look_up, daemon=True).start()
    return future
