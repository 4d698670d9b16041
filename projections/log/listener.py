"""Listens for PostgreSQL notifications of new events and state changes, from any process."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any

import psycopg

from projections.log.postgres import connect
from projections.log.writer import Cancelled

POLL_SECONDS = 1.0
"""How often waiting callers poll, in case a notification is lost."""

STATE_CHANGED = "kept"
"""The payload of a notification of a state change; notifications of new events have an empty payload."""

CHECK_SECONDS = 0.25
"""How often the connection is checked."""

TRUSTED_SECONDS = 1.0
"""How long a successful check guarantees that no notification was missed."""

_AWAKE_SECONDS = 0.2
"""How long the thread waits for a notification before it checks whether it should stop."""


class Listener:
    """A thread with its own connection, started by the first wait."""

    def __init__(self, url: str, channel: str, head: Callable[[], int]) -> None:
        """`head` returns the position of the last event."""
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

    def wait(self, after: int, timeout: float, cancelled: Cancelled) -> int:
        """Wait for an event after a position, at most `timeout` seconds; returns the last event's position."""
        self._start()
        deadline = monotonic() + timeout
        while True:
            seen = self._notified
            head, left = self._head(), deadline - monotonic()
            if head > after or left <= 0 or cancelled():
                return head
            self._wait_for_more(seen, min(left, POLL_SECONDS))

    def wake(self) -> None:
        """Let everybody who waits check whether the wait was cancelled."""
        self._notify()

    def state_changes(self) -> int | None:
        """A counter that changes with every state change; null when notifications may have been missed.

        It changes within milliseconds of a commit. When the server stops responding or this thread gets no processor
        time, it becomes null within `TRUSTED_SECONDS`: so much later than a commit, no process has an earlier number.
        """
        self._start()
        return self._state_changes if monotonic() - self._checked_at < TRUSTED_SECONDS else None

    def close(self) -> None:
        """Stop the thread; waiting callers poll instead."""
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
                    # notifications sent before LISTEN were missed
                    self._state_changes += 1
                    self._notify()
                    while not self._ending.is_set():
                        self._check(connection)
                        self._receive(connection, _AWAKE_SECONDS)
            except psycopg.Error:
                # waiting callers get the error when they poll; here it is enough to reconnect
                self._ending.wait(POLL_SECONDS)

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        """Receive all notifications sent so far: the server delivers them before the result of a query."""
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
