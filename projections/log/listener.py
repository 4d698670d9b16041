"""Hears when something is recorded in PostgreSQL, by whatever process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from time import monotonic

import psycopg

from projections.log.postgres import connect

POLL_SECONDS = 1.0
"""How often those who wait look for themselves, should a notification go astray."""

_AWAKE_SECONDS = 0.2
"""How soon the thread notices that it is to end."""


class Listener:
    """A thread with a connection of its own, begun with the first wait."""

    def __init__(self, url: str, channel: str, head: Callable[[], int]) -> None:
        """`head` asks where the log ends."""
        self._url = url
        self._channel = channel
        self._head = head
        self._notified = 0
        self._condition = Condition()
        self._starting = Lock()
        self._ending = Event()
        self._thread: Thread | None = None

    def wait(self, after: int, timeout: float) -> int:
        """Wait until something is recorded after a position, or that many seconds; tells the head."""
        self._start()
        deadline = monotonic() + timeout
        while True:
            seen = self._notified
            head, left = self._head(), deadline - monotonic()
            if head > after or left <= 0:
                return head
            self._wait_for_more(seen, min(left, POLL_SECONDS))

    def close(self) -> None:
        """End the thread; those who wait look once more, and go on."""
        self._ending.set()
        with self._starting:
            if self._thread is not None:
                self._thread.join()

    def _wait_for_more(self, seen: int, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._notified != seen, seconds)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ending.is_set():
                self._thread = Thread(target=self._listen, name="log-listener", daemon=True)
                self._thread.start()

    def _listen(self) -> None:
        while not self._ending.is_set():
            try:
                with connect(self._url) as connection:
                    connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(self._channel)))
                    # What was recorded before this moment was not heard.
                    self._notify()
                    while not self._ending.is_set():
                        for _ in connection.notifies(timeout=_AWAKE_SECONDS, stop_after=1):
                            self._notify()
            except psycopg.Error:
                # Those who wait meet the fault as they look; here it is enough to come back.
                self._ending.wait(POLL_SECONDS)

    def _notify(self) -> None:
        with self._condition:
            self._notified += 1
            self._condition.notify_all()
