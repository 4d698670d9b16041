"""A receiver of webhooks on this machine: it keeps what it was sent, and answers as it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from patience import wait_until


@dataclass(frozen=True)
class Delivered:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def position(self) -> int:
        return int(self.event["position"])

    @property
    def client(self) -> str:
        return str(self.event["data"]["client"])


@dataclass(frozen=True)
class Answering:
    """An answer: a status, headers, and how long it takes (null: it never comes)."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float | None = 0.0


Answer = Callable[[Delivered], Answering]


class Receiver:
    """What arrived so far, and how the next request is answered."""

    def __init__(self, answer: Answer = lambda _: Answering()) -> None:
        self.answer = answer
        self.requests: list[Delivered] = []
        self.taken: list[Delivered] = []
        self.closing = Event()
        self.port = 0
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, request: Delivered) -> Answering | None:
        """Note a request; the answer to it, null if it must not be answered."""
        with self._lock:
            self.requests.append(request)
            answering = self.answer(request)
        if answering.seconds is None:
            self.closing.wait()
            return None
        time.sleep(answering.seconds)
        if 200 <= answering.status < 300:
            with self._lock:
                self.taken.append(request)
        return answering

    def wait_for(self, count: int) -> list[Delivered]:
        """The requests that were answered with success, once there are that many."""
        wait_until(lambda: len(self.taken) >= count, f"not sent: {count} events")
        return list(self.taken)


@contextmanager
def receiving(answer: Answer = lambda _: Answering(), port: int = 0) -> Iterator[Receiver]:
    """A receiver that listens on a free port, or on a given one."""
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answering = receiver.take(Delivered(self.path, headers, body))
            if answering is None:
                self.close_connection = True
                return
            self.send_response(answering.status)
            for name, value in answering.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
