"""Clients that ask a server as fast as it answers, over connections that stay open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from threading import Barrier, Thread

from patience import HANGING_SECONDS, wait_until
from ports import reserved_port

TESTS = Path(__file__).parent
HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Pace:
    """How fast a server answered: requests a second, and the milliseconds that half and all but a hundredth took."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s, p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms"


@contextmanager
def serving(factory: str, place: Path | str) -> Iterator[int]:
    """A server of one worker with the application that a function of a module makes (`module:function`); its port.

    The function reads where to keep things from `BENCH_PLACE`.
    """
    path = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    with reserved_port() as port:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)),
                *("--log-level", "warning", "--no-access-log"),
            ],
            env={**os.environ, "PYTHONPATH": path, "BENCH_PLACE": str(place)},
        )
        try:
            wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=HANGING_SECONDS)


def wait_for(port: int) -> None:
    """Wait until somebody listens."""

    def listens() -> bool:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        return False

    wait_until(listens)


def post(path: str, body: bytes, key: str) -> bytes:
    """A POST as it travels."""
    head = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(head).encode() + HEADER_END + body


def pace_of(port: int, requests: Sequence[Sequence[bytes]]) -> Pace:
    """Send each of these sequences over a connection of its own, all at once; every answer must be a 201."""
    start, took = Barrier(len(requests) + 1), list[float]()
    faults: list[BaseException] = []

    def send(own: Sequence[bytes]) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                start.wait()
                for request in own:
                    begun = time.perf_counter()
                    connection.sendall(request)
                    read_answer(connection)
                    took.append(time.perf_counter() - begun)
        except BaseException as fault:  # noqa: BLE001  (raised again below)
            faults.append(fault)

    clients = [Thread(target=send, args=[own]) for own in requests]
    for client in clients:
        client.start()
    start.wait()
    begun = time.perf_counter()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - begun
    for fault in faults:
        raise fault
    cuts = quantiles(took, n=100)
    return Pace(len(took) / seconds, cuts[49] * 1000, cuts[98] * 1000)


def read_answer(connection: socket.socket) -> None:
    """Read one answer; fails unless something was made."""
    received = b""
    while HEADER_END not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(HEADER_END)
    assert head.startswith(b"HTTP/1.1 201"), received
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
