"""Hears when something is recorded in PostgreSQL, or the kept state changes, by whatever process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any

import psycopg

from projections.log.postgres import connect

POLL_SECONDS = 1.0
"""How often those who wait look for themselves, should a notification go astray."""

STATE_CHANGED = "kept"
"""What a notification says when the kept state changes; it says nothing when events are recorded."""

CHECK_SECONDS = 0.25
"""How often the server is asked whether it is still there."""

TRUSTED_SECONDS = 1.0
"""How long its last answer is proof that nothing was said since which was not heard."""

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
        self._state_changes = 0
        self._checked_at = -TRUSTED_SECONDS
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

    def state_changes(self) -> int | None:
        """A number that is another one after each change of the kept state; null when that cannot be vouched for.

        It moves as the notification comes, within milliseconds. Should the server stop answering, it is null a second
        later.
        """
        self._start()
        return self._state_changes if monotonic() - self._checked_at < TRUSTED_SECONDS else None

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
                    # What was said before this moment was not heard.
                    self._state_changes += 1
                    self._notify()
                    while not self._ending.is_set():
                        self._check(connection)
                        self._receive(connection, _AWAKE_SECONDS)
            except psycopg.Error:
                # Those who wait meet the fault as they look; here it is enough to come back.
                self._ending.wait(POLL_SECONDS)

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        """Hear all that was said by now: a server tells it before it answers the next question."""
        checked_at = monotonic()
        if checked_at - self._checked_at >= CHECK_SECONDS:
            connection.execute("SELECT 1")
            self._receive(connection, 0)
            self._checked_at = checked_at

    def _receive(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        for notification in connection.notifies(timeout=seconds, stop_after=1):
            self._state_changes += notification.payload == STATE_CHANGED
            self._notify()

    def _notify(self) -> None:
        with self._condition:
            self._notified += 1
            self._condition.notify_all()
