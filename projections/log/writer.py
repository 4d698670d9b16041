"""The one thread of a process that writes to the log: it commits for all who wait (group commit).

A commit costs a sync of the disk, whoever it is for. While one is under way others come to wait, and the next commit
takes all of them: the more there is to do, the less each of it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
from typing import NamedTuple, TypeVar
from uuid import UUID

from eventsourcing.persistence import Recording
from sqlalchemy import Connection

from projections.log.entries import Command, CommandRow, LogHead, PlacedEvent, Recorded
from projections.log.errors import DiskFull, LogClosed, LogUnavailable
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

MOST_AT_ONCE = 256
"""How many requests one transaction takes; the others are next."""


class LogWriter:
    """The queue, and the thread that works it off."""

    def __init__(self, ledger: WriteStore, mapper: EventMapper, clock: Callable[[], datetime]) -> None:
        """Begin to work. `clock` tells the time in UTC."""
        self._ledger = ledger
        self._mapper = mapper
        self._clock = clock
        self._head = ledger.head
        self._state_changes = 0
        self._head_moved = Condition()
        self._inbox: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._inbox_lock = Lock()
        self._closed = False
        self._thread = Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def head(self) -> LogHead:
        """Where the log ended when this process last wrote to it."""
        return self._head

    @property
    def state_changes(self) -> int:
        """How often this process has changed the kept state; it moves before whoever changed it is answered."""
        return self._state_changes

    def append(self, events: Sequence[Event], command: Command | None) -> list[Recording[UUID]]:
        """Record events, all or none, and tell what was recorded.

        Raises the library's `IntegrityError` when another writer was faster, `CommandKnown` when the command was
        carried out before, `UnknownTopic` for an event that has no place here, `DiskFull`, `LogUnavailable` and
        `LogClosed`.
        """
        return self.begin(events, command).result()

    def begin(self, events: Sequence[Event], command: Command | None) -> Future[list[Recording[UUID]]]:
        """The same without waiting: the future tells or raises it, from the writer's thread. Raises `LogClosed`."""
        request = AppendEvents(events, command)
        self._put(request)
        return request.future

    def decide(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> list[Recording[UUID]]:
        """Record the events that `decide` answers, which runs while no other writer of the log can be faster.

        Raises what `decide` and `append` raise.
        """
        request = DecideAndAppend(decide, command)
        self._put(request)
        recordings: list[Recording[UUID]] = request.future.result()
        return recordings

    def write(self, change: Callable[[Connection], T], command: Command | None) -> T:
        """Let `change` write in the writer's transaction; raises what it raises, and then it changed nothing.

        With a `command` its answer (to no events) is stored too; raises `CommandKnown` when it was carried out before,
        `DiskFull`, `LogUnavailable` and `LogClosed`.
        """
        request = StateChange(change, command)
        self._put(request)
        answer: T = request.future.result()
        return answer

    def load(self, events: Iterator[Event], limit: int) -> int:
        """Record the next events of many, so many at most, all or none; how many there were.

        They say themselves when they were recorded. Raises what `append` raises, and what making them raises.
        """
        request = BulkLoad(events, limit)
        self._put(request)
        taken: int = request.future.result()
        return taken

    def wait(self, after: int, timeout: float) -> int:
        """Wait until this process has recorded something after a position, or that many seconds; tells the end."""
        with self._head_moved:
            self._head_moved.wait_for(lambda: self._head.position > after, timeout)
        return self._head.position

    def close(self) -> None:
        """Take nothing more, finish what was taken, and let go of the database."""
        with self._inbox_lock:
            if self._closed:
                return
            self._closed = True
            self._inbox.put(None)
        self._thread.join()
        self._ledger.close()

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
                    # alone: it reads what is committed, and nothing else may be under way
                    self._carry_out([decision])
            others = [request for request in batch if not isinstance(request, DecideAndAppend)]
            if others:
                self._carry_out(others)
            if last:
                break

    def _carry_out(self, batch: Sequence[WriteRequest]) -> None:
        appends = [request for request in batch if isinstance(request, AppendEvents)]
        try:
            with self._ledger.transaction() as transaction:
                if appends:
                    self._append(transaction, appends)
                for request in batch:
                    if isinstance(request, StateChange):
                        request.take(transaction, self._clock())
                    elif isinstance(request, BulkLoad):
                        request.take(transaction, self._mapper)
                state_changes = sum(request.changes_state for request in batch)
                if state_changes:
                    transaction.announce_state_change()
        except BaseException as fault:  # noqa: BLE001  (whatever it is, nobody may wait for ever, and the thread goes on)
            for request in batch:
                request.refuse(fault)
        else:
            self._state_changes += state_changes
            self._publish(transaction.head)
        for request in batch:
            request.deliver()

    def _publish(self, head: LogHead) -> None:
        if head != self._head:
            with self._head_moved:
                self._head = head
                self._head_moved.notify_all()

    def _append(self, transaction: WriteTransaction, appends: Sequence[AppendEvents]) -> None:
        """Add what all of them bring at once; where that does not fit, what each of them brings, one by one."""
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
        except BaseException as fault:  # noqa: BLE001  (it belongs to one of those who wait)
            if len(ready) == 1:
                ready[0].append.refuse_unless_known(transaction, fault)
            else:
                for placed in ready:
                    self._append(transaction, [placed.append])
        else:
            for placed in ready:
                placed.append.accept([Recording(entry.event, entry.notification) for entry in placed.entries])

    def _place(self, head: LogHead, appends: Sequence[AppendEvents]) -> tuple[list[PlacedRequest], LogHead]:
        """The next places and instants of what each of them brings; refuses those with an event that has no place here.

        No instant comes twice, and none before the last one, whatever the clock says.
        """
        ready = []
        for append in appends:
            clock, (position, at), entries = self._clock(), head, []
            try:
                append.decide()
                for event in append.events:
                    position, at = position + 1, max(clock, at + TICK)
                    entries.append(
                        PlacedEvent(with_timestamp(event, at), self._mapper.notification(event, at, position))
                    )
                row = append.row(_recorded(entries), at)
            except BaseException as fault:  # noqa: BLE001  (it belongs to the one who brought the event)
                append.refuse(fault)
            else:
                ready.append(PlacedRequest(append, entries, row))
                head = LogHead(position, at)
        return ready, head


class PlacedRequest(NamedTuple):
    """What somebody brings, in its place in the log."""

    append: AppendEvents
    entries: Sequence[PlacedEvent]
    row: CommandRow | None

    @property
    def recorded(self) -> Sequence[Recorded]:
        """Its events with their positions."""
        return _recorded(self.entries)


def _recorded(entries: Sequence[PlacedEvent]) -> Sequence[Recorded]:
    return [Recorded(entry.notification.id, entry.event) for entry in entries]
