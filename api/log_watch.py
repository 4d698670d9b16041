"""Wakes coroutines when something is recorded. One thread waits for the log, however many coroutines there are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from api.http.error_handlers import STORE_FAULTS
from api.http.problems import TOO_MANY, Problem
from projections.log import Log

MOST_WATCHERS = 500
MOST_WATCHERS_OF_ONE = 12
"""Each browser has one connection. A browser that cannot share it between its tabs has one for each visible tab."""
WAIT_SECONDS = 0.5
"""How soon a shutdown is noticed when nothing is recorded."""
RETRY_SECONDS = 30

log = structlog.get_logger("seatline")


@dataclass(eq=False, slots=True)
class Watcher:
    """A coroutine's place in the watch: `woken` is set when something was recorded, or when the watch has ended."""

    credential: UUID
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: bool = False

    def wake(self) -> None:
        """Wake the coroutine, from any thread."""
        self.loop.call_soon_threadsafe(self.woken.set)


class LogWatch:
    """The watch over the log of one application."""

    def __init__(self, log: Log, is_closing: Callable[[], bool]) -> None:
        """`is_closing` says whether the application is shutting down; all watchers end then."""
        self._log = log
        self._is_closing = is_closing
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._thread: threading.Thread | None = None

    def join(self, credential: UUID) -> Watcher:
        """A new watcher with the credential of the caller (the id of a key or session).

        Raises `Problem` 429 when the credential, or the application, has too many.
        """
        watcher = Watcher(credential, asyncio.get_running_loop())
        with self._lock:
            of_one = sum(one.credential == credential for one in self._watchers)
            if of_one >= MOST_WATCHERS_OF_ONE or len(self._watchers) >= MOST_WATCHERS:
                raise Problem(TOO_MANY, "Too many open connections.", headers={"Retry-After": str(RETRY_SECONDS)})
            self._watchers.add(watcher)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="log-watch", daemon=True)
                self._thread.start()
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """End a watcher."""
        with self._lock:
            self._watchers.discard(watcher)

    def _watch(self) -> None:
        try:
            position = 0  # so that what is recorded while the thread starts wakes them as well
            while self._goes_on():
                head = self._log.wait(position, WAIT_SECONDS, self._is_closing)
                if head > position:
                    position = head
                    for watcher in self._current():
                        watcher.wake()
        except STORE_FAULTS as fault:
            log.warning("the watch over the log ended", fault=type(fault).__name__)
            self._end()

    def _current(self) -> tuple[Watcher, ...]:
        with self._lock:
            return tuple(self._watchers)

    def _goes_on(self) -> bool:
        """Whether any stream is still open; otherwise the thread ends."""
        with self._lock:
            if self._watchers and not self._is_closing():
                return True
        self._end()
        return False

    def _end(self) -> None:
        with self._lock:
            watchers, self._thread = tuple(self._watchers), None
            self._watchers.clear()
        for watcher in watchers:
            watcher.has_ended = True
            watcher.wake()
