"""The writer thread: the only thread of a process that writes to the log, with group commit.

Every commit costs a disk sync. Requests that arrive during one are queued and committed together by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from eventsourcing.persistence import Recording
from sqlalchemy import Connection

from projections.cache_use import CacheUse
from projections.log.clock import ClockCheck
from projections.log.entries import Command, CommandRow, LogHead, PlacedEvent, Recorded
from projections.log.errors import DiskFull, LogClosed, LogFault, LogUnavailable
from projections.log.mapper import EventMapper, with_timestamp
from projections.log.payloads import Event
from projections.log.write_requests import (
    TICK,
    AppendEvents,
    BulkLoad,
    DecideAndAppend,
    StateChange,
    WriteRequest,
    WriteStore,
    WriteTransaction,
)

T = TypeVar("T")

Cancelled: TypeAlias = Callable[[], bool]

MOST_AT_ONCE = 256
"""The most requests in one transaction."""


def never() -> bool:
    """For waits that cannot be cancelled."""
    return False


class LogWriter:
    """Queues write requests, and executes them in one thread."""

    def __init__(
        self,
        store: WriteStore,
        mapper: EventMapper,
        clock: Callable[[], datetime],
        clock_tolerance: timedelta | None = None,
    ) -> None:
        """Start the thread. `clock` returns the time in UTC; events are refused if it jumps ahead by more."""
        self._store = store
        self._mapper = mapper
        self._clock = clock
        self._clock_check = ClockCheck(clock, clock_tolerance)
        self._fault: LogFault | None = None
        self._head = store.head
        self._state_changes = 0
        self._commits = 0
        self._head_moved = Condition()
        self._inbox: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._inbox_lock = Lock()
        self._closed = False
        self._thread = Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def head(self) -> LogHead:
        """The end of the log after this process's last write."""
        return self._head

    @property
    def state_changes(self) -> int:
        """The number of state changes by this process; it is incremented before the caller gets its result."""
        return self._state_changes

    @property
    def commits(self) -> int:
        """The number of transactions that this process has committed."""
        return self._commits

    @property
    def queue_length(self) -> int:
        """How many requests wait."""
        return self._inbox.qsize()

    @property
    def cache_use(self) -> CacheUse:
        """What is cached of the ends of streams."""
        return self._store.stream_ends.use

    @property
    def fault(self) -> LogFault | None:
        """Why nothing can be recorded at present; null: it can, or nothing was tried since the start.

        After a failed write this is its error, until a later write succeeds.
        """
        return self._fault or self._clock_check.fault()

    def append(self, events: Sequence[Event], command: Command | None) -> list[Recording[UUID]]:
        """Record events, all or none; returns the recordings.

        Raises the library's `IntegrityError` when another writer was faster, `CommandKnown` when the command was
        already completed, `UnknownTopic` for an event class that cannot be stored, `DiskFull`, `LogUnavailable` and
        `LogClosed`.
        """
        return self.begin(events, command).result()

    def begin(self, events: Sequence[Event], command: Command | None) -> Future[list[Recording[UUID]]]:
        """Like `append`, without waiting: the future has the result or error of `append`. Raises `LogClosed`."""
        request = AppendEvents(events, command)
        self._put(request)
        return request.future

    def decide(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> list[Recording[UUID]]:
        """Record the events that `decide` returns; it runs in the writer thread while other writers wait.

        Raises what `decide` and `append` raise.
        """
        request = DecideAndAppend(decide, command)
        self._put(request)
        recordings: list[Recording[UUID]] = request.future.result()
        return recordings

    def write(self, change: Callable[[Connection], T], command: Command | None) -> T:
        """Run `change` in a write transaction; if it raises, nothing is changed and the error is raised here.

        The response of a `command` is stored too. Raises `CommandKnown` when the command was already completed,
        `DiskFull`, `LogUnavailable` and `LogClosed`.
        """
        request = StateChange(change, command)
        self._put(request)
        answer: T = request.future.result()
        return answer

    def load(self, events: Iterator[Event], limit: int) -> int:
        """Record at most `limit` of `events` with their own timestamps, all or none; returns how many.

        Raises what `append` and `events` raise.
        """
        request = BulkLoad(events, limit)
        self._put(request)
        taken: int = request.future.result()
        return taken

    def wait(self, after: int, timeout: float, cancelled: Cancelled) -> int:
        """Wait for this process to record after a position, at most `timeout` seconds; returns the last position."""
        with self._head_moved:
            self._head_moved.wait_for(lambda: self._head.position > after or cancelled(), timeout)
        return self._head.position

    def wake(self) -> None:
        """Let everybody who waits check whether the wait was cancelled."""
        with self._head_moved:
            self._head_moved.notify_all()

    def close(self) -> None:
        """Reject new requests, finish the pending ones, and close the database."""
        with self._inbox_lock:
            if self._closed:
                return
            self._closed = True
            self._inbox.put(None)
        self._thread.join()
        self._store.close()

    def _put(self, request: WriteRequest) -> None:
        with self._inbox_lock:
            if self._closed:
                raise LogClosed
            self._inbox.put(request)

    def _work(self) -> None:
        while (first := self._inbox.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < MOST_AT_ONCE:
                try:
                    request = self._inbox.get_nowait()
                except Empty:
                    break
                if request is None:
                    last = True
                    break
                batch.append(request)
            for decision in batch:
                if isinstance(decision, DecideAndAppend):
                    # in a transaction of its own, because it reads committed data
                    self._carry_out([decision])
            others = [request for request in batch if not isinstance(request, DecideAndAppend)]
            if others:
                self._carry_out(others)
            if last:
                break

    def _carry_out(self, batch: Sequence[WriteRequest]) -> None:
        appends = [request for request in batch if isinstance(request, AppendEvents)]
        try:
            with self._store.transaction() as transaction:
                if appends:
                    self._append(transaction, appends)
                state_changes = self._execute(transaction, batch)
        except BaseException as fault:  # noqa: BLE001  (the callers must not wait for ever, and the thread goes on)
            for request in batch:
                request.fail(fault)
            if isinstance(fault, LogFault):
                self._fault = fault
        else:
            if any(request.has_succeeded for request in batch):
                self._fault = None
            self._state_changes += state_changes
            self._commits += 1
            self._publish(transaction.head)
        for request in batch:
            request.deliver()

    def _execute(self, transaction: WriteTransaction, batch: Sequence[WriteRequest]) -> int:
        """Execute the requests that append nothing; returns how many requests changed the stored state."""
        for request in batch:
            if isinstance(request, StateChange):
                request.execute(transaction, self._clock())
            elif isinstance(request, BulkLoad):
                request.execute(transaction, self._mapper)
        state_changes = sum(request.changes_state for request in batch)
        if state_changes:
            transaction.announce_state_change()
        return state_changes

    def _publish(self, head: LogHead) -> None:
        if head != self._head:
            with self._head_moved:
                self._head = head
                self._head_moved.notify_all()

    def _append(self, transaction: WriteTransaction, appends: Sequence[AppendEvents]) -> None:
        """Insert the events of all requests at once; if that fails, request by request."""
        ready, head = self._place(transaction.head, appends)
        if not ready:
            return
        try:
            with transaction.savepoint():
                transaction.insert(
                    [entry for placed in ready for entry in placed.entries],
                    [placed.row for placed in ready if placed.row],
                    head,
                )
                for placed in ready:
                    placed.append.write_also(transaction.connection, placed.recorded)
        except (DiskFull, LogUnavailable):
            raise
        except BaseException as fault:  # noqa: BLE001  (re-raised in the caller whose request failed)
            if len(ready) == 1:
                ready[0].append.fail_unless_completed(transaction, fault)
            else:
                for placed in ready:
                    self._append(transaction, [placed.append])
        else:
            for placed in ready:
                placed.append.succeed([Recording(entry.event, entry.notification) for entry in placed.entries])

    def _place(self, head: LogHead, appends: Sequence[AppendEvents]) -> tuple[list[PlacedRequest], LogHead]:
        """Assign positions and timestamps to the events of each request; fails requests that cannot be encoded.

        Timestamps ascend strictly, even when the clock goes back.
        """
        ready = []
        for append in appends:
            clock, (position, at), entries = self._clock(), head, []
            try:
                append.decide()
                if append.events:
                    self._clock_check.check(clock, at)
                for event in append.events:
                    position, at = position + 1, max(clock, at + TICK)
                    entries.append(
                        PlacedEvent(with_timestamp(event, at), self._mapper.notification(event, at, position))
                    )
                row = append.row(_recorded(entries), at)
            except BaseException as fault:  # noqa: BLE001  (re-raised in the caller whose request failed)
                append.fail(fault)
            else:
                ready.append(PlacedRequest(append, entries, row))
                head = LogHead(position, at)
        return ready, head


class PlacedRequest(NamedTuple):
    """A request with its events as they are inserted."""

    append: AppendEvents
    entries: Sequence[PlacedEvent]
    row: CommandRow | None

    @property
    def recorded(self) -> Sequence[Recorded]:
        """The events with their positions."""
        return _recorded(self.entries)


def _recorded(entries: Sequence[PlacedEvent]) -> Sequence[Recorded]:
    return [Recorded(entry.notification.id, entry.event) for entry in entries]
